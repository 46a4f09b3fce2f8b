// Package fromopenapi makes AsyncAPI 3 of OpenAPI: paths become channels,
// methods operations with a reply, webhooks and callbacks operations the other
// way round. It exists so that a service's HTTP side can be described, shown and
// tested beside its messages.
//
// It must not know files, nor how the result is written.
package fromopenapi

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// Options say what is made of a description.
type Options struct {
	// Version is the version of AsyncAPI of the result: "3.0.0", "3.1.0".
	Version string
	// Client asks for the description of a client, which sends the requests.
	Client bool
}

// The codes of what a conversion has to say. They are those of every
// conversion; package convert explains them.
const (
	CodeLost      diag.Code = "convert/lost"
	CodeGuessed   diag.Code = "convert/guessed"
	CodeParameter diag.Code = "convert/parameter"
	CodeSecurity  diag.Code = "convert/security"
	CodeRenamed   diag.Code = "convert/renamed"
)

// Convert returns the root of the AsyncAPI document and what is to say about
// the conversion. The root is nil where the document is no OpenAPI 3.
func Convert(ctx context.Context, ws *ref.Workspace, d *ref.Document, opt Options) (*tree.Node, []diag.Diagnostic) {
	if !d.Root.Is(tree.Mapping) || !strings.HasPrefix(d.Root.Get("openapi").Str(), "3.") {
		return nil, openapi.Check(d.Root, nil)
	}
	c := &converter{
		Document: rewrite.New(ctx, ws, d), opt: opt, source: d.Root, root: tree.NewObject(),
		channels: tree.NewObject(), operations: tree.NewObject(), serverNames: map[string]*tree.Node{},
		outer: map[*tree.Node]*tree.Node{}, responses: map[*tree.Node]*tree.Node{}, used: map[*tree.Node]bool{}, nested: map[*tree.Node]bool{},
	}
	c.Data = openapi.IsData
	c.languages()
	c.document()
	return c.Finish(c.root)
}

type converter struct {
	*rewrite.Document
	opt    Options
	source *tree.Node
	root   *tree.Node

	channels, operations *tree.Node
	serverNames          map[string]*tree.Node // servers of the result by URL

	foreign   map[*tree.Node]bool       // component schemas that stay OpenAPI's
	outer     map[*tree.Node]*tree.Node // what a component schema became, with its format around it
	responses map[*tree.Node]*tree.Node // component messages by the response or request body they are
	nested    map[*tree.Node]bool       // callbacks that were converted
	depth     int                       // of callbacks in callbacks
	used      map[*tree.Node]bool       // parameters that have gone somewhere
}

func (c *converter) document() {
	c.Became(c.source, c.root)
	rewrite.Comment(c.root, c.source)
	components := c.components(c.source.Get("components"))
	c.root.Set("asyncapi", tree.NewString(c.opt.Version))
	c.root.Set("info", c.info())
	servers := c.servers(c.source.Get("servers"))
	c.paths(servers)
	c.webhooks()
	if servers.Len() > 0 {
		c.root.Set("servers", servers)
	}
	if c.channels.Len() > 0 {
		c.root.Set("channels", c.channels)
	}
	if c.operations.Len() > 0 {
		c.root.Set("operations", c.operations)
	}
	if components.Len() > 0 {
		c.root.Set("components", components)
	}
	for _, m := range members(c.source) {
		if strings.HasPrefix(m.Key.Text, "x-") {
			rewrite.Put(c.root, m.Key, c.Copy(m.Value))
		}
	}
	if dialect := c.source.Get("jsonSchemaDialect"); dialect != nil {
		c.Say(CodeLost, diag.Warning, dialect, "give each schema its \"schemaFormat\"", "the dialect of schemas has no place in AsyncAPI")
	}
	c.unusedParameters()
}

func (c *converter) info() *tree.Node {
	info := c.Copy(c.source.Get("info"))
	if !info.Is(tree.Mapping) {
		info = tree.NewObject()
	}
	if summary := info.Get("summary"); summary != nil {
		info.Remove("summary")
		if info.Has("description") {
			c.Say(CodeLost, diag.Warning, c.source.At("/info/summary"), "put it into the description", "info has no summary in AsyncAPI")
		} else {
			info.Set("description", summary)
		}
	}
	c.license(info.Get("license"), c.source.Get("info").Get("license"))
	switch tags := c.source.Get("tags"); {
	case tags.Is(tree.Mapping): // one tag that should be a list
		info.Set("tags", tree.NewArray(c.tag(tags)))
	case tags.Is(tree.Sequence):
		info.Set("tags", c.tags(tags))
	}
	if docs := c.source.Get("externalDocs"); docs != nil {
		rewrite.Put(info, docs.Key, c.Copy(docs))
	}
	return info
}

// license is known by its address alone.
func (c *converter) license(out, n *tree.Node) {
	id := n.Get("identifier")
	if id == nil || !out.Is(tree.Mapping) {
		return
	}
	out.Remove("identifier")
	if !out.Has("url") {
		out.Set("url", tree.NewString("https://spdx.org/licenses/"+id.Str()+".html"))
	}
}

func (c *converter) tags(list *tree.Node) *tree.Node {
	out := c.Bare(list)
	for _, item := range list.Items {
		out.Append(c.tag(item))
	}
	return out
}

// tag is a Tag Object, without what 3.2 has more.
func (c *converter) tag(n *tree.Node) *tree.Node {
	out := c.Copy(n)
	for _, field := range []string{"summary", "parent", "kind"} {
		if out.Has(field) {
			out.Remove(field)
			c.Say(CodeLost, diag.Warning, n.Get(field), "say it in the description", "tags have no %q in AsyncAPI", field)
		}
	}
	return out
}

var notWord = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp { return regexp.MustCompile(`[^a-zA-Z0-9_]`) }}

// servers are those of a list, by names made of their URLs.
func (c *converter) servers(list *tree.Node) *tree.Node {
	out := tree.NewObject()
	for _, item := range items(list) {
		c.addServer(out, item)
	}
	return out
}

func (c *converter) addServer(to, n *tree.Node) *tree.Node {
	url := n.Get("url").Str()
	if server := c.serverNames[url]; server != nil {
		return server
	}
	server := c.server(n, url)
	name := n.Get("name").Str()
	if name == "" {
		name = serverName(url)
	}
	to.Set(freeName(to, name), server)
	c.serverNames[url] = server
	return server
}

// serverName is the last two parts of the host and the first of the path.
func serverName(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return "server"
	}
	host, path, _ := strings.Cut(rest, "/")
	parts := strings.Split(host, ".")
	name := strings.Join(parts[max(0, len(parts)-2):], ".")
	if first, _, _ := strings.Cut(path, "/"); first != "" {
		name += "_" + first
	}
	if name = notWord.Get().ReplaceAllString(name, "_"); name == "" {
		return "server"
	}
	return name
}

func (c *converter) server(n *tree.Node, url string) *tree.Node {
	out := c.Bare(n)
	protocol, rest, absolute := strings.Cut(url, "://")
	if !absolute {
		protocol, rest = "https", "{host}/"+strings.TrimPrefix(url, "/")
		c.Say(CodeGuessed, diag.Info, n, "write the host of the server, and its protocol",
			"the server %q is relative to where the description is; its host is a variable now", url)
	}
	host, path, _ := strings.Cut(rest, "/")
	out.Set("host", tree.NewString(host))
	if path != "" {
		out.Set("pathname", tree.NewString("/"+path))
	}
	out.Set("protocol", tree.NewString(protocol))
	for _, m := range members(n) {
		switch m.Key.Text {
		case "url", "name":
		case "variables":
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		default:
			rewrite.Put(out, m.Key, c.Copy(m.Value))
		}
	}
	if !absolute {
		if !out.Get("variables").Is(tree.Mapping) {
			out.Set("variables", tree.NewObject())
		}
		variable := tree.NewObject()
		variable.Set("description", tree.NewString("The host that serves the API."))
		out.Get("variables").Set("host", variable)
	}
	return out
}

// members are those of an object, each name once.
func members(n *tree.Node) []tree.Member {
	if !n.Is(tree.Mapping) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(n.Members), func(m tree.Member) bool { return n.Get(m.Key.Text) != m.Value })
}

func items(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Sequence) {
		return nil
	}
	return n.Items
}
