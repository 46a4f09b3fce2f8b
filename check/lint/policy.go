package lint

import (
	"slices"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Policy is how the users of a project want its documents to be judged: which
// rules count, how much, and what is known and left as it is. Package ruleset
// makes it of a file. Its methods may be called by many goroutines at once.
type Policy interface {
	// Severity is how much the findings of a code matter in a file; zero where
	// they do not. Usual is what whoever found it says.
	Severity(code diag.Code, usual diag.Severity, file *source.File) diag.Severity
	// Option is what is said to a rule for the documents of a file, or nil.
	Option(code diag.Code, name string, file *source.File) *tree.Node
	// Extra are the rules of the project itself, for a kind of document.
	Extra(kind string) []*Rule
	// Ignored reports whether a finding is known and to be left as it is.
	Ignored(d *diag.Diagnostic) bool
}

func extraRules(kind string, policy Policy) []*Rule {
	if policy == nil {
		return nil
	}
	return policy.Extra(kind)
}

// runs reports whether a rule judges a document at all.
func runs(r *Rule, policy Policy, file *source.File) bool {
	if policy == nil {
		return !r.Optional
	}
	return policy.Severity(r.Code, r.Severity, file) != 0
}

// weigh gives findings the severity that the policy wants, and leaves out those
// that it does not.
func weigh(list []diag.Diagnostic, policy Policy) []diag.Diagnostic {
	if policy == nil {
		return list
	}
	for i := range list {
		list[i].Severity = policy.Severity(list[i].Code, list[i].Severity, list[i].Span.File)
	}
	return slices.DeleteFunc(list, func(d diag.Diagnostic) bool { return d.Severity == 0 || policy.Ignored(&d) })
}
