package contract

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/wire/driver"
)

// Evidence is a message as it was on the wire, in part: what might be a secret
// is masked, and what is long is cut.
type Evidence struct {
	Address   string    `json:"address,omitempty"`
	Position  string    `json:"position,omitempty"`
	ID        string    `json:"id,omitempty"`
	Timestamp time.Time `json:"timestamp,omitzero"`
	// Key is as text; HasKey says whether there is one.
	Key     string   `json:"key,omitempty"`
	HasKey  bool     `json:"hasKey"`
	Headers []string `json:"headers,omitempty"`
	// Size is the length of the body in bytes, and Offset where the excerpt
	// begins that Hex shows: sixteen bytes a line, with offsets and text.
	Size   int    `json:"size"`
	Offset int    `json:"offset"`
	Hex    string `json:"hex,omitempty"`
}

const (
	// excerpt is how much of a body is shown, in bytes.
	excerpt = 128
	// shownHeaders and shownText bound what is shown of headers and keys.
	shownHeaders = 24
	shownText    = 120
	hexWidth     = 16
	// longestSecret is how far before the excerpt a secret may begin.
	longestSecret = 64 << 10
	// lookedAt is how much of a body is searched for faults.
	lookedAt = 1 << 20
)

// evidenceOf takes what is to be shown of a message. around is the place in its
// body that matters.
func evidenceOf(raw *driver.Message, around int) *Evidence {
	e := &Evidence{
		Address: raw.Address, Position: string(raw.Position), ID: clip(raw.ID), Timestamp: raw.Timestamp,
		Key: clip(string(raw.Key)), HasKey: raw.Key != nil, Size: len(raw.Body),
	}
	for i, h := range raw.Headers {
		if i == shownHeaders {
			e.Headers = append(e.Headers, fmt.Sprintf("and %d more", len(raw.Headers)-i))
			break
		}
		e.Headers = append(e.Headers, clip(h.Name)+": "+headerValue(h))
	}
	e.Offset = max(0, min(around-excerpt/2, len(raw.Body)-excerpt)) / hexWidth * hexWidth
	end := min(len(raw.Body), e.Offset+excerpt)
	e.Hex = dump(masked(raw.Body, e.Offset, end), e.Offset)
	return e
}

func headerValue(h driver.Header) string {
	if secretName.Get().MatchString(h.Name) {
		return "***"
	}
	if !utf8.Valid(h.Value) {
		return clip(fmt.Sprintf("% x", h.Value[:min(len(h.Value), shownText)]))
	}
	return clip(string(h.Value))
}

// secretName finds the names of what is not to be shown, and secretMember a
// member of JSON of such a name, with its value.
var (
	secretName = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp { return regexp.MustCompile(secretNames) }}

	secretMember = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
		return regexp.MustCompile(`"[^"\\]{0,60}` + secretNames + `[^"\\]{0,60}"\s*:\s*("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)`)
	}}
)

const secretNames = `(?i:authorization|cookie|password|passwd|passphrase|secret|token|api[-_]?key|credential|private[-_]?key)`

// masked returns a part of a body, in which the values of secrets are stars.
func masked(body []byte, from, to int) []byte {
	part := slices.Clone(body[from:to])
	before := max(0, from-longestSecret)
	for _, at := range secretMember.Get().FindAllSubmatchIndex(body[before:to], -1) {
		for i := max(before+at[2], from); i < min(before+at[3], to); i++ {
			part[i-from] = '*'
		}
	}
	return part
}

// dump shows bytes as sixteen a line.
func dump(data []byte, offset int) string {
	var b strings.Builder
	for line := range slices.Chunk(data, hexWidth) {
		fmt.Fprintf(&b, "%08x  %-*s  ", offset, 3*hexWidth-1, fmt.Sprintf("% x", line))
		for _, c := range line {
			if c < ' ' || c > '~' {
				c = '.'
			}
			b.WriteByte(c)
		}
		b.WriteByte('\n')
		offset += len(line)
	}
	return b.String()
}

// clip cuts a text that is shown.
func clip(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= shownText {
		return text
	}
	return strings.ToValidUTF8(text[:shownText], "") + "…"
}

// firstInvalid is where bytes stop being UTF-8; -1 is nowhere.
func firstInvalid(body []byte) int {
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}
