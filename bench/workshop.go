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
		name, text string
		maxTime    time.Duration
		maxBytes   int64
	}{
		{"validate 200 lines", smallDocument(), 40 * time.Millisecond, 0},
		{"validate 2000 channels", largeDocument(2000), 600 * time.Millisecond, 250_000_000},
		{"validate 18 diamonds", diamondDocument(18), 30 * time.Millisecond, 0},
	} {
		path := filepath.Join(w.dir, strings.ReplaceAll(d.name, " ", "-")+".yaml")
		if err := os.WriteFile(path, []byte(d.text), 0o644); err != nil {
			return nil, fmt.Errorf("write a document: %w", err)
		}
		list = append(list, journey{
			name: d.name, weft: command{words: []string{weft, "validate", path}},
			peer: peer.with("", "validate", path), peerWhy: why, maxTime: d.maxTime, maxBytes: d.maxBytes,
		})
	}
	return list, nil
}

// weft returns the absolute path of the binary to measure.
func (w *workshop) weft() (string, error) {
	path, err := filepath.Abs(w.opts.weft)
	if err != nil {
		return "", fmt.Errorf("find the weft binary: %w", err)
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("there is no weft binary to measure; run make build, or name one with -weft: %w", err)
	}
	return path, nil
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
	steps := slices.DeleteFunc([]int{10, 200}, func(steps int) bool { return !w.wants(chainName(steps)) })
	if len(steps) == 0 {
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
	for _, steps := range steps {
		path := filepath.Join(w.dir, fmt.Sprintf("chain%d.arazzo.yaml", steps))
		if err := os.WriteFile(path, []byte(chainWorkflow(steps)), 0o644); err != nil {
			return nil, fmt.Errorf("write a workflow: %w", err)
		}
		state := filepath.Join(w.dir, "state")
		list = append(list, journey{
			name: chainName(steps),
			weft: command{
				words:  []string{weft, "run", path, "--server", "Links=" + server, "--journal", filepath.Join(state, "runs.db"), "--format", "json"},
				prints: `"last"`, dir: w.dir, after: func() error { return empty(state) },
			},
			peer:     command{words: []string{bare, server, strconv.Itoa(steps)}, prints: "last " + strconv.Itoa(steps)},
			maxRatio: 2,
		})
	}
	return list, empty(filepath.Join(w.dir, "state"))
}

func chainName(steps int) string { return fmt.Sprintf("run %d HTTP steps", steps) }

func empty(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("empty the journal: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("empty the journal: %w", err)
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
