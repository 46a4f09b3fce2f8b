package cloudevents_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/wire/cloudevents"
)

func plain(t testing.TB, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestStructuredEventsAreJudged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ event, want string }{
		{`{"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","subject":null,"id":"C234-1234-1234","time":"2018-04-05T17:31:00Z","comexampleextension1":"value","comexampleothervalue":5,"datacontenttype":"application/json","data":{"appinfoA":"abc","appinfoB":123,"appinfoC":true}}`, ""},
		{`{"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","id":"B234","datacontenttype":"application/vnd.apache.thrift.binary","data_base64":"AP8="}`, ""},
		{`{"specversion":"1.0","type":"t","source":"s"}`, "id: is required"},
		{`{"specversion":"1.0","type":"t","source":"s","id":null}`, "id: is required"},
		{`{"specversion":"0.3","type":"t","source":"s","id":"1"}`, "specversion: must be 1.0"},
		{`{"specversion":"1.0","type":"","source":"s","id":"1"}`, "type: must be a text that is not empty"},
		{`{"specversion":"1.0","type":"t","source":"%zz","id":"1"}`, "source: must be a URI reference"},
		{`{"specversion":"1.0","type":"t","source":"s","id":7}`, "id: must be a text that is not empty"},
		{`{"specversion":"1.0","type":"t","source":"s","id":"1","time":"yesterday"}`, "time: must be a timestamp of RFC 3339"},
		{`{"specversion":"1.0","type":"t","source":"s","id":"1","dataschema":"/a"}`, "dataschema: must be an absolute URI"},
		{`{"specversion":"1.0","type":"t","source":"s","id":"1","datacontenttype":"none/"}`, "datacontenttype: must be a media type"},
		{`{"specversion":"1.0","type":"t","source":"s","id":"1","Extra":"x"}`, "Extra: is no name of an attribute: only a to z and 0 to 9 are"},
		{`{"specversion":"1.0","type":"t","source":"s","id":"1","extra":1.5}`, "extra: must be a whole number of 32 bits"},
		{`{"specversion":"1.0","type":"t","source":"s","id":"1","extra":2147483648}`, "extra: must be a whole number of 32 bits"},
		{`{"specversion":"1.0","type":"t","source":"s","id":"1","extra":{}}`, "extra: must be a text, a whole number, true or false"},
		{`{"specversion":"1.0","type":"t","source":"s","id":"1","extra":"a\u0007"}`, "extra: must be without control characters"},
		{`{"specversion":"1.0","type":"t","source":"s","id":"1","data":1,"data_base64":"AP8="}`, "data_base64: must not stand beside data"},
		{`{"specversion":"1.0","type":"t","source":"s","id":"1","data_base64":"!"}`, "data_base64: must be a text in base64"},
		{`[]`, "it: must be an object with the attributes of an event"},
	} {
		var words []string
		for _, p := range cloudevents.CheckStructured(plain(t, c.event)) {
			words = append(words, p.Message)
		}
		if got := strings.Join(words, "; "); got != c.want {
			t.Errorf("%s\n got %q\nwant %q", c.event, got, c.want)
		}
	}
}

func TestAttributesAreHeadersOfEachProtocol(t *testing.T) {
	t.Parallel()
	event := map[string]any{
		"specversion": "1.0", "type": "com.example.someevent", "source": "/mycontext", "id": "1234-1234-1234",
		"time": "2018-04-05T03:56:24Z", "datacontenttype": "application/json", "sequence": json.Number("7"), "last": true, "none": nil,
	}
	for protocol, prefix := range map[string]string{
		"kafka": "ce_", "kafka-secure": "ce_", "amqp": "cloudEvents:", "amqps": "cloudEvents:", "mqtt": "", "mqtt5": "", "secure-mqtt": "none",
		"http": "ce-", "https": "ce-", "nats": "ce-", "jms": "cloudEvents_", "redis": "none", "sqs": "none",
	} {
		b, known := cloudevents.BindingOf(protocol)
		if known != (prefix != "none") {
			t.Errorf("%s: has a binding: %v", protocol, known)
		}
		if !known {
			continue
		}
		got, err := b.Encode(event)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			prefix + "specversion": "1.0", prefix + "type": "com.example.someevent", prefix + "source": "/mycontext", prefix + "id": "1234-1234-1234",
			prefix + "time": "2018-04-05T03:56:24Z", prefix + "sequence": "7", prefix + "last": "true",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", protocol, diff)
		}
		got["content-type"] = "application/json"
		if back := b.Decode(got); back["id"] != "1234-1234-1234" || back["sequence"] != "7" || len(back) != 7 || len(cloudevents.Check(back)) > 0 {
			t.Errorf("%s: read as %v, %v", protocol, back, cloudevents.Check(back))
		}
	}
	if _, err := (cloudevents.Binding{}).Encode(map[string]any{"x": []any{}}); err == nil {
		t.Error("a list is taken for an attribute")
	}
}

// The examples are those of the HTTP binding.
func TestValuesOfHeadersAreEscaped(t *testing.T) {
	t.Parallel()
	b, _ := cloudevents.BindingOf("http")
	for value, escaped := range map[string]string{
		"Euro € 😀": "Euro%20%E2%82%AC%20%F0%9F%98%80", `a"b%c`: "a%22b%25c", "/plain?x=1": "/plain?x=1",
	} {
		if got := b.Escape(value); got != escaped {
			t.Errorf("%q is written as %q, want %q", value, got, escaped)
		}
		if got := b.Unescape(escaped); got != value {
			t.Errorf("%q is read as %q, want %q", escaped, got, value)
		}
	}
	for written, want := range map[string]string{
		`"quoted \"text\""`: `quoted "text"`, "100%": "100%", "%zz": "%zz", "%c3%28": "\uFFFD(", "%e2%82%ac": "€",
	} {
		if got := b.Unescape(written); got != want {
			t.Errorf("%q is read as %q, want %q", written, got, want)
		}
	}
}

func TestABindingIsFoundByTheHeadersThatAreDeclared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		headers string
		prefix  string
		found   bool
	}{
		{"ce_id ce_type", "ce_", true},
		{"ce-specversion", "ce-", true},
		{"cloudEvents:id cloudEvents:type", "cloudEvents:", true},
		{"id source type specversion", "", true},
		{"id type", "", false},
		{"ce_id", "", false},
		{"", "", false},
	} {
		b, found := cloudevents.Declared(func(name string) bool { return strings.Contains(" "+c.headers+" ", " "+name+" ") })
		if found != c.found || b.Prefix != c.prefix {
			t.Errorf("%q: got %q, %v", c.headers, b.Prefix, found)
		}
	}
}

func FuzzHeaderValues(f *testing.F) {
	for _, seed := range []string{"", "€", "%", "%4", `"`, `\`, "a b"} {
		f.Add(seed)
	}
	b, _ := cloudevents.BindingOf("http")
	f.Fuzz(func(t *testing.T, value string) {
		_ = b.Unescape(value)
		valid := strings.ToValidUTF8(value, "?")
		if got := b.Unescape(b.Escape(valid)); got != valid {
			t.Errorf("%q becomes %q", valid, got)
		}
	})
}
