package expr

import "github.com/weft-dev/weft/text/diag"

// Bounds on what is parsed. They are far beyond anything a person writes and
// keep hostile documents cheap.
const (
	// maxText is the longest expression, condition or selector, in bytes.
	maxText = 16 << 10
	// maxTemplate is the longest string that is searched for expressions.
	maxTemplate = 8 << 20
	// maxParts is the largest number of expressions in one string.
	maxParts = 4096
	// maxAccesses is the largest number of names in one expression.
	maxAccesses = 64
	// maxNesting is how deep conditions and computed values nest.
	maxNesting = 100
	// maxDepth is how deep a value with expressions nests.
	maxDepth = 500
	// maxOutput is the largest text a template may grow to, in bytes.
	maxOutput = 64 << 20
)

const (
	errorSeverity   = diag.Error
	warningSeverity = diag.Warning
	infoSeverity    = diag.Info
)

func (r *report) tooLong(length int) {
	r.add(CodeLimit, errorSeverity, 0, length, "the text is longer than %d bytes", maxText)
}
