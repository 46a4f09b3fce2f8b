package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func enumValue() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/enum-value", Severity: diag.Error,
		Summary: "the default and the examples of a parameter or a variable are among its values",
		Why:     "A default that is none of the values is refused where it is used.",
		Good:    head3 + "servers: {main: {host: '{region}.example.com', protocol: kafka, variables: {region: {enum: [eu, us], default: eu}}}}\n",
		Bad:     head3 + "servers: {main: {host: '{region}.example.com', protocol: kafka, variables: {region: {enum: [eu, us], default: asia}}}}\n",
		Run:     runEnumValue,
	}
}

func runEnumValue(p *lint.Pass) {
	seen := map[*tree.Node]bool{}
	check := func(n *tree.Node) {
		if n = p.Resolve(n); n != nil && !seen[n] {
			seen[n] = true
			amongValues(p, n)
		}
	}
	for _, s := range allServers(p.AsyncAPI) {
		for _, v := range s.Variables {
			check(v.Node)
		}
	}
	for _, c := range allChannels(p.AsyncAPI) {
		for _, parameter := range c.Parameters {
			check(parameter.Node)
		}
	}
	for _, group := range []string{"serverVariables", "parameters"} {
		for _, n := range entries(p.Root.Get("components").Get(group)) {
			check(n)
		}
	}
}

func amongValues(p *lint.Pass, n *tree.Node) {
	var allowed []string
	for _, value := range values(n.Get("enum")) {
		if isScalar(value) {
			allowed = append(allowed, value.Text)
		}
	}
	if len(allowed) == 0 || !n.Get("enum").Is(tree.Sequence) {
		return
	}
	check := func(what string, value *tree.Node) {
		if !isScalar(value) || slices.Contains(allowed, value.Text) {
			return
		}
		d := p.Report(value, "the %s %q is none of the values", what, value.Text)
		const most = 10
		d.Help = "they are " + strings.Join(allowed[:min(most, len(allowed))], ", ")
		if near := p.Nearest(value.Text, allowed); near != "" {
			d.Help = fmt.Sprintf("did you mean %q?", near)
			d.Fixes = instead(value.Span, inStyleOf(value, near))
		}
		d.Related = []diag.Related{{Message: "these are the values", Span: n.Get("enum").Span}}
	}
	check("default", n.Get("default"))
	if examples := n.Get("examples"); examples.Is(tree.Sequence) {
		for _, value := range examples.Items {
			check("example", value)
		}
	}
}
