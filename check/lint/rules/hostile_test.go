package rules_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/text/source"
)

// TestHostileDocumentsEnd judges documents that are made to cost much, and
// documents in which things refer to themselves.
func TestHostileDocumentsEnd(t *testing.T) {
	t.Parallel()
	const head = "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\n"
	const head2 = "asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\n"
	var aliases strings.Builder
	aliases.WriteString(head + "x-0: &a0 {type: object}\n")
	for i := range 12 {
		fmt.Fprintf(&aliases, "x-%d: &a%d {allOf: [*a%d, *a%d]}\n", i+1, i+1, i, i)
	}
	aliases.WriteString("components: {schemas: {s: *a12}}\n")
	for name, c := range map[string]struct{ text, want string }{
		"channel is itself":           {head + "channels: {a: {$ref: '#/channels/a'}}", "text/ref-cycle"},
		"channels are each other":     {head + "channels: {a: {$ref: '#/channels/b'}, b: {$ref: '#/channels/a'}}", "text/ref-cycle"},
		"message is itself":           {head2 + "channels: {a: {publish: {message: {$ref: '#/components/messages/m'}}}}\ncomponents: {messages: {m: {oneOf: [{$ref: '#/components/messages/m'}]}}}", ""},
		"trait of itself":             {head + "channels: {c: {messages: {m: {traits: [{$ref: '#/channels/c/messages/m'}]}}}}", "asyncapi/reference-kind"},
		"schema in itself":            {head + "components: {schemas: {s: {properties: {s: {$ref: '#/components/schemas/s'}}}}}", ""},
		"root as a message":           {head + "channels: {c: {messages: {m: {$ref: '#'}}}}", "asyncapi/reference-kind"},
		"traits with endless schema":  {head + "components: {schemas: {s: {properties: {s: {$ref: '#/components/schemas/s'}}}, t: {properties: {s: {$ref: '#/components/schemas/t'}}}}, messageTraits: {t: {headers: {$ref: '#/components/schemas/t'}}}, messages: {m: {headers: {$ref: '#/components/schemas/s'}, traits: [{$ref: '#/components/messageTraits/t'}]}}}", ""},
		"aliases of aliases":          {aliases.String(), ""},
		"deep":                        {head + "components: {schemas: {s: " + strings.Repeat("{not: ", 5000) + "{}" + strings.Repeat("}", 5000) + "}}", "text/too-deep"},
		"diamonds":                    {string(diamonds(200)), ""},
		"many faults":                 {head + "channels: {" + strings.Repeat("a: 1, ", 5000) + "b: 1}", "asyncapi/too-many-findings"},
		"examples of a large schema":  {examplesOfALargeSchema(), "asyncapi/example"},
		"examples of many forms":      {examplesOfManyForms(), "lint/too-many-findings"},
		"defaults in each other":      {head + "components: {schemas: {s: " + strings.Repeat("{default: {a: 1}, not: ", 120) + "{}" + strings.Repeat("}", 120) + "}}", "asyncapi/schema-default"},
		"patterns without end":        {head + "components: {schemas: {s: {type: string, pattern: '^(a+)+(?!x)$', examples: [" + strings.Repeat("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab, ", 200) + "a]}}}", "asyncapi/schema-example"},
		"required through all others": {requiredThroughOthers(), ""},
		"places through diamonds":     {strings.Replace(string(diamonds(200)), "m: {", "m: {correlationId: {location: '$message.payload#"+strings.Repeat("/left", 150)+"/x'}, ", 1), "asyncapi/correlation-location"},
		"addresses all alike":         {head + "channels: {" + channelsAlike(5000) + "}", "asyncapi/duplicate-address"},
		"secrets":                     {head + "channels: {a: {$ref: '/etc/passwd'}, b: {$ref: 'http://169.254.169.254/'}}", "text/ref-not-found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := cputime.Start(t)
			r := judgeBare(t, "d.yaml", c.text, source.Memory{})
			took := start()
			t.Logf("%d KB took %s", len(c.text)/1000, took.Round(time.Millisecond))
			if took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
			for _, want := range strings.Fields(c.want) {
				if !strings.Contains(show(r.Findings), want) {
					t.Errorf("no %s: %s", want, show(r.Findings))
				}
			}
			if c.want == "" && len(r.Findings) > 0 {
				t.Error(show(r.Findings))
			}
		})
	}
}

// examplesOfALargeSchema has ten thousand messages with one schema, and as many
// examples that do not fit it.
func examplesOfALargeSchema() string {
	var b strings.Builder
	b.WriteString("asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\ncomponents:\n  schemas:\n    large:\n      type: object\n      properties:\n")
	for i := range 5000 {
		fmt.Fprintf(&b, "        p%d: {type: string, maxLength: 3, pattern: '^[a-z]+$'}\n", i)
	}
	b.WriteString("  messages:\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "    m%d: {payload: {$ref: '#/components/schemas/large'}, examples: [{payload: {p1: 1}}, {payload: {p2: abc}}]}\n", i)
	}
	return b.String()
}

// examplesOfManyForms has a schema that holds a choice in each choice, and
// values that are only wrong at the end of all.
func examplesOfManyForms() string {
	var b strings.Builder
	b.WriteString("asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\ncomponents:\n  schemas:\n")
	for i := range 30 {
		next := fmt.Sprintf("{$ref: '#/components/schemas/s%d'}", i+1)
		fmt.Fprintf(&b, "    s%d: {anyOf: [{allOf: [%s, {minLength: 1}]}, {allOf: [%s, {minLength: 2}]}]}\n", i, next, next)
	}
	b.WriteString("    s30: {type: integer}\n  messages:\n")
	for i := range 300 {
		fmt.Fprintf(&b, "    m%d: {payload: {$ref: '#/components/schemas/s0'}, examples: [{payload: x%d}]}\n", i, i)
	}
	return b.String()
}

// requiredThroughOthers has schemas that are each made of all others, and
// require what none describes.
func requiredThroughOthers() string {
	const schemas = 100
	var b, all strings.Builder
	for i := range schemas {
		fmt.Fprintf(&all, "{$ref: '#/components/schemas/s%d'}, ", i)
	}
	b.WriteString("asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\ncomponents:\n  schemas:\n")
	for i := range schemas {
		fmt.Fprintf(&b, "    s%d: {required: [a, b, c], properties: {p%d: {}}, allOf: [%s{}]}\n", i, i, all.String())
	}
	return b.String()
}

func channelsAlike(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "c%d: {address: same}, ", i)
	}
	return b.String() + "z: {address: other}"
}

func TestALargeDocumentHasNoFindings(t *testing.T) {
	t.Parallel()
	lintLarge(t, largeDocument(50))
}

// FuzzLint looks for documents that no rule expected.
func FuzzLint(f *testing.F) {
	for _, r := range structureSeeds() {
		f.Add(r)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range judge(t, "d.yaml", text, source.Memory{}).Findings {
			if d.Span.File == nil || d.Message == "" || d.Code == "" {
				t.Errorf("%+v", d)
			}
		}
	})
}

func structureSeeds() []string {
	return []string{
		"asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\nservers: {s: {url: 'a{b}', protocol: kafka, security: [{x: [a]}]}}\nchannels: {'a/{b}': {parameters: {c: {}}, publish: {operationId: o, traits: [{tags: [{name: a}, {name: a}]}], message: {oneOf: [{messageId: m}, {$ref: '#/components/messages/m'}]}}}}\ncomponents: {messages: {m: {headers: {type: object}, correlationId: {location: '$message.header#/x'}}}}",
		"asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {c: {address: null, servers: [{$ref: '#/servers/s'}], messages: {m: {$ref: '#/components/messages/m'}}}}\noperations: {o: {action: send, channel: {$ref: '#/channels/c'}, messages: [{$ref: '#/channels/c/messages/m'}], reply: {address: {location: '$message.header#/r'}, channel: {$ref: '#/channels/c'}}}}\ncomponents: {messages: {m: {traits: [{headers: {type: object}}], payload: {schemaFormat: x, schema: {}}}}}",
	}
}
