package endpoint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// webSocket honours the bindings of WebSocket, 0.1.0: how a channel's
// connection is made.
func webSocket() *protocol {
	return &protocol{
		binding: "ws", schemes: []string{"ws", "wss"},
		sender:   webSocketParams,
		receiver: webSocketParams,
		message:  webSocketFrame,
		findings: webSocketFindings,
	}
}

// webSocketParts are the fields of the binding that are schemas of objects, and
// what begins the driver's parameters for them.
var webSocketParts = []struct{ field, prefix string }{{"query", "query."}, {"headers", "header."}}

// webSocketParams are what goes into the handshake.
func webSocketParams(t *Target, _ bool) map[string]string {
	if t.Channel == nil {
		return nil
	}
	params := map[string]string{}
	binding := t.Channel.Bindings.For("ws")
	for _, part := range webSocketParts {
		for _, p := range propertiesOf(binding.Get(part.field)) {
			if value, ok := p.value(); ok {
				params[part.prefix+p.name] = value
			}
		}
	}
	return params
}

// property is one of the values that a binding describes by the schema of an
// object.
type property struct {
	name     string
	schema   *tree.Node
	required bool
}

// propertiesOf returns what the schema of an object says of its properties.
func propertiesOf(schema *tree.Node) []property {
	var required []string
	if list := schema.Get("required"); list.Is(tree.Sequence) {
		for _, item := range list.Items {
			required = append(required, item.Str())
		}
	}
	var list []property
	if properties := schema.Get("properties"); properties.Is(tree.Mapping) {
		for _, m := range properties.Members {
			list = append(list, property{m.Key.Text, m.Value, slices.Contains(required, m.Key.Text)})
		}
	}
	return list
}

// value returns what the schema fixes or proposes. One that is needed takes
// the first that is allowed or shown; one that is not needed takes neither, and
// a credential never comes from a contract's examples.
func (p property) value() (string, bool) {
	candidates := []*tree.Node{p.schema.Get("const"), p.schema.Get("default")}
	if p.required && !strings.EqualFold(p.name, "authorization") {
		candidates = append(candidates, p.schema.At("/enum/0"), p.schema.At("/examples/0"))
	}
	for _, n := range candidates {
		if n.Is(tree.String) || n.Is(tree.Number) || n.Is(tree.Bool) {
			return n.Text, true
		}
	}
	return "", false
}

// webSocketFrame says as what a message is sent: text where its content type is
// one.
func webSocketFrame(_ *Target, m *asyncapi.Message) map[string]string {
	switch formOf(m.ContentType) {
	case formJSON, formText:
		return map[string]string{"frame": "text"}
	case formBinary, formBytes, formUnknown:
	}
	return map[string]string{"frame": "binary"}
}

// webSocketFindings reports what the binding asks for and weft does not do.
func webSocketFindings(t *Target, _ *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	if t.Channel == nil {
		return nil
	}
	binding := t.Channel.Bindings.For("ws")
	if method := binding.Get("method"); method != nil && method.Str() != "GET" {
		u.add(diag.Error, method, fmt.Sprintf("no WebSocket opens with %s: its handshake is a GET (RFC 6455, 4.1)", method.Text), "write method: GET, or remove it")
	}
	for _, part := range webSocketParts {
		u.addPart(binding.Get(part.field), part.field, part.field, choice.URL)
	}
	return u.list
}

// addPart tells what of the query or the headers, as the schema of an object
// has them, is not sent. The words are what people call the part.
func (u *unmet) addPart(schema *tree.Node, field, words, url string) {
	u.add(diag.Warning, schema.Get("$ref"), "the reference is not followed here, and nothing of "+words+" is sent", "write the schema in its place")
	for _, p := range propertiesOf(schema) {
		if _, ok := p.value(); ok || !p.required || strings.EqualFold(p.name, "authorization") || field == "query" && inQuery(url, p.name) {
			continue
		}
		u.add(diag.Warning, p.schema, fmt.Sprintf("%s needs %s, which has no value here and is not sent", words, p.name), unsaid(field, p.name))
	}
}

func unsaid(field, name string) string {
	if field == "query" {
		return fmt.Sprintf("give it a const, a default or an example, or write it into the server's URL: --server SOURCE=URL?%s=VALUE", name)
	}
	return "give it a const, a default or an example"
}

// inQuery reports whether a URL's query has a value of that name.
func inQuery(url, name string) bool {
	_, query, _ := strings.Cut(url, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if key, _, _ := strings.Cut(pair, "="); key == name {
			return true
		}
	}
	return false
}
