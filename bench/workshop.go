package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// workshop is the directory in which a run of the benchmark builds and writes
// what the journeys need.
type workshop struct {
	dir  string
	opts options
	talk io.Writer
}

func (w *workshop) journeys(ctx context.Context) ([]journey, error) {
	weft, err := w.weft()
	if err != nil {
		return nil, err
	}
	peer, why := w.peer()
	list := []journey{{
		name: "start-up", weft: command{words: []string{weft, "version"}, prints: "weft"},
		peer: peer.with("asyncapi", "--version"), peerWhy: why, maxTime: 20 * time.Millisecond, maxBytes: 30_000_000,
	}}
	documents, err := w.documents(weft, peer, why)
	if err != nil {
		return nil, err
	}
	chains, err := w.chains(ctx, weft)
	return slices.Concat(list, documents, chains), err
}

func (w *workshop) wants(name string) bool { return w.opts.only.MatchString(name) }

// documents are generated contracts to validate.
func (w *workshop) documents(weft string, peer command, why string) ([]journey, error) {
	var list []journey
	for _, d := range []struct {
		name, text        string
		maxTime           time.Duration
		maxBytes          int64
		minCPU, minMemory float64
	}{
		{"validate 200 lines", smallDocument(), 40 * time.Millisecond, 0, 30, 8},
		{"validate 2000 channels", largeDocument(2000), 600 * time.Millisecond, 250_000_000, 15, 0},
		{"validate 18 diamonds", diamondDocument(18), 30 * time.Millisecond, 0, 0, 0},
	} {
		path, err := w.file(strings.ReplaceAll(d.name, " ", "-")+".yaml", d.text)
		if err != nil {
			return nil, err
		}
		list = append(list, journey{
			name: d.name, weft: command{words: []string{weft, "validate", path}},
			peer: peer.with("", "validate", path), peerWhy: why,
			maxTime: d.maxTime, maxBytes: d.maxBytes, minCPU: d.minCPU, minMemory: d.minMemory,
		})
	}
	changes, err := w.changes(weft, peer, why)
	return append(list, changes...), err
}

// changes are generated contracts that are compared, converted and bundled.
func (w *workshop) changes(weft string, peer command, why string) ([]journey, error) {
	var list []journey
	for _, size := range []struct {
		name              string
		channels          int
		minCPU, minMemory float64
	}{{"200 lines", 6, 30, 8}, {"2000 channels", 2000, 15, 0}} {
		name := func(what string) string { return fmt.Sprintf("%s-%d.yaml", what, size.channels) }
		before := largeDocument(size.channels)
		scattered, beside := scatteredDocument(size.channels, name("beside"))
		paths := map[string]string{}
		for what, text := range map[string]string{
			"old": before, "new": strings.Replace(before, "productId: {type: integer}\n", "productId: {type: integer}\n        note: {type: string}\n", 1),
			"older": olderDocument(size.channels), "scattered": scattered, "beside": beside,
		} {
			path, err := w.file(name(what), text)
			if err != nil {
				return nil, err
			}
			paths[what] = path
		}
		out := filepath.Join(w.dir, name("out"))
		for _, j := range []journey{{
			name: "diff " + size.name,
			weft: command{words: []string{weft, "diff", paths["old"], paths["new"]}, prints: `payload.lines[]`},
			peer: peer.with("note", "diff", paths["old"], paths["new"], "--no-error", "--format", "json"),
		}, {
			name: "convert " + size.name,
			weft: command{words: []string{weft, "convert", paths["older"], "--to", "3.0.0", "-o", out}, after: w.wrote(out, "asyncapi: 3.0.0")},
			peer: peer.with("", "convert", paths["older"], "--format", "asyncapi", "--target-version", "3.0.0", "-o", out).then(w.wrote(out, "asyncapi: 3.0.0")),
		}, {
			name: "bundle " + size.name,
			weft: command{words: []string{weft, "bundle", paths["scattered"], "-o", out}, after: w.wrote(out, "productId")},
			peer: peer.with("", "bundle", paths["scattered"], "-o", out).then(w.wrote(out, "productId")),
		}} {
			j.peerWhy, j.minCPU, j.minMemory = why, size.minCPU, size.minMemory
			list = append(list, j)
		}
	}
	return list, nil
}

// file writes a document to work on.
func (w *workshop) file(name, text string) (string, error) {
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return "", fmt.Errorf("write a document: %w", err)
	}
	return path, nil
}

// wrote checks that a process wrote a file with a text in it, and takes the
// file away.
func (w *workshop) wrote(path, want string) func() error {
	return func() error {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("the process wrote nothing: %w", err)
		}
		if !strings.Contains(string(text), want) {
			return fmt.Errorf("what the process wrote has no %q", want)
		}
		return os.Remove(path)
	}
}

// weft returns the path of the binary to measure, a copy as users have one:
// what a linker has just written lies in larger pieces in the system's memory,
// of which more is counted for each page that a process touches.
func (w *workshop) weft() (string, error) {
	built, err := os.ReadFile(w.opts.weft)
	if err != nil {
		return "", fmt.Errorf("there is no weft binary to measure; run make build, or name one with -weft: %w", err)
	}
	path := filepath.Join(w.dir, "weft.exe")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		return "", fmt.Errorf("copy the weft binary: %w", err)
	}
	const piece = 64 << 10 // as a download arrives
	for part := range slices.Chunk(built, piece) {
		if _, err := out.Write(part); err != nil {
			return "", errors.Join(fmt.Errorf("copy the weft binary: %w", err), out.Close())
		}
	}
	return path, out.Close()
}

// buildBareClient builds the peer of the chains as weft is built.
func (w *workshop) buildBareClient(ctx context.Context) (string, error) {
	binary := filepath.Join(w.dir, "bareclient.exe")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "./bench/bareclient")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stdout, build.Stderr = w.talk, w.talk
	if err := build.Run(); err != nil {
		return "", fmt.Errorf("build the bare client (bench runs from the root of the module): %w", err)
	}
	return binary, nil
}

// peer finds the AsyncAPI CLI, or says why there is none.
func (w *workshop) peer() (peer command, why string) {
	path := w.opts.peer
	if path == "" {
		path = installedPeer()
	}
	if path == "" {
		return command{}, "the AsyncAPI CLI is not installed; run make bench-peers"
	}
	// It reports its use over the network unless this file tells it not to.
	config := filepath.Join(w.dir, "analytics.json")
	if err := os.WriteFile(config, []byte(`{"analyticsEnabled":"false","infoMessageShown":"true","userID":""}`), 0o644); err != nil {
		return command{}, err.Error()
	}
	return command{words: []string{path}, env: []string{"CI=true", "NO_COLOR=1", "ASYNCAPI_METRICS_CONFIG_PATH=" + config}}, ""
}

func installedPeer() string {
	local, err := filepath.Abs(filepath.Join(".work", "peers", "node_modules", ".bin", "asyncapi"))
	if err == nil {
		if _, err := os.Stat(local); err == nil {
			return local
		}
	}
	found, err := exec.LookPath("asyncapi")
	if err != nil {
		return ""
	}
	return found
}

// chains are workflows of HTTP steps beside a program that makes the same
// calls with nothing but net/http. Both are new processes each time, and both
// speak to one server in this process.
func (w *workshop) chains(ctx context.Context, weft string) ([]journey, error) {
	wanted := slices.DeleteFunc([]chain{
		{steps: 10, maxRatio: 1.5},
		{steps: 200, maxRatio: 1.5},
		{steps: 200, kept: true},
		{steps: 10, respect: true, maxRatio: 1. / 20},
		{steps: 200, respect: true, maxRatio: 1. / 20},
	}, func(c chain) bool { return !w.wants(c.name()) })
	if len(wanted) == 0 {
		return nil, nil
	}
	bare, err := w.buildBareClient(ctx)
	if err != nil {
		return nil, err
	}
	server, err := serveChain(ctx)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(w.dir, "chain.openapi.yaml"), []byte(chainContract), 0o644); err != nil {
		return nil, fmt.Errorf("write the chain's contract: %w", err)
	}
	var list []journey
	for _, c := range wanted {
		path := filepath.Join(w.dir, fmt.Sprintf("chain%d.arazzo.yaml", c.steps))
		if err := os.WriteFile(path, []byte(chainWorkflow(c.steps)), 0o644); err != nil {
			return nil, fmt.Errorf("write a workflow: %w", err)
		}
		j := journey{
			name: c.name(),
			weft: command{
				words:  []string{weft, "run", path, "--server", "Links=" + server, "--format", "json"},
				prints: `"last"`,
			},
			peer:     command{words: []string{bare, server, strconv.Itoa(c.steps)}, prints: "last " + strconv.Itoa(c.steps)},
			maxRatio: c.maxRatio,
		}
		if c.respect {
			j.peer, j.peerWhy = respect(path, server)
		}
		if c.kept {
			journal := filepath.Join(w.dir, "runs.db")
			j.weft.words = append(j.weft.words, "--journal", journal)
			j.weft.after = func() error { return remove(journal) }
		}
		list = append(list, j)
	}
	return list, nil
}

// chain is a workflow of HTTP steps.
type chain struct {
	steps int
	// kept says that the run is kept in a journal on the disk, as one is that
	// waits for messages; the bare client keeps nothing, so there is no limit.
	kept bool
	// respect says that the peer is Redocly's respect instead of a bare client.
	respect  bool
	maxRatio float64
}

func (c chain) name() string {
	name := fmt.Sprintf("run %d HTTP steps", c.steps)
	if c.kept {
		name += " with a journal"
	}
	if c.respect {
		name += " beside respect"
	}
	return name
}

// remove takes a SQLite database away, with the files beside it.
func remove(database string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(database + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("empty the journal: %w", err)
		}
	}
	return nil
}

// serveChain answers each link with the number of the next, on loopback, until
// the context ends, and returns its URL.
func serveChain(ctx context.Context) (string, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for the chain: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /links/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil {
			http.Error(w, "a link is a number", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"next":%d}`, id+1)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return "http://" + listener.Addr().String(), nil
}
