package asyncapi

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
)

// A binding is what one protocol lets one kind of object say, in one version
// of the binding or in several alike.
type binding struct {
	protocol string
	of       string // "server", "channel", "operation" or "message"
	// versions are those of the binding that have these fields, newest last.
	versions []string
	// old are versions that only 2.x documents use.
	old    []string
	fields []shape.Field
	check  shape.Check
	groups []shape.Group
	// strict forbids extensions.
	strict bool
	// loose lets fields pass that the binding does not have.
	loose bool
	// from is the first version of AsyncAPI that has the binding.
	from string
}

// silent are the protocols that have nothing to say about a kind of object:
// their binding there is empty.
var silent = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"server":    {"http", "ws", "amqp", "amqp1", "mqtt5", "anypointmq", "nats", "sns", "sqs", "stomp", "redis", "mercure", "googlepubsub"},
		"channel":   {"http", "amqp1", "mqtt", "mqtt5", "nats", "stomp", "redis", "mercure", "solace"},
		"operation": {"ws", "amqp1", "mqtt5", "anypointmq", "jms", "stomp", "redis", "mercure", "ibmmq", "googlepubsub", "pulsar"},
		"message":   {"ws", "amqp1", "mqtt5", "nats", "sns", "sqs", "stomp", "redis", "mercure", "solace", "pulsar"},
	}
}}

// silentSince31 are those of a protocol that came with 3.1.
var silentSince31 = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{"channel": {"ros2"}, "message": {"ros2"}}
}}

// bindingsOf returns every table of a kind of object by protocol, oldest
// version first.
func bindingsOf(of string) map[string][]binding {
	m := map[string][]binding{}
	for _, b := range slices.Concat(serverBindings(), channelBindings(), operationBindings(), messageBindings()) {
		if b.of == of {
			m[b.protocol] = append(m[b.protocol], b)
		}
	}
	return m
}

// BindingVersions returns the versions of a protocol's binding of a kind of
// object ("server", "channel", "operation", "message") that 3.x documents use,
// oldest first, and those that only 2.x documents do. Both are empty for a
// protocol that is not known there.
func BindingVersions(of, protocol string) (current, old []string) {
	for _, b := range bindingsOf(of)[protocol] {
		current, old = append(current, b.versions...), append(old, b.old...)
	}
	return current, old
}

func bindingTables() []shape.Object {
	var objects []shape.Object
	for _, of := range []string{"server", "channel", "operation", "message"} {
		all := bindingsOf(of)
		objects = append(objects, bindingsObject(of, all, true), bindingsObject(of, all, false))
		for _, list := range all {
			for _, b := range list {
				objects = append(objects, b.object())
			}
		}
		for _, protocol := range silent.Get()[of] {
			objects = append(objects, silentObject(protocol, of, ""))
		}
		for _, protocol := range silentSince31.Get()[of] {
			objects = append(objects, silentObject(protocol, of, "3.1"))
		}
	}
	return append(objects, bindingParts()...)
}

// bindingsObject is the object with a field for each protocol. In 3.x a fault
// in a binding is an error; the official schemas of 2.x leave the content of
// bindings to others, so there it is a warning.
func bindingsObject(of string, all map[string][]binding, three bool) shape.Object {
	o := shape.Object{
		Name: of + " bindings object", Title: title(of) + " Bindings Object", Link: spec3 + of + "BindingsObject", Extensions: true,
		Doc: "What single protocols need to know about the " + of + ".",
	}
	if three {
		o.Since = "3.0"
	} else {
		o.Until, o.Loose = "2.6", true
	}
	for protocol, list := range all {
		f := field(protocol, chooseVersion(list, three), "What "+protocol+" needs to know.")
		f.Type.Grade("binding", diag.Warning)
		if three {
			f.Type.Grade("binding", diag.Error)
		}
		f.Since = list[0].from
		if f.Since != "" && !three {
			continue
		}
		o.Fields = append(o.Fields, f)
	}
	for _, protocol := range silent.Get()[of] {
		o.Fields = append(o.Fields, field(protocol, silentType(protocol, of), "Nothing yet for "+protocol+"."))
	}
	if three {
		for _, protocol := range silentSince31.Get()[of] {
			o.Fields = append(o.Fields, since("3.1", field(protocol, silentType(protocol, of), "Nothing yet for "+protocol+".")))
		}
	}
	slices.SortFunc(o.Fields, func(a, b shape.Field) int { return compareText(a.Name, b.Name) })
	return o
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// chooseVersion is a binding of any of its versions, the newest where it does
// not say.
func chooseVersion(list []binding, three bool) *shape.Type {
	var cases []shape.Case
	for _, b := range list {
		versions := slices.Clone(b.versions)
		if !three {
			versions = append(versions, b.old...)
		}
		if len(versions) > 0 {
			cases = append(cases, shape.When(shape.Is(b.name()), versions...))
		}
	}
	newest := list[len(list)-1]
	if !three || newest.protocol == "sns" {
		cases = append(cases, shape.When(shape.Is(newest.name()), "latest"))
	}
	cases = append(cases, shape.When(shape.Is(newest.name())))
	return shape.Switch("bindingVersion", cases...).Called("a " + newest.protocol + " binding")
}

func (b binding) name() string {
	versions := append(slices.Clone(b.old), b.versions...)
	return fmt.Sprintf("%s %s binding %s", b.protocol, b.of, versions[len(versions)-1])
}

func (b binding) object() shape.Object {
	return shape.Object{
		Name: b.name(), Title: title(b.protocol) + " " + title(b.of) + " Binding Object",
		Link: "https://github.com/asyncapi/bindings/tree/master/" + b.directory() + "#" + b.of,
		Doc:  "What " + b.protocol + " needs to know about the " + b.of + ".", Extensions: !b.strict, Loose: b.loose,
		Fields: append(slices.Clone(b.fields), field("bindingVersion", text(), "The version of the binding; the newest where this is not there.")),
		Check:  b.check, Since: b.from,
		Groups: b.groups,
	}
}

func (b binding) directory() string {
	if b.protocol == "ws" {
		return "websockets"
	}
	return b.protocol
}

func silentName(protocol, of string) string { return protocol + " " + of + " binding" }

func silentType(protocol, of string) *shape.Type {
	return shape.Is(silentName(protocol, of)).Grade("binding", diag.Warning)
}

func silentObject(protocol, of, from string) shape.Object {
	return shape.Object{
		Name: silentName(protocol, of), Title: title(protocol) + " " + title(of) + " Binding Object",
		Doc: "What " + protocol + " needs to know about the " + of + ": nothing yet.", Extensions: true, Since: from,
		Fields: []shape.Field{field("bindingVersion", text(), "The version of the binding.")},
	}
}

func title(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
