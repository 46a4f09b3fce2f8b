package rules

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func channelServers() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/channel-server", Severity: diag.Error,
		Summary: "the servers of a channel are servers of the document",
		Why:     "Which server has a channel must not depend on how a reference is read: a component is not a server until the document uses it.",
		Good: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
servers:
  main: {host: localhost, protocol: kafka}
channels:
  users: {address: users, servers: [{$ref: '#/servers/main'}]}
`,
		Bad: `asyncapi: 3.0.0
info: {title: Users, version: 1.0.0}
channels:
  users: {address: users, servers: [{$ref: '#/components/servers/main'}]}
components:
  servers:
    main: {host: localhost, protocol: kafka}
`,
		Run: runChannelServers,
	}
}

func runChannelServers(p *lint.Pass) {
	for _, c := range allChannels(p.AsyncAPI) {
		list := c.Merged.Get("servers")
		if !list.Is(tree.Sequence) {
			continue
		}
		for _, item := range list.Items {
			if p.AsyncAPI.Major() == 2 {
				namedServer(p, item)
			} else {
				isMemberOf(p, item, "servers", "server")
			}
		}
	}
}

func namedServer(p *lint.Pass, item *tree.Node) {
	servers := p.Root.Get("servers")
	if !item.Is(tree.String) || servers.Has(item.Text) {
		return
	}
	d := p.Report(item, "there is no server %q", item.Text)
	d.Help = "name one of the document's servers"
	if near := p.Nearest(item.Text, names(servers)); near != "" {
		d.Help = fmt.Sprintf("did you mean %q?", near)
		d.Fixes = instead(item.Span, inStyleOf(item, near))
	}
}

// names are the keys of a map.
func names(n *tree.Node) []string {
	var list []string
	if n.Is(tree.Mapping) {
		for i := range n.Members {
			list = append(list, n.Members[i].Key.Text)
		}
	}
	return list
}

// isMemberOf reports a reference that leads elsewhere than to a member of a
// map at the root of its document.
func isMemberOf(p *lint.Pass, reference *tree.Node, key, what string) {
	target, at := p.Target(reference), reference.Get("$ref")
	if target == nil {
		saysComponent(p, at, key, what)
		return
	}
	if target.Parent != nil && target.Parent.Path() == "/"+key {
		return
	}
	d := p.Report(at, "this must refer to a %s of the document, not to %q", what, target.Path())
	d.Help = fmt.Sprintf("add it to %q, if need be as a reference, and refer to it as %q", key, "#/"+key+"/"+tree.EscapePointer(target.Name()))
	d.Related = []diag.Related{{Message: "this is where it leads", Span: lint.Head(target)}}
}

// saysComponent reports a reference that leads nowhere, so far, but that says
// itself that it would lead to a component.
func saysComponent(p *lint.Pass, at *tree.Node, key, what string) {
	if _, pointer, _ := strings.Cut(at.Str(), "#"); strings.HasPrefix(pointer, "/components/") {
		p.Report(at, "this must refer to a %s of the document, not to a component", what).
			Help = fmt.Sprintf("add it to %q, as a reference, and refer to it there", key)
	}
}
