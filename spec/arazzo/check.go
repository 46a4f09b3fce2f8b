package arazzo

import (
	"strconv"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

var (
	set10 = lazy.Of[*shape.Set]{Make: func() *shape.Set { return shape.MustCompile(Tables.Get(), "1.0") }}
	set11 = lazy.Of[*shape.Set]{Make: func() *shape.Set { return shape.MustCompile(Tables.Get(), "1.1") }}
)

// Structure returns the tables of the version of a document, or nil where the
// version is not one that is read.
func Structure(v Version) *shape.Set {
	switch {
	case v.Major == 1 && v.Minor == 0:
		return set10.Get()
	case v.Major == 1 && v.Minor == 1:
		return set11.Get()
	}
	return nil
}

// Is reports whether a document says that it is an Arazzo description.
func Is(root *tree.Node) bool { return root.Has("arazzo") }

// Check judges the structure of a document: fields, types, and which of them go
// together. A document of an unknown version is judged as the newest one.
func Check(root *tree.Node) []diag.Diagnostic {
	var found []diag.Diagnostic
	set := set11.Get()
	if version := root.Get("arazzo"); version.Is(tree.String) {
		if s := Structure(parseVersion(version.Text)); s != nil {
			set = s
		} else {
			found = append(found, diag.Diagnostic{
				Code: "arazzo/" + CodeVersion, Severity: diag.Error, Path: version.Path(), Span: version.Span,
				Message: "Arazzo " + strconv.Quote(version.Text) + " is no version that can be read",
				Help:    "1.0.0, 1.0.1 and 1.1.0 can",
			})
		}
	}
	return append(found, set.Check(root, shape.Options{})...)
}
