package rules

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func addressParameters() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/address-parameter", Severity: diag.Error,
		Summary: "the parameters in an address and those described are the same",
		Why:     "A value for a parameter that nothing describes, or that the address does not have, has nowhere to go.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users: {address: 'users/{id}', parameters: {id: {description: the user}}}
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users: {address: 'users/{id}', parameters: {userId: {description: the user}}}
`,
		Run: runAddressParameters,
	}
}

func runAddressParameters(p *lint.Pass) {
	for _, c := range allChannels(p.AsyncAPI) {
		if !c.HasAddress {
			if p.AsyncAPI.Major() == 3 {
				needlessParameters(p, c)
			}
			continue
		}
		at := c.Node.Get("address") // 3.x
		if p.AsyncAPI.Major() == 2 {
			at = p.Root.Get("channels").Get(c.Name)
		}
		sameNames(p, both{
			what: "parameter", template: c.Address, at: at, inKey: p.AsyncAPI.Major() == 2,
			described: p.Resolve(c.Merged.Get("parameters")), missing: "describe it in \"parameters\"",
		})
	}
}

// needlessParameters reports the parameters of a channel without an address.
func needlessParameters(p *lint.Pass, c *asyncapi.Channel) {
	for _, parameter := range c.Parameters {
		d := p.ReportKey(p.Resolve(c.Merged.Get("parameters")).Get(parameter.Name), "the parameter %q is for an address, and the channel has none", parameter.Name)
		d.Help = "give the channel an address, or remove the parameter"
	}
}

// both is a template and the descriptions of its variables, of which neither
// may have what the other does not.
type both struct {
	what      string
	template  string
	at        *tree.Node // the template; its key where inKey
	inKey     bool
	also      *tree.Node // a second part of the template, or nil
	described *tree.Node
	missing   string
}

func sameNames(p *lint.Pass, b both) {
	used := asyncapi.Variables(b.template)
	var known []string
	if b.described.Is(tree.Mapping) {
		for i := range b.described.Members {
			if key := b.described.Members[i].Key; !strings.HasPrefix(key.Text, "x-") {
				known = append(known, key.Text)
			}
		}
	}
	needless := difference(known, used)
	for _, name := range difference(used, known) {
		if near := p.Nearest(name, needless); near != "" {
			// One of the two is misspelt: that is one fault, not two.
			needless = difference(needless, []string{near})
			d := p.ReportKey(b.described.Get(near), "the %s %q is not in %q", b.what, near, b.template)
			d.Help = fmt.Sprintf("did you mean %q?", name)
			d.Fixes = instead(b.described.Get(near).Key.Span, inStyleOf(b.described.Get(near).Key, name))
			d.Related = []diag.Related{{Message: "this is where it would be", Span: b.span()}}
			continue
		}
		at, span := b.placeOf("{" + name + "}")
		p.ReportSpan(at, span, "the %s %q is not described", b.what, name).Help = b.missing
	}
	for _, name := range needless {
		d := p.ReportKey(b.described.Get(name), "the %s %q is not in %q", b.what, name, b.template)
		d.Help = fmt.Sprintf("put {%s} where its value belongs, or remove it", name)
	}
}

// span is where the template is written.
func (b both) span() source.Span {
	if b.inKey {
		return lint.Head(b.at)
	}
	return b.at.Span
}

// placeOf is where a part of the template is written.
func (b both) placeOf(part string) (*tree.Node, source.Span) {
	if b.also.Is(tree.String) && strings.Contains(b.also.Text, part) {
		b.at = b.also
	}
	n := b.at
	if b.inKey {
		n = b.at.Key
	}
	start := strings.Index(n.Text, part)
	return b.at, partOf(n, start, start+len(part))
}

// difference is a list without the names of another.
func difference(list, without []string) []string {
	drop := make(map[string]bool, len(without))
	for _, name := range without {
		drop[name] = true
	}
	var out []string
	for _, name := range list {
		if !drop[name] {
			out = append(out, name)
		}
	}
	return out
}
