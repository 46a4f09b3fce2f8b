package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/weft-dev/weft/check/lint/ruleset"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// settle is how long nothing must change before documents are judged again:
// editors write in several steps, and version control many files.
const settle = 120 * time.Millisecond

// keepWatching judges, and again whenever something changes that the judgement
// depends on, until the user stops it.
func (f *validateFlags) keepWatching(cmd *cobra.Command, names []string, least diag.Severity) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch files: %w", err)
	}
	defer watcher.Close()
	w := &watch{flags: f, cmd: cmd, names: names, least: least, watcher: watcher, folders: map[string]bool{}}
	for {
		if err := w.judge(); err != nil {
			return err
		}
		if w.missed {
			continue
		}
		if !w.wait(cmd.Context()) {
			return nil
		}
	}
}

// watch is a run of --watch. It watches folders, not files: editors put new
// files in the place of old ones.
type watch struct {
	flags   *validateFlags
	cmd     *cobra.Command
	names   []string
	least   diag.Severity
	watcher *fsnotify.Watcher
	folders map[string]bool
	files   map[string]bool // by path: what the last judgement depended on

	// Files are read before one knows which folders to watch for them. What
	// changed in between is missed by the watcher.
	began  time.Time
	fresh  map[string]bool // folders watched only since then
	missed bool
}

// fileClock is how far behind the clock the times of files may be.
const fileClock = 20 * time.Millisecond

// judge judges once and prints what it found. Findings, and files that cannot
// be read, do not end the run: the user is about to mend them.
func (w *watch) judge() error {
	ctx := w.cmd.Context()
	w.began, w.missed = time.Now(), false
	j, err := w.flags.judging(w.cmd, w.names)
	if err != nil {
		return err
	}
	j.keepUsed = true
	if err := j.judge(ctx); err != nil {
		return nil //nolint:nilerr // the user stopped it; wait ends the run
	}
	w.remember(j)
	w.clear()
	_ = w.flags.tell(w.cmd, j, w.least)
	fmt.Fprintf(w.cmd.ErrOrStderr(), "watching %d files; stop with Ctrl-C\n", len(w.files))
	return nil
}

// clear empties a terminal, so that only what holds now is on it.
func (w *watch) clear() {
	file, ok := w.cmd.OutOrStdout().(*os.File)
	if ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb" {
		fmt.Fprint(file, "\x1b[H\x1b[2J\x1b[3J")
	}
}

// remember notes what the judgement depended on, and watches where that lies.
func (w *watch) remember(j *judging) {
	w.files, w.fresh = map[string]bool{}, map[string]bool{}
	for i := range j.list {
		if abs, err := filepath.Abs(j.names[i]); err == nil {
			w.add(abs)
			w.add(filepath.Join(filepath.Dir(abs), ruleset.FileName))
		}
		for _, uri := range j.list[i].used {
			if path, ok := source.PathOf(uri); ok {
				w.add(path)
			}
		}
	}
	for _, path := range j.rulesets.paths() {
		if abs, err := filepath.Abs(path); err == nil {
			w.add(abs)
		}
	}
	for _, path := range j.rulesets.extended() {
		w.add(path)
	}
}

func (w *watch) add(path string) {
	w.files[path] = true
	dir := filepath.Dir(path)
	if !w.folders[dir] {
		// A folder that is not there yet, or cannot be watched, is tried again
		// with the next judgement.
		w.folders[dir] = w.watcher.Add(dir) == nil
		w.fresh[dir] = w.folders[dir]
	}
	if info, err := os.Stat(path); err == nil && w.fresh[dir] && info.ModTime().After(w.began.Add(-fileClock)) {
		w.missed = true
	}
}

// wait returns when something changed and then nothing for a while; false where
// the user stopped the run.
func (w *watch) wait(ctx context.Context) bool {
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return false
		case event, open := <-w.watcher.Events:
			if !open {
				return false
			}
			if w.concerns(event) {
				quiet = time.After(settle)
			}
		case _, open := <-w.watcher.Errors:
			if !open {
				return false
			}
			quiet = time.After(settle) // events were lost: look again
		case <-quiet:
			return true
		}
	}
}

// concerns reports whether an event may change the judgement: a file it
// depended on, or a new one, which a pattern or a reference may mean.
func (w *watch) concerns(event fsnotify.Event) bool {
	if event.Op == fsnotify.Chmod {
		return false
	}
	if w.files[event.Name] {
		return true
	}
	return event.Has(fsnotify.Create) && isDocumentName(event.Name)
}

// isDocumentName reports whether a file may be a document by its name.
func isDocumentName(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".json", ".avsc", ".proto", ".raml":
		return filepath.Base(name)[0] != '.'
	}
	return false
}
