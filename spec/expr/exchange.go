package expr

import (
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// exchange reads what follows $request, $response or $message.
func (p *parser) exchange(ref Ref) *Expr {
	if !p.dot("write %s.header.NAME or %s", ref.Root, bodyOf(ref.Root)) {
		return nil
	}
	start := p.pos
	part := p.until(".#[")
	switch part {
	case "header":
		return p.header(ref)
	case "headers":
		p.add(CodeTolerated, warningSeverity, start, len(part), "%s.headers is read as %s.header", ref.Root, ref.Root).
			help("write header").replace("header")
		return p.header(ref)
	case "query", "path":
		ref.Part = Part(part)
		p.warnNeverThere(ref, start)
		return p.parameter(ref)
	case "body", "payload":
		ref.Part = Body
		return p.one(ref, p.picks())
	case "timestamp":
		if ref.Root == Message {
			p.extension()
			ref.Part = Timestamp
			return p.scalar(ref)
		}
	}
	return p.otherPart(ref, part, start)
}

func bodyOf(root Root) string {
	if root == Message {
		return "$message.payload"
	}
	return root.String() + ".body"
}

func partsOf(root Root) []string {
	switch root {
	case Request:
		return []string{"header", "query", "path", "body"}
	case Response:
		return []string{"header", "body"}
	}
	return []string{"header", "payload", "timestamp"}
}

// warnNeverThere reports the parts that the grammar allows where nothing has
// them.
func (p *parser) warnNeverThere(ref Ref, start int) {
	if ref.Root == Request {
		return
	}
	p.add(CodeMeaning, warningSeverity, start, p.pos-start, "%s has no %s, so this never has a value", ref.Root, ref.Part).
		help("it has %s", strings.Join(partsOf(ref.Root), " and "))
}

func (p *parser) otherPart(ref Ref, part string, start int) *Expr {
	best := diag.Nearest(part, partsOf(ref.Root))
	if ref.Root == Message && part != "" && best == "" {
		p.pos = start - 1
		p.add(CodeTolerated, warningSeverity, start, len(part), "$message.%s is read as a member of the payload", part).
			help("write $message.payload#/%s", part)
		ref.Part = Body
		path, _ := p.accesses()
		return p.one(ref, append(path, p.fragment()...))
	}
	problem := p.add(CodeUnknown, errorSeverity, start, len(part), "there is no %s.%s", ref.Root, part)
	switch {
	case part == "":
		problem.Offset, problem.Length = 0, len(p.text)
		problem.Message = "\"" + clip(p.text) + "\" is not finished"
		problem.help("it has %s", strings.Join(partsOf(ref.Root), ", "))
	case strings.HasPrefix(strings.ToLower(part), "status"):
		problem.help("the status code is $statusCode")
	case best != "":
		problem.help("did you mean %s.%s?", ref.Root, best).replace(best)
	default:
		problem.help("it has %s; a member of the body is %s#/%s", strings.Join(partsOf(ref.Root), ", "), bodyOf(ref.Root), part)
	}
	return nil
}

// header reads ".token", where the token may have dots (RFC 9110 section
// 5.6.2), or the tolerated "#/name".
func (p *parser) header(ref Ref) *Expr {
	ref.Part = Header
	if p.done() {
		p.add(CodeTolerated, warningSeverity, 0, len(p.text), "%s without a name is all headers", ref).
			help("write %s.NAME", ref)
		return p.one(ref, nil)
	}
	if p.text[p.pos] == '#' {
		return p.pointerAsName(ref)
	}
	if !p.dot("write %s.NAME", ref) {
		return nil
	}
	name := p.rest()
	for i := range len(name) {
		if !isToken(name[i]) {
			p.pos += i
			p.unexpected("a header's name has letters, digits and !#$%%&'*+-.^_`|~")
			return nil
		}
	}
	return p.nameOf(ref, name)
}

// parameter reads ".name", where the name is everything that follows.
func (p *parser) parameter(ref Ref) *Expr {
	if !p.done() && p.text[p.pos] == '#' {
		return p.pointerAsName(ref)
	}
	if !p.dot("write %s.NAME", ref) {
		return nil
	}
	return p.nameOf(ref, p.rest())
}

func (p *parser) nameOf(ref Ref, name string) *Expr {
	if name == "" {
		p.unexpected("write %s.NAME", ref)
		return nil
	}
	p.pos += len(name)
	ref.Name = name
	return p.one(ref, nil)
}

// pointerAsName reads "#/name/rest" after a part whose members have names.
func (p *parser) pointerAsName(ref Ref) *Expr {
	start := p.pos
	path := p.fragment()
	if len(path) == 0 || !fitsAsName(ref.Part, path) {
		p.pos = start
		p.unexpected("write %s.NAME", ref)
		return nil
	}
	ref.Name = path[0].Name
	e := p.one(ref, path[1:])
	p.add(CodeTolerated, warningSeverity, start, p.pos-start, "a pointer after %s is read as a name", ref.Part).
		help("write %s", e.Canonical()).replace("." + ref.Name + strings.TrimPrefix(e.Canonical(), ref.String()))
	return e
}

// fitsAsName reports whether a pointer can be read as the name of a part's
// member: only a header may have parts of its own.
func fitsAsName(part Part, path []Access) bool {
	name := path[0].Name
	if part != Header {
		return name != "" && len(path) == 1
	}
	for i := range len(name) {
		if !isToken(name[i]) || name[i] == '#' {
			return false
		}
	}
	return name != ""
}

// isToken reports whether c is a tchar of RFC 9110.
func isToken(c byte) bool {
	return isIdentifier(c) || strings.IndexByte("!#$%&'*+.^`|~", c) >= 0
}

// picks reads what is picked out of a body: nothing, a pointer, or the
// tolerated dots and indexes.
func (p *parser) picks() []Access {
	start := p.pos
	path, ok := p.accesses()
	if !ok {
		return nil
	}
	path = append(path, p.fragment()...)
	if p.pos > start && p.text[start] != '#' && !p.failed() {
		p.add(CodeTolerated, warningSeverity, start, p.pos-start, "dots and indexes are not standard here").
			help("write #%s", Pointer(path)).replace("#" + Pointer(path))
	}
	return path
}
