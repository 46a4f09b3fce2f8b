package endpoint

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/registry"
)

// framing is how a message says which schema of a registry its payload was
// written by.
type framing struct {
	// header says that the id is in a header, and the payload is bare.
	header bool
	// wide says that the id has eight bytes.
	wide bool
	// naming makes the subject under which the schema is looked for.
	naming registry.Naming
}

// The fields of Kafka's message binding that ask for a framing.
const (
	idLocation     = "schemaIdLocation"
	idEncoding     = "schemaIdPayloadEncoding"
	lookupStrategy = "schemaLookupStrategy"
)

// strategies are the names of naming strategies by what is left of them when
// package, case and ending are gone: the binding's own, and the classes of
// Confluent's clients, which many write there.
var strategies = lazy.Of[map[string]registry.Naming]{Make: func() map[string]registry.Naming {
	return map[string]registry.Naming{
		"topicid": registry.TopicName, "topicname": registry.TopicName,
		"recordid": registry.RecordName, "recordname": registry.RecordName,
		"topicrecordid": registry.TopicRecordName, "topicrecordname": registry.TopicRecordName,
	}
}}

// kafkaFraming reads the framing of a message; nil where its binding asks for
// none. What it cannot read is told by framingFindings.
func kafkaFraming(m *asyncapi.Message) *framing {
	binding := m.Bindings.For("kafka")
	if asking(m) == nil {
		return nil
	}
	f := &framing{header: binding.Get(idLocation).Str() == "header", wide: encodings.Get()[idEncodingOf(binding)] == wideSize, naming: registry.TopicName}
	if strategy := binding.Get(lookupStrategy); strategy != nil {
		f.naming = strategies.Get()[strategyName(strategy)]
	}
	return f
}

// encodings are the names of how an id is written, with its size in bytes.
// Apicurio's own clients wrote eight and now write as Confluent's do.
var encodings = lazy.Of[map[string]int]{Make: func() map[string]int {
	return map[string]int{
		"confluent": idSize, "4": idSize, "apicurio-new": idSize, "apicurio-legacy": wideSize, "8": wideSize,
	}
}}

func idEncodingOf(binding *tree.Node) string {
	if n := binding.Get(idEncoding); n != nil {
		return strings.ToLower(n.Text)
	}
	return "confluent"
}

// fits says whether there is room for an id.
func (f *framing) fits(id uint64) error {
	if !f.wide && id > math.MaxUint32 {
		return fmt.Errorf("the id %d of the schema does not fit into four bytes", id)
	}
	return nil
}

// strategyName is what is left of a strategy's name.
func strategyName(n *tree.Node) string {
	name := strings.ToLower(n.Text)
	return strings.TrimSuffix(name[strings.LastIndex(name, ".")+1:], "strategy")
}

// framingFindings tells what the binding of a message asks for and nobody does.
func framingFindings(u *unmet, m *asyncapi.Message) {
	binding := m.Bindings.For("kafka")
	if n := binding.Get(idLocation); n != nil && !slices.Contains([]string{"payload", "header"}, n.Str()) {
		u.add(diag.Error, n, fmt.Sprintf("%s must be payload or header, is %q", idLocation, clip(n.Text, 40)), "")
	}
	switch n := binding.Get(idEncoding); encodings.Get()[idEncodingOf(binding)] {
	case 0:
		u.add(diag.Error, n, fmt.Sprintf("%s %q is not supported yet", idEncoding, clip(n.Text, 40)),
			"write confluent, 4 or apicurio-new: a zero byte and four bytes of the id; or apicurio-legacy or 8: the id in eight")
	case wideSize:
		wideFindings(u, n, m)
	}
	if n := binding.Get(lookupStrategy); n != nil && strategies.Get()[strategyName(n)] == "" {
		u.add(diag.Error, n, fmt.Sprintf("%s %q is not supported yet", lookupStrategy, clip(n.Text, 80)),
			"write TopicIdStrategy, RecordIdStrategy or TopicRecordIdStrategy")
	}
	if why := unframable(m); why != "" {
		u.add(diag.Error, asking(m), "the id of a schema goes with this message, but "+why, "")
	}
}

// wideFindings tells where ids of eight bytes are more than a longer id.
func wideFindings(u *unmet, n *tree.Node, m *asyncapi.Message) {
	if m.Bindings.For("kafka").Get(idLocation).Str() == "header" {
		u.add(diag.Error, n, fmt.Sprintf("%s %s is not supported yet where the id is in a header: that of Apicurio's clients is another", idEncoding, clip(n.Text, 40)), "")
	}
	if m.Payload == nil {
		return
	}
	if format, err := schema.ParseFormat(m.Payload.Format); err == nil && format.Family == schema.Protobuf {
		u.add(diag.Error, n, fmt.Sprintf("%s %s is not supported yet for Protobuf, before which Apicurio's clients write the name of the message", idEncoding, clip(n.Text, 40)), "")
	}
}

// asking is the field by which the binding of a message asks for a framing.
func asking(m *asyncapi.Message) *tree.Node {
	for _, field := range []string{idLocation, idEncoding, lookupStrategy} {
		if n := m.Bindings.For("kafka").Get(field); n != nil {
			return n
		}
	}
	return nil
}

// unframable says why no registry has the schema of a message, or "".
func unframable(m *asyncapi.Message) string {
	if m.Payload == nil || m.Payload.Node == nil {
		return "its payload has no schema"
	}
	format, err := schema.ParseFormat(m.Payload.Format)
	if err != nil {
		return "" // told elsewhere
	}
	if encodingOf(m.ContentType) == singleObject {
		return fmt.Sprintf("its content type asks for the encoding %s, which says the schema itself", singleObject)
	}
	if typeOf(format.Family) == "" {
		return fmt.Sprintf("its schema is in %s, which schema registries do not keep", format.Family)
	}
	return ""
}

// typeOf is how registries name a language; "" for one that they do not keep.
func typeOf(family schema.Family) string {
	switch family {
	case schema.Avro:
		return registry.Avro
	case schema.JSONSchema:
		return registry.JSON
	case schema.Protobuf:
		return registry.Protobuf
	}
	return ""
}

// kafkaRegistry is where the binding of a server says that schemas are.
func kafkaRegistry(server *asyncapi.Server) string {
	if server == nil {
		return ""
	}
	return server.Bindings.For("kafka").Get("schemaRegistryUrl").Str()
}

// RegistryOf is the address of the schema registry that a document names first,
// or "".
func RegistryOf(doc *asyncapi.Document) string {
	for _, server := range doc.Servers {
		for _, p := range protocols.Get() {
			if p.registry == nil {
				continue
			}
			if url := p.registry(server); url != "" {
				return url
			}
		}
	}
	return ""
}

// registryFindings tells whether the registry can be asked.
func registryFindings(u *unmet, t *Target, server *asyncapi.Server, choice Choice) {
	var asks *tree.Node
	for _, m := range t.Messages {
		if kafkaFraming(m) != nil {
			asks = asking(m)
			framingFindings(u, m)
		}
	}
	if asks != nil && choice.Registry.URL == "" && kafkaRegistry(server) == "" {
		u.add(diag.Error, asks, "the id of a schema goes with this message, but its server names no schema registry: give the server a schemaRegistryUrl in its Kafka binding", "")
	}
	if server == nil {
		return
	}
	binding := server.Bindings.For("kafka")
	if asks == nil {
		u.add(diag.Info, binding.Get("schemaRegistryUrl"), "the schema registry is not asked: no message here says in its Kafka binding that the id of its schema goes with it",
			"give messages that carry one a schemaIdLocation")
		return
	}
	if vendor := binding.Get("schemaRegistryVendor"); vendor != nil && !slices.Contains([]string{"confluent", "karapace"}, strings.ToLower(vendor.Text)) {
		u.add(diag.Info, vendor, "the schema registry is spoken to by Confluent's API, which those of other vendors often have under an address of its own", "")
	}
}
