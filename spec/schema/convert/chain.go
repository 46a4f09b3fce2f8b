package convert

import (
	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Between Avro and Protobuf a JSON Schema stands in the middle: what each of
// the two says in JSON is said in one place only. What is told of the second
// step is told where the first began.

// AvroToProtobuf makes a text of Protobuf (proto3) of the values that an Avro
// schema describes. In JSON bytes look different in the two; else values keep
// their form.
func AvroToProtobuf(s *avro.Schema, opt Options) (string, []diag.Diagnostic) {
	first := newToJSON(opt)
	first.language, first.places = "Protobuf", map[*tree.Node]place{}
	root := first.document(s)
	second := newToProto(opt)
	second.origin, second.told = first.places, true // a record of Avro has only its fields, too
	second.opt.Refs = within{root}
	second.root(root)
	return second.print(), diag.Unique(append(first.found, second.found...))
}

// ProtobufToAvro makes an Avro schema of a message of Protobuf. In JSON bytes
// and numbers of 64 bits look different in the two; else values keep their
// form.
func ProtobufToAvro(s *protobuf.Schema, opt Options) (*tree.Node, []diag.Diagnostic) {
	first := newFromProto(s, opt)
	first.toAvro, first.places = true, map[*tree.Node]place{}
	root := first.document(s.Descriptor())
	second := newToAvro(opt)
	second.origin, second.opt.Refs = first.places, within{root}
	out := second.schema(root, string(s.Descriptor().Name()))
	return out, diag.Unique(append(first.found, second.found...))
}

// within follows the references of a schema that was made here.
type within struct{ root *tree.Node }

// Resolve implements Resolver.
func (w within) Resolve(value *tree.Node) (*tree.Node, error) {
	return w.root.At(value.Text[1:]), nil
}
