package discover

import (
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/wire/driver"
)

// mark is where messages say which type they are: the name of a header, or of a
// field of the payload.
type mark struct {
	name   string
	header bool
	// weak says that the name may as well be of something else, such as the type
	// of a vehicle: it counts where what else there is differs with it.
	weak bool
}

// marks are the places that are looked at, in this order: those of weft, of
// CloudEvents, of clients that are well known, and what people call it.
func marks() []mark {
	var list []mark
	for _, name := range []string{
		"weft-message", "ce_type", "ce-type", "cloudEvents:type", "cloudEvents_type", "__TypeId__", "NServiceBus.EnclosedMessageTypes",
		"eventType", "event-type", "event_type", "messageType", "message-type", "message_type", "x-event-type", "x-message-type", "type",
	} {
		list = append(list, mark{name: name, header: true})
	}
	for _, name := range []string{"eventType", "event_type", "messageType", "message_type", "eventName", "event_name", "@type", "__typename"} {
		list = append(list, mark{name: name})
	}
	for _, name := range []string{"type", "event", "kind"} {
		list = append(list, mark{name: name, weak: true})
	}
	return list
}

// maxTypes bounds how many types one address may have, and typeRepeats is how
// often each is there on average, at least: what is different each time is no
// type, and may be anything.
const (
	maxTypes    = 20
	typeRepeats = 2
)

// tell finds out by which mark the messages of an address say their types, and
// notes with each what it says.
func tell(list []*message) {
	for _, m := range marks() {
		if m.separates(list) {
			for _, one := range list {
				if one.says = m.in(one); one.says != "" {
					one.by = m
				}
			}
			return
		}
	}
}

// separates reports whether messages say their types by a mark. In a header half
// of them must say it, as some senders do not; in the payload all must.
func (m mark) separates(list []*message) bool {
	counts, said, of := map[string]int{}, 0, 0
	for _, one := range list {
		if !m.header && one.form != inJSON {
			continue
		}
		of++
		if says := m.in(one); says != "" {
			said++
			counts[says]++
		}
	}
	switch {
	case said == 0 || len(counts) > maxTypes || len(counts) > 1 && said < typeRepeats*len(counts):
		return false
	case m.header:
		return 2*said >= of
	case said < of:
		return false
	case m.weak:
		return len(counts) > 1 && m.matters(list)
	}
	return len(counts) > 1 || of > 1
}

// matters reports whether messages of different types have different fields.
func (m mark) matters(list []*message) bool {
	fields := map[string]map[string]bool{}
	for _, one := range list {
		object, ok := one.value.(map[string]any)
		if !ok {
			continue
		}
		says := m.in(one)
		if fields[says] == nil {
			fields[says] = map[string]bool{}
		}
		for name := range object {
			fields[says][name] = true
		}
	}
	sets := slices.Collect(maps.Values(fields))
	for _, set := range sets[1:] {
		if maps.Equal(set, sets[0]) {
			return false
		}
	}
	return true
}

// in is what a message says by the mark; "" where it says no type.
func (m mark) in(one *message) string {
	says := ""
	if m.header {
		says = header(one.Message, m.name)
	} else if object, ok := one.value.(map[string]any); ok {
		says, _ = object[m.name].(string)
	}
	if !isType(says) {
		return ""
	}
	return says
}

// header is the value of a header whose name may be written in any case.
func header(m *driver.Message, name string) string {
	for _, h := range m.Headers {
		if strings.EqualFold(h.Name, name) {
			return string(h.Value)
		}
	}
	return ""
}

// isType reports whether a text can be the name of a type: words with dots and
// the like between them, and none that could be a secret.
func isType(says string) bool {
	if says == "" || len(says) > 120 || isMail(says) || jsonschema.HasFormat("uuid", says) || jsonschema.HasFormat("ipv4", says) {
		return false
	}
	if strings.IndexFunc(says, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("._-/:#+$", c)
	}) >= 0 {
		return false
	}
	letters := false
	for _, part := range strings.FieldsFunc(says, func(c rune) bool { return strings.ContainsRune("._-/:#+$", c) }) {
		rest := strings.Trim(part, "0123456789")
		letters = letters || rest != ""
		if len(part) > 48 || len(part)-len(rest) > 4 || strings.ContainsAny(rest, "0123456789") {
			return false
		}
	}
	return letters
}
