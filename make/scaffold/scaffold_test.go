package scaffold_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/make/scaffold"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

func flows(p scaffold.Plan) []string {
	var list []string
	for _, c := range p.Channels {
		list = append(list, c.Entity+" / "+c.Event)
	}
	return list
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	food := []string{"restaurant order / placed", "driver / assigned", "delivery / updated", "customer / notified"}
	for _, c := range []struct {
		text, title, protocol string
		flows                 []string
	}{
		{"food delivery, Kafka: restaurant orders, driver assignments, delivery updates, customer notifications", "Food delivery", "kafka", food},
		{"Create an AsyncAPI 3.0 specification for a food delivery system with channels for restaurant orders, driver assignments, delivery updates, and customer notifications. Use Kafka", "Food delivery", "kafka", food},
		{"greenhouse over MQTT: temperature readings and alerts", "Greenhouse", "mqtt", []string{"temperature reading / taken", "alert / raised"}},
		{"shop: order placed; payment received", "Shop", "", []string{"order / placed", "payment / received"}},
		{"RabbitMQ: users", "", "amqp", []string{"user / created"}},
	} {
		p, err := scaffold.Describe(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if p.Title != c.title || p.Protocol != c.protocol || cmp.Diff(c.flows, flows(p)) != "" {
			t.Errorf("%q: got %q, %q, %q", c.text, p.Title, p.Protocol, flows(p))
		}
	}
	for text, want := range map[string]string{"food delivery": "behind a colon", "food:": "names nothing", "": "behind a colon"} {
		if _, err := scaffold.Describe(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestParseChannel(t *testing.T) {
	t.Parallel()
	c, err := scaffold.ParseChannel("orders:OrderShipped:orderId,total:money,status:open|paid,tags:[]string,note?:string")
	want := scaffold.Channel{Entity: "order", Event: "shipped", Message: "OrderShipped", Fields: []scaffold.Field{
		{Name: "orderId", Type: "uuid"}, {Name: "total", Type: "money"}, {Name: "status", Type: "open|paid"}, {Name: "tags", Type: "[]string"}, {Name: "note", Type: "string", Optional: true},
	}}
	if err != nil || cmp.Diff(want, c, cmp.AllowUnexported(scaffold.Channel{})) != "" {
		t.Errorf("got %+v, %v", c, err)
	}
	for text, want := range map[string]string{"": "has no name", "a:B:x:strng": `did you mean "string"`, "a:B::": "has no name", "a:B:?": "has no name", "a:B:x:[]": "is not known"} {
		_, err := scaffold.ParseChannel(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzPlan makes documents of any words: they are refused, or can be read.
func FuzzPlan(f *testing.F) {
	f.Add("food delivery, Kafka: restaurant orders, driver assignments", "orders:OrderPlaced:orderId:uuid", "{domain}.{entity}.{event}", "shop")
	f.Add("x: y", "a", "topic", "é")
	f.Add("a:b", "a::b:1|2", "{team}-{message}", "-")
	f.Fuzz(func(t *testing.T, description, channel, naming, domain string) {
		p, err := scaffold.Describe(description)
		if err != nil {
			return
		}
		if c, err := scaffold.ParseChannel(channel); err == nil {
			p.Channels = append(p.Channels, c)
		}
		p.Naming, p.Domain, p.ErrorChannels, p.CloudEvents = naming, domain, true, true
		text, err := scaffold.Document(t.Context(), p)
		if err != nil {
			return
		}
		root, findings := tree.Parse(source.NewFile("memory:///a.yaml", "a.yaml", text), tree.Options{})
		if root == nil || len(findings) > 0 {
			t.Fatalf("%v\n%s", findings, text)
		}
	})
}
