package expr

// Expr is one runtime expression, parsed. It never changes.
type Expr struct {
	text string
	ref  Ref
	// readings are the ways to split names with dots, the longest name first.
	readings []reading
}

// reading is one way to understand "a.b.c": a name and accesses below it.
type reading struct {
	name string
	path []Access
}

// String returns the expression as it was written.
func (e *Expr) String() string { return e.text }

// Ref returns what the expression refers to. Where the name has dots and
// [Expr.Bind] has not decided how to read them, it has the longest name.
func (e *Expr) Ref() Ref { return e.ref }

// Path returns what is picked out of the value of [Expr.Ref].
func (e *Expr) Path() []Access { return e.readings[0].path }

// Eval returns the expression's value, and false where it is missing: the
// reference is unknown or the pointer leads nowhere. A value of null is there.
func (e *Expr) Eval(env Env) (value any, ok bool) {
	ref := e.ref
	for i := range e.readings {
		ref.Name = e.readings[i].name
		if value, ok = env.Lookup(ref); ok {
			return descend(value, e.readings[i].path)
		}
	}
	return nil, false
}

// Bind decides how to read a name with dots: the longest name that is declared
// comes first. It returns the expression so read, with a warning where a dot
// had to stand for a member. Where no reading is declared, it returns nil and
// an error that has the reference in Ref; the caller, who knows what is
// declared, may say it better.
func (e *Expr) Bind(declared func(Ref) bool) (*Expr, []Problem) {
	ref := e.ref
	for i, reading := range e.readings {
		ref.Name = reading.name
		if !declared(ref) {
			continue
		}
		bound := &Expr{text: e.text, ref: ref, readings: e.readings[i : i+1]}
		if i == 0 {
			return bound, nil
		}
		var r report
		r.add(CodeTolerated, warningSeverity, 0, len(e.text), "%q is read as a member of %s", Pointer(reading.path), ref).
			help("write %s", bound.Canonical()).replace(bound.Canonical())
		return bound, r.list
	}
	var r report
	r.add(CodeUnknown, errorSeverity, 0, len(e.text), "%s is not declared", e.ref).Ref = e.ref
	return nil, r.list
}

// Canonical returns the expression in the form of Arazzo 1.1, with a JSON
// Pointer for what is picked out.
func (e *Expr) Canonical() string {
	if pointer := Pointer(e.Path()); pointer != "" {
		return e.ref.String() + "#" + pointer
	}
	return e.ref.String()
}
