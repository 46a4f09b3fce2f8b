package rules

import (
	"github.com/weft-dev/weft/check/lint/practice"
	"github.com/weft-dev/weft/text/diag"
)

// Recommended are the codes of the rules about what a document should say of
// itself, which small documents do not.
func Recommended() []diag.Code {
	var codes []diag.Code
	for _, r := range append(recommended(), practice.Rules()...) {
		codes = append(codes, r.Code)
	}
	return codes
}
