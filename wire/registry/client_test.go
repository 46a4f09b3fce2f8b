package registry_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/registry"
)

func client(t *testing.T, o registry.Options) *registry.Client {
	t.Helper()
	c, err := registry.NewClient(o)
	must(t, err)
	t.Cleanup(c.Close)
	return c
}

// Everything that a client can ask, asked of the server.
func TestTheClientAsksForAllThatTheServerOffers(t *testing.T) {
	url, _ := started(t, registry.Memory{})
	c, ctx := client(t, registry.Options{URL: url}), t.Context()
	const subject = "orders/created value"
	schema := registry.Schema{Text: `["x","y"]`}

	id, err := c.Register(ctx, subject, schema, false)
	must(t, err)
	again, err := c.Register(ctx, subject, registry.Schema{Type: registry.Avro, Text: ` ["x", "y"]`}, false)
	must(t, err)
	same(t, "the id", again, id)
	_, err = c.Register(ctx, subject, registry.Schema{Text: `["z"]`}, false)
	if !registry.IsIncompatible(err) || !strings.Contains(err.Error(), "version 1 has no z") {
		t.Errorf("incompatible: %v", err)
	}
	verdict, err := c.Check(ctx, subject, registry.Latest, registry.Schema{Text: `["z"]`})
	must(t, err)
	same(t, "the verdict", verdict, registry.Verdict{Messages: []string{"version 1 has no z"}})
	next, err := c.Register(ctx, subject, registry.Schema{Text: `["x"]`}, false)
	must(t, err)

	subjects, err := c.Subjects(ctx, false)
	must(t, err)
	same(t, "the subjects", subjects, []string{subject})
	versions, err := c.Versions(ctx, subject, false)
	must(t, err)
	same(t, "the versions", versions, []int{1, 2})
	last, err := c.Version(ctx, subject, registry.Latest, false)
	must(t, err)
	same(t, "the last version", [2]int{last.Version, last.ID}, [2]int{2, next})
	byID, err := c.ByID(ctx, id)
	must(t, err)
	same(t, "the schema of an id", byID, registry.Schema{Text: `["x","y"]`})
	found, err := c.Lookup(ctx, subject, schema, false)
	must(t, err)
	same(t, "the version found", found.Version, 1)
	uses, err := c.Uses(ctx, id)
	must(t, err)
	same(t, "the uses", uses, []registry.Registered{{Subject: subject, Version: 1}})
	types, err := c.Types(ctx)
	must(t, err)
	same(t, "the types", types, []string{"AVRO", "JSON"})
	_, err = c.Register(ctx, "user", registry.Schema{Text: `["uses base"]`, References: []registry.Reference{{Name: "base", Subject: subject, Version: 1}}}, false)
	must(t, err)
	referrers, err := c.ReferencedBy(ctx, subject, 1)
	must(t, err)
	same(t, "the referrers", referrers, []int{3})

	must(t, c.SetLevel(ctx, subject, "none"))
	config, own, err := c.Config(ctx, subject)
	must(t, err)
	same(t, "the level", config.Level, registry.None)
	same(t, "whose", own, true)
	must(t, c.ResetConfig(ctx, subject))
	config, own, err = c.Config(ctx, subject)
	must(t, err)
	same(t, "the level of all", config.Level, registry.Backward)
	same(t, "whose", own, false)
	must(t, c.SetMode(ctx, subject, "readonly", false))
	mode, own, err := c.Mode(ctx, subject)
	must(t, err)
	same(t, "the mode", mode, registry.ReadOnly)
	same(t, "whose", own, true)
	must(t, c.ResetMode(ctx, subject))
	mode, own, err = c.Mode(ctx, subject)
	must(t, err)
	same(t, "the mode of all", mode, registry.ReadWrite)
	same(t, "whose", own, false)

	gone, err := c.DeleteVersion(ctx, subject, 2, false)
	must(t, err)
	same(t, "the version deleted", gone, 2)
	all, err := c.DeleteSubject(ctx, "user", false)
	must(t, err)
	same(t, "the versions deleted", all, []int{1})
	_, err = c.DeleteSubject(ctx, "user", true)
	must(t, err)
	_, err = c.Versions(ctx, "user", true)
	if !registry.IsNotFound(err) {
		t.Errorf("a subject that is gone: %v", err)
	}
}

func TestCredentialsReachOnlyTheRegistry(t *testing.T) {
	var seen []string
	foreign := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen = append(seen, "foreign: "+r.Header.Get("Authorization"))
	}))
	defer foreign.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		if r.URL.Path == "/schemas/types" {
			http.Redirect(w, r, foreign.URL, http.StatusTemporaryRedirect)
			return
		}
		_, _ = w.Write([]byte("[]"))
	}))
	defer server.Close()
	t.Setenv("REGISTRY_SECRET", "sesame")

	basic := client(t, registry.Options{URL: server.URL + "/", User: "me", Password: "env:REGISTRY_SECRET"})
	_, err := basic.Subjects(t.Context(), false)
	must(t, err)
	bearer := client(t, registry.Options{URL: server.URL, Token: "env:REGISTRY_SECRET"})
	_, err = bearer.Subjects(t.Context(), false)
	must(t, err)
	_, err = bearer.Types(t.Context())
	if err == nil || !strings.Contains(err.Error(), "sends on to another address") || strings.Contains(err.Error(), "sesame") {
		t.Errorf("a redirect: %v", err)
	}
	same(t, "what was sent", seen, []string{"Basic bWU6c2VzYW1l", "Bearer sesame", "Bearer sesame"})
}

func TestAnAnswerThatIsTooLargeIsRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for range 40 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	_, err := client(t, registry.Options{URL: server.URL}).Subjects(t.Context(), false)
	if err == nil || !strings.Contains(err.Error(), "more than 32 MB") {
		t.Errorf("%v", err)
	}
}

// A registry that sends its answer by drops is given up on as one that is silent.
func TestARegistryThatHangsIsGivenUpOn(t *testing.T) {
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("["))
		w.(http.Flusher).Flush()
		<-stop
	}))
	defer server.Close()
	defer close(stop)
	begin := time.Now()
	_, err := client(t, registry.Options{URL: server.URL, Timeout: 100 * time.Millisecond}).Subjects(t.Context(), false)
	if err == nil || !strings.Contains(err.Error(), "did not answer within 100ms") {
		t.Errorf("%v", err)
	}
	if took := time.Since(begin); took > time.Minute {
		t.Errorf("it took %v", took)
	}
}

func TestServersWithTheirOwnCertificate(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("[]")) }))
	defer server.Close()
	_, err := client(t, registry.Options{URL: server.URL}).Subjects(t.Context(), false)
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server that nobody vouches for: %v", err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(path, pemOf(server.Certificate().Raw), 0o600))
	trusting := client(t, registry.Options{URL: server.URL, TLS: broker.TLS{CA: broker.Ref("file:" + path), ServerName: "example.com"}})
	_, err = trusting.Subjects(t.Context(), false)
	must(t, err)
}

func TestWhatIsNoAddressOfARegistry(t *testing.T) {
	for address, want := range map[string]string{
		"":                        "no registry",
		"http://user:secret@host": "must not hold a password",
		"ftp://host":              "must begin with http",
		"http://host/?a=secret":   "must end before",
		"http://host:port:x/%zz":  "cannot be read",
		"http://":                 "must begin with http",
	} {
		_, err := registry.NewClient(registry.Options{URL: address})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
	for _, o := range []registry.Options{
		{URL: "localhost:8081", Password: "secret"},
		{URL: "localhost:8081", Token: "secret"},
		{URL: "localhost:8081", Password: "env:A", Token: "env:B"},
		{URL: "localhost:8081", TLS: broker.TLS{CA: "secret"}},
	} {
		_, err := registry.NewClient(o)
		if err == nil || strings.Contains(err.Error(), "secret:") || strings.Contains(err.Error(), `"secret"`) {
			t.Errorf("%v: %v", o, err)
		}
	}
}

func TestNamesOfSubjects(t *testing.T) {
	for _, c := range []struct {
		naming              registry.Naming
		topic, record, want string
		key                 bool
	}{
		{registry.TopicName, "orders.created", "x.Y", "orders.created-value", false},
		{registry.TopicName, "orders.created", "", "orders.created-key", true},
		{registry.RecordName, "", "x.Y", "x.Y", false},
		{registry.TopicRecordName, "orders", "x.Y", "orders-x.Y", false},
		{registry.TopicName, "", "x.Y", "", false},
		{registry.RecordName, "orders", "", "", false},
		{registry.TopicRecordName, "orders", "", "", false},
	} {
		got, err := c.naming.Subject(c.topic, c.record, c.key)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s of %q and %q: %q, %v", c.naming, c.topic, c.record, got, err)
		}
	}
}

// A call ends when whoever made it does not want it any more.
func TestACallEndsWithItsContext(t *testing.T) {
	url, _ := started(t, registry.Memory{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client(t, registry.Options{URL: url}).Subjects(ctx, false); err == nil {
		t.Error("it was answered")
	}
}
