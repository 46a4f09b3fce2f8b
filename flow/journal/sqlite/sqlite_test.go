package sqlite_test

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/journaltest"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/internal/leaks"
)

// writeUntilKilled names the environment variable that turns this test binary
// into a process that appends to the journal of that path until it is killed.
const writeUntilKilled = "WEFT_TEST_JOURNAL_WRITER"

func TestMain(m *testing.M) {
	if path := os.Getenv(writeUntilKilled); path != "" {
		appendForEver(path)
	}
	os.Exit(leaks.Run(m))
}

func TestStore(t *testing.T) {
	journaltest.Test(t, func(t *testing.T) journal.Store { return open(t, filepath.Join(t.TempDir(), "j.db")) })
}

func TestWhatWasWrittenIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder#1?", "j.db")
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	store := open(t, path)
	must(t, store.Append(t.Context(), "r", 0, [][]byte{[]byte("a")}))
	must(t, store.Mark(t.Context(), "r", "waiting"))
	must(t, store.Close())

	store = open(t, path)
	must(t, store.Append(t.Context(), "r", 1, [][]byte{[]byte("b")}))
	got, err := store.Read(t.Context(), "r", 0)
	must(t, err)
	if len(got) != 2 || string(got[0])+string(got[1]) != "ab" {
		t.Errorf("got %q", got)
	}
	runs, err := store.Runs(t.Context(), journal.Query{Status: "waiting"})
	must(t, err)
	if len(runs) != 1 {
		t.Errorf("the mark is gone: %v", runs)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the journal is not at the path that was named: %v", err)
	}
}

// What is not brought in when a journal is closed is read again by all who open
// it.
func TestAClosedJournalIsOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j.db")
	store := open(t, path)
	must(t, store.Append(t.Context(), "r", 0, [][]byte{[]byte("a")}))
	_, err := store.Read(t.Context(), "r", 0)
	must(t, err)
	must(t, store.Close())
	for _, rest := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(path + rest); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left: %v", rest, err)
		}
	}
}

// What the writer remembers of a run is right after an append that was refused.
func TestAnAppendThatWasRefusedChangesNothing(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "j.db"))
	must(t, store.Append(t.Context(), "r", 0, [][]byte{[]byte("a")}))
	if err := store.Append(t.Context(), "r", 0, [][]byte{[]byte("b")}); !errors.Is(err, journal.ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
	if err := store.Append(t.Context(), "other", 1, [][]byte{[]byte("b")}); !errors.Is(err, journal.ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
	must(t, store.Append(t.Context(), "r", 1, [][]byte{[]byte("b")}))
	must(t, store.Append(t.Context(), "other", 0, [][]byte{[]byte("c")}))
	must(t, store.Append(t.Context(), "other", 1, [][]byte{[]byte("d")}))
}

func TestASecondWriterIsRefusedAndAReaderIsNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j.db")
	store := open(t, path)
	must(t, store.Append(t.Context(), "r", 0, [][]byte{[]byte("a")}))

	_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if !errors.Is(err, journal.ErrInUse) || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("second writer: got %v, want ErrInUse naming the process", err)
	}
	reader, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	must(t, err)
	defer reader.Close()
	if got, err := reader.Read(t.Context(), "r", 0); err != nil || len(got) != 1 {
		t.Errorf("reader: %q, %v", got, err)
	}
	if err := reader.Append(t.Context(), "r", 1, nil); !errors.Is(err, journal.ErrReadOnly) {
		t.Errorf("append by a reader: got %v, want ErrReadOnly", err)
	}

	must(t, store.Close())
	again := open(t, path)
	must(t, again.Append(t.Context(), "r", 1, [][]byte{[]byte("b")}))
}

func TestFilesThatAreNotJournals(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.db")
	must(t, os.WriteFile(text, []byte(strings.Repeat("this is no database\n", 100)), 0o644))
	other := filepath.Join(t.TempDir(), "other.db")
	execute(t, other, "CREATE TABLE t (a)")
	newer := filepath.Join(t.TempDir(), "newer.db")
	must(t, open(t, newer).Close())
	execute(t, newer, "PRAGMA user_version=99")

	for path, want := range map[string]error{text: journal.ErrDamaged, other: journal.ErrDamaged, newer: journal.ErrNewer} {
		for _, readOnly := range []bool{false, true} {
			store, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: readOnly})
			if !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s, read only %v: got %v, want %v", path, readOnly, err, want)
			}
			if store != nil {
				store.Close()
			}
		}
	}
}

func TestAFolderThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere", "j.db")
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); !errors.Is(err, journal.ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("to read: got %v, want ErrNotExist", err)
	}
}

// A torn write leaves half a frame at the end of the WAL: what was
// acknowledged before it must be there, and the journal must open.
func TestATornTail(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "j.db")
	store := open(t, path)
	for n := range 20 {
		must(t, store.Append(t.Context(), "r", uint64(n), [][]byte{[]byte(fmt.Sprint(n))}))
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	copyFile(t, path, copied)
	copyFile(t, path+"-wal", copied+"-wal")
	must(t, store.Close())

	wal, err := os.ReadFile(copied + "-wal")
	must(t, err)
	for _, cut := range []int{1, 100, 4096, 5000} {
		must(t, os.WriteFile(copied+"-wal", wal[:len(wal)-cut], 0o644))
		torn, err := sqlite.Open(t.Context(), copied, sqlite.Options{ReadOnly: true})
		must(t, err)
		got, err := torn.Read(t.Context(), "r", 0)
		must(t, err)
		must(t, torn.Close())
		if len(got) >= 20 || len(got) < 17 {
			t.Errorf("with %d bytes torn off: %d entries", cut, len(got))
		}
		for n, entry := range got {
			if string(entry) != fmt.Sprint(n) {
				t.Errorf("entry %d is %q", n, entry)
			}
		}
	}
}

func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j.db")
	for round := range 3 {
		acknowledged := writeAndKill(t, path, 40*(round+1))
		store := open(t, path)
		for run, last := range acknowledged {
			got, err := store.Read(t.Context(), run, 0)
			must(t, err)
			if len(got) < last {
				t.Errorf("%s: %d entries were acknowledged and %d are there", run, last, len(got))
			}
			for n, entry := range got {
				if string(entry) != fmt.Sprint(run, " ", n+1) {
					t.Errorf("%s: entry %d is %q", run, n+1, entry)
				}
			}
		}
		must(t, store.Close())
	}
}

// writeAndKill starts a writer, kills it without warning after it has
// acknowledged some entries, and returns the last number it told of each run.
func writeAndKill(t *testing.T, path string, count int) map[string]int {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), writeUntilKilled+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	acknowledged, lines := map[string]int{}, bufio.NewScanner(out)
	note := func() {
		var run string
		var number int
		if n, _ := fmt.Sscanf(lines.Text(), "ok %s %d", &run, &number); n == 2 {
			acknowledged[run] = max(acknowledged[run], number)
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
	if len(acknowledged) == 0 {
		t.Fatal("the writer acknowledged nothing")
	}
	return acknowledged
}

// appendForEver runs in the child process.
func appendForEver(path string) {
	if err := writeRuns(path); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(1)
}

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
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

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	must(t, err)
	defer in.Close()
	out, err := os.Create(to)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, errors.Join(err, out.Close()))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
