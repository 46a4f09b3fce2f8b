package ref_test

import (
	"testing"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Whatever two documents refer to, every reference ends in a node or in a
// finding at a place, the same each time, and walking them ends too.
func FuzzResolve(f *testing.F) {
	f.Add("x: {$ref: 'b.yaml#/y'}\n", "y: {$ref: 'a.yaml#/x'}\n")
	f.Add("$ref: '#'\n", "$ref: 'a.yaml#/$ref'\n")
	f.Add("a: &a {$ref: '#/b'}\nb: [*a, {$ref: '#/b/0/x'}]\n", "x: 1")
	f.Add("a: {$ref: '#/a/b'}\nb: {$ref: '#/a~1%25'}\n", "{")
	f.Add(diamonds(5), "y: {$ref: '../../x#y'}")
	f.Fuzz(func(t *testing.T, a, b string) {
		w := ref.New(source.Memory{"memory:///a.yaml": a, "memory:///b.yaml": b}, ref.Options{Limits: ref.Limits{Hops: 50, Refs: 5_000}})
		doc, err := w.Open(t.Context(), "memory:///a.yaml")
		if err != nil || doc.Root == nil {
			return
		}
		w.Walk(t.Context(), doc.Root, ref.WalkOptions{Visit: func(r ref.Reference) {
			target, problem := w.Resolve(t.Context(), r.Holder)
			if (target == nil) == (problem == nil) {
				t.Errorf("%s ends in %v and %v", r.Value.Text, where(target), problem)
			}
			if problem != nil && (problem.Code == "" || problem.Message == "" || !problem.Span.IsValid()) {
				t.Errorf("an incomplete finding: %+v", problem)
			}
			if again, other := w.Resolve(t.Context(), r.Holder); again != target || other != problem {
				t.Errorf("%s ends elsewhere the second time", r.Value.Text)
			}
			if target.Is(tree.Mapping) && ref.Of(target) != nil {
				t.Errorf("%s ends in a reference", r.Value.Text)
			}
		}})
	})
}
