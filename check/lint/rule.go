package lint

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
)

// Rule is something that documents of a kind should keep to. It is data: the
// reference page, "weft explain", the rule table of a report and the rule's
// own test are made from the same value.
type Rule struct {
	// Code names the rule, as "asyncapi/operation-message".
	Code     diag.Code
	Severity diag.Severity
	// Optional says that documents are judged by the rule only where a ruleset
	// asks for it.
	Optional bool
	// Remark says that the rule is about what a document says of itself, as
	// diag.Rule has it.
	Remark bool
	// Summary says in one sentence, without a full stop, what should be so.
	Summary string
	// Why says what goes wrong otherwise.
	Why string
	// Good and Bad are whole documents that keep to the rule and that do not.
	Good, Bad string
	// Options are what a ruleset may say to the rule.
	Options []Option
	// Compares says that the rule marks what is to be looked for in other
	// documents (see Across): its examples are one of two that are the same.
	Compares bool
	// Run looks at a document and reports. It is nil for rules that others
	// check: those of a structure.
	Run func(*Pass)
}

// Option is something that a ruleset may say to a rule.
type Option struct {
	Name string
	// Type makes the type of its value.
	Type func() *shape.Type
	// Default is the value where a ruleset says nothing: a string, a bool, an
	// int or a []string.
	Default any
	// Doc says in one sentence what it is for.
	Doc string
}

// Describe is the rule as explanations and reports need it.
func (r *Rule) Describe() diag.Rule {
	out := diag.Rule{
		Code: r.Code, Severity: r.Severity, Optional: r.Optional, Remark: r.Remark,
		Summary: r.Summary, Why: r.Why, Good: r.Good, Bad: r.Bad,
	}
	for _, o := range r.Options {
		out.Options = append(out.Options, diag.RuleOption{Name: o.Name, Default: o.defaultText(), Doc: o.Doc})
	}
	return out
}

// defaultText is the default as a ruleset would write it.
func (o *Option) defaultText() string {
	switch v := o.Default.(type) {
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	case string:
		return strconv.Quote(v)
	}
	return fmt.Sprint(o.Default)
}
