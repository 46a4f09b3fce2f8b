package bundle_test

import (
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/make/bundle"
	"github.com/weft-dev/weft/text/tree"
)

// Whatever two files refer to in one another, a bundle comes soon or not at
// all, refers to no file, and is its own bundle.
func FuzzBundle(f *testing.F) {
	f.Add(channel("{$ref: 'b.yaml#/M'}"), "M: {payload: {$ref: '#/P'}}\nP: {$id: x, $anchor: y, properties: {a: {$ref: '#y'}, b: {$ref: a.yaml}}}")
	f.Add(channel("{payload: {schemaFormat: 'application/vnd.apache.avro', schema: {$ref: b.yaml}}}"), `{"type":"record","name":"a.B","fields":[{"name":"x","type":{"$ref":"b.yaml"}}]}`)
	f.Add("asyncapi: 2.6.0\ninfo: {title: T, version: '1'}\nchannels: {a: {$ref: 'b.yaml#/c'}}", "c: {publish: {message: {$ref: '#/c'}}}")
	f.Add(head+"operations: {o: {channel: {$ref: 'b.yaml#/c'}, messages: [{$ref: 'b.yaml#/c/messages/m'}]}}", "c: {messages: {m: {$ref: '#/d'}}}\nd: &x {payload: *x}")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, mode := range modes {
			begin := cputime.Start(t)
			r := files{"a.yaml": a, "b.yaml": b}.bundle(bundle.Options{Mode: mode, MaxNodes: 20_000}, "a.yaml")
			if took := begin(); took > 5*time.Second {
				t.Fatalf("%s took %s", mode, took)
			}
			if r.Root == nil {
				continue
			}
			got, err := tree.Print(r.Root, tree.YAML)
			if err != nil {
				t.Fatal(err)
			}
			// Data, extensions and the like may hold texts that only look like
			// references; what else is left must be the bundle's own.
			again := files{"a.yaml": string(got)}.bundle(bundle.Options{Mode: mode}, "a.yaml")
			if again.Root == nil {
				t.Fatalf("%s: the bundle has no bundle: %+v\n%s", mode, again.Findings, got)
			}
			twice, err := tree.Print(again.Root, tree.YAML)
			if err != nil || string(twice) != string(got) {
				t.Fatalf("%s: the bundle of the bundle differs: %v\n%s\n%s", mode, err, got, twice)
			}
		}
	})
}
