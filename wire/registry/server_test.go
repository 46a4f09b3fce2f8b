package registry_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/registry"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

// started is a registry over HTTP that ends with the test.
func started(t *testing.T, store registry.Store) (url string, handler http.Handler) {
	t.Helper()
	server, err := registry.NewServer(t.Context(), store, listJudge{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(server)
	t.Cleanup(s.Close)
	return s.URL, server
}

// Each file of testdata/http is a conversation: a line with a method and a
// path, a line with a body where there is one, and what the registry answers.
func TestConversations(t *testing.T) {
	files, err := os.ReadDir("testdata/http")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(file.Name(), ".txt"), func(t *testing.T) {
			name := "testdata/http/" + file.Name()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			_, handler := started(t, registry.Memory{})
			golden.Assert(t, append(converse(t, handler, text), '\n'), name)
		})
	}
}

// converse sends what a script says and writes it again with the answers.
func converse(t *testing.T, handler http.Handler, script []byte) []byte {
	var out bytes.Buffer
	var method, path, body string
	flush := func() {
		if method == "" {
			return
		}
		request := httptest.NewRequest(method, path, strings.NewReader(body))
		request.Header.Set("Content-Type", registry.ContentType)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		fmt.Fprintf(&out, "< %d %s\n\n", answer.Code, answer.Body)
		method, body = "", ""
	}
	for lines := bufio.NewScanner(bytes.NewReader(script)); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "<"), line == "":
			flush()
		case strings.HasPrefix(line, "#"):
			flush()
			fmt.Fprintln(&out, line)
		case strings.HasPrefix(line, "> "):
			flush()
			fmt.Fprintln(&out, line)
			var ok bool
			if method, path, ok = strings.Cut(line[2:], " "); !ok {
				t.Fatalf("%q is no request", line)
			}
		default:
			fmt.Fprintln(&out, line)
			body += line
		}
	}
	flush()
	return bytes.TrimRight(out.Bytes(), "\n")
}

func TestAnswersSayWhatTheyAre(t *testing.T) {
	url, _ := started(t, registry.Memory{})
	for accept, want := range map[string]string{
		"":                   registry.ContentType,
		"*/*":                registry.ContentType,
		registry.ContentType: registry.ContentType,
		"application/json":   "application/json",
		"application/json, application/vnd.schemaregistry.v1+json": registry.ContentType,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/subjects", nil)
		must(t, err)
		request.Header.Set("Accept", accept)
		answer, err := http.DefaultClient.Do(request)
		must(t, err)
		_ = answer.Body.Close()
		if got := answer.Header.Get("Content-Type"); got != want {
			t.Errorf("accept %q: %q, want %q", accept, got, want)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestBodiesOfOtherKindsAreRefused(t *testing.T) {
	_, handler := started(t, registry.Memory{})
	for kind, status := range map[string]int{
		"application/x-www-form-urlencoded": 415, "text/plain": 415, "": 415, "application/json": 200,
		"application/vnd.schemaregistry+json; charset=utf-8": 200, "application/octet-stream": 200,
	} {
		request := httptest.NewRequest(http.MethodPost, "/subjects/s/versions", strings.NewReader(`{"schema":"[]"}`))
		request.Header.Set("Content-Type", kind)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != status {
			t.Errorf("%q: %d %s, want %d", kind, answer.Code, answer.Body, status)
		}
	}
}

func TestABodyThatIsTooLargeIsRefused(t *testing.T) {
	_, handler := started(t, registry.Memory{})
	body := `{"schema":"` + strings.Repeat("a", 2<<20) + `"}`
	answer := post(handler, "/subjects/s/versions", body)
	if answer.Code != http.StatusRequestEntityTooLarge || !strings.Contains(answer.Body.String(), "42209") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

func post(handler http.Handler, path, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	request.Header.Set("Content-Type", registry.ContentType)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

// A store that fails leaves the registry as it was.
func TestWhatTheStoreRefusesDidNotHappen(t *testing.T) {
	store := &brokenStore{}
	_, handler := started(t, store)
	if answer := post(handler, "/subjects/s/versions", `{"schema":"[\"a\"]"}`); answer.Code != http.StatusOK {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	store.err = io.ErrShortWrite
	answer := post(handler, "/subjects/s/versions", `{"schema":"[]"}`)
	if answer.Code != 500 || !strings.Contains(answer.Body.String(), "50001") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	store.err = nil
	list := httptest.NewRecorder()
	handler.ServeHTTP(list, httptest.NewRequest(http.MethodGet, "/subjects/s/versions", nil))
	if got := list.Body.String(); got != "[1]" {
		t.Errorf("versions: %s", got)
	}
}

type brokenStore struct {
	registry.Memory
	err error
}

func (b *brokenStore) Commit(context.Context, *registry.Change) error { return b.err }

func TestListenersOnThisMachineAnswerToItsNameOnly(t *testing.T) {
	_, handler := started(t, registry.Memory{})
	listener, err := registry.Listen(handler, "127.0.0.1:0")
	must(t, err)
	defer func() { must(t, listener.Close(context.Background())) }()
	for host, status := range map[string]int{"": 200, "localhost": 200, "127.0.0.1:1": 200, "evil.example": 403, "evil.example:80": 403} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, listener.URL+"/subjects", nil)
		must(t, err)
		request.Host = host
		answer, err := http.DefaultClient.Do(request)
		must(t, err)
		_ = answer.Body.Close()
		if answer.StatusCode != status {
			t.Errorf("host %q: %d, want %d", host, answer.StatusCode, status)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestAddressesToListenOn(t *testing.T) {
	if _, err := registry.Listen(http.NotFoundHandler(), "8081"); err == nil || !strings.Contains(err.Error(), "HOST:PORT") {
		t.Errorf("without a colon: %v", err)
	}
	l, err := registry.Listen(http.NotFoundHandler(), ":0")
	must(t, err)
	defer func() { must(t, l.Close(context.Background())) }()
	if !strings.HasPrefix(l.URL, "http://127.0.0.1:") {
		t.Errorf("without a host it listens on %s", l.URL)
	}
}

// Whatever is sent, the registry answers with JSON that says what is wrong, and
// what it kept before is untouched.
func FuzzRequestBodies(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"schema":null}`, `{"schema":"[]"}`, `{"schema":"[\"a\"]","schemaType":"AVRO","references":[{"name":"a","subject":"s","version":-1}]}`,
		`{"schema":"[]","metadata":{"properties":{"a":"b"}},"ruleSet":{"domainRules":[]}}`, `{"schema":"[]","id":7,"version":2}`,
		`{"compatibility":"full"}`, `{"mode":"IMPORT"}`, `[]`, `"`, `{"schema":"[]"}{}`, "\xff",
	} {
		f.Add("POST", "/subjects/s/versions", seed)
		f.Add("PUT", "/config/s", seed)
		f.Add("PUT", "/mode", seed)
		f.Add("POST", "/compatibility/subjects/s/versions/latest", seed)
	}
	f.Add("DELETE", "/subjects/%ff/versions/1?permanent=true", "")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		server, err := registry.NewServer(context.Background(), registry.Memory{}, listJudge{})
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(context.Background(), method, "http://h"+path, strings.NewReader(body))
		if err != nil || request.URL.Host != "h" {
			return
		}
		request.Header.Set("Content-Type", registry.ContentType)
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, request)
		if answer.Code >= 500 {
			t.Errorf("%s %s %q: %d %s", method, path, body, answer.Code, answer.Body)
		}
		var failed struct {
			Code    int    `json:"error_code"`
			Message string `json:"message"`
		}
		if answer.Code >= 400 {
			if err := json.Unmarshal(answer.Body.Bytes(), &failed); err != nil || failed.Code == 0 || failed.Message == "" {
				t.Errorf("%s %s: %d %s", method, path, answer.Code, answer.Body)
			}
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s:\n%s", what, diff)
	}
}

func pemOf(certificate []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
}

// Fifty at once register what is the same and what is not: an id means one
// schema, and each schema has one.
func TestManyRegisterAtOnce(t *testing.T) {
	url, _ := started(t, registry.Memory{})
	c, ctx := client(t, registry.Options{URL: url}), t.Context()
	must(t, c.SetLevel(ctx, "", registry.None))
	var group sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]int{}
	for i := range 50 {
		group.Go(func() {
			for j := range 6 {
				text := fmt.Sprintf(`["%d"]`, (i+j)%12)
				id, err := c.Register(ctx, fmt.Sprint("s", i%5), registry.Schema{Text: text}, false)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if was, ok := ids[text]; ok && was != id {
					t.Errorf("%s has the ids %d and %d", text, was, id)
				}
				ids[text] = id
				mu.Unlock()
			}
		})
	}
	group.Wait()
	given := map[int]bool{}
	for text, id := range ids {
		s, err := c.ByID(ctx, id)
		must(t, err)
		same(t, "the schema", s.Text, text)
		given[id] = true
	}
	if len(given) != 12 || given[0] || !given[12] {
		t.Errorf("ids: %v", ids)
	}
	for i := range 5 {
		versions, err := c.Versions(ctx, fmt.Sprint("s", i), false)
		must(t, err)
		for n, v := range versions {
			if v != n+1 {
				t.Errorf("versions of s%d: %v", i, versions)
			}
		}
	}
}
