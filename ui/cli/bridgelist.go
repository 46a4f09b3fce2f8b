package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/make/diagram"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/bridge/connect"
)

// bridgeEntry is an entry of bridges.yaml: messages of one operation become those of
// another.
type bridgeEntry struct {
	from, to   [2]string // the document's file, relative to that of the bridges, and the operation
	deadLetter string
	mapping    *tree.Node
	node       *tree.Node
}

func isBridges(root *tree.Node) bool { return root.Get("bridges").Is(tree.Sequence) }

func isPipeline(root *tree.Node) bool {
	return root.Get("input").Is(tree.Mapping) && root.Get("output").Is(tree.Mapping)
}

// readBridgeList reads bridges.yaml.
func readBridgeList(text *source.File) ([]bridgeEntry, error) {
	root, findings := tree.Parse(text, tree.Options{})
	if root == nil || diag.Worst(findings) == diag.Error || !isBridges(root) {
		return nil, usage("%s is no list of bridges: write bridges: [{from: DOCUMENT#OPERATION, to: DOCUMENT#OPERATION}]", text.Name())
	}
	var list []bridgeEntry
	for i, item := range root.Get("bridges").Items {
		c, err := bridgeEntryOf(item)
		if err != nil {
			return nil, usage("%s: bridge %d: %w", text.Name(), i+1, err)
		}
		list = append(list, c)
	}
	return list, nil
}

func bridgeEntryOf(item *tree.Node) (bridgeEntry, error) {
	for _, m := range item.Members {
		if names := []string{"from", "to", "map", "deadLetter"}; !slices.Contains(names, m.Key.Text) {
			return bridgeEntry{}, fmt.Errorf("there is no %q%s", m.Key.Text, orThese(m.Key.Text, names))
		}
	}
	c := bridgeEntry{deadLetter: item.Get("deadLetter").Str(), mapping: item.Get("map"), node: item}
	for name, end := range map[string]*[2]string{"from": &c.from, "to": &c.to} {
		document, operation, ok := strings.Cut(item.Get(name).Str(), "#")
		if !ok || document == "" || operation == "" {
			return c, fmt.Errorf("%s names no operation: write DOCUMENT#OPERATION", name)
		}
		*end = [2]string{document, operation}
	}
	return c, nil
}

// carriersOf are the bridges of the files that were named, with the documents
// between which they are. Those that were not named are drawn, too.
func (f *graphFlags) carriersOf(cmd *cobra.Command, models *drawing) ([]diagram.Carrier, error) {
	var list []diagram.Carrier
	for _, text := range models.bridges {
		entries, err := readBridgeList(text)
		if err != nil {
			return nil, err
		}
		for i, c := range entries {
			carrier := diagram.Carrier{Label: "bridge", Details: c.details()}
			for _, end := range []struct {
				of   [2]string
				list *[]diagram.Side
			}{{c.from, &carrier.From}, {c.to, &carrier.To}} {
				side, err := f.side(cmd, models, filepath.Dir(text.Name()), end.of)
				if err != nil {
					return nil, usage("%s: bridge %d: %w", text.Name(), i+1, err)
				}
				*end.list = append(*end.list, side)
			}
			list = append(list, carrier)
		}
	}
	for _, text := range models.pipelines {
		carrier, err := pipelineCarrier(text)
		if err != nil {
			return nil, err
		}
		list = append(list, carrier)
	}
	return list, nil
}

func (c *bridgeEntry) details() []string {
	var list []string
	if c.mapsByFile() {
		list = append(list, "map "+c.mapping.Text)
	}
	if c.deadLetter != "" {
		list = append(list, "dead letters to "+c.deadLetter)
	}
	return list
}

// side is an operation of a document, which is read where nobody named it.
func (f *graphFlags) side(cmd *cobra.Command, models *drawing, dir string, of [2]string) (diagram.Side, error) {
	name := filepath.Join(dir, of[0])
	if models.byFile[name] == nil {
		if _, err := f.read(cmd, models, name); err != nil {
			return diagram.Side{}, err
		}
	}
	doc := models.byFile[name]
	if doc == nil {
		return diagram.Side{}, fmt.Errorf("%s is no AsyncAPI document", of[0])
	}
	op, err := doc.Operation(of[1])
	return diagram.Side{Document: doc, Operation: op}, err
}

// listBridges lists what bridges and pipelines carry.
func listBridges(text *source.File, doc *ref.Document) (*listing, error) {
	if isPipeline(doc.Root) {
		return listPipeline(text, doc)
	}
	entries, err := readBridgeList(text)
	if err != nil {
		return nil, err
	}
	l := newListing("bridges", "", "bridges", doc.Root)
	for _, c := range entries {
		b := listedBridge{From: c.from[0] + "#" + c.from[1], To: c.to[0] + "#" + c.to[1], DeadLetter: c.deadLetter, Line: firstLine(c.node)}
		if c.mapping != nil {
			b.Map = "inline"
		}
		if c.mapsByFile() {
			b.Map = c.mapping.Text
		}
		l.Bridges = append(l.Bridges, b)
	}
	return l, nil
}

func listPipeline(text *source.File, doc *ref.Document) (*listing, error) {
	edges, err := connect.Read(text)
	if err != nil {
		return nil, err
	}
	l := newListing("pipeline", "", filepath.Base(text.Name()), doc.Root)
	for _, e := range edges {
		l.Bridges = append(l.Bridges, listedBridge{From: placeText(e.From), To: placeText(e.To), Group: e.From.Group})
	}
	return l, nil
}

// mapsByFile reports whether a map is in a file of its own.
func (c *bridgeEntry) mapsByFile() bool {
	return c.mapping.Is(tree.String) && !strings.HasPrefix(c.mapping.Text, "$")
}

// pipelineCarrier is a pipeline of Redpanda Connect with all that it reads and
// writes.
func pipelineCarrier(text *source.File) (diagram.Carrier, error) {
	edges, err := connect.Read(text)
	if err != nil {
		return diagram.Carrier{}, err
	}
	carrier := diagram.Carrier{Label: filepath.Base(text.Name()), Details: []string{"pipeline of Redpanda Connect"}}
	add := func(list *[]diagram.Side, p connect.Place) {
		for _, side := range sidesOf(p) {
			if !slices.ContainsFunc(*list, func(s diagram.Side) bool { return s.Address == side.Address && s.Protocol == side.Protocol }) {
				*list = append(*list, side)
			}
		}
	}
	for _, e := range edges {
		add(&carrier.From, e.From)
		add(&carrier.To, e.To)
	}
	return carrier, nil
}

func sidesOf(p connect.Place) []diagram.Side {
	if len(p.Addresses) == 0 {
		return []diagram.Side{{Address: strings.TrimSpace(p.Component + " " + p.Label), Protocol: p.Protocol, Servers: hostsOf(p.Servers)}}
	}
	var list []diagram.Side
	for _, address := range p.Addresses {
		list = append(list, diagram.Side{Address: contractAddress(p.Protocol, address), Protocol: p.Protocol, Servers: hostsOf(p.Servers)})
	}
	return list
}

// contractAddress is an address as contracts write it: a queue or a topic of
// Amazon's by its name, which ends its URL or ARN.
func contractAddress(protocol, address string) string {
	switch protocol {
	case "sqs":
		return address[strings.LastIndex(address, "/")+1:]
	case "sns":
		return address[strings.LastIndex(address, ":")+1:]
	}
	return address
}

// hostsOf are servers as contracts write them: hosts, without a scheme.
func hostsOf(servers []string) []string {
	var list []string
	for _, server := range servers {
		if _, rest, ok := strings.Cut(server, "://"); ok {
			server, _, _ = strings.Cut(rest, "/")
			server = server[strings.LastIndex(server, "@")+1:]
		}
		list = append(list, server)
	}
	return list
}

// remember keeps a document under its file's name, for bridges to find.
func (m *drawing) remember(name string, doc *asyncapi.Document) {
	if m.byFile == nil {
		m.byFile = map[string]*asyncapi.Document{}
	}
	m.byFile[filepath.Clean(name)] = doc
}
