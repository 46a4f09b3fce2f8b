package avro

// maxSteps bounds how many parts of a value are looked at for one judgement: a
// union of many records that hold it would otherwise be tried in every order.
const maxSteps = 2_000_000

// judge asks whether values fit types, with a bound on the work.
type judge struct{ left int }

// fits reports whether a value is of a type.
func (j *judge) fits(t *Type, v any, depth int) bool {
	if j.left--; j.left < 0 || depth > maxDepth {
		return false
	}
	switch t.Kind {
	case Record:
		return j.fitsRecord(t, v, depth)
	case Array:
		list, ok := v.([]any)
		if !ok {
			return false
		}
		for _, item := range list {
			if !j.fits(t.Items, item, depth+1) {
				return false
			}
		}
		return true
	case Map:
		object, ok := v.(map[string]any)
		if !ok {
			return false
		}
		for _, item := range object {
			if !j.fits(t.Items, item, depth+1) {
				return false
			}
		}
		return true
	case Union:
		_, _, ok := j.pick(t, v, depth)
		return ok
	}
	return scalarFault(t, v) == ""
}

func (j *judge) fitsRecord(t *Type, v any, depth int) bool {
	object, ok := v.(map[string]any)
	if !ok {
		return false
	}
	for name := range object {
		if t.Field(name) == nil {
			return false
		}
	}
	for _, f := range t.Fields {
		item, there := object[f.Name]
		if !there && !f.HasDefault || there && !j.fits(f.Type, item, depth+1) {
			return false
		}
	}
	return true
}

// pick chooses the branch of a union for a value. A value may say it itself,
// as Avro's own JSON does: {"string": "x"}. Otherwise it is the first branch
// that it fits.
func (j *judge) pick(t *Type, v any, depth int) (branch int, inner any, ok bool) {
	if i, inner := tagOf(t, v); i >= 0 && j.fits(t.Branches[i], inner, depth+1) {
		return i, inner, true
	}
	for i, b := range t.Branches {
		if j.fits(b, v, depth+1) {
			return i, v, true
		}
	}
	return -1, nil, false
}

// tagOf returns the branch that a value names and what it holds of it, or -1.
func tagOf(t *Type, v any) (int, any) {
	object, ok := v.(map[string]any)
	if !ok || len(object) != 1 {
		return -1, nil
	}
	for name, inner := range object {
		return branchNamed(t, name), inner
	}
	return -1, nil
}

// branchNamed finds a branch by what JSON calls it: the full name or the kind.
// Where only one branch can be meant, the name without its namespace will do,
// and so will a kind with its logical type ("long.timestamp-millis").
func branchNamed(t *Type, name string) int {
	found := -1
	for i, b := range t.Branches {
		switch {
		case b.Kind == Null:
		case b.branchName() == name:
			return i
		case b.Kind.Named() && short(b.Name) == name, b.Logical != "" && name == b.Kind.String()+"."+string(b.Logical):
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// tagged returns the value of a union's branch in the plain form where that is
// read as the same branch again, else with the name of its branch.
func (j *judge) tagged(t *Type, branch int, v any) any {
	b := t.Branches[branch]
	if b.Kind == Null {
		return v
	}
	if i, inner := tagOf(t, v); i < 0 || !j.fits(t.Branches[i], inner, 0) {
		if len(t.Branches) == 2 && t.Branches[1-branch].Kind == Null {
			return v
		}
		for i, other := range t.Branches[:branch+1] {
			if i == branch && j.left > 0 {
				return v
			}
			if j.fits(other, v, 0) {
				break
			}
		}
	}
	return map[string]any{b.branchName(): v}
}
