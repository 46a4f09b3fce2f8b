package convert_test

import (
	"path/filepath"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/make/convert"
)

func TestWhatIsMadeOfOpenAPIIsValid(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(corpus.Dir(t), "convert", "input", "openapi", "*.yml"))
	if err != nil || len(paths) < 5 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		for _, version := range []string{"asyncapi-3.0.0", "asyncapi-3.1.0"} {
			ws, d := open(t, path)
			result := converted(t, ws, d, convert.Options{To: version})
			ws, d = again(ws, d, result)
			for _, f := range errorsOf(t.Context(), ws, d) {
				if f.Code != "text/ref-not-found" { // of the external reference
					t.Errorf("%s: %s: %s\n%s", path, f.Path, f.Message, result.Text)
				}
			}
		}
	}
}
