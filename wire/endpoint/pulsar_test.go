package endpoint_test

import (
	"maps"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/endpoint"
)

const pulsarDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  live: {host: localhost:6650, protocol: pulsar, bindings: {pulsar: {tenant: acme, bindingVersion: 0.1.0}}}
channels:
  orders:
    address: orders
    messages: {m: {payload: {type: object}}}
    bindings:
      pulsar:
        namespace: sales
        persistence: non-persistent
        compaction: 1000
        geo-replication: [east, west]
        retention: {time: 7, size: 1000}
        ttl: 360
        deduplication: true
        bindingVersion: 0.1.0
operations:
  place: {action: receive, channel: {$ref: '#/channels/orders'}}
`

func TestPulsarBindingsSayWhereATopicIs(t *testing.T) {
	t.Parallel()
	source := loadText(t, "pulsar.yaml", pulsarDocument)
	hub, r := recorded(t, "pulsar", endpoint.Choice{URL: "pulsar://here:6650"})
	place := target(t, source, "place", endpoint.Send)
	if _, err := hub.Sender(t.Context(), source, place, endpoint.SenderOptions{}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"namespace": "sales", "persistence": "non-persistent"}
	if got := r.senders[0]; got.Address != "orders" || !maps.Equal(got.Params, want) {
		t.Errorf("sent to %s with %v, want %v", got.Address, got.Params, want)
	}
	if got := r.connects[0].Params["tenant"]; len(got) != 1 || got[0] != "acme" {
		t.Errorf("the tenant is %v, want acme", got)
	}
	for url, want := range map[string]string{
		"pulsar://here/own":        "pulsar://here/own",
		"pulsar://here?tenant=own": "pulsar://here?tenant=own",
		"pulsar+ssl://here/":       "pulsar+ssl://here?tenant=acme",
	} {
		hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: url}}})
		if got, err := hub.ServerOf(source, place); err != nil || got != want {
			t.Errorf("%s is reached at %s, %v, want %s", url, got, err, want)
		}
	}
}

func TestPulsarFindings(t *testing.T) {
	t.Parallel()
	cases := map[string]unmetCase{
		"another persistence": {"address: orders", "address: 'persistent://acme/sales/orders'", "says persistent", diag.Error},
		"another namespace":   {"address: orders", "address: 'non-persistent://acme/other/orders'", "the namespace other", diag.Error},
	}
	for _, field := range []string{"compaction", "geo-replication", "retention", "ttl", "deduplication"} {
		cases[field] = unmetCase{"", "", field + " is a policy", diag.Warning}
	}
	checkUnmet(t, pulsarDocument, endpoint.Choice{URL: "pulsar://127.0.0.1:1"}, cases)
	checkUnmet(t, pulsarDocument, endpoint.Choice{URL: "pulsar://127.0.0.1:1", Embedded: true}, map[string]unmetCase{
		"embedded": {"", "", "ttl has no effect on an embedded server", diag.Info},
	})
}
