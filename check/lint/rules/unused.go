package rules

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

func unusedComponent() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/unused-component", Severity: diag.Info,
		Summary: "every component is used by something",
		Why:     "What nothing refers to is either left over, or its user names something else.",
		Good:    head3 + "channels: {users: {messages: {joined: {$ref: '#/components/messages/joined'}}}}\ncomponents: {messages: {joined: {title: Joined}}}\n",
		Bad:     head3 + "channels: {users: {messages: {joined: {$ref: '#/components/messages/joined'}}}}\ncomponents: {messages: {joined: {title: Joined}, left: {title: Left}}}\n",
		Run:     runUnusedComponent,
	}
}

func runUnusedComponent(p *lint.Pass) {
	if isLibrary(p) {
		return
	}
	components := p.Root.Get("components")
	if !components.Is(tree.Mapping) {
		return
	}
	used := referredTo(p)
	for i := range components.Members {
		kind, group := components.Members[i].Key.Text, components.Members[i].Value
		if kind == "securitySchemes" || !group.Is(tree.Mapping) {
			continue
		}
		if strings.HasPrefix(kind, "x-") && !anyUsed(group, used) {
			continue // it may hold anything
		}
		for j := range group.Members {
			m := &group.Members[j]
			if strings.HasPrefix(m.Key.Text, "x-") || used[m.Value] || hasOtherName(p, kind, m.Value) {
				continue
			}
			p.ReportKey(m.Value, "nothing refers to %q", "#/components/"+kind+"/"+m.Key.Text).Help = "remove it, or refer to it"
		}
	}
}

// isLibrary reports whether a document has nothing but components: they are
// for other documents.
func isLibrary(p *lint.Pass) bool {
	channels := p.Root.Get("channels")
	if p.AsyncAPI.Major() == 2 {
		return channels.Is(tree.Mapping) && len(channels.Members) == 0
	}
	return len(values(channels)) == 0 && len(values(p.Root.Get("operations"))) == 0
}

// referredTo are the values that something else refers to, and all that such
// values stand in: who refers to a part of a component uses it.
func referredTo(p *lint.Pass) map[*tree.Node]bool {
	return lint.Shared(p, "referred to", func(p *lint.Pass) map[*tree.Node]bool {
		used := make(map[*tree.Node]bool, len(p.References))
		for i := range p.References {
			r := &p.References[i]
			for n := r.Target; n != nil && !used[n] && !isIn(r.Holder, n); n = n.Parent {
				used[n] = true
			}
		}
		return used
	})
}

// mostLevels is how far up a value is looked for; texts are not as deep.
const mostLevels = 1000

// isIn reports whether a value stands in another, or is it.
func isIn(n, outer *tree.Node) bool {
	for range mostLevels {
		if n == outer || n == nil {
			return n != nil
		}
		n = n.Parent
	}
	return false
}

func anyUsed(group *tree.Node, used map[*tree.Node]bool) bool {
	for i := range group.Members {
		if used[group.Members[i].Value] {
			return true
		}
	}
	return false
}

// hasOtherName reports whether a schema is found by a name: as a form of another
// that tells its forms apart by a discriminator, or by an "$id".
func hasOtherName(p *lint.Pass, kind string, n *tree.Node) bool {
	if kind != "schemas" {
		return false
	}
	if n.Has("$id") {
		return true // others may know it by that
	}
	for _, base := range values(n.Get("allOf")) {
		if ref.Of(base) != nil && p.Resolve(base).Has("discriminator") {
			return true
		}
	}
	return false
}

func unusedSecurityScheme() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/unused-security-scheme", Severity: diag.Info,
		Summary: "every security scheme is asked for by a server or an operation",
		Why:     "A scheme that nothing asks for protects nothing, though readers may think so.",
		Good:    head3 + "servers: {main: {host: h, protocol: kafka, security: [{$ref: '#/components/securitySchemes/login'}]}}\nchannels: {users: {address: users}}\ncomponents: {securitySchemes: {login: {type: userPassword}}}\n",
		Bad:     head3 + "servers: {main: {host: h, protocol: kafka}}\nchannels: {users: {address: users}}\ncomponents: {securitySchemes: {login: {type: userPassword}}}\n",
		Run:     runUnusedSecurityScheme,
	}
}

func runUnusedSecurityScheme(p *lint.Pass) {
	schemes := p.Root.At("/components/securitySchemes")
	if !schemes.Is(tree.Mapping) || isLibrary(p) {
		return
	}
	used, named := referredTo(p), map[string]bool{}
	eachRequirement2(p, func(name string, _ *tree.Node) { named[name] = true })
	for i := range schemes.Members {
		m := &schemes.Members[i]
		if !strings.HasPrefix(m.Key.Text, "x-") && !used[m.Value] && !named[m.Key.Text] {
			p.ReportKey(m.Value, "nothing asks for the security scheme %q", m.Key.Text).
				Help = fmt.Sprintf("remove it, or add it to the %q of a server or an operation", "security")
		}
	}
}
