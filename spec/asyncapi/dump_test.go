package asyncapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// loadText loads a document from memory; other files may stand beside it.
func loadText(t testing.TB, text string, others ...string) (*asyncapi.Document, []diag.Diagnostic) {
	t.Helper()
	memory := source.Memory{}
	for i := 0; i+1 < len(others); i += 2 {
		memory["memory:///"+others[i]] = others[i+1]
	}
	ws := ref.New(memory, ref.Options{})
	return load(t, ws, source.NewFile("memory:///main.yaml", "main.yaml", []byte(text)))
}

func load(t testing.TB, ws *ref.Workspace, file *source.File) (*asyncapi.Document, []diag.Diagnostic) {
	t.Helper()
	d := ws.Load(file)
	for _, f := range d.Findings {
		if f.Severity == diag.Error {
			t.Fatalf("%s: %s", file.Name(), f.Message)
		}
	}
	return asyncapi.Load(context.Background(), ws, d)
}

// loadFile loads a document of the file system.
func loadFile(t testing.TB, path string) (*asyncapi.Document, []diag.Diagnostic) {
	t.Helper()
	file, err := source.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := source.Local(corpus.Dir(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	return load(t, ref.New(dir, ref.Options{}), file)
}

// dump prints a model for people.
func dump(d *asyncapi.Document) string {
	var b strings.Builder
	p := func(indent int, format string, args ...any) {
		line := strings.TrimRight(fmt.Sprintf(format, args...), " ")
		b.WriteString(strings.Repeat("  ", indent) + line + "\n")
	}
	p(0, "document %s %s %s", d.Version, d.ID, d.DefaultContentType)
	p(0, "info %q %s %s", d.Info.Title, d.Info.Version, tags(d.Info.Tags))
	for _, s := range d.Servers {
		p(0, "server %s %s://%s%s %s %s", s.Name, s.Protocol, s.Host, s.Pathname, s.ProtocolVersion, bindings(s.Bindings))
		for _, v := range s.Variables {
			p(1, "variable %s default %q %v of %v", v.Name, v.Default, v.HasDefault, v.Enum)
		}
		dumpSecurity(p, 1, s.Security)
	}
	for _, c := range d.Channels {
		p(0, "channel %s at %q %v %s %s", c.Name, c.Address, c.HasAddress, c.Title, bindings(c.Bindings))
		for _, s := range c.Servers {
			p(1, "server %s", s.Name)
		}
		for _, v := range c.Parameters {
			p(1, "parameter %s default %q %v of %v at %s", v.Name, v.Default, v.HasDefault, v.Enum, v.Location)
		}
		for _, m := range c.Messages {
			dumpMessage(p, m)
		}
	}
	for _, o := range d.Operations {
		p(0, "operation %s %v: %s %s %s %s %s", o.ID, o.HasID, o.Action, o.Channel.Name, keys(o.Messages), bindings(o.Bindings), tags(o.Tags))
		if o.Summary != "" {
			p(1, "summary %s", o.Summary)
		}
		dumpSecurity(p, 1, o.Security)
		if r := o.Reply; r != nil {
			channel, address := "", ""
			if r.Channel != nil {
				channel = r.Channel.Name
			}
			if r.Address != nil {
				address = r.Address.Location
			}
			p(1, "reply %s %s %s", channel, address, keys(r.Messages))
		}
	}
	for _, c := range []struct {
		what string
		n    int
	}{
		{"servers", len(d.Components.Servers)},
		{"channels", len(d.Components.Channels)},
		{"operations", len(d.Components.Operations)},
		{"messages", len(d.Components.Messages)},
		{"schemas", len(d.Components.Schemas)},
		{"security", len(d.Components.Security)},
	} {
		if c.n > 0 {
			p(0, "components: %d %s", c.n, c.what)
		}
	}
	return b.String()
}

func dumpMessage(p func(int, string, ...any), m *asyncapi.Message) {
	p(1, "message %s: %s %s %s line %d", m.Key, m.Name, m.ContentType, bindings(m.Bindings), line(m.Node))
	for what, s := range map[string]*asyncapi.Schema{"headers": m.Headers} {
		if s != nil {
			p(2, "%s %s %s line %d: %s", what, s.Name, s.Format, line(s.Node), s.Node.Get("properties").Name())
		}
	}
	if s := m.Payload; s != nil {
		p(2, "payload %s %s line %d: %s", s.Name, s.Format, line(s.Node), s.Node.Get("type").Str())
	}
	if m.Correlation != nil {
		p(2, "correlation %s", m.Correlation.Location)
	}
	for _, e := range m.Examples {
		p(2, "example %s headers %v payload %v", e.Name, e.Headers.Value(), e.Payload.Value())
	}
}

func dumpSecurity(p func(int, string, ...any), indent int, list []asyncapi.SecurityRequirement) {
	for _, r := range list {
		for _, u := range r.Schemes {
			p(indent, "security %s %s %v, %d flows", u.Scheme.Name, u.Scheme.Type, u.Scopes, len(u.Scheme.Flows))
		}
	}
}

func line(n *tree.Node) int {
	start, _ := n.Span.Range()
	return start.Line
}

func keys(list []*asyncapi.Message) string {
	var names []string
	for _, m := range list {
		names = append(names, m.Key)
	}
	return "[" + strings.Join(names, " ") + "]"
}

func tags(list []asyncapi.Tag) string {
	var names []string
	for _, t := range list {
		names = append(names, "#"+t.Name)
	}
	return strings.Join(names, " ")
}

func bindings(list asyncapi.Bindings) string {
	var names []string
	for _, b := range list {
		names = append(names, b.Protocol+"@"+b.Version)
	}
	return strings.Join(names, " ")
}
