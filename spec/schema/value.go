package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// DecodeJSON reads exactly one JSON value as plain data, numbers as
// json.Number. The error says in plain words why the bytes are none. Of a name
// that repeats, the last value counts.
func DecodeJSON(data []byte) (any, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("is not UTF-8")
	}
	if value, ok := readJSON(data); ok {
		return value, nil
	}
	return explainJSON(data)
}

// explainJSON reads with the standard library, which says what is wrong. What
// it can read after all is read.
func explainJSON(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		if len(bytes.TrimSpace(data)) == 0 {
			return nil, errors.New("is empty, and not JSON")
		}
		return nil, fmt.Errorf("is not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if len(bytes.TrimLeft(data[d.InputOffset():], " \t\r\n")) > 0 {
		return nil, fmt.Errorf("is not JSON: there is more after its end, at byte %d", d.InputOffset())
	}
	return value, nil
}

// EncodeJSON writes plain data without escaping for HTML and without a line
// break at the end. Members are in the order of their names, so that the same
// data are always the same bytes.
func EncodeJSON(value any) ([]byte, error) {
	if text, ok := AppendJSON(make([]byte, 0, firstJSON), value); ok {
		return text, nil
	}
	// Something that is not plain data, or has no JSON: the standard library
	// knows, or says why.
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
