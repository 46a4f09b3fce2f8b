package expr

import "strings"

// Condition is a simple condition, parsed. It never changes. The package's
// documentation has its grammar and meaning.
type Condition struct {
	text string
	root *term
}

// term is a node of a condition.
type term struct {
	op    string // "||", "&&", "!", a comparison, or "" for an operand
	left  *term
	right *term

	expr    *Expr // an operand that is an expression
	literal any   // or a literal

	start, end int
}

// String returns the condition as it was written.
func (c *Condition) String() string { return c.text }

// Refs returns what the condition's expressions refer to, in order.
func (c *Condition) Refs() []Ref {
	var refs []Ref
	c.root.each(func(t *term) {
		if t.expr != nil {
			refs = append(refs, t.expr.ref)
		}
	})
	return refs
}

func (t *term) each(visit func(*term)) {
	if t == nil {
		return
	}
	visit(t)
	t.left.each(visit)
	t.right.each(visit)
}

// Bind decides how to read names with dots, as [Expr.Bind] does.
func (c *Condition) Bind(declared func(Ref) bool) (*Condition, []Problem) {
	var problems []Problem
	root := c.root.bind(declared, &problems)
	if Worst(problems) == errorSeverity {
		return nil, problems
	}
	return &Condition{text: c.text, root: root}, problems
}

func (t *term) bind(declared func(Ref) bool, problems *[]Problem) *term {
	if t == nil {
		return nil
	}
	bound := *t
	bound.left = t.left.bind(declared, problems)
	bound.right = t.right.bind(declared, problems)
	if t.expr != nil {
		var found []Problem
		bound.expr, found = t.expr.Bind(declared)
		*problems = append(*problems, shift(found, t.start)...)
	}
	return &bound
}

// Eval reports whether the condition passes.
func (c *Condition) Eval(env Env) bool {
	e := evaluation{env: env}
	value, ok := e.eval(c.root)
	return ok && value == true
}

// Explain evaluates the condition and keeps what it saw.
func (c *Condition) Explain(env Env) Outcome {
	e := evaluation{env: env, text: c.text, keep: true}
	e.passed(c.root)
	value, ok := e.result, e.found
	out := Outcome{Passed: ok && value == true, Comparisons: e.seen}
	if len(e.missing.Missing) > 0 && !out.Passed {
		out.Err = &e.missing
	}
	return out
}

// evaluation is one evaluation of a condition.
type evaluation struct {
	env  Env
	text string

	// keep says to note what was compared.
	keep    bool
	seen    []Comparison
	missing MissingError

	result any
	found  bool
}

// passed evaluates a term that is a condition of its own, and notes it where it
// is a bare operand.
func (e *evaluation) passed(t *term) bool {
	e.result, e.found = e.eval(t)
	yes := e.found && e.result == true
	if t.op == "" && e.keep && (t.expr != nil || e.result != true && e.result != false) {
		e.note(t, "is true", t, nil, e.result, e.found, nil, true, yes)
	}
	return yes
}

// eval returns a term's value, and false where it is missing.
func (e *evaluation) eval(t *term) (any, bool) {
	switch t.op {
	case "":
		return e.operand(t)
	case "||":
		return e.passed(t.left) || e.passed(t.right), true
	case "&&":
		return e.passed(t.left) && e.passed(t.right), true
	case "!":
		yes := e.passed(t.left)
		return !yes && e.found, true
	}
	return e.compare(t), true
}

func (e *evaluation) operand(t *term) (any, bool) {
	if t.expr == nil {
		return t.literal, true
	}
	value, ok := t.expr.Eval(e.env)
	if !ok && e.keep {
		e.missing.Missing = append(e.missing.Missing, Missing{Expr: t.expr.text, Ref: t.expr.ref})
	}
	return value, ok
}

func (e *evaluation) compare(t *term) bool {
	left, leftThere := e.eval(t.left)
	right, rightThere := e.eval(t.right)
	yes := leftThere && rightThere && compare(t.op, left, right)
	if e.keep {
		e.note(t, t.op, t.left, t.right, left, leftThere, right, rightThere, yes)
	}
	return yes
}

func (e *evaluation) note(t *term, op string, l, r *term, left any, leftThere bool, right any, rightThere, yes bool) {
	c := Comparison{Text: e.part(t), Op: op, Passed: yes}
	c.Left = Operand{Text: e.part(l), Value: left, Missing: !leftThere}
	if r != nil {
		c.Right = Operand{Text: e.part(r), Value: right, Missing: !rightThere}
	}
	e.seen = append(e.seen, c)
}

func (e *evaluation) part(t *term) string { return strings.TrimSpace(e.text[t.start:t.end]) }
