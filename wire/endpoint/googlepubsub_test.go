package endpoint_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/endpoint"
)

const pubSubDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: pubsub.googleapis.com, pathname: /shop, protocol: googlepubsub}
channels:
  orders:
    address: projects/shop/topics/orders
    messages:
      m:
        payload: {type: object}
        bindings: {googlepubsub: {attributes: {kind: order, version: 3}, orderingKey: one, schema: {name: projects/shop/schemas/order}, bindingVersion: 0.2.0}}
    bindings:
      googlepubsub:
        bindingVersion: 0.2.0
        labels: {team: sales}
        messageRetentionDuration: 86400s
        messageStoragePolicy: {allowedPersistenceRegions: [europe-west1, europe-west3]}
        schemaSettings: {name: projects/shop/schemas/order, encoding: json, firstRevisionId: a1, lastRevisionId: b2}
operations:
  place: {action: receive, channel: {$ref: '#/channels/orders'}, x-googlepubsub: {subscription: clerks}}
`

func TestPubSubBindingsMakeTheTopic(t *testing.T) {
	t.Parallel()
	source := loadText(t, "pubsub.yaml", pubSubDocument)
	hub, r := recorded(t, "googlepubsub", endpoint.Choice{URL: "googlepubsub://here", Create: true})
	sender, err := hub.Sender(t.Context(), source, target(t, source, "place", endpoint.Send), endpoint.SenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"label:team": "sales", "messageRetentionDuration": "86400s", "allowedPersistenceRegions": "europe-west1,europe-west3",
		"schema": "projects/shop/schemas/order", "schemaEncoding": "json", "schemaFirstRevision": "a1", "schemaLastRevision": "b2",
	}
	if got := r.senders[0]; got.Address != "projects/shop/topics/orders" || !maps.Equal(got.Create.Params, want) {
		t.Errorf("sent to %s, made with %v, want %v", got.Address, got.Create.Params, want)
	}
	if _, err := sender.Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{}}); err != nil {
		t.Fatal(err)
	}
	want = map[string]string{"attribute:kind": "order", "attribute:version": "3", "orderingKey": "one"}
	if got := r.sent[0].Params; !maps.Equal(got, want) {
		t.Errorf("sent with %v, want %v", got, want)
	}
}

func TestPubSubSubscriptionIsTheApplications(t *testing.T) {
	t.Parallel()
	source := loadText(t, "pubsub.yaml", pubSubDocument)
	hub, r := recorded(t, "googlepubsub", endpoint.Choice{URL: "googlepubsub://here"})
	for _, application := range []bool{true, false} {
		if _, err := hub.Receiver(t.Context(), source, target(t, source, "place", endpoint.Receive), endpoint.ReceiverOptions{AsApplication: application}); err != nil {
			t.Fatal(err)
		}
	}
	if own := r.receivers[0]; own.Group != "clerks" || own.Params["subscription"] != "clerks" {
		t.Errorf("the application receives by %q from %q, want clerks", own.Group, own.Params["subscription"])
	}
	if other := r.receivers[1]; other.Group != "" || other.Params["subscription"] != "" {
		t.Errorf("its counterpart receives by %q from %q, want neither", other.Group, other.Params["subscription"])
	}
}

// unmetCase changes a document, and says what is told of it.
type unmetCase struct {
	from, to, want string
	severity       diag.Severity
}

// checkUnmet looks for what is told of the operation place.
func checkUnmet(t *testing.T, document string, choice endpoint.Choice, cases map[string]unmetCase) {
	t.Helper()
	for name, c := range cases {
		changed := strings.Replace(document, c.from, c.to, 1)
		if c.from != "" && changed == document {
			t.Errorf("%s: the document has no %q", name, c.from)
		}
		source := loadText(t, "unmet.yaml", changed)
		hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": choice}})
		var told []string
		found := false
		for _, d := range hub.Check(source, target(t, source, "place", endpoint.Receive)) {
			told = append(told, d.Message)
			found = found || d.Severity == c.severity && d.Code == endpoint.CodeBinding && strings.Contains(d.Message, c.want)
		}
		if !found {
			t.Errorf("%s: no finding says %q, but %q", name, c.want, told)
		}
	}
}

func TestPubSubFindings(t *testing.T) {
	t.Parallel()
	checkUnmet(t, pubSubDocument, endpoint.Choice{URL: "googlepubsub://127.0.0.1:1/p", Embedded: true}, map[string]unmetCase{
		"schema of an emulator":  {"", "", "schemaSettings has no effect", diag.Info},
		"regions of an emulator": {"", "", "messageStoragePolicy has no effect", diag.Info},
		"retention":              {"86400s", "1 day", "between ten minutes and 31 days", diag.Error},
		"too short":              {"86400s", "10s", "between ten minutes and 31 days", diag.Error},
		"encoding":               {"encoding: json", "encoding: binry", `did you mean "BINARY"?`, diag.Error},
		"label":                  {"team: sales", "team: [sales]", "the label team must be a text", diag.Error},
		"attribute":              {"kind: order", "kind: {a: b}", "the attribute kind must be a text", diag.Error},
		"another schema":         {"schema: {name: projects/shop/schemas/order}", "schema: {name: other}", "by the schema of its topic", diag.Warning},
		"subscription":           {"{subscription: clerks}", "{subscripton: clerks}", `did you mean "subscription"?`, diag.Error},
		"no subscription":        {"{subscription: clerks}", "clerks", "must be an object", diag.Error},
	})
}

// TestWhatIsBuiltApartIsTold is about a program that was built without the
// driver that a contract asks for.
func TestWhatIsBuiltApartIsTold(t *testing.T) {
	t.Parallel()
	mux := &broker.Mux{}
	mux.Expect("use the other program", "googlepubsub")
	hub := endpoint.NewHub(endpoint.HubOptions{Mux: mux})
	source := loadText(t, "pubsub.yaml", pubSubDocument)
	_, err := hub.Sender(t.Context(), source, target(t, source, "place", endpoint.Send), endpoint.SenderOptions{})
	if err == nil || !strings.Contains(err.Error(), `no driver for protocol "googlepubsub"; use the other program`) {
		t.Errorf("the error is %v", err)
	}
}
