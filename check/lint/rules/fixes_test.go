package rules_test

import (
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// TestFixesMendWhatTheyAreFor makes every fix of small documents with faults:
// the text stays sound, and the finding that had the fix is gone.
func TestFixesMendWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	const head3, head2 = "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\n", "asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\n"
	for name, text := range map[string]string{
		"version as a number":        "asyncapi: 3.0\ninfo: {title: t, version: '1'}\n",
		"older version":              head3,
		"equal tags, flow":           head3 + "channels: {a: {address: a, tags: [{name: x}, {name: x}, {name: y}]}}\n",
		"equal tags, block":          head3 + "channels:\n  a:\n    tags:\n      - name: x\n      - name: y\n      - name: x\n    address: a\n",
		"misspelt field":             head3 + "channels: {a: {adress: a}}\n",
		"slash at the end":           head3 + "channels: {a: {address: 'a/'}}\n",
		"slash at the end of a key":  head2 + "channels: {a/: {}}\n",
		"misspelt parameter":         head3 + "channels: {a: {address: 'a/{userId}', parameters: {'userid': {}}}}\n",
		"misspelt server":            head2 + "servers: {main: {url: h, protocol: x}}\nchannels: {a: {servers: [mian]}}\n",
		"misspelt scheme":            head2 + "servers: {s: {url: h, protocol: x, security: [{logon: []}]}}\nchannels: {}\ncomponents: {securitySchemes: {login: {type: userPassword}}}\n",
		"misspelt scope":             head3 + "servers: {s: {host: h, protocol: x, security: [{type: oauth2, scopes: [\"red\"], flows: {password: {tokenUrl: 'https://e.com', availableScopes: {read: A}}}}]}}\n",
		"misspelt value":             head3 + "servers: {s: {host: 'h{v}', protocol: x, variables: {v: {enum: [alpha], default: 'alhpa'}}}}\n",
		"misspelt required name":     head3 + "components: {schemas: {s: {type: object, required: [ids], properties: {id: {type: string}}}}}\n",
		"misspelt discriminator":     head3 + "components: {schemas: {s: {type: object, discriminator: knid, required: [kind], properties: {kind: {type: string}}}}}\n",
		"listed number":              head3 + "components: {schemas: {s: {type: string, enum: [a, 1.5]}}}\n",
		"bounds the wrong way round": head3 + "components: {schemas: {s: {type: string, minLength: 5, maxLength: 1}}}\n",
		"misspelt location":          head3 + "components: {messages: {m: {headers: {type: object, properties: {a/b: {properties: {id: {type: string}}}}}, correlationId: {location: '$message.header#/a~1c/id'}}}}\n",
		"message of components":      head3 + "channels: {a: {address: a, messages: {m: {$ref: '#/components/messages/m'}}}}\noperations: {o: {action: send, channel: {$ref: '#/channels/a'}, messages: [{$ref: '#/components/messages/m'}]}}\ncomponents: {messages: {m: {title: M}}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fixes := 0
			for _, d := range judge(t, "d.yaml", text, nil).Findings {
				for _, fix := range d.Fixes {
					fixes++
					mends(t, text, d, fix)
				}
			}
			if fixes == 0 {
				t.Error("no finding has a fix")
			}
		})
	}
}

func mends(t *testing.T, text string, d diag.Diagnostic, fix diag.Fix) {
	t.Helper()
	mended, err := tree.Apply([]byte(text), fix.Edits)
	if err != nil {
		t.Errorf("%s: %v", fix.Title, err)
		return
	}
	after := judge(t, "d.yaml", string(mended), nil).Findings
	for _, other := range after {
		if strings.HasPrefix(string(other.Code), "text/") {
			t.Errorf("%s breaks the text: %s\n%s", fix.Title, show([]diag.Diagnostic{other}), mended)
		}
		if other.Code == d.Code && other.Path == d.Path && other.Message == d.Message {
			t.Errorf("%s does not mend it: %s\n%s", fix.Title, show([]diag.Diagnostic{other}), mended)
		}
	}
}
