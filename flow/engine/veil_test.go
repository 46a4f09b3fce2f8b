package engine_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/endpoint"
	wirehttp "github.com/weft-dev/weft/wire/http"
)

// What a server repeats of a credential is in no journal, whatever form it
// repeats it in, and whichever source's credential it is.
func TestCredentialsThatServersRepeatAreNotKept(t *testing.T) {
	const secret = "s3cret/value+1"
	coded := base64.StdEncoding.EncodeToString([]byte("me:" + secret))
	t.Setenv("BROKERS_SECRET", "the-broker's-own")
	t.Setenv("ELSEWHERE", "told-to-a-bus")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Echo", "token "+secret)
		_, _ = w.Write([]byte(`{"id":"7","said":["Basic ` + coded + `",{"` + secret + `":"s3cret%2Fvalue%2B1"}],"other":"the-broker's-own","passedOn":["told-to-a-bus","told-to-the-bank"]}`))
	}))
	defer server.Close()
	client := wirehttp.New(wirehttp.Options{})
	defer client.Close()
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{
		"shop": {Credentials: endpoint.Credentials{Password: broker.Ref("env:BROKERS_SECRET")}},
		"bus":  {Credentials: endpoint.Credentials{Schemes: map[string]endpoint.Credential{"scram": {User: "me", Secret: "env:ELSEWHERE"}}}},
	}})
	defer hub.Close(t.Context())
	credential := wirehttp.Credential{User: "me", Secret: func() (string, error) { return secret, nil }}
	wire := engine.OverWire(engine.World{
		Hub: hub, HTTP: client, Servers: map[string]wirehttp.Choice{"shop": {URL: server.URL}},
		Credentials: map[string]map[string]wirehttp.Credential{
			"shop": {"key": credential},
			"bank": {"token": {Secret: func() (string, error) { return "told-to-the-bank", nil }}},
		},
	})
	store := journal.NewMemory(time.Now)
	result, err := engine.Run(t.Context(), chain(t), nil, engine.Options{Wire: wire, Journal: store, RunID: "r"})
	must(t, err)
	if !result.Succeeded() {
		t.Fatal(result.Error)
	}
	entries, err := store.Read(t.Context(), "r", 0)
	must(t, err)
	marks := 0
	for _, entry := range entries {
		marks += strings.Count(string(entry), "***")
		for _, part := range []string{secret, "s3cret", coded, "broker's", "told-to"} {
			if strings.Contains(string(entry), part) {
				t.Fatalf("%s is in the journal: %s", part, entry)
			}
		}
	}
	if marks == 0 {
		t.Error("nothing was hidden: the server's words did not come")
	}
}
