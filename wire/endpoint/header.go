package endpoint

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/wire/driver"
)

// ours are the headers that belong to the wire and not to the application.
// The last is how Kafka's driver carries the protocol's own correlation id.
var ours = []string{HeaderContentType, HeaderID, HeaderMessage, HeaderTraceParent, HeaderTraceState, HeaderSchemaID, HeaderKeySchemaID, "correlationId"}

func isOurs(name string) bool {
	return slices.ContainsFunc(ours, func(h string) bool { return strings.EqualFold(h, name) })
}

// headerText writes a header's value: strings as they are, all else as JSON.
func headerText(value any) ([]byte, error) {
	if s, ok := value.(string); ok {
		return []byte(s), nil
	}
	return schema.EncodeJSON(value)
}

// readHeaders makes plain data of the headers of a message. A header is text
// unless the contract says that it is something else and the text is that.
func (m *messageCodec) readHeaders(raw []driver.Header) map[string]any {
	headers := make(map[string]any, len(raw))
	for _, h := range raw {
		h.Name = m.spelt(h.Name)
		if _, twice := headers[h.Name]; !twice {
			headers[h.Name] = m.readHeader(h)
		}
	}
	return headers
}

// spelt is the name of a header as the contract writes it: HTTP, and gateways
// before other servers, do not keep the case.
func (m *messageCodec) spelt(name string) string {
	if _, exact := m.headerTypes[name]; exact {
		return name
	}
	found := name
	for declared := range m.headerTypes {
		if strings.EqualFold(declared, name) && (found == name || declared < found) {
			found = declared
		}
	}
	return found
}

// checkHeaders judges the application's headers. The wire's own are left out,
// unless the contract declares them: it cannot know of them.
func (m *messageCodec) checkHeaders(headers map[string]any) []schema.Violation {
	if m.headers == nil {
		return nil
	}
	if !m.hasOurs(headers) {
		return m.headers.Validate(headers)
	}
	judged := make(map[string]any, len(headers))
	for name, value := range headers {
		if _, declared := m.headerTypes[name]; declared || !isOurs(name) {
			judged[name] = value
		}
	}
	return m.headers.Validate(judged)
}

// hasOurs reports whether any of the headers is the wire's own alone.
func (m *messageCodec) hasOurs(headers map[string]any) bool {
	for name := range headers {
		if _, declared := m.headerTypes[name]; !declared && isOurs(name) {
			return true
		}
	}
	return false
}

func (m *messageCodec) readHeader(h driver.Header) any {
	types, declared := m.headerTypes[h.Name]
	if (h.Name == HeaderSchemaID || h.Name == HeaderKeySchemaID) && !declared {
		return shownID(h.Value)
	}
	return m.unescaped(h.Name, readHeader(h.Value, types))
}

func readHeader(raw []byte, types []string) any {
	if !utf8.Valid(raw) {
		return strings.ToValidUTF8(string(raw), "\uFFFD")
	}
	text := string(raw)
	if len(types) == 0 || slices.Contains(types, "string") {
		return text
	}
	value, err := schema.DecodeJSON(raw)
	if err != nil {
		return text
	}
	return value
}

// writeHeaders puts a message's headers into an order that does not change.
func writeHeaders(headers map[string]any) ([]driver.Header, error) {
	list := make([]driver.Header, 0, len(headers)+4)
	if len(headers) == 0 {
		return list, nil
	}
	for _, name := range sortedKeys(headers) {
		if headers[name] == nil {
			continue // a header that is null is one that is not there
		}
		text, err := headerText(headers[name])
		if err != nil {
			return nil, fmt.Errorf("header %s: %w", name, err)
		}
		list = append(list, driver.Header{Name: name, Value: text})
	}
	return list, nil
}

// withoutNil leaves out headers that are null, as on the wire.
func withoutNil(headers map[string]any) map[string]any {
	out := make(map[string]any, len(headers))
	for name, value := range headers {
		if value != nil {
			out[name] = value
		}
	}
	return out
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func rawHeader(headers []driver.Header, name string) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, name) {
			return string(h.Value)
		}
	}
	return ""
}
