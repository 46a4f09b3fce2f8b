package cli

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/ruleset"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// rulesets are those by which the documents of a run are judged: the one that
// the user named, or for each document the nearest weft.yaml above it, within
// the folder that its references may reach into.
type rulesets struct {
	flags  *validateFlags
	reader *ruleset.Reader
	today  string

	mu     sync.Mutex
	chosen *ruleset.Ruleset        // for all, where the user named one
	files  map[string]*loadedRules // by path
	byDir  map[string]*loadedRules // by the folder of a document; nil where there is none
}

// loadedRules is a ruleset that was looked for.
type loadedRules struct {
	*ruleset.Ruleset
	used []string // the paths of all files that it was made of
	err  error
}

func newRulesets(f *validateFlags, linter *lint.Linter) *rulesets {
	return &rulesets{
		flags: f, reader: ruleset.For(linter), today: time.Now().Format(time.DateOnly),
		files: map[string]*loadedRules{}, byDir: map[string]*loadedRules{},
	}
}

// prepare reads the ruleset that the user named, if that was so.
func (r *rulesets) prepare(ctx context.Context) error {
	name := r.flags.ruleset
	switch {
	case name == "":
		return nil
	case strings.HasPrefix(name, "weft:"):
		if r.chosen = r.reader.BuiltIn(name); r.chosen == nil {
			return usage("--ruleset: there is no set %q; the sets are %s", name, strings.Join(ruleset.BuiltIns(), ", "))
		}
		return nil
	}
	loaded := r.load(ctx, name)
	r.chosen = loaded.Ruleset
	return loaded.err
}

// of is the policy for a document, or nil where nobody said anything.
func (r *rulesets) of(ctx context.Context, name string) (lint.Policy, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.chosen != nil {
		return r.chosen, nil
	}
	loaded, err := r.near(ctx, name)
	if loaded == nil || err != nil {
		return nil, err
	}
	return loaded.Ruleset, nil
}

// near finds the ruleset for a document, once for each folder.
func (r *rulesets) near(ctx context.Context, name string) (*loadedRules, error) {
	if name == "-" {
		name = stdinName
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(path)
	loaded, known := r.byDir[dir]
	if !known {
		if loaded, err = r.above(ctx, name, dir); err != nil {
			return nil, err
		}
		r.byDir[dir] = loaded
	}
	if loaded == nil {
		return nil, nil
	}
	return loaded, loaded.err
}

func (r *rulesets) above(ctx context.Context, name, dir string) (*loadedRules, error) {
	root, err := r.flags.rootOf(name)
	if err != nil {
		return nil, err
	}
	for {
		path := filepath.Join(dir, ruleset.FileName)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return r.load(ctx, shownPath(path)), nil
		}
		parent := filepath.Dir(dir)
		if dir == root || parent == dir {
			return nil, nil
		}
		dir = parent
	}
}

// shownPath is a path as people would type it.
func shownPath(path string) string { return source.DisplayName(source.FileURI(path)) }

// load reads a ruleset, once.
func (r *rulesets) load(ctx context.Context, name string) *loadedRules {
	if known := r.files[name]; known != nil {
		return known
	}
	loaded := &loadedRules{}
	r.files[name] = loaded
	text, err := source.ReadFile(name)
	if err != nil {
		loaded.err = err
		return loaded
	}
	ws, release, err := r.flags.workspace(name)
	if err != nil {
		loaded.err = err
		return loaded
	}
	defer release()
	loaded.Ruleset = r.reader.Load(ctx, ws, text, r.today)
	for _, d := range ws.Documents() {
		if path, ok := source.PathOf(d.File.URI()); ok {
			loaded.used = append(loaded.used, path)
		}
	}
	return loaded
}

// findings are what is wrong with the rulesets that were used, what they asked
// to ignore and was not there, and what their own rules are.
func (r *rulesets) findings(list []judged) (found []diag.Diagnostic, own []diag.Rule) {
	byRules := map[*ruleset.Ruleset][]*source.File{}
	for i := range list {
		if list[i].file == nil {
			continue
		}
		used := r.chosen
		if used == nil {
			used = r.usedFor(list[i].file)
		}
		if used != nil {
			byRules[used] = append(byRules[used], list[i].file)
		}
	}
	for rules, files := range byRules {
		found = append(found, rules.Findings...)
		found = append(found, rules.Leftover(files)...)
		for _, rule := range rules.Rules() {
			if !slices.ContainsFunc(own, func(o diag.Rule) bool { return o.Code == rule.Code }) {
				own = append(own, rule)
			}
		}
	}
	return found, own
}

func (r *rulesets) usedFor(file *source.File) *ruleset.Ruleset {
	path, ok := source.PathOf(file.URI())
	if !ok {
		return nil
	}
	if loaded := r.byDir[filepath.Dir(path)]; loaded != nil {
		return loaded.Ruleset
	}
	return nil
}

// extended are the paths of the files that rulesets build on.
func (r *rulesets) extended() []string {
	var list []string
	for _, loaded := range r.files {
		list = append(list, loaded.used...)
	}
	return list
}

// paths are the files that rulesets were read from.
func (r *rulesets) paths() []string {
	var list []string
	for path := range r.files {
		list = append(list, path)
	}
	return list
}
