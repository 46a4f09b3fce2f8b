// Package shape checks documents against declarative tables: which objects a
// specification knows, which fields they have, what may stand in each and
// where a reference may stand instead. One set of tables answers four
// questions, so that the answers cannot drift apart: is this document well
// formed (Set.Check), what may I write here (Set.At and Object.Fields), what
// is this (Field.Doc), and what does the specification look like (Set.Objects).
//
// It must not know any specification; those write tables with it. It does not
// load documents either: whoever calls it says how to follow a reference.
//
// # Writing tables
//
// A specification is a Tables value: a list of Objects that name each other.
//
//	var tables = sync.OnceValue(func() shape.Tables {
//		return shape.Tables{
//			Name: "petshop", Title: "Petshop", Root: "shop",
//			Versions: []string{"1.0", "1.1"},
//			Objects: []shape.Object{{
//				Name: "shop", Title: "Shop Object", Doc: "The root of the document.",
//				Extensions: true,
//				Fields: []shape.Field{
//					{Name: "petshop", Required: true, Type: shape.String().Pattern(`^1\.[01]\.\d+$`, "a version such as 1.1.0")},
//					{Name: "pets", Required: true, Type: shape.Map(shape.Is("pet").OrRef()), Doc: "The pets by name."},
//					{Name: "hours", Since: "1.1", Type: shape.List(shape.String()).MinItems(1).Unique()},
//				},
//			}, {
//				Name: "pet", Doc: "An animal for sale.",
//				Fields: []shape.Field{
//					{Name: "kind", Required: true, Type: shape.String().Enum("cat", "dog")},
//					{Name: "price", Type: shape.Number().Min(0)},
//				},
//				Check: func(c *shape.Context, n *tree.Node) { … faults between fields … },
//			}},
//		}
//	})
//
// MustCompile makes the Set for one version of it, once, and Set.Check walks a
// document with it. Objects are found by name, so that tables may be recursive
// and need no particular order. A mistake in a table panics when it is
// compiled; a test that compiles every version finds it.
//
// # Findings
//
// Each fault is one finding with the code Tables.Name + "/" + one of the Code
// constants, at the smallest text that shows it: an unknown field at its key,
// a missing one at the key of the object that lacks it, a wrong value at the
// value. A union never reports why each of its alternatives failed: it chooses
// the one meant, by a discriminating field or by nearness, and reports that.
package shape
