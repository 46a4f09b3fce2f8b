package tree

import (
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// ParseYAML reads a text as YAML, whatever it looks like.
func ParseYAML(f *source.File) (*Node, []diag.Diagnostic) {
	return parseYAML(f, Options{}.withDefaults())
}
