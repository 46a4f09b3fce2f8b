package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
)

// fakeRegistry is a schema registry for tests: versions of subjects, from 1.
type fakeRegistry struct {
	versions map[string][]string // as the answers' "schema"
	kinds    map[string]string
	refs     map[string]string // the "references" of a subject, as JSON
	wants    string            // the Authorization that is asked for
	status   int               // what is answered instead
	asked    atomic.Int64
	saw      atomic.Value // the last Authorization
}

func (s *fakeRegistry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	s.saw.Store(r.Header.Get("Authorization"))
	words := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case s.status != 0:
		w.WriteHeader(s.status)
		return
	case s.wants != "" && r.Header.Get("Authorization") != s.wants:
		w.WriteHeader(http.StatusUnauthorized)
		return
	case len(words) < 4 || words[0] != "subjects" || s.versions[words[1]] == nil:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	list := s.versions[words[1]]
	number := len(list)
	if words[3] != "latest" {
		_, _ = fmt.Sscan(words[3], &number)
	}
	refs := s.refs[words[1]]
	if refs == "" {
		refs = "[]"
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"subject": words[1], "version": number, "id": 100 + number, "schema": list[number-1],
		"schemaType": s.kinds[words[1]], "references": json.RawMessage(refs),
	})
}

// weft runs a command line in a folder and returns what it printed.
func weft(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &out, &talk)
	return code, out.String(), talk.String()
}

// inFolder makes files in a new folder, which becomes the working one.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	t.Setenv("NO_COLOR", "1")
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const orderCreated = `{"type":"record","name":"OrderCreated","namespace":"com.example","fields":[{"name":"id","type":"string"},{"name":"address","type":"com.example.Address"}]}`

func shop() *fakeRegistry {
	return &fakeRegistry{
		versions: map[string][]string{
			"orders.created-value": {`{"type":"record","name":"OrderCreated","fields":[]}`, orderCreated},
			"address":              {`{"type":"record","name":"Address","namespace":"com.example","fields":[{"name":"city","type":"string"}]}`},
			"order-json":           {`{"type":"object","properties":{"at":{"$ref":"time.json"}}}`},
			"time":                 {`{"type":"string","format":"date-time"}`},
			"ping":                 {"syntax = \"proto3\";\nmessage Ping { string id = 1; }\n"},
		},
		kinds: map[string]string{"order-json": "JSON", "time": "JSON", "ping": "PROTOBUF"},
		refs: map[string]string{
			"orders.created-value": `[{"name":"com.example.Address","subject":"address","version":1}]`,
			"order-json":           `[{"name":"time.json","subject":"time","version":1}]`,
		},
	}
}

// contract is a document that refers to a registry.
func ordersOf(base string) string {
	return `asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0, description: A shop.}
channels:
  orders:
    address: orders
    messages:
      created:
        payload:
          schemaFormat: application/vnd.apache.avro+json;version=1.9.0
          schema: {$ref: '` + base + `/subjects/orders.created-value/versions/latest/schema'}
      json:
        payload: {$ref: '` + base + `/subjects/order-json/versions/1/schema'}
      ping:
        payload:
          schemaFormat: application/vnd.google.protobuf;version=3
          schema: {$ref: '` + base + `/subjects/ping/versions/latest/schema'}
`
}

func TestBundleOfARegistry(t *testing.T) {
	registry := shop()
	server := httptest.NewServer(registry)
	defer server.Close()
	inFolder(t, map[string]string{"a.yaml": ordersOf(server.URL)})

	if code, _, stderr := weft(t, "bundle", "a.yaml"); code != exitBroken || !strings.Contains(stderr, "--allow-host 127.0.0.1") {
		t.Errorf("without --allow-host: %d, %s", code, stderr)
	}
	for _, mode := range []string{"ref", "inline"} {
		code, _, stderr := weft(t, "bundle", "a.yaml", "-o", mode+".yaml", "--mode", mode, "--allow-host", "127.0.0.1")
		if code != exitFine {
			t.Fatalf("%s: %d, %s", mode, code, stderr)
		}
		got := read(t, mode+".yaml")
		for _, part := range []string{"name: OrderCreated", "name: Address", "format: date-time", "message Ping"} {
			if strings.Count(got, part) != 1 {
				t.Errorf("%s: %q is not there once in\n%s", mode, part, got)
			}
		}
		if strings.Contains(got, "127.0.0.1") {
			t.Errorf("%s: it still refers to the registry\n%s", mode, got)
		}
		if code, stdout, stderr := weft(t, "validate", mode+".yaml", "--offline"); code != exitFine {
			t.Errorf("%s: the bundle is not valid: %d, %s%s", mode, code, stdout, stderr)
		}
	}
	// Other commands read the same way.
	if code, stdout, stderr := weft(t, "validate", "a.yaml", "--allow-host", "127.0.0.1"); code != exitFine {
		t.Errorf("validate: %d, %s%s", code, stdout, stderr)
	}
	// What was fetched is there offline, and only for hosts that are allowed.
	server.Close()
	if code, stdout, stderr := weft(t, "bundle", "a.yaml", "--offline", "--allow-host", "127.0.0.1"); code != exitFine || stdout != read(t, "ref.yaml") {
		t.Errorf("offline: %d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := weft(t, "bundle", "a.yaml", "--offline"); code != exitBroken || !strings.Contains(stderr, "not used offline") {
		t.Errorf("offline, not allowed: %d, %s", code, stderr)
	}
	if code, _, stderr := weft(t, "bundle", "a.yaml", "--allow-host", "127.0.0.1", "-o", "none.yaml"); code != exitBroken || !strings.Contains(stderr, "use --offline: it was fetched at") {
		t.Errorf("unreachable: %d, %s", code, stderr)
	}
	if _, err := os.Stat("none.yaml"); err == nil {
		t.Error("something was written")
	}
}

// The order example's producer is bundled with the schema that its registry
// has.
func TestBundleOfTheOrderExample(t *testing.T) {
	seed := read(t, filepath.Join(corpus.Seeds(t), "order-demo", "asyncapi-producer.yaml"))
	schema := read(t, filepath.Join(corpus.Seeds(t), "order-demo", "order_created.avsc"))
	registry := &fakeRegistry{versions: map[string][]string{"orders.created-value": {schema}}}
	server := httptest.NewServer(registry)
	defer server.Close()
	inFolder(t, map[string]string{"a.yaml": strings.ReplaceAll(seed, "http://localhost:18081", server.URL)})
	code, stdout, stderr := weft(t, "bundle", "a.yaml", "--allow-host", "127.0.0.1")
	if code != exitFine || !strings.Contains(stdout, "$ref: '#/components/schemas/OrderCreated/schema'") || !strings.Contains(stdout, "name: OrderCreated") {
		t.Fatalf("%d, %s%s", code, stdout, stderr)
	}
}

func TestCredentialsOfHosts(t *testing.T) {
	registry := shop()
	registry.wants = "Basic dXNlcjpodW50ZXIy" // user:hunter2
	server := httptest.NewServer(registry)
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	other := shop()
	elsewhere := httptest.NewServer(other)
	defer elsewhere.Close()
	inFolder(t, map[string]string{"a.yaml": ordersOf(server.URL), "b.yaml": ordersOf(elsewhere.URL)})
	t.Setenv("REGISTRY_SECRET", "hunter2")
	t.Setenv("WRONG_SECRET", "hunter3")

	code, _, stderr := weft(t, "bundle", "a.yaml", "--allow-host", "127.0.0.1")
	if code != exitBroken || !strings.Contains(stderr, "401: access is denied") || !strings.Contains(stderr, "--credential "+host+"=USER@env:NAME") {
		t.Errorf("without: %d, %s", code, stderr)
	}
	code, _, stderr = weft(t, "bundle", "a.yaml", "--allow-host", "127.0.0.1", "--credential", host+"=user@env:WRONG_SECRET")
	if code != exitBroken || !strings.Contains(stderr, "check the credentials that are given for "+host) || strings.Contains(stderr, "hunter") {
		t.Errorf("wrong: %d, %s", code, stderr)
	}
	code, stdout, stderr := weft(t, "bundle", "a.yaml", "b.yaml", "--allow-host", "127.0.0.1", "--credential", host+"=user@env:REGISTRY_SECRET", "--lock", "weft.lock", "-o", "all.yaml")
	if code != exitFindings && code != exitFine || strings.Contains(stdout+stderr, "hunter") {
		t.Errorf("right: %d, %s%s", code, stdout, stderr)
	}
	if got := other.saw.Load(); got != "" {
		t.Errorf("another host was told %q", got)
	}
	code, _, stderr = weft(t, "bundle", "a.yaml", "--allow-host", "127.0.0.1", "--credential", host+"=user@env:REGISTRY_SECRET", "-o", "a.out.yaml")
	if code != exitFine {
		t.Errorf("right: %d, %s", code, stderr)
	}
	registry.wants = "Bearer hunter2"
	if code, _, stderr := weft(t, "validate", "a.yaml", "--allow-host", "127.0.0.1", "--credential", host+"=env:REGISTRY_SECRET"); code != exitFine {
		t.Errorf("a token: %d, %s", code, stderr)
	}
	for flag, want := range map[string]string{
		host + "=hunter2":                 "takes a reference to a secret",
		host + "=user@env:NOT_SET_AT_ALL": "is not set",
		"example.com=env:REGISTRY_SECRET": "allow it with --allow-host example.com",
		"nothing":                         "names no secret",
	} {
		if code, _, stderr := weft(t, "bundle", "a.yaml", "--allow-host", "127.0.0.1", "--credential", flag); code != exitUsage && code != exitBroken || !strings.Contains(stderr, want) || strings.Contains(stderr, "hunter2") {
			t.Errorf("%s: %d, %s", flag, code, stderr)
		}
	}
	// Nothing of it is in any file.
	_ = filepath.WalkDir(".", func(path string, entry os.DirEntry, _ error) error {
		if !entry.IsDir() && strings.Contains(read(t, path), "hunter") {
			t.Errorf("%s has the secret", path)
		}
		return nil
	})
}

func TestLockOfABundle(t *testing.T) {
	registry := shop()
	server := httptest.NewServer(registry)
	defer server.Close()
	inFolder(t, map[string]string{"a.yaml": ordersOf(server.URL)})
	bundle := func(args ...string) (int, string, string) {
		return weft(t, append([]string{"bundle", "a.yaml", "--allow-host", "127.0.0.1", "--lock", "weft.lock"}, args...)...)
	}
	if code, _, stderr := bundle("--check"); code != exitFindings || !strings.Contains(stderr, "does not lock all references") {
		t.Errorf("--check without a lock: %d, %s", code, stderr)
	}
	code, first, stderr := bundle()
	if code != exitFine || !strings.Contains(stderr, "weft.lock: locks ") {
		t.Fatalf("%d, %s", code, stderr)
	}
	locked := read(t, "weft.lock")
	if !strings.Contains(locked, "versions/latest/schema\"\n    subject: \"orders.created-value\"\n    version: 2\n    id: 102\n    type: \"AVRO\"\n    sha256: ") {
		t.Errorf("the lock is\n%s", locked)
	}
	// A newer version is there: the bundle stays, and it is told.
	registry.versions["orders.created-value"] = append(registry.versions["orders.created-value"], `{"type":"record","name":"OrderCreated","fields":[{"name":"new","type":"int"}]}`)
	code, again, stderr := bundle()
	if code != exitFine || again != first || !strings.Contains(stderr, "orders.created-value is at version 3 (id 103) now; locked is version 2 (id 102)") {
		t.Errorf("drift: %d, %s", code, stderr)
	}
	if code, _, _ := bundle("--check"); code != exitFindings {
		t.Errorf("drift with --check: %d", code)
	}
	if read(t, "weft.lock") != locked {
		t.Error("the lock changed")
	}
	// Offline nobody is asked.
	before := registry.asked.Load()
	if code, again, stderr := bundle("--offline"); code != exitFine || again != first || registry.asked.Load() != before {
		t.Errorf("offline: %d, %s", code, stderr)
	}
	if code, renewed, stderr := bundle("--update-lock"); code != exitFine || !strings.Contains(renewed, "name: new") || !strings.Contains(read(t, "weft.lock"), "version: 3") {
		t.Errorf("--update-lock: %d, %s", code, stderr)
	}
	if code, _, stderr := bundle("--check"); code != exitFine {
		t.Errorf("renewed: %d, %s", code, stderr)
	}
	// A version whose text is another is no version any more.
	registry.versions["time"] = []string{`{"type":"integer"}`}
	code, stdout, stderr := bundle("-o", "out.yaml")
	if code != exitFindings || stdout != "" || !strings.Contains(stderr, "its text changed") {
		t.Errorf("a changed text: %d, %s", code, stderr)
	}
	if _, err := os.Stat("out.yaml"); err == nil {
		t.Error("something was written")
	}
	if err := os.WriteFile("weft.lock", []byte("lock: 9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := bundle(); code != exitBroken || !strings.Contains(stderr, "no lock file of a version that is known") {
		t.Errorf("another file: %d, %s", code, stderr)
	}
}

// What goes wrong on the way is told in words, with the right exit code, and
// nothing is written.
func TestRegistriesThatFail(t *testing.T) {
	registry := shop()
	server := httptest.NewServer(registry)
	defer server.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer broken.Close()
	inFolder(t, map[string]string{"a.yaml": ordersOf(server.URL), "broken.yaml": ordersOf(broken.URL)})
	for _, c := range []struct {
		file   string
		status int
		code   int
		words  string
	}{
		{"a.yaml", http.StatusNotFound, exitFindings, "404: there is no such document"},
		{"a.yaml", http.StatusForbidden, exitBroken, "403: access is denied"},
		{"a.yaml", http.StatusInternalServerError, exitBroken, "the server answers 500"},
		{"a.yaml", http.StatusConflict, exitBroken, "the server answers 409"},
		{"broken.yaml", 0, exitBroken, "the server cannot be reached"},
	} {
		registry.status = c.status
		code, stdout, stderr := weft(t, "bundle", c.file, "--allow-host", "127.0.0.1", "-o", "out.yaml", "--lock", "weft.lock")
		if code != c.code || stdout != "" || !strings.Contains(stderr, c.words) {
			t.Errorf("%s %d: %d, %s%s", c.file, c.status, code, stdout, stderr)
		}
	}
	for _, name := range []string{"out.yaml", "weft.lock"} {
		if _, err := os.Stat(name); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

func TestCertificatesOfHosts(t *testing.T) {
	registry := shop()
	server := httptest.NewUnstartedServer(registry)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it is told of the client that does not trust it
	server.StartTLS()
	defer server.Close()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	inFolder(t, map[string]string{"a.yaml": ordersOf(server.URL), "ca.pem": string(ca), "empty.pem": "nothing"})
	if code, _, stderr := weft(t, "bundle", "a.yaml", "--allow-host", "127.0.0.1"); code != exitBroken || !strings.Contains(stderr, "--ca") {
		t.Errorf("without: %d, %s", code, stderr)
	}
	if code, _, stderr := weft(t, "bundle", "a.yaml", "--allow-host", "127.0.0.1", "--ca", "ca.pem"); code != exitFine {
		t.Errorf("with: %d, %s", code, stderr)
	}
	for _, args := range [][]string{{"--ca", "empty.pem"}, {"--ca", "absent.pem"}, {"--cert", "ca.pem"}, {"--key", "ca.pem"}} {
		if code, _, stderr := weft(t, append([]string{"bundle", "a.yaml", "--allow-host", "127.0.0.1"}, args...)...); code != exitBroken && code != exitUsage {
			t.Errorf("%v: %d, %s", args, code, stderr)
		}
	}
}
