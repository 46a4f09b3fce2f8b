package amqp_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/amqp"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
)

// told is what RabbitMQ 3.10 answers, cut down to what is read and a little more.
var told = map[string]string{
	"/api/queues/%2Forders": `[{"name":"billing","messages":3,"durable":true,"exclusive":false,"auto_delete":false,"type":"classic","arguments":{"x-dead-letter-exchange":"","x-dead-letter-routing-key":"lost"}},
		{"name":"lost","messages":1,"durable":true,"exclusive":false,"auto_delete":false,"arguments":{}},
		{"name":"new","durable":false,"exclusive":false,"auto_delete":true,"arguments":{}},
		{"name":"amq.gen-x","messages":0,"exclusive":true,"auto_delete":true,"arguments":{}}]`,
	"/api/exchanges/%2Forders": `[{"name":"","type":"direct","durable":true,"internal":false},{"name":"amq.topic","type":"topic","durable":true},{"name":"orders","type":"topic","durable":true,"auto_delete":false}]`,
	"/api/bindings/%2Forders": `[{"source":"","destination":"billing","destination_type":"queue","routing_key":"billing"},
		{"source":"orders","destination":"billing","destination_type":"queue","routing_key":"order.*"},
		{"source":"orders","destination":"amq.gen-x","destination_type":"queue","routing_key":"#"}]`,
	"/api/consumers/%2Forders": `[{"queue":{"name":"billing"},"consumer_tag":"a","channel_details":{"user":"shop","peer_host":"10.0.0.7"}},
		{"queue":{"name":"billing"},"consumer_tag":"b","channel_details":{"user":"shop","peer_host":"10.0.0.7"}},
		{"queue":{"name":"amq.gen-x"},"consumer_tag":"c","channel_details":{}}]`,
}

// surveyed surveys an embedded server whose management API is a handler.
func surveyed(t *testing.T, handler http.Handler) ([]driver.Holding, error) {
	t.Helper()
	b := newBroker(t, embedded.Options{})
	api := httptest.NewServer(handler)
	t.Cleanup(api.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := amqp.Driver{}.Connect(ctx, driver.Server{Protocol: "amqp", Hosts: []string{b.host()}, Params: map[string][]string{"management": {api.URL}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(driver.Surveyor).Survey(ctx, 100)
}

func TestTheManagementAPITellsOfQueuesAndExchanges(t *testing.T) {
	list, err := surveyed(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != "guest" || password != "guest" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(told[strings.Replace(r.URL.EscapedPath(), "%2F", "%2Forders", 1)]))
	}))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	by := map[string]driver.Holding{}
	for _, h := range list {
		names = append(names, h.Address)
		by[h.Address] = h
	}
	if got := strings.Join(names, " "); got != "billing lost new orders" {
		t.Fatalf("found %s", got)
	}
	billing := by["billing"]
	if billing.Messages != 3 || len(billing.Groups) != 1 || billing.Groups[0] != (driver.Readership{Group: "shop@10.0.0.7", Members: 2, Lag: 3}) ||
		strings.Join(billing.Feeds, ";") != "exchange orders by order.*" {
		t.Errorf("billing is %+v", billing)
	}
	if lost := by["lost"]; strings.Join(lost.Feeds, ";") != "the dead letters of billing" {
		t.Errorf("lost is %+v", lost)
	}
	if by["new"].Messages != -1 {
		t.Errorf("what is not known is told: %+v", by["new"])
	}
	orders := by["orders"]
	if orders.Params["exchange.type"] != "topic" || len(orders.Groups) != 2 || orders.Groups[1].Group != "billing" || orders.Groups[1].Lag != 3 ||
		strings.Join(orders.Keys, " ") != "# order.*" {
		t.Errorf("orders is %+v", orders)
	}
}

func TestAManagementAPIThatRefusesIsTold(t *testing.T) {
	for status, want := range map[int]error{http.StatusUnauthorized: driver.ErrAuth, http.StatusNotFound: driver.ErrServer, http.StatusFound: driver.ErrServer} {
		_, err := surveyed(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
			w.WriteHeader(status)
		}))
		if !errors.Is(err, want) {
			t.Errorf("%d: %v", status, err)
		}
	}
	_, err := surveyed(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	if !errors.Is(err, driver.ErrProtocol) {
		t.Errorf("a page: %v", err)
	}
}

func TestWithoutItsManagementAPIAServerTellsNothing(t *testing.T) {
	b := newBroker(t, embedded.Options{})
	c, err := amqp.Driver{}.Connect(t.Context(), driver.Server{Protocol: "amqp", Hosts: []string{b.host()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_, err = c.(driver.Surveyor).Survey(t.Context(), 1)
	if !errors.Is(err, driver.ErrUnsupported) || !strings.Contains(err.Error(), "management=http://") {
		t.Errorf("got %v", err)
	}
	for _, wrong := range []string{"localhost:15672", "ftp://localhost", "http://user:hunter2@localhost"} {
		_, err := amqp.Driver{}.Connect(t.Context(), driver.Server{Protocol: "amqp", Hosts: []string{b.host()}, Params: map[string][]string{"management": {wrong}}})
		if !errors.Is(err, driver.ErrInvalid) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func TestRabbitMQTellsWhatItHas(t *testing.T) {
	host, management := os.Getenv("WEFT_RABBITMQ"), os.Getenv("WEFT_RABBITMQ_MANAGEMENT")
	if host == "" || management == "" {
		t.Skip("WEFT_RABBITMQ and WEFT_RABBITMQ_MANAGEMENT name no server")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	c, err := amqp.Driver{}.Connect(ctx, driver.Server{Protocol: "amqp", Hosts: []string{host}, Params: map[string][]string{"management": {"http://" + management}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	admin := c.(driver.Admin)
	const queue, exchange = "weft-survey", "weft-survey-exchange"
	t.Cleanup(func() { _ = admin.Delete(context.Background(), queue) })
	if err := admin.Create(ctx, queue, driver.AddressSpec{}); err != nil {
		t.Fatal(err)
	}
	if err := admin.Create(ctx, "any", driver.AddressSpec{Params: map[string]string{"exchange": exchange, "exchange.auto-delete": "true"}}); err != nil {
		t.Fatal(err)
	}
	r, err := c.OpenReceiver(ctx, driver.ReceiverOptions{Address: "order.*", Group: "shop", Params: map[string]string{"exchange": exchange}})
	if err != nil {
		t.Fatal(err)
	}
	group := exchange + "/order.*/shop"
	t.Cleanup(func() { _ = r.Close(); _ = admin.Delete(context.Background(), group) })
	seen := map[string]driver.Holding{}
	for {
		list, err := c.(driver.Surveyor).Survey(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range list {
			seen[h.Address] = h
		}
		// The server counts every few seconds.
		if seen[queue].Address != "" && seen[group].Messages >= 0 && len(seen[group].Groups) == 1 && len(seen[exchange].Groups) == 1 {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("it tells of %+v, %+v and %+v", seen[queue], seen[group], seen[exchange])
		case <-time.After(200 * time.Millisecond):
		}
	}
}
