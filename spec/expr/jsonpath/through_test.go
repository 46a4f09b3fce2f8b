package jsonpath_test

import (
	"slices"
	"testing"

	"github.com/weft-dev/weft/spec/expr/jsonpath"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// References are followed before something is looked into, circles included,
// and what is selected is told as it is written.
func TestSelectThroughReferences(t *testing.T) {
	t.Parallel()
	root, found := tree.Parse(source.NewFile("memory:///d.yaml", "d.yaml", []byte(`
channels: {a: {$ref: '#/defs/a'}, b: {address: plain}}
defs:
  a: {address: far, next: {$ref: '#/defs/a'}, list: [{$ref: '#/defs/b'}]}
  b: {address: deep}
`)), tree.Options{})
	if len(found) > 0 {
		t.Fatal(found)
	}
	follow := func(n *tree.Node) *tree.Node {
		if r := n.Get("$ref"); r != nil {
			return root.At(r.Text[1:])
		}
		return nil
	}
	for path, want := range map[string][]string{
		"$.channels.*.address":              {"/defs/a/address", "/channels/b/address"},
		"$.channels.*":                      {"/channels/a", "/channels/b"},
		"$.channels[?@.address=='far']":     {"/channels/a"},
		"$.channels..address":               {"/defs/a/address", "/defs/b/address", "/channels/b/address"},
		"$.channels.a.list[0].address":      {"/defs/b/address"},
		"$.channels.a.next.next.next":       {"/defs/a/next"},
		"$.channels.a.list[-1:].address":    {"/defs/b/address"},
		"$.channels[?@.next.next.address]":  {"/channels/a"},
		"$.channels.a['$ref']":              nil,
		"$.defs.a.list[?@.address=='deep']": {"/defs/a/list/0"},
	} {
		p, err := jsonpath.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		nodes, err := p.SelectThrough(root, follow, jsonpath.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, n := range nodes {
			got = append(got, n.Value.(*tree.Node).Path())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}
