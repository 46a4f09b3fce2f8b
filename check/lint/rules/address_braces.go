package rules

import (
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func addressBraces() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/address-braces", Severity: diag.Warning,
		Summary: "braces in addresses are closed, and have a name in them",
		Why:     "What is between braces is replaced by a value. Without a name, or without an end, the braces stay, and no such address is there.",
		Good:    head3 + "channels: {users: {address: 'users/{id}', parameters: {id: {description: the user}}}}\n",
		Bad:     head3 + "channels: {users: {address: 'users/{}'}}\n",
		Run:     runAddressBraces,
	}
}

func runAddressBraces(p *lint.Pass) {
	check := func(n *tree.Node) {
		if !n.Is(tree.String) {
			return
		}
		if problem := bracesProblem(n.Text); problem != "" {
			p.Report(n, "%s", problem).Help = "write the name of a value between the braces, as in \"{id}\""
		}
	}
	for _, s := range allServers(p.AsyncAPI) {
		for _, field := range []string{"url", "host", "pathname"} {
			check(s.Node.Get(field))
		}
	}
	if p.AsyncAPI.Major() == 2 {
		return // the structure of keys says so there
	}
	for _, c := range allChannels(p.AsyncAPI) {
		check(c.Node.Get("address"))
	}
}

// bracesProblem says what is wrong with the braces of a template, or "".
func bracesProblem(template string) string {
	open := -1
	for i := range len(template) {
		switch template[i] {
		case '{':
			if open >= 0 {
				return "there is a brace within braces"
			}
			open = i
		case '}':
			if open < 0 {
				return "there is a closing brace without an opening one"
			}
			if strings.TrimSpace(template[open+1:i]) == "" {
				return "there is no name between the braces"
			}
			open = -1
		}
	}
	if open >= 0 {
		return "the brace is not closed"
	}
	return ""
}
