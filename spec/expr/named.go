package expr

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// accesses reads ".name", "[n]" and "['name']" as long as they follow.
func (p *parser) accesses() ([]Access, bool) {
	var path []Access
	for !p.done() && p.text[p.pos] != '#' {
		a, ok := p.access()
		if !ok {
			return nil, false
		}
		if path = append(path, a); len(path) > maxAccesses {
			p.add(CodeLimit, errorSeverity, 0, len(p.text), "the expression has more than %d parts", maxAccesses)
			return nil, false
		}
	}
	return path, true
}

func (p *parser) access() (Access, bool) {
	if p.take('[') {
		return p.index()
	}
	if !p.dot("write #/a/b to pick a member") {
		return Access{}, false
	}
	start := p.pos
	name := p.until(".[#")
	if name == "" {
		p.unexpected("a name stands between dots")
		return Access{}, false
	}
	for i := range len(name) {
		if strings.IndexByte(" \t\r\n{}]'\"()", name[i]) >= 0 {
			p.pos = start + i
			p.unexpected("write #/a/b to pick a member with such a name")
			return Access{}, false
		}
	}
	return Access{Name: name}, true
}

func (p *parser) index() (Access, bool) {
	if p.take('\'') {
		name, closed := quoted(p.rest())
		p.pos += closed
		if closed == 0 || !p.take(']') {
			p.unexpected("write ['name']")
			return Access{}, false
		}
		return Access{Name: name}, true
	}
	name := p.until("]")
	if _, ok := arrayIndex(name); !ok || !p.take(']') {
		p.pos = min(p.pos, len(p.text))
		p.unexpected("an index is written [0]")
		return Access{}, false
	}
	return Access{Name: name, Index: true}, true
}

// quoted reads a string after its opening quote, where two quotes stand for
// one; it returns the bytes consumed with the closing quote, or 0.
func quoted(s string) (string, int) {
	for i := 0; i < len(s); i++ {
		if s[i] != '\'' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			i++
			continue
		}
		return strings.ReplaceAll(s[:i], "''", "'"), i + 1
	}
	return "", 0
}

// fragment reads "#" and a pointer, which is all that is left.
func (p *parser) fragment() []Access {
	if p.done() || !p.take('#') {
		return nil
	}
	pointer, at := p.rest(), p.pos
	p.pos = len(p.text)
	if pointer != "" && pointer[0] != '/' {
		p.add(CodeSyntax, errorSeverity, at-1, len(pointer)+1, "a JSON Pointer starts with /").
			help("write #/%s", pointer).replace("#/" + pointer)
		return nil
	}
	return p.pointer(pointer, at)
}

// named reads ".name" and what is picked out of its value. The name may have
// dots, so each way to split it is a reading.
func (p *parser) named(ref Ref, of string) *Expr {
	if p.done() || p.text[p.pos] == '#' {
		p.add(CodeTolerated, warningSeverity, 0, p.pos, "%s without a name is all of them", of).help("write %s.NAME", of)
		return p.one(ref, p.fragment())
	}
	if !p.dot("write %s.NAME", of) {
		return nil
	}
	start := p.pos
	first := p.until(".[#")
	if first == "" {
		p.unexpected("write %s.NAME", of)
		return nil
	}
	ends, path, ok := p.dotted(start)
	if !ok || !p.checkName(p.text[start:ends[len(ends)-1]], start) {
		return nil
	}
	return p.readings(ref, start, ends, path)
}

// dotted reads accesses after the first part of a name. It returns where the
// name may end, the accesses, and whether all could be read.
func (p *parser) dotted(start int) (ends []int, path []Access, ok bool) {
	ends = append(ends, p.pos)
	leading := true
	for !p.done() && p.text[p.pos] != '#' {
		leading = leading && p.text[p.pos] == '.'
		at := p.pos
		a, ok := p.access()
		if !ok {
			return nil, nil, false
		}
		if leading {
			ends = append(ends, p.pos)
		} else if len(path) == len(ends)-1 {
			p.add(CodeTolerated, warningSeverity, at, len(p.text)-at, "indexes are not standard here").help("write #/… to pick a value")
		}
		if path = append(path, a); len(path) > maxAccesses {
			p.add(CodeLimit, errorSeverity, start, len(p.text)-start, "the expression has more than %d parts", maxAccesses)
			return nil, nil, false
		}
	}
	return ends, append(path, p.fragment()...), true
}

func (p *parser) readings(ref Ref, start int, ends []int, path []Access) *Expr {
	ref.Name = p.text[start:ends[len(ends)-1]]
	e := &Expr{text: p.text, ref: ref}
	for i, end := range slices.Backward(ends) {
		e.readings = append(e.readings, reading{name: p.text[start:end], path: path[i:]})
	}
	return e
}

// member reads the member of an extension's root and what is picked out of it.
func (p *parser) member(ref Ref) *Expr {
	path, ok := p.accesses()
	if !ok {
		return nil
	}
	path = append(path, p.fragment()...)
	if len(path) == 0 {
		return p.one(ref, nil)
	}
	ref.Name = path[0].Name
	return p.one(ref, path[1:])
}

// step reads what follows $steps.
func (p *parser) step(ref Ref) *Expr {
	if !p.dot("write $steps.STEP.outputs.NAME") {
		return nil
	}
	name, ok := p.identifier("step")
	if !ok {
		return nil
	}
	ref.Step = name
	return p.outputsOf(ref)
}

// outputsOf reads what follows the name of a step.
func (p *parser) outputsOf(ref Ref) *Expr {
	if p.done() {
		ref.Part = PartStep
		return p.one(ref, nil)
	}
	at := p.pos
	if !p.dot("write %s.outputs.NAME", ref) {
		return nil
	}
	start := p.pos
	part := p.until(".#[")
	ref.Part = PartOutputs
	switch {
	case part == "outputs":
	case part == "" || diag.Nearest(part, []string{"outputs"}) != "" || part == "inputs":
		p.badPart(start, part, "a step has only outputs").help("write %s.NAME", ref).replace("outputs")
		return nil
	default:
		p.add(CodeTolerated, warningSeverity, start, len(part), "%s is read as %s.%s", p.text[:p.pos], ref, part).
			help("write outputs.%s", part).replace("outputs." + part)
		p.pos = at
	}
	return p.named(ref, ref.String())
}

// badPart reports a name that is unknown or, where it is "", missing.
func (p *parser) badPart(start int, part, format string, args ...any) *Problem {
	if part == "" {
		return p.add(CodeUnknown, errorSeverity, start-1, 1, format, args...)
	}
	return p.add(CodeUnknown, errorSeverity, start, len(part), format, args...)
}

// workflow reads what follows $workflows.
func (p *parser) workflow(ref Ref) *Expr {
	if !p.dot("write $workflows.WORKFLOW.outputs.NAME") {
		return nil
	}
	name, ok := p.identifier("workflow")
	if !ok {
		return nil
	}
	ref.Workflow = name
	if !p.dot("write %s.outputs.NAME or %s.inputs.NAME", ref, ref) {
		return nil
	}
	start := p.pos
	switch part := p.until(".#["); part {
	case "inputs", "outputs":
		ref.Part = Part(part)
		return p.named(ref, ref.String())
	case "steps":
		return p.step(ref)
	default:
		problem := p.badPart(start, part, "a workflow has inputs, outputs and steps")
		if best := diag.Nearest(part, []string{"inputs", "outputs", "steps"}); best != "" {
			problem.help("did you mean %s?", best).replace(best)
		}
		return nil
	}
}

// sourceDescription reads what follows $sourceDescriptions. An operation's
// name may have any character, so it is everything that follows.
func (p *parser) sourceDescription(ref Ref) *Expr {
	if !p.dot("write $sourceDescriptions.NAME.OPERATION") {
		return nil
	}
	name, ok := p.identifier("source description")
	if !ok {
		return nil
	}
	ref.Source = name
	if p.done() || p.text[p.pos] == '#' {
		return p.one(ref, p.fragment())
	}
	if !p.dot("write %s.OPERATION", ref) {
		return nil
	}
	return p.nameOf(ref, p.rest())
}

// component reads what follows $components.
func (p *parser) component(ref Ref) *Expr {
	kinds := []string{"parameters", "inputs", "successActions", "failureActions"}
	if !p.dot("write $components.parameters.NAME") {
		return nil
	}
	start := p.pos
	kind := p.until(".#[")
	if !slices.Contains(kinds, kind) {
		problem := p.badPart(start, kind, "there are no components of the kind %q", kind)
		problem.help("the kinds are %s", strings.Join(kinds, ", "))
		if best := diag.Nearest(kind, kinds); best != "" {
			problem.help("did you mean %s?", best).replace(best)
		}
		return nil
	}
	ref.Part = Part(kind)
	if !p.dot("write %s.NAME", ref) {
		return nil
	}
	at := p.pos
	if !p.checkName(p.rest(), at) {
		return nil
	}
	return p.nameOf(ref, p.rest())
}
