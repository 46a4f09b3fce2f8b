package asyncapi_test

import (
	"context"
	"testing"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// FuzzLoad reads arbitrary documents of both majors into the model, and checks
// what everybody who stands on it relies on.
func FuzzLoad(f *testing.F) {
	f.Add(small3)
	f.Add("asyncapi: 2.6.0\ninfo: {}\nservers: {s: {url: 'a{b}/c'}}\nchannels: {'a/{b}': {publish: {traits: [{}], message: {oneOf: [{}, {$ref: '#/components/messages/m'}]}}}}\ncomponents: {messages: {m: {traits: [{headers: {}}]}}}")
	f.Fuzz(func(t *testing.T, text string) {
		ws := ref.New(source.Memory{}, ref.Options{})
		d := ws.Load(source.NewFile("memory:///d.yaml", "d.yaml", []byte(text)))
		if d.Root == nil {
			return
		}
		model, findings := asyncapi.Load(context.Background(), ws, d)
		if model == nil && len(findings) == 0 {
			t.Fatal("no model, and no reason why")
		}
		if model == nil {
			return
		}
		for _, o := range model.Operations {
			if o.Channel == nil || o.Node == nil || o.Merged == nil {
				t.Errorf("operation %+v", o)
			}
		}
		for _, c := range model.Channels {
			keys := map[string]bool{}
			for _, m := range c.Messages {
				if m.Node == nil || (model.Major() == 2 && keys[m.Key]) {
					t.Errorf("message %q of %q", m.Key, c.Name)
				}
				keys[m.Key] = true
			}
		}
		_ = dump(model)
	})
}
