package edit_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/make/edit"
	"github.com/weft-dev/weft/text/source"
)

func avroDocument(schema string) string {
	return head + "        payload:\n          schemaFormat: application/vnd.apache.avro;version=1.9.0\n          schema:" + schema
}

func protobufDocument(schema string) string {
	return head + "        payload:\n          schemaFormat: application/vnd.google.protobuf;version=3\n          schema: " + schema
}

// Each payload gets a field in its own language, and every other byte stays.
func TestAFieldIsAddedInTheLanguageOfTheSchema(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, before, schema string
		required             bool
		old, new             string
	}{
		{
			"a record of Avro",
			avroDocument("\n            type: record\n            name: R\n            fields: # all of it\n              - {name: a, type: int} # the first\n"), "{type: string, description: d}", false,
			"# the first\n", "# the first\n              - name: x\n                doc: d\n                type:\n                  - 'null'\n                  - string\n                default: null\n",
		},
		{
			"with a default, required",
			avroDocument(" {type: record, name: R, fields: [{name: a, type: int}]}\n"), "{type: integer, default: 0}", true,
			"type: int}]", "type: int}, {name: x, type: long, default: 0}]",
		},
		{
			"with a default, not required",
			avroDocument(" {type: record, name: R, fields: []}\n"), "{type: number, default: 1.5}", false,
			"fields: []", "fields: [{name: x, type: [double, 'null'], default: 1.5}]",
		},
		{
			"a type as Avro writes it",
			avroDocument(" {type: record, name: R, fields: []}\n"), "{type: enum, name: E, symbols: [A, B], default: A}", true,
			"fields: []", "fields: [{name: x, type: {type: enum, name: E, symbols: [A, B]}, default: A}]",
		},
		{
			"records of a union",
			avroDocument(" ['null', {type: record, name: R, fields: []}]\n"), "{type: string, format: uuid}", false,
			"fields: []", "fields: [{name: x, type: ['null', {type: string, logicalType: uuid}], default: null}]",
		},
		{
			"it is there under another name",
			avroDocument(" {type: record, name: R, fields: [{name: a, type: int, aliases: [x]}]}\n"), "{type: string}", false, "", "",
		},
		{
			"a message of Protobuf",
			protobufDocument("|\n                syntax = \"proto3\";\n\n                message M {\n                    reserved 2, 5; // gone\n                    string a = 4; // the first\n                }\n"), "{type: integer}", false,
			"// the first\n", "// the first\n                    optional int64 x = 6;\n",
		},
		{
			"on one line",
			protobufDocument("'syntax = \"proto3\"; message M { string a = 1; }'\n"), "{type: array, items: {type: string}}", false,
			"a = 1; }", "a = 1; repeated string x = 2; }",
		},
		{
			"the message that is meant, and no number of an extension",
			protobufDocument("|\n            syntax = \"proto2\";\n            message Part { optional string x = 1; }\n            message M {\n              optional Part p = 1;\n              extensions 2 to 9;\n            }\n"), "{type: fixed32}", false,
			"2 to 9;\n", "2 to 9;\n              optional fixed32 x = 10;\n",
		},
		{
			"the name is kept",
			protobufDocument("'syntax = \"proto3\"; message M { reserved \"x\"; }'\n"), "{type: string}", false, "", "",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, "a.yaml", c.before)
			if err := s.AddField(edit.Field{Name: "x", Schema: value(t, c.schema), Required: c.required}); err != nil {
				t.Fatal(err)
			}
			want := c.before
			if c.old != "" {
				if want = strings.Replace(c.before, c.old, c.new, 1); want == c.before {
					t.Fatalf("there is no %q", c.old)
				}
			}
			got := after(s, c.before)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatal(diff)
			}
			again := open(t, "a.yaml", got)
			if err := again.AddField(edit.Field{Name: "x", Schema: value(t, c.schema), Required: c.required}); err != nil || len(again.Changes()) > 0 {
				t.Errorf("a second time: %v, %d changes", err, len(again.Changes()))
			}
		})
	}
}

func TestAFieldThatALanguageCannotHaveIsRefused(t *testing.T) {
	t.Parallel()
	record, message := avroDocument(" {type: record, name: R, fields: []}\n"), protobufDocument("'syntax = \"proto3\"; message M {}'\n")
	for _, c := range []struct {
		text, name, schema string
		required           bool
		want               string
	}{
		{record, "x", "{type: string}", true, "needs a default"},
		{record, "x-y", "{type: string}", false, "is no name of Avro"},
		{record, "x", "{enum: [a]}", false, "say the type of the field as Avro does"},
		{message, "x", "{type: string}", true, "cannot be required of messages in Protobuf"},
		{message, "x-y", "{type: string}", false, "is no name of Protobuf"},
		{message, "x", "{type: object}", false, "say a type of the field that it has"},
		{protobufDocument("{$ref: 'memory:///m.proto'}\n"), "x", "{type: string}", false, "add to M: optional string x = 8;"},
		{protobufDocument("'message {'\n"), "x", "{type: string}", false, "is not sound"},
	} {
		f := source.NewFile("memory:///a.yaml", "a.yaml", []byte(c.text))
		s, err := edit.Open(t.Context(), source.Memory{"memory:///m.proto": "syntax = \"proto3\";\nmessage M { string a = 7; }\n"}, []*source.File{f})
		if err != nil {
			t.Fatal(err)
		}
		err = s.AddField(edit.Field{Name: c.name, Schema: value(t, c.schema), Required: c.required})
		if err == nil || !strings.Contains(err.Error(), c.want) || len(s.Changes()) > 0 {
			t.Errorf("%s: got %v, want %q", c.schema, err, c.want)
		}
	}
}
