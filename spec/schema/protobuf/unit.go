package protobuf

import (
	"net/url"
	"path"
	"strings"

	"github.com/weft-dev/weft/spec/schema/inline"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// unit is one text of Protobuf and where it stands.
type unit struct {
	// name is the one under which it is imported.
	name string
	data string
	// base is how many bytes of the file come before the text: those of a byte
	// order mark.
	base int
	// uri is what imports are relative to; "" where there is nothing around.
	uri string
	// One of the two says where the text is written; neither, that it is one
	// of those that weft brings.
	file   *source.File
	inline *inline.Text
	// bundled says that the text comes with weft.
	bundled bool
}

func unitOf(name string, file *source.File) *unit {
	u := &unit{name: name, data: string(file.Data()), uri: file.URI(), file: file}
	if rest, ok := strings.CutPrefix(u.data, "\ufeff"); ok {
		u.data, u.base = rest, len(u.data)-len(rest)
	}
	return u
}

func baseName(uri string) string {
	if decoded, err := url.PathUnescape(path.Base(uri)); err == nil {
		return decoded
	}
	return path.Base(uri)
}

// span returns where bytes of the text are written.
func (u *unit) span(start, end int) source.Span {
	switch {
	case u.inline != nil:
		return u.inline.Span(start, end)
	case u.file != nil:
		return source.Span{File: u.file, Start: start + u.base, End: end + u.base}
	}
	return source.Span{}
}

// path is the JSON Pointer of the text in its document.
func (u *unit) path() string {
	if u.inline != nil {
		return u.inline.Node().Path()
	}
	return ""
}

// finding makes a finding about bytes of the text.
func (u *unit) finding(code diag.Code, severity diag.Severity, start, end int, message string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: severity, Span: u.span(start, end), Path: u.path(), Message: message}
}

// offset returns where a line and a column, which count from 1, are in the
// text.
func (u *unit) offset(line, column int) int {
	at := 0
	for ; line > 1; line-- {
		next := strings.IndexByte(u.data[at:], '\n')
		if next < 0 {
			return len(u.data)
		}
		at += next + 1
	}
	return min(at+column-1, len(u.data))
}

// wordEnd is the end of the name that stands at an offset.
func (u *unit) wordEnd(at int) int {
	end := at
	for end < len(u.data) && isWord(u.data[end]) {
		end++
	}
	return max(end, min(at+1, len(u.data)))
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
