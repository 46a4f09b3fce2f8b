package ruleset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/expr/jsonpath"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// customRule is a rule that a project has written itself.
type customRule struct {
	rule     *lint.Rule
	kinds    []string // none means those that given can look at
	versions []string
	targets  []target
	paths    []*jsonpath.Path
	checks   []check
	message  string
	help     string
	asIs     bool // references are not followed
}

// reading is what is needed to read a rule.
type reading struct {
	report  func(code diag.Code, severity diag.Severity, n *tree.Node, message, help string)
	schemas *schema.Set
}

// readCustom reads a rule, or returns nil where faults leave nothing of it.
func readCustom(name string, n *tree.Node, r *reading) *customRule {
	if !n.Is(tree.Mapping) {
		return nil
	}
	c := &customRule{
		kinds: textsOf(n.Get("kinds")), versions: textsOf(n.Get("versions")),
		message: n.Get("message").Str(), help: n.Get("help").Str(),
		asIs: n.Get("references").Str() == "as-written",
	}
	for _, given := range textsOf(n.Get("given")) {
		if t, ok := targets.Get()[given]; ok {
			c.targets = append(c.targets, t)
		} else if path, err := jsonpath.Parse(given); err == nil {
			c.paths = append(c.paths, path)
		}
	}
	then := n.Get("then")
	for _, one := range append(slices.Clip(items(then)), then) {
		if one.Is(tree.Mapping) {
			c.checks = append(c.checks, readChecks(one, r)...)
		}
	}
	if len(c.checks) == 0 || len(c.targets)+len(c.paths) == 0 {
		return nil // faults of structure
	}
	c.rule = describe(name, n)
	c.rule.Run = c.run
	return c
}

func describe(name string, n *tree.Node) *lint.Rule {
	rule := &lint.Rule{Code: diag.Code("custom/" + name), Severity: diag.Warning, Why: n.Get("why").Str()}
	if text := n.Get("severity").Str(); text == "off" {
		rule.Optional = true
	} else if severity, err := diag.ParseSeverity(text); err == nil {
		rule.Severity = severity
	}
	rule.Summary = n.Get("message").Str()
	if rule.Summary == "" {
		rule.Summary = "a rule of the project: " + name
	}
	return rule
}

// isFor reports whether the rule is for a kind of document.
func (c *customRule) isFor(kind string) bool {
	switch {
	case kind == "weft":
		return false
	case len(c.kinds) > 0:
		return slices.Contains(c.kinds, kind)
	}
	return kind == "asyncapi"
}

// run judges a document.
func (c *customRule) run(p *lint.Pass) {
	if !c.isForVersion(p) {
		return
	}
	seen := map[*tree.Node]bool{}
	for _, s := range c.subjects(p) {
		if seen[s.node] && s.name == s.node.Name() {
			continue
		}
		seen[s.node] = true
		for i := range c.checks {
			c.judge(p, s, &c.checks[i])
		}
	}
}

func (c *customRule) isForVersion(p *lint.Pass) bool {
	if len(c.versions) == 0 {
		return true
	}
	if p.Root.Len() == 0 {
		return false
	}
	version := ""
	for _, name := range []string{"asyncapi", "openapi", "arazzo", "swagger"} {
		if n := p.Root.Get(name); n != nil {
			version = n.Text
		}
	}
	return slices.ContainsFunc(c.versions, func(want string) bool {
		return version == want || strings.HasPrefix(version, want+".")
	})
}

// subject is one thing that is judged.
type subject struct {
	node *tree.Node // after references
	name string     // the key or index by which it was reached
	at   *tree.Node // the place by which it was reached
	// merged is the object with its traits, where it has any.
	merged *tree.Node
}

// subjects are what the rule looks at, in order.
func (c *customRule) subjects(p *lint.Pass) []subject {
	var list []subject
	if p.AsyncAPI != nil {
		for _, t := range c.targets {
			list = append(list, t(p)...)
		}
	}
	for _, path := range c.paths {
		list = append(list, c.selected(p, path)...)
	}
	return list
}

// mostDeep is how deep "…" goes through references; what was looked into is not
// looked into again, so that circles end by themselves.
const mostDeep = 100_000

func (c *customRule) selected(p *lint.Pass, path *jsonpath.Path) []subject {
	follow := p.Resolve
	if c.asIs {
		follow = func(n *tree.Node) *tree.Node { return n }
	}
	nodes, err := path.SelectThrough(p.Root, follow, jsonpath.Limits{Depth: mostDeep})
	if err != nil {
		p.ReportKey(p.Root, "the JSONPath %q looks at more than may be: %v", path.Source(), err)
		return nil
	}
	list := make([]subject, 0, len(nodes))
	for _, n := range nodes {
		at := n.Value.(*tree.Node)
		if target := follow(at); target != nil {
			list = append(list, subject{node: target, name: at.Name(), at: at})
		}
	}
	return list
}

// field is what a check looks at within a subject.
func (s subject) field(p *lint.Pass, name string, asIs bool) (value *tree.Node) {
	look := func(n *tree.Node, key string) *tree.Node {
		if !asIs {
			n = p.Resolve(n)
		}
		return n.Get(key)
	}
	whole := s.node
	if s.merged != nil {
		whole = s.merged
	}
	if !strings.HasPrefix(name, "/") {
		return look(whole, name)
	}
	for token := range strings.SplitSeq(name[1:], "/") {
		if !asIs {
			whole = p.Resolve(whole)
		}
		if whole.Is(tree.Sequence) {
			whole = whole.At("/" + token)
		} else {
			whole = whole.Get(tree.UnescapePointer(token))
		}
	}
	return whole
}

// judge holds one check against one subject.
func (c *customRule) judge(p *lint.Pass, s subject, ch *check) {
	value, span := s.node, source.Span{}
	switch ch.field {
	case "":
		if s.merged != nil {
			value = s.merged
		}
	case "@key":
		value = tree.NewString(s.name)
		span = lint.Head(s.at)
	default:
		value = s.field(p, ch.field, c.asIs)
		if value != nil && !c.asIs {
			if target := p.Resolve(value); target != nil {
				value = target
			}
		}
	}
	problem, at := ch.judge(value)
	if problem == "" {
		return
	}
	switch {
	case span.IsValid():
	case at != nil && at.Span.IsValid():
		span = spanOf(at)
	case value != nil && value.Span.IsValid() && ch.field != "":
		span = spanOf(value)
		if ch.aboutKey {
			span = lint.Head(value)
		}
	default:
		span = lint.Head(s.at)
	}
	where := s.at
	if value != nil && value.Span.IsValid() && ch.field != "@key" {
		where = value
	}
	if at != nil && at.Span.IsValid() {
		where = at
	}
	message := c.say(s, ch, value, problem)
	d := p.ReportSpan(where, span, "%s", message)
	d.Help = c.help
}

// spanOf is what to underline of a value: all of a scalar, the head of others.
func spanOf(n *tree.Node) source.Span {
	if n.Is(tree.Mapping) || n.Is(tree.Sequence) {
		return lint.Head(n)
	}
	return n.Span
}

// say fills in the message, or makes one.
func (c *customRule) say(s subject, ch *check, value *tree.Node, problem string) string {
	field := ch.field
	if field == "@key" || field == "" {
		field = s.name
	}
	if c.message == "" {
		return fmt.Sprintf("%q %s", field, problem)
	}
	if !strings.Contains(c.message, "{{") {
		return c.message
	}
	shown := ""
	if value != nil {
		shown = short(value)
	}
	return strings.NewReplacer(
		"{{name}}", s.name, "{{value}}", shown, "{{field}}", field, "{{property}}", field,
		"{{path}}", "#"+s.at.Path(), "{{error}}", problem,
	).Replace(c.message)
}

// mostShown is how many bytes of a value are shown.
const mostShown = 60

func short(n *tree.Node) string {
	switch n.Kind {
	case tree.Mapping:
		return "an object"
	case tree.Sequence:
		return "a list"
	}
	if len(n.Text) > mostShown {
		return strings.ToValidUTF8(n.Text[:mostShown], "") + "…"
	}
	return n.Text
}

// checkGiven finds what cannot be looked at.
func checkGiven(c *shape.Context, n *tree.Node) {
	given := n.Get("given")
	for _, g := range append(slices.Clip(items(given)), given) {
		if !g.Is(tree.String) || targets.Get()[g.Text] != nil || g.Text == "" {
			continue
		}
		if !strings.HasPrefix(g.Text, "$") {
			d := c.Report("given", g, "%q is nothing that can be looked at", g.Text)
			d.Help = diag.DidYouMean(g.Text, targetNames())
			if d.Help == "" {
				d.Help = "choose one of " + strings.Join(targetNames(), ", ") + ", or a JSONPath such as $.info"
			}
			continue
		}
		if _, err := jsonpath.Parse(g.Text); err != nil {
			c.Report("given", g, "the JSONPath cannot be read: %v", err)
		}
	}
}
