package xpath_test

import (
	"testing"

	"github.com/weft-dev/weft/spec/expr/xpath"
)

// FuzzSet sets every attribute and element of whatever is XML: the result is
// XML, has the same root, and where nothing is within another each node has the
// new content.
func FuzzSet(f *testing.F) {
	for _, seed := range []string{"<a/>", `<a b="1" c = '>'>x<b/>y</a>`, "\ufeff<a>\r\n<![CDATA[x]]>&#65;</a>", "<?xml version='1.0' encoding='latin1'?><a é='ü'/>", "<a><!--x--><?p q?></a >"} {
		f.Add(seed)
	}
	every := map[string]bool{"//@*": true, "/*": true, "//*[not(*)]": true, "//text()": true}
	f.Fuzz(func(t *testing.T, text string) {
		root, err := xpath.ParseXML(text)
		if err != nil || len(text) > 1<<12 {
			return
		}
		for query := range every {
			set(t, query, text, root)
		}
	})
}

func set(t *testing.T, query, text string, root *xpath.Node) {
	t.Helper()
	x, err := xpath.Parse(query)
	if err != nil {
		t.Fatal(err)
	}
	found, err := x.Eval(root)
	nodes, _ := found.([]*xpath.Node)
	if err != nil || len(nodes) == 0 {
		return
	}
	changed, err := xpath.Set(text, nodes, xpath.Content{Text: "N", Markup: "N"})
	if err != nil {
		t.Fatalf("%s in %q: %v", query, text, err)
	}
	again, err := xpath.ParseXML(changed)
	if err != nil {
		t.Fatalf("%s made %q of %q: %v", query, changed, text, err)
	}
	found, err = x.Eval(again)
	after, _ := found.([]*xpath.Node)
	if err != nil || len(after) != len(nodes) {
		t.Fatalf("%s in %q finds %d nodes and %d in %q (%v)", query, text, len(nodes), len(after), changed, err)
	}
	for _, n := range after {
		if n.Text() != "N" {
			t.Fatalf("%s made %q of %q: %q is not set", query, changed, text, n.Text())
		}
	}
}
