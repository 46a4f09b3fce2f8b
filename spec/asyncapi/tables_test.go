package asyncapi_test

import (
	"testing"

	"github.com/weft-dev/weft/spec/asyncapi"
)

func TestTablesCompileForEveryVersion(t *testing.T) {
	t.Parallel()
	for _, version := range asyncapi.Versions() {
		set := asyncapi.Set(version)
		if set == nil {
			t.Fatalf("no tables for %s", version)
		}
		for _, o := range set.Objects() {
			if o.Doc == "" || o.Title == "" {
				t.Errorf("%s: object %q lacks its doc or its title", version, o.Name)
			}
			for _, f := range o.Fields {
				if f.Doc == "" {
					t.Errorf("%s: field %s.%s lacks its doc", version, o.Name, f.Name)
				}
			}
		}
	}
}
