package asyncapi_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/ref"
)

func TestModelsOfTheCorpus(t *testing.T) {
	t.Parallel()
	for _, path := range []string{
		"v2/streetlights-kafka.yml", "v2/operation-security.yml", "v2/oneof.yml", "v2/slack-rtm.yml", "v2/rpc-server.yml",
		"v2/correlation-id.yml", "v2/social-media/backend/asyncapi.yaml",
		"v3/streetlights-kafka-asyncapi.yml", "v3/adeo-kafka-request-reply-asyncapi.yml", "v3/operation-security-asyncapi.yml",
		"v3/kraken-websocket-request-reply-multiple-channels-asyncapi.yml", "v3/social-media/backend/asyncapi.yaml",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			d, findings := loadFile(t, filepath.Join(corpus.Dir(t), "asyncapi", filepath.FromSlash(path)))
			for _, f := range findings {
				if f.Code == ref.CodeNotSupported {
					continue // tests do not read from the network
				}
				t.Errorf("%s: %s", f.Code, f.Message)
			}
			name := strings.TrimSuffix(strings.ReplaceAll(path, "/", "-"), filepath.Ext(path))
			golden.Assert(t, []byte(dump(d)), "testdata/model/"+name+".golden")
		})
	}
}

// TestLoweringAgreesWithTheConverter compares the model of 2.x documents with
// that of the same documents as another tool converted them to 3.0. Two of its
// documents are left out: it gives a channel that stands in components its name
// for an address, and forgets the schema that a parameter refers to.
func TestLoweringAgreesWithTheConverter(t *testing.T) {
	t.Parallel()
	for in, out := range map[string]string{
		"for-3.0.0":                            "from-2.6.0",
		"for-3.0.0-with-custom-schema-format":  "from-2.6.0-with-custom-schema-format",
		"for-3.0.0-with-deep-local-references": "from-2.6.0-with-deep-local-references",
		"for-3.0.0-with-reference-parameter":   "from-2.6.0-with-reference-parameter",
	} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(corpus.Dir(t), "convert")
			old, _ := loadFile(t, filepath.Join(dir, "input", "2.6.0", in+".yml"))
			converted, _ := loadFile(t, filepath.Join(dir, "output", "3.0.0", out+".yml"))
			if got, want := essence(old), essence(converted); got != want {
				t.Errorf("lowered\n%s\nconverted\n%s", got, want)
			}
		})
	}
}

// essence is what a document says whatever its version.
func essence(d *asyncapi.Document) string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, s := range d.Servers {
		add("server %s %s %s %s", s.Name, s.Host, s.Pathname, s.Protocol)
		for _, v := range s.Variables {
			add("server %s variable %s %q %v", s.Name, v.Name, v.Default, v.Enum)
		}
	}
	for _, c := range d.Channels {
		var servers []string
		for _, s := range c.Servers {
			servers = append(servers, s.Name)
		}
		add("channel %s on %v", c.Address, servers)
		for _, p := range c.Parameters {
			add("channel %s parameter %s %q %v %s", c.Address, p.Name, p.Default, p.Enum, p.Location)
		}
	}
	for _, o := range d.Operations {
		add("operation %s %s with %d messages, %d schemes", o.Action, o.Channel.Address, len(o.Messages), len(o.Security))
		for _, m := range o.Messages {
			kind := ""
			if m.Payload != nil {
				kind = m.Payload.Node.Get("type").Str()
			}
			add("operation %s %s message %q %s %s", o.Action, o.Channel.Address, m.Name, m.ContentType, kind)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestTraitsDoNotChangeWhatTheObjectSays(t *testing.T) {
	t.Parallel()
	const parts = `
components:
  messageTraits:
    one: {title: from one, summary: from one, headers: {type: object, properties: {a: {type: string}}}}
    two: {title: from two, name: from two, x-extra: 2}
  messages:
    m:
      title: own
      headers: {properties: {b: {type: string}}}
      traits: [{$ref: '#/components/messageTraits/one'}, {$ref: '#/components/messageTraits/two'}]
`
	three, _ := loadText(t, "asyncapi: 3.0.0\ninfo: {title: t, version: '1'}\nchannels: {c: {address: a, messages: {m: {$ref: '#/components/messages/m'}}}}"+parts)
	two, _ := loadText(t, "asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\nchannels: {a: {publish: {message: {$ref: '#/components/messages/m'}}}}"+parts)
	for name, c := range map[string]struct {
		d    *asyncapi.Document
		want string
	}{
		"3.x: the object wins":     {three, "own/from one/from two/a b/2"},
		"2.x: the last trait wins": {two, "from two/from one/from two/b a/2"},
	} {
		m := c.d.Channels[0].Messages[0]
		var props []string
		for _, p := range m.Headers.Node.Get("properties").Members {
			props = append(props, p.Key.Text)
		}
		got := fmt.Sprintf("%s/%s/%s/%s/%s", m.Title, m.Summary, m.Name, strings.Join(props, " "), m.Extension("x-extra").Text)
		if got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
		if m.Node.Get("name") != nil || len(m.Traits) != 2 {
			t.Errorf("%s: the node is not as written, or %d traits", name, len(m.Traits))
		}
	}
}

const small3 = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
defaultContentType: application/json
servers:
  main: {host: '{region}.example.com:{port}', pathname: /v1, protocol: kafka, variables: {region: {enum: [eu, us], default: eu}, port: {}}}
channels:
  users:
    address: user/{id}/signedup
    parameters: {id: {enum: [a, b]}}
    messages:
      signedUp: {$ref: '#/components/messages/signedUp'}
      left: {payload: {type: string}, name: Left}
  other: {address: null, messages: {again: {$ref: '#/components/messages/signedUp'}}}
operations:
  onSignedUp: {action: receive, channel: {$ref: '#/channels/users'}, messages: [{$ref: '#/channels/users/messages/signedUp'}]}
  all: {action: send, channel: {$ref: '#/channels/users'}}
  none: {action: send, channel: {$ref: '#/channels/users'}, messages: []}
  component: {action: send, channel: {$ref: '#/channels/other'}, messages: [{$ref: '#/components/messages/signedUp'}]}
components:
  messages: {signedUp: {payload: {$ref: '#/components/schemas/user'}}}
  schemas: {user: {schemaFormat: application/schema+json;version=draft-07, schema: {type: object}}}
`

func TestOperationsHaveTheMessagesOfTheirChannel(t *testing.T) {
	t.Parallel()
	d, findings := loadText(t, small3)
	if len(findings) > 0 {
		t.Fatalf("%+v", findings)
	}
	users, other := d.Channels[0], d.Channels[1]
	for id, want := range map[string][]*asyncapi.Message{
		"onSignedUp": {users.Messages[0]}, "all": users.Messages, "none": {}, "component": {other.Messages[0]},
	} {
		o, err := d.Operation(id)
		if err != nil || !slices.Equal(o.Messages, want) {
			t.Errorf("%s: %v, %s", id, err, keys(o.Messages))
		}
	}
	if users.Messages[0].Node != other.Messages[0].Node || users.Messages[0] == other.Messages[0] {
		t.Error("one component in two channels: two messages with one node")
	}
	payload := users.Messages[0].Payload
	if payload.Name != "user" || payload.Format != "application/schema+json;version=draft-07" || payload.Node.Get("type").Str() != "object" {
		t.Errorf("%+v", payload)
	}
	if got := d.OperationsOf(users); len(got) != 3 {
		t.Errorf("%d operations", len(got))
	}
	if got := d.ServersOf(users); len(got) != 1 || got[0].Name != "main" {
		t.Errorf("servers %v", got)
	}
}

func TestLookupsSuggestTheNearestName(t *testing.T) {
	t.Parallel()
	d, _ := loadText(t, small3)
	_, operation := d.Operation("onSignedup")
	_, server := d.Server("mian")
	_, channel := d.Channel("user")
	_, address := d.ChannelByAddress("user/{id}/signdup")
	_, message := d.Channels[0].Message("lefft")
	for _, c := range []struct {
		err  error
		want string
	}{
		{operation, `there is no operation "onSignedup"; did you mean "onSignedUp"?`},
		{server, `there is no server "mian"; did you mean "main"?`},
		{channel, `there is no channel "user"; did you mean "users"?`},
		{address, `there is no channel with the address "user/{id}/signdup"; did you mean "user/{id}/signedup"?`},
		{message, `there is no message "lefft"; did you mean "left"?`},
	} {
		var missing *asyncapi.NotFoundError
		if !errors.As(c.err, &missing) || c.err.Error() != c.want {
			t.Errorf("got %v, want %s", c.err, c.want)
		}
	}
	if m, err := d.Channels[0].Message("Left"); err != nil || m.Key != "left" {
		t.Errorf("by name: %v, %v", m, err)
	}
}

func TestAddressesAreExpanded(t *testing.T) {
	t.Parallel()
	d, _ := loadText(t, small3)
	server, users := d.Servers[0], d.Channels[0]
	for _, c := range []struct {
		expand func(map[string]string) (string, error)
		values map[string]string
		want   string
	}{
		{server.URL, map[string]string{"port": "9092"}, "kafka://eu.example.com:9092/v1"},
		{server.URL, map[string]string{"port": "1", "region": "us"}, "kafka://us.example.com:1/v1"},
		{server.URL, nil, `server "main": the server variable "port" has no value and no default`},
		{server.URL, map[string]string{"port": "1", "region": "eu1"}, `server "main": the server variable "region" cannot be "eu1": it is one of eu, us; did you mean "eu"?`},
		{users.Expand, map[string]string{"id": "a"}, "user/a/signedup"},
		{users.Expand, map[string]string{"id": "xyz"}, `channel "users": the parameter "id" cannot be "xyz": it is one of a, b`},
	} {
		got, err := c.expand(c.values)
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
	if got := asyncapi.Variables("a/{b}/{}/{c}{b}/{d"); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("variables %q", got)
	}
}

func TestServersOfTwoAreTakenApart(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"mqtt://test.mosquitto.org:1883": "test.mosquitto.org:1883|",
		"broker:9092":                    "broker:9092|",
		"a:9092,b:9092":                  "a:9092,b:9092|",
		"wss://x.y/z/{a}?b=c":            "x.y|/z/{a}?b=c",
		"{user/name}.example.com/a":      "{user/name}.example.com|/a",
		"/only":                          "|/only",
		"":                               "|",
	} {
		d, _ := loadText(t, "asyncapi: 2.0.0\ninfo: {title: t, version: '1'}\nchannels: {}\nservers: {s: {protocol: p, url: '"+url+"'}}")
		if got := d.Servers[0].Host + "|" + d.Servers[0].Pathname; got != want {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
}

func TestPublishIsReceiveAndSubscribeIsSend(t *testing.T) {
	t.Parallel()
	d, findings := loadText(t, `
asyncapi: 2.4.0
info: {title: t, version: '1'}
defaultContentType: application/json
channels:
  in:
    publish:
      operationId: take
      message: {oneOf: [{$ref: '#/components/messages/a'}, {oneOf: [{name: b}, {messageId: c, name: b}, {name: b, payload: {type: string}}]}]}
    subscribe: {message: {$ref: '#/components/messages/a'}}
  out: {$ref: 'other.yaml#/channel', description: own}
  beside: {$ref: '#/components/messages/nowhere'}
components: {messages: {a: {payload: {type: object}}}}
`, "other.yaml", "channel: {subscribe: {message: {$ref: 'message.yaml'}}}", "message.yaml", "payload: {type: string}\n")
	if len(findings) != 1 || findings[0].Code != "text/ref-pointer" {
		t.Errorf("%+v", findings)
	}
	want := `document 2.4.0  application/json
info "t" 1
channel in at "in" true
  message a:  application/json  line 13
    payload  application/vnd.aai.asyncapi;version=2.4.0 line 13: object
  message b: b application/json  line 9
  message c: b application/json  line 9
  message b2: b application/json  line 9
    payload  application/vnd.aai.asyncapi;version=2.4.0 line 9: string
channel out at "out" true
  message message:  application/json  line 1
    payload  application/vnd.aai.asyncapi;version=2.4.0 line 1: string
operation take true: receive in [a b c b2]
operation in.subscribe false: send in [a]
operation out.subscribe false: send out [message]
components: 1 messages
`
	if got := dump(d); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if d.Channels[1].Description != "own" {
		t.Errorf("description %q", d.Channels[1].Description)
	}
}

func TestASchemaInAnotherLanguageStaysAReference(t *testing.T) {
	t.Parallel()
	d, findings := loadText(t, `
asyncapi: 3.0.0
info: {title: t, version: '1'}
channels:
  c:
    messages:
      m: {payload: {schemaFormat: 'application/vnd.google.protobuf;version=3', schema: {$ref: './m.proto#M'}}}
`, "m.proto", "syntax = \"proto3\";")
	if len(findings) > 0 {
		t.Fatalf("%+v", findings)
	}
	if p := d.Channels[0].Messages[0].Payload; p == nil || p.Node.Get("$ref").Str() != "./m.proto#M" {
		t.Errorf("%+v", p)
	}
}

func TestDocumentsOfOtherVersionsAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"openapi: 3.0.0":    `this is not an AsyncAPI document: the field "asyncapi" is missing`,
		"asyncapi: 3.0":     `the version of AsyncAPI must be a string such as "3.1.0"`,
		"asyncapi: 1.2.0":   `AsyncAPI "1.2.0" is not supported`,
		"asyncapi: 4.0.0":   `AsyncAPI "4.0.0" is not supported`,
		"asyncapi: ''":      `AsyncAPI "" is not supported`,
		"asyncapi: [3.0.0]": `the version of AsyncAPI must be a string such as "3.1.0"`,
	} {
		d, findings := loadText(t, text)
		if d != nil || len(findings) != 1 || findings[0].Message != want {
			t.Errorf("%s: %+v", text, findings)
		}
	}
}

func TestWhatIsWrongIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2.6.0", "3.0.0"} {
		d, _ := loadText(t, "asyncapi: "+version+`
info: []
servers: {a: 5, b: {variables: [], security: {}, bindings: 7}}
channels: {a: null, b: {parameters: 3, messages: [], servers: [1, {}], publish: {message: {oneOf: {}}}, subscribe: []}, c: {$ref: '#/channels/c'}}
operations: {a: {}, b: {action: send, channel: {$ref: '#/channels/b'}, messages: [1, {$ref: '#/info'}], reply: []}, c: {channel: 5}}
components: {messages: {a: {traits: [1, {}], headers: 5, payload: [], examples: {}}, b: {$ref: '#/components/messages/b'}}, schemas: 1, securitySchemes: {a: []}}
`)
		if d == nil {
			t.Fatal("no model")
		}
		_ = dump(d)
	}
}
