package diff_test

import (
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/diff"
)

func avroPayload(fields string) part {
	return part{"payload": "{schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {type: record, name: Order, fields: [" + fields + "]}}"}
}

// TestAvroPayloadsGoByResolution compares payloads as readers and writers of
// Avro do, for both sides of a channel.
func TestAvroPayloadsGoByResolution(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, old, new  string
		sends, receives diff.Verdict
		code            string
		witness         string // of whichever side breaks
	}{
		{"field added without default", "{name: a, type: int}", "{name: a, type: int}, {name: b, type: int}", diff.Compatible, diff.Breaking, "diff/avro-field-added", `"a":`},
		{"field added with default", "{name: a, type: int}", "{name: a, type: int}, {name: b, type: int, default: 1}", diff.Compatible, diff.Compatible, "diff/avro-field-added", ""},
		{"field removed", "{name: a, type: int}, {name: b, type: int}", "{name: a, type: int}", diff.Breaking, diff.Compatible, "diff/avro-field-removed", `{"a":`},
		{"promotion", "{name: a, type: int}", "{name: a, type: long}", diff.Breaking, diff.Compatible, "diff/avro-type-changed", `{"a":`},
		{"alias", "{name: a, type: int}", "{name: b, aliases: [a], type: int}", diff.Breaking, diff.Compatible, "diff/avro-field-renamed", `{"b":`},
		{"symbol", "{name: a, type: {type: enum, name: E, symbols: [X]}}", "{name: a, type: {type: enum, name: E, symbols: [X, Y]}}", diff.Breaking, diff.Compatible, "diff/avro-symbol-added", `{"a":"Y"}`},
		{"default changed", "{name: a, type: int, default: 1}", "{name: a, type: int, default: 2}", diff.Compatible, diff.Compatible, "diff/avro-default-changed", ""},
		{"doc", "{name: a, type: int, doc: x}", "{name: a, type: int, doc: y}", diff.Compatible, diff.Compatible, "", ""},
		{"fixed", "{name: a, type: {type: fixed, name: F, size: 1}}", "{name: a, type: {type: fixed, name: F, size: 2}}", diff.Breaking, diff.Breaking, "diff/avro-size-changed", `{"a":`},
	} {
		for action, want := range map[string]diff.Verdict{"send": c.sends, "receive": c.receives} {
			r := compare(t, contract(action, avroPayload(c.old)), contract(action, avroPayload(c.new)), diff.Options{})
			if got := r.Verdict(diff.Binary); got != want {
				t.Errorf("%s, %s: got %s, want %s\n%s", c.name, action, got, want, told(r))
			}
			if (c.code == "") != (len(r.Changes) == 0) {
				t.Errorf("%s, %s:\n%s", c.name, action, told(r))
			}
			for _, change := range r.Changes {
				if change.Code == "diff/replay" || change.Code == "diff/version-bump" {
					continue
				}
				if string(change.Code) != c.code || change.What == "" || change.Why == "" {
					t.Errorf("%s, %s: %s\n%s", c.name, action, change.Code, told(r))
				}
				breaks := want == diff.Breaking
				if breaks && (!strings.Contains(string(change.Witness), c.witness) || change.Refusal == "" || change.Order == "") {
					t.Errorf("%s, %s: witness %s: %s", c.name, action, change.Witness, change.Refusal)
				}
			}
		}
	}
}
