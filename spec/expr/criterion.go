package expr

import (
	"fmt"
	"regexp"

	"github.com/weft-dev/weft/spec/expr/xpath"
)

// CriterionSource is a Criterion Object as written.
type CriterionSource struct {
	// Condition is what must hold.
	Condition string
	// Context is the runtime expression for the value that a regex, a JSONPath
	// or an XPath is applied to; "" where there is none.
	Context string
	// Type is "simple", "regex", "jsonpath", "xpath", or "" for simple; Version
	// that of an Expression Type Object, or "".
	Type, Version string
}

// Criterion is a Criterion Object, compiled. It never changes.
//
// A regex passes when the pattern (RE2) matches somewhere in the context, as
// text. A JSONPath passes when it selects at least one node. An XPath passes
// when its value, as a boolean by XPath 1.0, is true. All three fail when the
// context is null or missing.
type Criterion struct {
	source    CriterionSource
	condition *Condition
	context   *Expr
	query     *query
	pattern   *pattern
}

// NewCriterion compiles a Criterion Object. A problem's Path is the field
// meant: "/condition", "/context", "/type" or "/version".
func NewCriterion(source CriterionSource) (*Criterion, []Problem) {
	var r report
	c := &Criterion{source: source}
	var problems []Problem
	switch source.Type {
	case "", "simple":
		c.condition, problems = ParseCondition(source.Condition)
		r.list = at("/condition", problems)
		if source.Version != "" {
			r.add(CodeUnknown, errorSeverity, 0, len(source.Version), "a simple condition has no version").Path = "/version"
		}
	case "regex":
		c.pattern, problems = newPattern(source.Condition)
		r.list = at("/condition", problems)
	case "jsonpath", "xpath":
		c.query, r.list = newQuery(source.Condition, source.Type, source.Version, "/condition")
	default:
		r.unknownOf("/type", source.Type, []string{"simple", "regex", "jsonpath", "xpath"}, "condition type")
	}
	r.context(c)
	if r.failed() {
		return nil, r.list
	}
	return c, r.list
}

func (r *report) context(c *Criterion) {
	needed := c.source.Type == "regex" || c.source.Type == "jsonpath" || c.source.Type == "xpath"
	switch {
	case c.source.Context != "":
		var problems []Problem
		c.context, problems = Parse(c.source.Context)
		r.list = append(r.list, at("/context", problems)...)
	case needed:
		r.add(CodeCondition, errorSeverity, 0, 0, "a %s condition needs a context", c.source.Type).
			help("add context: $response.body, or what else it is applied to").Path = "/context"
	}
}

// Source returns the criterion as it was written.
func (c *Criterion) Source() CriterionSource { return c.source }

// Refs returns what the criterion's expressions refer to.
func (c *Criterion) Refs() []Ref {
	var refs []Ref
	if c.context != nil {
		refs = append(refs, c.context.ref)
	}
	switch {
	case c.condition != nil:
		return append(refs, c.condition.Refs()...)
	case c.query != nil:
		return append(refs, c.query.refs()...)
	case c.pattern != nil:
		return append(refs, c.pattern.template.Refs()...)
	}
	return refs
}

// Bind decides how to read names with dots, as [Expr.Bind] does.
func (c *Criterion) Bind(declared func(Ref) bool) (*Criterion, []Problem) {
	bound := *c
	var all, problems []Problem
	if c.context != nil {
		bound.context, problems = c.context.Bind(declared)
		all = append(all, at("/context", problems)...)
	}
	switch {
	case c.condition != nil:
		bound.condition, problems = c.condition.Bind(declared)
	case c.query != nil:
		bound.query, problems = c.query.bind(declared)
	case c.pattern != nil:
		bound.pattern, problems = c.pattern.bind(declared)
	}
	all = append(all, at("/condition", problems)...)
	if Worst(all) == errorSeverity {
		return nil, all
	}
	return &bound, all
}

// Outcome says whether a condition passed and what it saw.
type Outcome struct {
	Passed bool
	// Err says why the condition could not be evaluated; it has then failed.
	// Where an expression was missing it is a [*MissingError].
	Err error
	// Comparisons are what was compared or tested, in the order of evaluation.
	Comparisons []Comparison
}

// Comparison is one test within a condition.
type Comparison struct {
	// Text is the test as written.
	Text string
	// Op is "==", "!=", "<", "<=", ">", ">=", "is true", "matches" or
	// "selects".
	Op     string
	Left   Operand
	Right  Operand
	Passed bool
}

// Operand is one side of a comparison: what was written and its value.
type Operand struct {
	Text  string
	Value any
	// Missing says that there was no value, which is not the same as null.
	Missing bool
}

// Eval reports whether the criterion passes, and what it saw.
func (c *Criterion) Eval(env Env) Outcome {
	if c.condition != nil {
		return c.condition.Explain(env)
	}
	value, ok := c.context.Eval(env)
	subject := Operand{Text: c.context.text, Value: value, Missing: !ok}
	cmp := Comparison{Text: c.source.Condition, Op: "selects", Left: subject}
	if c.pattern != nil {
		cmp.Op = "matches"
	}
	var out Outcome
	switch {
	case !ok:
		out.Err = &MissingError{Missing: []Missing{{Expr: c.context.text, Ref: c.context.ref}}}
	case value != nil:
		cmp.Passed, cmp.Right, out.Err = c.apply(env, value)
	}
	cmp.Passed = cmp.Passed && out.Err == nil
	out.Passed = cmp.Passed
	out.Comparisons = []Comparison{cmp}
	return out
}

// apply applies a regex, JSONPath or XPath to the context's value; the operand
// returned is what was found.
func (c *Criterion) apply(env Env, value any) (bool, Operand, error) {
	found := Operand{Text: c.source.Condition}
	switch {
	case c.pattern != nil:
		re, err := c.pattern.regexp(env)
		if err != nil {
			return false, found, err
		}
		found.Text = re.String()
		return re.MatchString(Text(value)), found, nil
	case c.query.kind == queryXPath:
		result, err := c.query.xpathResult(env, value)
		if err != nil {
			return false, found, err
		}
		found.Value = xpath.Plain(result)
		return xpath.Boolean(result), found, nil
	}
	path, err := c.query.jsonPath(env)
	if err != nil {
		return false, found, err
	}
	found.Text = path.String()
	nodes, err := path.Select(value)
	if err != nil {
		return false, found, err
	}
	if len(nodes) > 0 {
		found.Value = nodes[0].Value
	}
	return len(nodes) > 0, found, nil
}

// pattern is a regular expression with expressions in braces.
type pattern struct {
	template *Template
	re       *regexp.Regexp
}

func newPattern(text string) (*pattern, []Problem) {
	t, problems := parseBraces(text)
	if t == nil {
		return nil, problems
	}
	p := &pattern{template: t}
	if !t.IsLiteral() {
		return p, problems
	}
	var r report
	re, err := regexp.Compile(text)
	if err != nil {
		r.regexp(text, err)
	}
	p.re = re
	return p, append(problems, r.list...)
}

func (p *pattern) bind(declared func(Ref) bool) (*pattern, []Problem) {
	t, problems := p.template.Bind(declared)
	return &pattern{template: t, re: p.re}, problems
}

func (p *pattern) regexp(env Env) (*regexp.Regexp, error) {
	if p.re != nil {
		return p.re, nil
	}
	text, err := p.template.Text(env, Plain)
	if err != nil {
		return nil, err
	}
	if len(text) > maxText {
		return nil, fmt.Errorf("the pattern grows beyond %d bytes", maxText)
	}
	var r report
	re, err := regexp.Compile(text)
	if err != nil {
		r.regexp(text, err)
		return nil, fmt.Errorf("%s: %s", clip(text), r.list[0].Message)
	}
	return re, nil
}
