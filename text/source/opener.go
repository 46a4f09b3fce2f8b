package source

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"unicode/utf8"
)

// Opener opens the text at an absolute URI. Every error it returns is an
// *OpenError or the context's. It need not be safe for concurrent use.
type Opener interface {
	Open(ctx context.Context, uri string) (*File, error)
}

// Lister is an Opener that knows what else there is, for advice on an address
// that leads nowhere.
type Lister interface {
	// Neighbours returns names of documents in the directory of a URI, some
	// of them where there are very many.
	Neighbours(uri string) []string
}

// maxNeighbours is among how many names advice is looked for.
const maxNeighbours = 1_000

// Memory is an opener of texts that are held by their URI, for tests and for
// what an editor has not saved yet.
type Memory map[string]string

// Open returns the text under a URI.
func (m Memory) Open(_ context.Context, uri string) (*File, error) {
	text, ok := m[uri]
	if !ok {
		return nil, &OpenError{URI: Redact(uri), Kind: ErrNotFound, Reason: "there is no such document"}
	}
	return checked(uri, DisplayName(uri), []byte(text))
}

// Overlay is an opener that asks others in turn: the first that does not
// answer "not found" or "not supported" decides.
type Overlay []Opener

// Open asks each opener in turn. Where all pass, the answer that says most is
// returned: "not found" before "not supported".
func (o Overlay) Open(ctx context.Context, uri string) (*File, error) {
	var passed error
	for _, opener := range o {
		f, err := opener.Open(ctx, uri)
		if err == nil || !passes(err) {
			return f, err
		}
		if passed == nil || isKind(passed, ErrNotSupported) {
			passed = err
		}
	}
	if passed == nil {
		passed = notSupported(uri)
	}
	return nil, passed
}

// Neighbours returns what all of the openers know.
func (o Overlay) Neighbours(uri string) []string {
	var names []string
	for _, opener := range o {
		if lister, ok := opener.(Lister); ok {
			names = append(names, lister.Neighbours(uri)...)
		}
	}
	return names
}

func notSupported(uri string) error {
	return &OpenError{
		URI: Redact(uri), Kind: ErrNotSupported, Reason: "this form of address cannot be opened here",
		Help: "use a file's path",
	}
}

// checked makes a File of data that was read, if it is text at all. Whether
// the text is wholly valid is for the reader of its format to say, who can
// point at the place.
func checked(uri, name string, data []byte) (*File, error) {
	if len(data) > MaxSize {
		return nil, tooLarge(uri, int64(len(data)))
	}
	if isBinary(data) {
		return nil, &OpenError{URI: Redact(uri), Kind: ErrNotText, Reason: "this is a binary file, not text", Help: "name a text file"}
	}
	return NewFile(uri, name, data), nil
}

// isBinary reports whether data is certainly no text in UTF-8: it has a zero
// byte, and is not UTF-16, for which there is better advice than "no text".
func isBinary(data []byte) bool {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return false
	}
	head := data[:min(len(data), 8<<10)]
	return bytes.IndexByte(head, 0) >= 0 && !utf8.Valid(head) || bytes.HasPrefix(head, []byte("\x1f\x8b")) || bytes.HasPrefix(head, []byte("PK\x03\x04"))
}

// readBounded reads a stream to its end, or refuses it as soon as it proves
// larger than MaxSize. The size is what is known before, or -1.
func readBounded(uri string, r io.Reader, size int64) ([]byte, error) {
	if size > MaxSize {
		return nil, tooLarge(uri, size)
	}
	var buffer bytes.Buffer
	if size > 0 {
		buffer.Grow(int(size) + bytes.MinRead)
	}
	_, err := buffer.ReadFrom(io.LimitReader(r, MaxSize+1))
	switch {
	case err != nil:
		return nil, &OpenError{URI: Redact(uri), Kind: ErrUnavailable, Reason: "reading failed: " + reason(err)}
	case buffer.Len() > MaxSize:
		return nil, tooLarge(uri, -1)
	}
	return buffer.Bytes(), nil
}

func tooLarge(uri string, size int64) error {
	e := &OpenError{
		URI: Redact(uri), Kind: ErrTooLarge, Help: "split it and refer to its parts with $ref",
		Reason: fmt.Sprintf("the document is larger than the %d MB that are read", MaxSize>>20),
	}
	if size > 0 {
		e.Reason = fmt.Sprintf("the document has %d MB; at most %d MB are read", size>>20, MaxSize>>20)
	}
	return e
}
