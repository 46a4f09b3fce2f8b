package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/wire/registry"
	"github.com/weft-dev/weft/wire/registry/sqlite"
)

// registerUntilKilled names the environment variable that turns this test
// binary into a registry at that path which registers until it is killed.
const registerUntilKilled = "WEFT_TEST_REGISTRY_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(registerUntilKilled); path != "" {
		registerForEver(path)
	}
	os.Exit(leaks.Run(m))
}

func TestWhatWasCommittedIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder#1?", "r.db")
	must(t, os.Mkdir(filepath.Dir(path), 0o755))
	yes := true
	schema := func(id int, text string) registry.StoredSchema {
		return registry.StoredSchema{ID: id, GUID: fmt.Sprint("g", id), Schema: registry.Schema{
			Type: registry.JSON, Text: text, References: []registry.Reference{{Name: "n", Subject: "b", Version: 1}},
			Metadata: json.RawMessage(`{"a":1}`),
		}}
	}
	store := open(t, path)
	for _, c := range []registry.Change{
		{LastID: 1, Schemas: []registry.StoredSchema{schema(1, "one")}, Versions: []registry.StoredVersion{{Subject: "a", Number: 1, ID: 1}}},
		{LastID: 2, Schemas: []registry.StoredSchema{schema(2, "two\x00\xf0\x9f\x98\x80")}, Versions: []registry.StoredVersion{{Subject: "a", Number: 2, ID: 2}, {Subject: "b", Number: 1, ID: 1}}},
		{Settings: []registry.Setting{{Subject: "", Level: registry.Full}, {Subject: "a", Mode: registry.Import, Normalize: &yes}, {Subject: "b", Level: registry.None}}},
		{Versions: []registry.StoredVersion{{Subject: "a", Number: 2, ID: 2, Deleted: true}}},
		{DropVersions: []registry.StoredVersion{{Subject: "a", Number: 2}}, DropSchemas: []int{2}, Settings: []registry.Setting{{Subject: "b"}}},
	} {
		must(t, store.Commit(t.Context(), &c))
	}
	must(t, store.Close())

	got, err := open(t, path).Load(t.Context())
	must(t, err)
	want := &registry.Change{
		LastID: 2, Schemas: []registry.StoredSchema{schema(1, "one")},
		Versions: []registry.StoredVersion{{Subject: "a", Number: 1, ID: 1}, {Subject: "b", Number: 1, ID: 1}},
		Settings: []registry.Setting{{Subject: "", Level: registry.Full}, {Subject: "a", Mode: registry.Import, Normalize: &yes}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAChangeIsKeptWholeOrNotAtAll(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "r.db"))
	err := store.Commit(t.Context(), &registry.Change{
		LastID: 1, Schemas: []registry.StoredSchema{{ID: 1, GUID: "g"}},
		Versions: []registry.StoredVersion{{Subject: "a", Number: 1, ID: 1}, {Subject: "a", Number: 2, ID: 99}}, // no such schema
	})
	if err == nil {
		t.Fatal("a version of a schema that is not there was kept")
	}
	got, err := store.Load(t.Context())
	must(t, err)
	if diff := cmp.Diff(&registry.Change{}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOnlyOneProcessServesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.db")
	store := open(t, path)
	_, err := sqlite.Open(t.Context(), path)
	if err == nil || !strings.Contains(err.Error(), "another process serves it") || !strings.Contains(err.Error(), path) {
		t.Errorf("the second: %v", err)
	}
	must(t, store.Close())
	open(t, path)
}

func TestFilesThatAreNoRegistries(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.db")
	must(t, os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o644))
	other := filepath.Join(dir, "other.db")
	execute(t, other, "CREATE TABLE t (a)")
	newer := filepath.Join(dir, "newer.db")
	must(t, open(t, newer).Close())
	execute(t, newer, "PRAGMA user_version=99")
	for path, want := range map[string]string{
		text: "damaged or no SQLite database", other: "another program's", newer: "a newer weft wrote it",
		filepath.Join(dir, "nowhere", "r.db"): "check that the file and its folder exist",
	} {
		if _, err := sqlite.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// A registry that is killed while it registers has all that it acknowledged,
// nothing by half, and never gives an id twice.
func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.db")
	known := map[int]string{}
	for round := range 3 {
		for id, text := range registerAndKill(t, path, 30*(round+1)) {
			if was, ok := known[id]; ok && was != text {
				t.Errorf("the id %d was given to %s and to %s", id, was, text)
			}
			known[id] = text
		}
		store := open(t, path)
		kept, err := store.Load(t.Context())
		must(t, err)
		must(t, store.Close())
		whole(t, kept, known)
	}
}

// whole checks what was kept against what was acknowledged.
func whole(t *testing.T, kept *registry.Change, known map[int]string) {
	t.Helper()
	schemas := map[int]string{}
	for _, s := range kept.Schemas {
		schemas[s.ID] = s.Text
		if s.ID > kept.LastID {
			t.Errorf("the id %d is beyond the last, %d", s.ID, kept.LastID)
		}
	}
	for id, text := range known {
		if text != "gone" && schemas[id] != text {
			t.Errorf("the id %d was acknowledged for %s and is %q", id, text, schemas[id])
		}
	}
	used := map[int]bool{}
	for _, v := range kept.Versions {
		used[v.ID] = true
		if _, ok := schemas[v.ID]; !ok {
			t.Errorf("version %d of %s has no schema", v.Number, v.Subject)
		}
	}
	for id := range schemas {
		if !used[id] {
			t.Errorf("the schema %d is in no subject", id)
		}
	}
}

// registerAndKill runs a registry, kills it without warning after it has
// acknowledged some schemas, and returns those.
func registerAndKill(t *testing.T, path string, count int) map[int]string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), registerUntilKilled+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	told, lines := map[int]string{}, bufio.NewScanner(out)
	note := func() {
		var id int
		var text string
		if n, _ := fmt.Sscanf(lines.Text(), "ok %d %s", &id, &text); n == 2 {
			told[id] = text
		}
	}
	for range count {
		if !lines.Scan() {
			break
		}
		note()
	}
	must(t, child.Process.Kill())
	for lines.Scan() { // what it told before it died counts
		note()
	}
	_ = child.Wait()
	if len(told) == 0 {
		t.Fatal("the registry acknowledged nothing")
	}
	return told
}

// anything is a Judge that takes every text.
type anything struct{}

func (anything) Types() []string { return []string{registry.Avro} }

func (anything) Parse(_ context.Context, d registry.Document) (registry.Form, error) {
	return registry.Form{Canonical: d.Text, Normalized: d.Text}, nil
}

func (anything) Compare(context.Context, string, registry.Document, []registry.Version) (registry.Verdict, error) {
	return registry.Verdict{Compatible: true}, nil
}

// registerForEver runs in the child process: four at once register new schemas,
// and each deletes every fifth for good.
func registerForEver(path string) {
	ctx := context.Background()
	store, err := sqlite.Open(ctx, path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server, err := registry.NewServer(ctx, store, anything{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for worker := range 4 {
		go func() {
			for n := 0; ; n++ {
				registerOne(server, worker, n)
			}
		}()
	}
	select {}
}

func registerOne(server http.Handler, worker, n int) {
	subject := fmt.Sprintf("%d-%d-%d", os.Getpid(), worker, n)
	text := "schema-" + subject
	answer := request(server, http.MethodPost, "/subjects/"+subject+"/versions", `{"schema":"`+text+`"}`)
	var told struct{ ID int }
	if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil || answer.Code != http.StatusOK {
		fmt.Fprintln(os.Stderr, answer.Code, answer.Body)
		os.Exit(1)
	}
	if n%5 == 4 {
		fmt.Fprintf(os.Stdout, "ok %d gone\n", told.ID)
		request(server, http.MethodDelete, "/subjects/"+subject, "")
		request(server, http.MethodDelete, "/subjects/"+subject+"?permanent=true", "")
		return
	}
	fmt.Fprintf(os.Stdout, "ok %d %s\n", told.ID, text)
}

func request(server http.Handler, method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", registry.ContentType)
	w := httptest.NewRecorder()
	server.ServeHTTP(w, r)
	return w
}

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path)
	must(t, err)
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func execute(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	_, err = db.ExecContext(t.Context(), statement)
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
