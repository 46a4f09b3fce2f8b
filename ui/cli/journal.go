package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
	"github.com/weft-dev/weft/flow/journal/sqlite"
	"github.com/weft-dev/weft/flow/plan"
)

// noJournal is the word that turns a journal off.
const noJournal = "none"

type journalFlags struct {
	path string
}

func (f *journalFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.path, "journal", "",
		"the `FILE` that keeps runs, or \"none\" (default: a file of its own for each run that waits for messages of real servers, removed when the run has ended)")
}

// keeping is where a run is kept.
type keeping struct {
	store journal.Store
	run   string
	own   string // the run's own file, removed when there is nothing left to resume
	ended bool   // the run has come to its end
}

// open finds the place for a new run: the file that was named, a file of its
// own for what may have to wait, or nowhere.
func (f *journalFlags) open(ctx context.Context, p *plan.Plan, embedded bool) (*keeping, error) {
	switch {
	case f.path == noJournal:
		return &keeping{}, nil
	case f.path != "":
		return openKeeping(ctx, f.path, rand.Text(), "")
	case embedded || !waits(p):
		return &keeping{}, nil
	}
	run := rand.Text()
	path, err := ownJournal(run)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for journals: %w; name a file with --journal, or --journal none", err)
	}
	return openKeeping(ctx, path, run, path)
}

// find opens the journal that holds a run.
func (f *journalFlags) find(ctx context.Context, run string) (*keeping, error) {
	if f.path == noJournal {
		return nil, usage("--resume needs the journal of the run")
	}
	path, own := f.path, ""
	if path == "" {
		var err error
		if path, err = ownJournal(run); err != nil {
			return nil, err
		}
		own = path
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run %s: %w in %s; name its file with --journal if it was kept elsewhere", run, journal.ErrUnknownRun, path)
	}
	return openKeeping(ctx, path, run, own)
}

func openKeeping(ctx context.Context, path, run, own string) (*keeping, error) {
	store, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	return &keeping{store: store, run: run, own: own}, nil
}

// waits reports whether a plan receives messages, so that it may be worth going
// on with after a crash.
func waits(p *plan.Plan) bool {
	for _, use := range p.Uses {
		if use.Receives {
			return true
		}
	}
	return false
}

// ownJournal is the file of one run, in the folder that the system keeps for
// the state of programs.
func ownJournal(run string) (string, error) {
	if run == "" || strings.ContainsAny(run, `/\.`) {
		return "", usage("%q is not the name of a run", run)
	}
	folder, err := stateFolder()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "weft", "runs", run+".db"), nil
}

func stateFolder() (string, error) {
	if folder := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(folder) {
		return folder, nil
	}
	if folder := os.Getenv("LOCALAPPDATA"); folder != "" {
		return folder, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("find a place for the journal: %w; name a file with --journal, or --journal none", err)
	}
	return filepath.Join(home, ".local", "state"), nil
}

func (k *keeping) durable() bool { return k.store != nil }

func (k *keeping) into(options *engine.Options) {
	options.RunID = k.run
	if k.store != nil {
		options.Journal = k.store
	}
}

// close closes the journal. A file of the run's own goes when the run has ended,
// or never began; what can be gone on with stays.
func (k *keeping) close() {
	if k.store == nil {
		return
	}
	gone := !k.stays()
	_ = k.store.Close()
	if !gone {
		return
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-lock"} {
		_ = os.Remove(k.own + suffix)
	}
}

// stays reports whether the run is kept when the command has ended.
func (k *keeping) stays() bool {
	return k.store != nil && (k.own == "" || !k.ended && k.began())
}

// began reports whether anything of the run was written. Where that cannot be
// read, it may have been.
func (k *keeping) began() bool {
	entries, err := k.store.Read(context.Background(), k.run, 0)
	return len(entries) > 0 || (err != nil && !errors.Is(err, journal.ErrUnknownRun))
}
