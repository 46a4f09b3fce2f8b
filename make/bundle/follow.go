package bundle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// follow decides what becomes of one reference of the bundle.
func (b *bundler) follow(j *job) {
	if b.isGone(j.holder) {
		return
	}
	k, ok := b.kindOf(j.holder)
	if !ok {
		return
	}
	value := ref.Of(j.holder)
	chain, raw, problem := b.chain(ref.Of(j.origin))
	switch {
	case problem != nil:
		b.report(problem)
	case raw != nil:
		b.embedText(j, k, raw)
	case len(chain) == 0: // it leads to what is in the bundle already, as it stands
		b.toRoot(j, value)
	default:
		b.toOutside(j, k, value, chain)
	}
}

// isGone reports whether a part of the bundle was replaced meanwhile.
func (b *bundler) isGone(n *tree.Node) bool {
	for ; n.Parent != nil; n = n.Parent {
		p := n.Parent
		if p.Kind == tree.Sequence && (n.Index >= len(p.Items) || p.Items[n.Index] != n) ||
			p.Kind == tree.Mapping && (n.Index >= len(p.Members) || p.Members[n.Index].Value != n) {
			return true
		}
	}
	return n != b.root
}

// chain follows a reference through others that are nothing but references, to
// the value that is meant or to the first place in the bundled documents. The
// chain is empty where the reference leads there at once.
func (b *bundler) chain(value *tree.Node) (chain []*tree.Node, raw *source.File, problem *diag.Diagnostic) {
	for {
		next, file, problem := b.step(value)
		if problem != nil || file != nil {
			return nil, file, problem
		}
		if slices.Contains(chain, next) {
			_, problem := b.ws.Resolve(b.ctx, value)
			return chain, nil, problem
		}
		if b.isOwn(next) {
			if len(chain) > 0 {
				chain = append(chain, next)
			}
			return chain, nil, nil
		}
		chain = append(chain, next)
		value = pureRef(next)
		if value == nil || len(chain) > maxChain {
			return chain, nil, nil
		}
	}
}

// maxChain bounds how many references may follow one another; more than that
// the workspace takes for a fault.
const maxChain = 1_000

// isOwn reports whether a value has its place in the bundle as that of a
// document which is bundled.
func (b *bundler) isOwn(n *tree.Node) bool { return b.roots[n.Root()] && b.standsAt(n) }

// pureRef returns the "$ref" of a value that is nothing else.
func pureRef(n *tree.Node) *tree.Node {
	if n.Len() != 1 {
		return nil
	}
	return ref.Of(n)
}

// step finds what a reference names. A schema may have names of its own, which
// are tried where the reference is no path of the document.
func (b *bundler) step(value *tree.Node) (*tree.Node, *source.File, *diag.Diagnostic) {
	if named := b.byName(value); named != nil {
		return named, nil, nil
	}
	holder := value
	if value.Parent != nil {
		holder = value.Parent
	}
	found, problem := b.ws.Target(b.ctx, holder)
	if problem == nil {
		for found.Alias != nil {
			found = found.Alias
		}
		return found, nil, nil
	}
	if problem.Code != ref.CodeNotData {
		return nil, nil, problem
	}
	file, _, other := b.ws.ResolveRaw(b.ctx, value)
	if other == nil && b.ws.Document(file.URI()) != nil && b.ws.Document(file.URI()).Raw {
		return nil, file, nil
	}
	return nil, nil, problem
}

// toRoot handles a reference into the documents that are bundled. One that
// stands in them and is a fragment, or a name that a schema gave itself, is
// right as it is.
func (b *bundler) toRoot(j *job, value *tree.Node) {
	origin := ref.Of(j.origin)
	if b.roots[j.origin.Root()] && (strings.HasPrefix(value.Text, "#") || b.byName(origin) != nil) {
		return
	}
	target, _, problem := b.step(origin)
	if problem != nil {
		b.report(problem)
		return
	}
	b.lead(value, target.Path())
}

// lead makes a reference lead to a place in the bundle.
func (b *bundler) lead(value *tree.Node, path string) {
	value.Text = "#" + escapeFragment(path)
	b.changed[value] = true
}

// toOutside handles a reference to another text.
func (b *bundler) toOutside(j *job, k kind, value *tree.Node, chain []*tree.Node) {
	if b.demanded(j, k, value, chain) {
		return
	}
	end := chain[len(chain)-1]
	if b.isOwn(end) {
		b.lead(value, end.Path())
		return
	}
	if isPage(end) {
		b.refuse(CodeText, ref.Of(j.origin).Span, show(value.Text)+" is answered with a page for people, not with data", "see in a browser what the server says there: it may ask who you are")
		return
	}
	format := b.formatAt(j.holder, end)
	if b.staysInPlace(j, k, format) && b.expand(j, end) {
		return
	}
	if k.section == "" {
		b.refuse(CodeCircle, ref.Of(j.origin).Span, fmt.Sprintf("%s leads in a circle, and %s %s has no components where its value could be", show(value.Text), b.language.title, b.language.version),
			"replace one of the references by a value")
		return
	}
	if b.opt.Mode == Inline && j.within.has(end) {
		b.info(CodeCircle, ref.Of(j.origin), fmt.Sprintf("%s leads in a circle, so that it stays a reference, to a component", show(value.Text)), "")
	}
	b.lead(value, b.place(k, chain, end, format))
}

// isPage knows what many servers answer whoever they do not know.
func isPage(n *tree.Node) bool {
	text := strings.ToLower(strings.TrimSpace(n.Str()))
	return n.Parent == nil && (strings.HasPrefix(text, "<html") || strings.HasPrefix(text, "<!doctype html"))
}

// staysInPlace reports whether a reference is replaced by its value: because
// the mode says so, or because there is no home for it.
func (b *bundler) staysInPlace(j *job, k kind, format string) bool {
	if k.section == "" {
		return true
	}
	if format != "" && b.language.major == "2" {
		return true // components of 2.x are all in one language
	}
	return b.opt.Mode == Inline && pureRef(j.origin) != nil
}

// expand puts a value in the place of a reference. It does not where that would
// go on for ever.
func (b *bundler) expand(j *job, end *tree.Node) bool {
	if j.within.has(end) || j.within.tooDeep() || pureRef(j.origin) == nil {
		return false
	}
	within := &expansion{node: end, outer: j.within, depth: j.within.deeper()}
	value := b.copy(end, within)
	if b.full {
		return true
	}
	replace(j.holder, value)
	b.inlined[value] = end
	b.withoutNames(value, end)
	return true
}

// maxDepth bounds how deep values are put into one another in the place of
// references.
const maxDepth = 200

func (e *expansion) tooDeep() bool { return e.deeper() > maxDepth }

func (e *expansion) deeper() int {
	if e == nil {
		return 1
	}
	return e.depth + 1
}

// show quotes a reference for a message, without the credentials it may hold.
func show(text string) string {
	uri, fragment, found := strings.Cut(text, "#")
	if strings.Contains(uri, "://") {
		uri = source.Redact(uri)
	}
	if found {
		uri += "#" + fragment
	}
	if len(uri) > 120 {
		uri = strings.ToValidUTF8(uri[:120], "") + "…"
	}
	return fmt.Sprintf("%q", uri)
}

// escapes are what may not stand in a fragment as it is.
var escapes = lazy.Of[*strings.Replacer]{Make: func() *strings.Replacer {
	return strings.NewReplacer("%", "%25", " ", "%20", `"`, "%22", "<", "%3C", ">", "%3E", "`", "%60", `\`, "%5C", "^", "%5E", "|", "%7C", "#", "%23")
}}

func escapeFragment(pointer string) string { return escapes.Get().Replace(pointer) }
