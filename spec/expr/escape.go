package expr

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
)

// Syntax is the language of a text that values are put into.
type Syntax uint8

// The syntaxes. In those with quotes, a value put between quotes is escaped so
// that it stays between them; outside quotes it is put in as it is.
const (
	// Plain text has no quotes: URLs, header values, regular expressions.
	Plain Syntax = iota
	// JSON text: strings in double quotes.
	JSON
	// JSONPath: strings in single or double quotes, escaped by a backslash.
	JSONPath
	// XPath: strings in single or double quotes, escaped by doubling.
	XPath
	// XML text: values are escaped everywhere, as character data, but for a
	// string that is itself well-formed XML, which Arazzo puts in as it is.
	XML
)

// quoting follows a text to know whether the next byte is between quotes.
type quoting struct {
	syntax  Syntax
	quote   byte
	escaped bool
}

func (q *quoting) read(text string) {
	if q.syntax == Plain || q.syntax == XML {
		return
	}
	for i := range len(text) {
		q.step(text[i])
	}
}

func (q *quoting) step(c byte) {
	switch {
	case q.escaped:
		q.escaped = false
	case q.quote != 0 && c == '\\' && q.syntax != XPath:
		q.escaped = true
	case q.quote == c:
		q.quote = 0
	case q.quote == 0 && (c == '"' || c == '\'' && q.syntax != JSON):
		q.quote = c
	}
}

// escape returns a value as text for the place that was reached.
func (q *quoting) put(value any) string {
	text := Text(value)
	switch {
	case q.syntax == XML && isXML(text):
		return text
	case q.syntax == XML:
		return xmlEscaper.Get().Replace(text)
	case q.quote == 0:
		return text
	case q.syntax == XPath:
		quote := string(q.quote)
		return strings.ReplaceAll(text, quote, quote+quote)
	case q.quote == '\'':
		return strings.ReplaceAll(strings.ReplaceAll(jsonInner(text), `\"`, `"`), `'`, `\'`)
	}
	return jsonInner(text)
}

var xmlEscaper = lazy.Of[*strings.Replacer]{Make: func() *strings.Replacer {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;")
}}

// isXML reports whether a text is well-formed XML that starts with a tag.
func isXML(text string) bool {
	if !strings.HasPrefix(strings.TrimSpace(text), "<") {
		return false
	}
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := decoder.Token(); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}

// jsonInner returns a string as JSON writes it, without the quotes.
func jsonInner(s string) string {
	text := marshal(s)
	return text[1 : len(text)-1]
}

// Text returns a value of plain data as it is put into a text: a string is
// itself, other scalars are as JSON writes them, and arrays and objects are
// JSON (RFC 8259).
func Text(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	return marshal(value)
}

func marshal(value any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
