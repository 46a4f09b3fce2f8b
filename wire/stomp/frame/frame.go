// Package frame reads and writes the frames of STOMP 1.0, 1.1 and 1.2. It is
// what the driver and the embedded server have in common, and exists because no
// maintained library can be had.
//
// What comes in is bounded in the number of its headers, their size and that of
// the body; nothing is allocated for bytes that have not arrived.
//
// It must not know connections, drivers or queues: it turns bytes into frames
// and back.
package frame

import (
	"strconv"
	"strings"
)

// Version is a version of the protocol. Versions can be compared.
type Version int

// The versions that there are.
const (
	V10 Version = iota
	V11
	V12
)

var versionNames = [...]string{"1.0", "1.1", "1.2"}

// String returns the version as it is written in headers.
func (v Version) String() string { return versionNames[v] }

// ParseVersion reads a version as headers have it.
func ParseVersion(text string) (v Version, ok bool) {
	for i, name := range versionNames {
		if name == text {
			return Version(i), true
		}
	}
	return 0, false
}

// Header is one header of a frame.
type Header struct{ Name, Value string }

// Frame is one frame.
type Frame struct {
	Command string
	Headers []Header
	Body    []byte // nil is a frame without a body

	// Bare leaves out the length of a body, which then ends at its first zero
	// byte: some servers take a body without a length for text.
	Bare bool
}

// New makes a frame with headers that are given as names and values in turn.
func New(command string, headers ...string) *Frame {
	f := &Frame{Command: command, Headers: make([]Header, 0, len(headers)/2+2)}
	for i := 0; i+1 < len(headers); i += 2 {
		f.Add(headers[i], headers[i+1])
	}
	return f
}

// Add adds a header behind the others.
func (f *Frame) Add(name, value string) { f.Headers = append(f.Headers, Header{name, value}) }

// Lookup returns the value of a header: where a name repeats, the first is the
// one that counts (1.2, "Repeated Header Entries").
func (f *Frame) Lookup(name string) (value string, ok bool) {
	for i := range f.Headers {
		if f.Headers[i].Name == name {
			return f.Headers[i].Value, true
		}
	}
	return "", false
}

// Get returns the value of a header, or "".
func (f *Frame) Get(name string) string {
	value, _ := f.Lookup(name)
	return value
}

// Size is about how many bytes the frame has.
func (f *Frame) Size() int {
	size := len(f.Command) + len(f.Body) + 32
	for i := range f.Headers {
		size += len(f.Headers[i].Name) + len(f.Headers[i].Value) + 2
	}
	return size
}

// escapes reports whether the headers of a command's frames are escaped.
func (v Version) escapes(command string) bool {
	if v == V10 {
		return false
	}
	switch command {
	case "CONNECT", "CONNECTED", "STOMP":
		return false // so that 1.0 understands them
	}
	return true
}

// CanCarry reports whether a header can be written so that it is read as it
// was, by others than us too: it must be UTF-8 in any case, which is not looked
// at here.
func (v Version) CanCarry(name, value string) bool {
	if name == "" || strings.IndexByte(name, 0) >= 0 || strings.IndexByte(value, 0) >= 0 {
		return false // a parser that looks for the end by the zero byte ends there
	}
	switch v {
	case V12:
		return true
	case V11:
		return !strings.ContainsRune(name, '\r') && !strings.ContainsRune(value, '\r')
	case V10:
	}
	return !strings.ContainsAny(name, "\r\n: ") && !strings.ContainsAny(value, "\r\n\\") && strings.TrimSpace(value) == value
}

// Append appends a frame as it is written. What the version cannot carry must
// have been kept out of the headers by CanCarry, but that no header becomes two
// is seen to here.
func Append(out []byte, v Version, f *Frame) []byte {
	escapes := v.escapes(f.Command)
	out = append(out, f.Command...)
	out = append(out, '\n')
	for i := range f.Headers {
		h := &f.Headers[i]
		out = appendText(out, h.Name, escapes, v)
		out = append(out, ':')
		out = appendText(out, h.Value, escapes, v)
		out = append(out, '\n')
	}
	if f.Body != nil && !f.Bare {
		out = append(out, "content-length:"...)
		out = strconv.AppendInt(out, int64(len(f.Body)), 10)
		out = append(out, '\n')
	}
	out = append(out, '\n')
	out = append(out, f.Body...)
	return append(out, 0)
}

// Beat is what is written as a sign of life.
const Beat = "\n"

func appendText(out []byte, text string, escapes bool, v Version) []byte {
	special := "\n\r\\:"
	if !escapes {
		special = "\n\r"
	}
	if !strings.ContainsAny(text, special) {
		return append(out, text...)
	}
	for i := range len(text) {
		out = appendByte(out, text[i], escapes, v)
	}
	return out
}

func appendByte(out []byte, b byte, escapes bool, v Version) []byte {
	switch {
	case !escapes && (b == '\n' || b == '\r'), b == '\r' && v < V12:
		return append(out, ' ')
	case !escapes:
		return append(out, b)
	}
	switch b {
	case '\n':
		return append(out, '\\', 'n')
	case '\r':
		return append(out, '\\', 'r')
	case '\\':
		return append(out, '\\', '\\')
	case ':':
		return append(out, '\\', 'c')
	}
	return append(out, b)
}
