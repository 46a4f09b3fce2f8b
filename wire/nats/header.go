package nats

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nats-io/nats.go"

	"github.com/weft-dev/weft/wire/driver"
)

// The headers that are this driver's.
const (
	// CorrelationHeader carries a message's CorrelationID.
	CorrelationHeader = "correlationId"
	// TimestampHeader carries the sender's timestamp, in RFC 3339.
	TimestampHeader = "Weft-Timestamp"
	// ReplyHeader carries a message's ReplyTo through a stream, which keeps no
	// reply subject.
	ReplyHeader = "Weft-Reply-To"
	// ListHeader lists the headers of a message where NATS cannot carry one of
	// them, because of bytes in its name or value: separated by commas and in
	// order, each is a name, escaped as in a URL's query, whose value is the next
	// of the headers of that name; or a name, "=" and the value in base64.
	ListHeader = "Weft-Headers"
	// IDHeader is the application's own id of a message, which a stream takes
	// for the message's id, so that a repeated Send is stored once.
	IDHeader = "weft-id"
)

// generatedID is what the message ids begin with that nobody asked for.
const generatedID = "weft."

// own are headers that do not belong to the list that was sent.
var own = []string{TimestampHeader, ReplyHeader, ListHeader}

// writeHeaders puts a list of headers into those of a message to be sent.
func writeHeaders(to nats.Header, list []driver.Header, empty bool) {
	plain := true
	for _, h := range list {
		if isNative(h, empty) {
			to[h.Name] = append(to[h.Name], string(h.Value))
		} else {
			plain = false
		}
	}
	if plain {
		return
	}
	items := make([]string, len(list))
	for i, h := range list {
		items[i] = url.QueryEscape(h.Name)
		if !isNative(h, empty) {
			items[i] += "=" + base64.RawURLEncoding.EncodeToString(h.Value)
		}
	}
	to[ListHeader] = []string{strings.Join(items, ",")}
}

// isNative reports whether NATS carries a header as it is. The client library
// takes an empty message with a status for one of the server.
func isNative(h driver.Header, empty bool) bool {
	if h.Name == "" || slices.Contains(own, h.Name) || empty && (h.Name == "Status" || h.Name == "Description") {
		return false
	}
	for i := range len(h.Name) {
		if c := h.Name[i]; c <= ' ' || c >= 0x7f || c == ':' {
			return false
		}
	}
	for _, c := range h.Value {
		if c < ' ' || c == 0x7f {
			return false
		}
	}
	n := len(h.Value)
	return n == 0 || h.Value[0] != ' ' && h.Value[n-1] != ' ' && utf8.Valid(h.Value)
}

// readHeaders makes the list of a received message, sorted by name where it does
// not say its order.
func readHeaders(from nats.Header) []driver.Header {
	if len(from) == 0 {
		return nil
	}
	var list []driver.Header
	var used map[string]int
	if order := from[ListHeader]; len(order) == 1 {
		used = make(map[string]int)
		list = readList(order[0], from, used)
	}
	var few [8]string
	names := few[:0]
	for name, values := range from {
		if !slices.Contains(own, name) && !isGeneratedID(name, values) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		values := from[name]
		for _, value := range values[min(used[name], len(values)):] {
			list = append(list, driver.Header{Name: name, Value: []byte(value)})
		}
	}
	return list
}

// readList reads the list of headers. What is wrong in it is left out, and the
// headers that it would have named come after the others.
func readList(order string, from nats.Header, used map[string]int) []driver.Header {
	var list []driver.Header
	for item := range strings.SplitSeq(order, ",") {
		text, encoded, given := strings.Cut(item, "=")
		name, err := url.QueryUnescape(text)
		if err != nil {
			continue
		}
		if given {
			if value, err := base64.RawURLEncoding.DecodeString(encoded); err == nil {
				list = append(list, driver.Header{Name: name, Value: value})
			}
			continue
		}
		if n := used[name]; n < len(from[name]) && !slices.Contains(own, name) {
			list = append(list, driver.Header{Name: name, Value: []byte(from[name][n])})
			used[name]++
		}
	}
	return list
}

// isGeneratedID reports whether a header is a message id that this driver set.
func isGeneratedID(name string, values []string) bool {
	return name == nats.MsgIdHdr && len(values) == 1 && strings.HasPrefix(values[0], generatedID)
}
