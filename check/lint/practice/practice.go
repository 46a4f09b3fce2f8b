package practice

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Rules are all rules of this package, in the order of their codes.
func Rules() []*lint.Rule {
	list := []*lint.Rule{
		channelName(), nameVersion(), componentName(), propertyName(),
		description(), messageExample(), owner(), visibility(),
		errorChannel(), kafkaKey(), cloudEvents(), semanticVersion(), equalSchemas(), commandResult(),
	}
	slices.SortFunc(list, func(a, b *lint.Rule) int { return cmp.Compare(a.Code, b.Code) })
	return list
}

// head begins the examples.
const head = "asyncapi: 3.1.0\ninfo: {title: Orders, version: 1.0.0}\n"

// mostNamed is how many things one finding names.
const mostNamed = 3

// fault is something that lacks what a rule asks for.
type fault struct {
	name string
	node *tree.Node
}

// tellTogether reports things of a kind that all lack the same as one finding,
// at the first of them: a list that is as long as the document helps nobody.
// It returns nil where there are none.
func tellTogether(p *lint.Pass, faults []fault, of int, kind, lack string) *diag.Diagnostic {
	if len(faults) == 0 {
		return nil
	}
	first := faults[0]
	if len(faults) == 1 {
		return p.ReportKey(first.node, "the %s %q has no %s", singular(kind), short(first.name), lack)
	}
	d := p.ReportKey(first.node, "%d of %d %s have no %s: %s", len(faults), of, kind, lack, names(faults))
	for _, f := range faults[1:min(len(faults), mostNamed)] {
		d.Related = append(d.Related, diag.Related{Message: "this one, too", Span: lint.Head(f.node)})
	}
	return d
}

func singular(kind string) string {
	if stem, ok := strings.CutSuffix(kind, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(kind, "s")
}

// names are the names of some things: "a", "b", "c" and 4 more.
func names(faults []fault) string {
	var shown []string
	for _, f := range faults[:min(len(faults), mostNamed)] {
		shown = append(shown, fmt.Sprintf("%q", short(f.name)))
	}
	if more := len(faults) - len(shown); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(shown, ", "), more)
	}
	return strings.Join(shown[:len(shown)-1], ", ") + " and " + shown[len(shown)-1]
}

// said reports whether a field has a text in it.
func said(n *tree.Node, fields ...string) bool {
	return slices.ContainsFunc(fields, func(f string) bool { return strings.TrimSpace(n.Get(f).Str()) != "" })
}

// short cuts a text that is too long to repeat.
func short(text string) string {
	return clipped(text, 40)
}

func clipped(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
