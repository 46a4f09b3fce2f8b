package convert_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/make/convert"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// FuzzConvert converts arbitrary documents to all that they can become. The
// result is a document, and there is one or a reason why not.
func FuzzConvert(f *testing.F) {
	paths, _ := filepath.Glob("testdata/cases/*.txtar")
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range txtar.Parse(data).Files {
			f.Add(string(file.Data))
		}
	}
	f.Add("asyncapi: 2.6.0\nchannels: &a {b: *a}\ncomponents: {messages: {m: {$ref: '#/components/messages/m'}}}")
	f.Add("openapi: 3.0.0\npaths: {/a: {get: {callbacks: {b: {c: {$ref: '#/paths/~1a'}}}}}}")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		ws := ref.New(source.Memory{}, ref.Options{})
		d := ws.Load(source.NewFile("memory:///d.yaml", "d.yaml", []byte(text)))
		for _, to := range append(convert.Targets(d), "", "json") {
			result, err := convert.Convert(context.Background(), ws, d, convert.Options{To: to})
			var target *convert.TargetError
			switch {
			case errors.As(err, &target):
				continue
			case err != nil:
				t.Fatalf("to %q: %v", to, err)
			case result.Text == nil && len(result.Findings) == 0:
				t.Fatalf("to %q: no result, and no reason why", to)
			case result.Text == nil:
				continue
			}
			root, findings := tree.Parse(source.NewFile("memory:///r"+result.Suffix, "r"+result.Suffix, result.Text), tree.Options{MaxDepth: 1000, MaxNodes: 10_000_000})
			if root == nil {
				t.Fatalf("to %q: the result cannot be read: %v\n%s", to, findings, result.Text)
			}
		}
	})
}

// hostile are documents of 64 KB that cost whoever reads them without care.
func hostile() map[string]string {
	repeat := func(head, item string, n int) string {
		var b strings.Builder
		b.WriteString(head)
		for i := range n {
			b.WriteString(strings.ReplaceAll(item, "N", strings.Repeat("x", i%7)+string(rune('a'+i%26))+time.Duration(i).String()))
		}
		return b.String()[:min(b.Len(), 64<<10)]
	}
	return map[string]string{
		"channels that share one":     repeat("asyncapi: 2.6.0\ncomponents: {channels: {c: {publish: {message: {oneOf: [{name: a},{name: a},{name: a},{name: a}]}}}}}\nchannels:\n", " N: {$ref: '#/components/channels/c'}\n", 1400),
		"operations of one name":      repeat("asyncapi: 2.6.0\nchannels:\n", " N: {publish: {operationId: a}}\n", 1800),
		"messages of one name":        repeat("asyncapi: 2.6.0\nchannels:\n a:\n  publish:\n   message:\n    oneOf:\n", "    - {name: a}\n", 3500),
		"many bad bindings":           repeat("asyncapi: 2.6.0\nchannels:\n", " N: {bindings: {kafka: {a: 1, b: 2}, x: 1}}\n", 1300),
		"schemas in a row":            repeat("openapi: 3.1.0\npaths: {}\ncomponents:\n schemas:\n", "  N: {$ref: '#/components/schemas/a0s'}\n", 1300),
		"callbacks in callbacks":      "openapi: 3.1.0\npaths: {/a: {post: &p {responses: {}, callbacks: {a: {x: {$ref: '#/paths/~1a'}}, b: {x: {$ref: '#/paths/~1a'}}, c: {x: {$ref: '#/paths/~1a'}}, d: {x: {$ref: '#/paths/~1a'}}, e: {x: {$ref: '#/paths/~1a'}}, f: {x: {$ref: '#/paths/~1a'}}, g: {x: {$ref: '#/paths/~1a'}}, h: {x: {$ref: '#/paths/~1a'}}}}}}",
		"a large part that is shared": repeat("asyncapi: 2.6.0\ncomponents: {channels: {c: {description: "+strings.Repeat("long ", 5000)+"}}}\nchannels:\n", " N: {$ref: '#/components/channels/c'}\n", 900),
		"a scheme that is used":       repeat("asyncapi: 2.6.0\ncomponents: {securitySchemes: {o: {type: oauth2, flows: {implicit: {scopes: {a: b, c: d, e: f}}}}}}\nchannels: {}\nservers:\n s:\n  url: a\n  protocol: kafka\n  security:\n", "  - o: [a]\n", 6000),
	}
}

func TestHostileDocumentsAreCheap(t *testing.T) {
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			ws, d := memory(t, "d.yaml", text)
			if d.Root == nil { // cut in the middle
				ws, d = memory(t, "d.yaml", text[:strings.LastIndexByte(text, '\n')+1])
			}
			start := cputime.Start(t)
			result := converted(t, ws, d, convert.Options{})
			if took := start(); took > 3*time.Second { // half a second on a machine of its own
				t.Errorf("it took %s", took)
			}
			if len(result.Text) > 64*len(text)+1000 || result.Text != nil && !bytes.Contains(result.Text, []byte("asyncapi: 3")) {
				t.Errorf("%d bytes became %d", len(text), len(result.Text))
			}
		})
	}
}
