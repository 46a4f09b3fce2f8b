package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// ErrBodyTooLarge is a body that is larger than is read.
var ErrBodyTooLarge = errors.New("the body is too large")

// EncodingError is a body in an encoding that nobody here reads.
type EncodingError struct{ Name string }

func (e EncodingError) Error() string {
	return fmt.Sprintf("the content encoding %q is not supported: there is gzip", e.Name)
}

// ReadBody reads a body of at most limit bytes, unpacked.
func ReadBody(header http.Header, body io.Reader, limit int64) ([]byte, error) {
	switch name := strings.ToLower(header.Get("Content-Encoding")); name {
	case "", "identity":
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(io.LimitReader(body, limit))
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("the body cannot be unpacked: %w", err)
		}
		body = unpacked
	default:
		return nil, EncodingError{name}
	}
	var data bytes.Buffer
	n, err := io.Copy(&data, io.LimitReader(body, limit+1))
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, ErrBodyTooLarge
	}
	return data.Bytes(), nil
}
