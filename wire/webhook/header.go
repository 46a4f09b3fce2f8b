package webhook

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
	"github.com/weft-dev/weft/wire/web/sse"
)

// The headers that are this driver's, in the canonical form of HTTP.
const (
	// KeyHeader carries a message's key, CorrelationHeader its CorrelationID and
	// ReplyHeader its ReplyTo: printable ASCII as it is, all else, "%" and spaces
	// as % and two hexadecimal digits for each byte.
	KeyHeader         = "Weft-Key"
	CorrelationHeader = "Weft-Correlation-Id"
	ReplyHeader       = "Weft-Reply-To"
	// TimestampHeader carries the sender's timestamp, in RFC 3339.
	TimestampHeader = "Weft-Timestamp"
	// NamesHeader lists, with spaces, the names of headers that are not all in
	// lower case, which HTTP does not tell.
	NamesHeader = "Weft-Names"
	// ListHeader lists headers that HTTP cannot carry: with commas, each a name
	// as in a URL's query, "=" and the value in base64 without padding.
	ListHeader = "Weft-Headers"
	// IDHeader is the application's own id of a message, the same each time it is
	// sent.
	IDHeader = "Weft-Id"
)

// The headers of Standard Webhooks.
const (
	hookID        = "Webhook-Id"
	hookTimestamp = "Webhook-Timestamp"
	hookSignature = "Webhook-Signature"
)

// userAgent is who we are.
const userAgent = "weft"

// own are headers that carry something else than a header of the message.
var own = []string{
	KeyHeader, CorrelationHeader, ReplyHeader, TimestampHeader, NamesHeader, ListHeader, hookID, hookTimestamp, hookSignature,
}

// framing are headers by which HTTP itself works: nobody chooses them, and they
// say nothing of a message.
var framing = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Connection", "Content-Encoding", "Content-Length", "Expect", "Host", "Http2-Settings",
	"Keep-Alive", "Last-Event-Id", "Proxy-Connection", "Retry-After", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

// entering are headers that hold credentials, which are no part of a message.
var entering = []string{"Authorization", "Cookie", "Proxy-Authorization", "Set-Cookie"}

// reserved reports whether a header cannot be a parameter.
func reserved(canonical string) bool {
	return slices.Contains(framing, canonical) && canonical != "Accept-Language" || slices.Contains(own, canonical)
}

// writeMessage puts all of a message but its body into headers.
func writeMessage(to http.Header, m *driver.Message) error {
	if err := writeHeaders(to, m.Headers); err != nil {
		return err
	}
	if m.Key != nil {
		to.Set(KeyHeader, escape(string(m.Key)))
	}
	if m.CorrelationID != "" {
		to.Set(CorrelationHeader, escape(m.CorrelationID))
	}
	if m.ReplyTo != "" {
		to.Set(ReplyHeader, escape(m.ReplyTo))
	}
	stamp := m.Timestamp
	if stamp.IsZero() {
		stamp = time.Now()
	}
	to.Set(TimestampHeader, stamp.UTC().Format(time.RFC3339Nano))
	return nil
}

// writeHeaders writes a list of headers. Those of a name that HTTP cannot carry
// as it is, or not with all its values, go into one header of ours.
func writeHeaders(to http.Header, list []driver.Header) error {
	spelt := map[string]string{} // by canonical name, how it is written
	odd, begun := map[string]bool{}, map[string]bool{}
	for _, h := range list {
		canonical := http.CanonicalHeaderKey(h.Name)
		if slices.Contains(entering, canonical) {
			return web.InvalidError{Err: fmt.Errorf("the header %q holds credentials, which no message carries: give them by reference", h.Name)}
		}
		if first, known := spelt[canonical]; !isNative(h, canonical) || known && first != h.Name {
			odd[canonical] = true
		}
		spelt[canonical] = h.Name
	}
	var names, items []string
	for _, h := range list {
		canonical := http.CanonicalHeaderKey(h.Name)
		if odd[canonical] {
			items = append(items, url.QueryEscape(h.Name)+"="+base64.RawURLEncoding.EncodeToString(h.Value))
			continue
		}
		if !begun[canonical] {
			begun[canonical] = true
			delete(to, canonical) // a message overrules what is proposed for it
		}
		if to[canonical] == nil && h.Name != strings.ToLower(h.Name) {
			names = append(names, h.Name)
		}
		to[canonical] = append(to[canonical], string(h.Value))
	}
	if len(names) > 0 {
		to.Set(NamesHeader, strings.Join(names, " "))
	}
	if len(items) > 0 {
		to.Set(ListHeader, strings.Join(items, ","))
	}
	return nil
}

// isNative reports whether HTTP carries a header as it is.
func isNative(h driver.Header, canonical string) bool {
	if !web.IsToken(h.Name) || slices.Contains(own, canonical) || slices.Contains(framing, canonical) || canonical == "User-Agent" {
		return false
	}
	for _, c := range h.Value {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return strings.Trim(string(h.Value), " \t") == string(h.Value) && utf8.Valid(h.Value)
}

// listed are headers one after the other, as they are read.
func listed(from http.Header) []sse.Header {
	var list []sse.Header
	for name, values := range from {
		for _, value := range values {
			list = append(list, sse.Header{Name: name, Value: value})
		}
	}
	return list
}

// readMessage makes a message of headers, which may come from anybody. Their
// names are canonical; those of one name are in order, and of ours the first
// counts. It walks them once: this is the path of every message.
func readMessage(m *driver.Message, from []sse.Header, now time.Time) {
	var stamp, key, id, hook, names, odd *sse.Header
	var correlation, reply *sse.Header
	others := 0
	for i := range from {
		h := &from[i]
		switch h.Name {
		case TimestampHeader:
			stamp = cmp.Or(stamp, h)
		case KeyHeader:
			key = cmp.Or(key, h)
		case CorrelationHeader:
			correlation = cmp.Or(correlation, h)
		case ReplyHeader:
			reply = cmp.Or(reply, h)
		case hookID:
			hook = cmp.Or(hook, h)
		case NamesHeader:
			names = cmp.Or(names, h)
		case ListHeader:
			odd = cmp.Or(odd, h)
		case IDHeader:
			id = cmp.Or(id, h)
			others++
		default:
			others++
		}
	}
	m.Timestamp = now
	if at, err := time.Parse(time.RFC3339Nano, valueOf(stamp)); err == nil {
		m.Timestamp = at
	}
	m.CorrelationID, m.ReplyTo = unescape(valueOf(correlation)), unescape(valueOf(reply))
	if key != nil {
		m.Key = []byte(unescape(key.Value))
	}
	m.ID = cmp.Or(valueOf(hook), valueOf(id))
	if others > 0 {
		m.Headers = readHeaders(from, valueOf(names))
	}
	if odd != nil {
		m.Headers = append(m.Headers, readList(odd.Value)...)
	}
}

func valueOf(h *sse.Header) string {
	if h == nil {
		return ""
	}
	return h.Value
}

// readHeaders lists the headers of a message, sorted by name. Names are in lower
// case where nobody says how they are written.
func readHeaders(from []sse.Header, names string) []driver.Header {
	var spelt map[string]string
	for name := range strings.FieldsSeq(names) {
		if spelt == nil {
			spelt = map[string]string{}
		}
		spelt[http.CanonicalHeaderKey(name)] = name
	}
	var list []driver.Header
	for _, h := range from {
		if !isOfMessage(h) {
			continue
		}
		name := spelt[h.Name]
		if name == "" {
			name = strings.ToLower(h.Name)
		}
		list = append(list, driver.Header{Name: name, Value: []byte(h.Value)})
	}
	slices.SortStableFunc(list, func(a, b driver.Header) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func isOfMessage(h sse.Header) bool {
	if slices.Contains(own, h.Name) || slices.Contains(framing, h.Name) || slices.Contains(entering, h.Name) {
		return false
	}
	return h.Name != "User-Agent" || h.Value != userAgent
}

// readList reads the headers that HTTP could not carry. What is wrong is left out.
func readList(text string) []driver.Header {
	if text == "" {
		return nil
	}
	var list []driver.Header
	for item := range strings.SplitSeq(text, ",") {
		name, encoded, _ := strings.Cut(item, "=")
		plain, err := url.QueryUnescape(name)
		value, wrong := base64.RawURLEncoding.DecodeString(encoded)
		if err == nil && wrong == nil {
			list = append(list, driver.Header{Name: plain, Value: value})
		}
	}
	return list
}

func escape(text string) string {
	var out strings.Builder
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f || c == '%' {
			fmt.Fprintf(&out, "%%%02X", c)
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}

// unescape reads what escape wrote; what others wrote without escaping stays.
func unescape(text string) string {
	if strings.IndexByte(text, '%') < 0 {
		return text
	}
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
