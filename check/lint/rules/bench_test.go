package rules_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// largeDocument is a 3.0 document with n channels, operations, messages and
// schemas.
func largeDocument(n int) []byte {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("asyncapi: 3.0.0\ninfo:\n  title: Large\n  version: 1.0.0\ndefaultContentType: application/json")
	p("servers:\n  main:\n    host: localhost:9092\n    protocol: kafka")
	p("channels:")
	for i := range n {
		p("  channel%d:\n    address: domain.%d.{id}.event\n    description: The channel of the events number %d.", i, i, i)
		p("    servers:\n      - $ref: '#/servers/main'")
		p("    parameters:\n      id:\n        $ref: '#/components/parameters/id'")
		p("    messages:\n      event%d:\n        $ref: '#/components/messages/event%d'", i, i)
		p("    bindings:\n      kafka:\n        partitions: 3\n        replicas: 2")
	}
	p("operations:")
	for i := range n {
		p("  operation%d:\n    action: send\n    summary: Tell about event %d.\n    channel:\n      $ref: '#/channels/channel%d'", i, i, i)
		p("    messages:\n      - $ref: '#/channels/channel%d/messages/event%d'", i, i)
	}
	p("components:\n  parameters:\n    id:\n      description: An identifier.\n  messages:")
	for i := range n {
		p("    event%d:\n      name: Event%d\n      title: Event number %d\n      contentType: application/json", i, i, i)
		p("      payload:\n        $ref: '#/components/schemas/schema%d'", i)
	}
	p("  schemas:")
	for i := range n {
		p("    schema%d:\n      type: object\n      required:\n        - id\n        - name\n      properties:", i)
		p("        id:\n          type: string\n          format: uuid\n        name:\n          type: string\n          maxLength: 100")
		p("        next:\n          $ref: '#/components/schemas/schema%d'", (i+1)%n)
	}
	return []byte(b.String())
}

func BenchmarkLargeDocument(b *testing.B) {
	text := largeDocument(2000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		lintLarge(b, text)
	}
}

func lintLarge(t testing.TB, text []byte) {
	file := source.NewFile("memory:///large.yaml", "large.yaml", text)
	r := rules.Linter().Lint(t.Context(), ref.New(source.Memory{}, ref.Options{}), file)
	if found := withoutRecommended(r.Findings); len(found) > 0 {
		t.Fatal(show(found[:min(3, len(found))]))
	}
}

func BenchmarkDiamonds(b *testing.B) {
	text := diamonds(18)
	b.ReportAllocs()
	for b.Loop() {
		lintLarge(b, text)
	}
}

// diamonds is a document in which each schema refers twice to the next.
func diamonds(levels int) []byte {
	var b strings.Builder
	b.WriteString("asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {c: {address: c, messages: {m: {payload: {$ref: '#/components/schemas/s0'}}}}}\ncomponents:\n  schemas:\n")
	for i := range levels {
		fmt.Fprintf(&b, "    s%d:\n      type: object\n      properties:\n        left: {$ref: '#/components/schemas/s%d'}\n        right: {$ref: '#/components/schemas/s%d'}\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "    s%d: {type: string}\n", levels)
	return []byte(b.String())
}

func BenchmarkTables(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = rules.Linter()
	}
}
