package cli

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/text/unified"
)

// mostRounds is how often a run mends and judges again: a fix may bring to
// light what another can mend.
const mostRounds = 10

// mending is what a run with --fix does.
type mending struct {
	*judging
	cmd    *cobra.Command
	before map[string]*source.File // the texts as they were read, by address
	done   []string                // what was mended, a line each
	left   map[string]bool         // files that a fix would have broken
	own    map[string]bool         // by path: the documents that were named
	roots  map[string]bool         // the folders that their references may reach into
}

// mend judges, makes the safe edits, judges again until there are none, and
// writes what became of the texts.
func (f *validateFlags) mend(cmd *cobra.Command, j *judging) error {
	m := &mending{judging: j, cmd: cmd, before: map[string]*source.File{}, left: map[string]bool{}}
	if err := m.survey(); err != nil {
		return err
	}
	for range mostRounds {
		if err := j.judge(cmd.Context()); err != nil {
			return err
		}
		if !m.round() {
			break
		}
	}
	for _, line := range m.done {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s\n", line)
	}
	return m.finish()
}

// round makes the edits of one judgement; false where there are none. The
// texts of one round are those that were judged: all edits are to them.
func (m *mending) round() bool {
	plan := &edits{may: m.may, made: map[string][]diag.Edit{}}
	var done []string
	for i := range m.list {
		for k := range m.list[i].result.Findings {
			d := &m.list[i].result.Findings[k]
			if fix := plan.take(d); fix != nil {
				done = append(done, m.line(d, fix))
			}
		}
	}
	changed := false
	for _, uri := range slices.Sorted(maps.Keys(plan.made)) {
		changed = m.apply(uri, plan.made[uri]) || changed
	}
	if changed {
		m.done = append(m.done, done...)
	}
	return changed
}

func (m *mending) line(d *diag.Diagnostic, fix *diag.Fix) string {
	start, _ := d.Span.Range()
	verb := "mended"
	if m.flags.dryRun {
		verb = "would mend"
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s  [%s]", diag.Safe(d.Span.File.Name()), start.Line, start.Column, verb, diag.Safe(fix.Title), d.Code)
}

// apply puts the mended text in the place of a file's, unless it could not be
// read any more.
func (m *mending) apply(uri string, list []diag.Edit) bool {
	file := list[0].Span.File
	text, err := tree.Apply(file.Data(), list)
	if err != nil || bytes.Equal(text, file.Data()) {
		m.left[uri] = true
		return false
	}
	mended := source.NewFile(uri, file.Name(), text)
	if root, _ := tree.Parse(mended, tree.Options{}); root == nil {
		m.left[uri] = true
		return false
	}
	if m.before[uri] == nil {
		m.before[uri] = file
	}
	m.mended[uri] = mended
	return true
}

// may reports whether a file is one to write: standard input, or a local file
// that was judged or that its references may reach.
func (m *mending) may(file *source.File) bool {
	if m.left[file.URI()] {
		return false
	}
	if file.Name() == stdinName {
		return true
	}
	path, ok := source.PathOf(file.URI())
	if !ok {
		return false
	}
	if m.own[path] {
		return true
	}
	for root := range m.roots {
		if relative, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(relative) {
			return true
		}
	}
	return false
}

// survey notes which files may be written.
func (m *mending) survey() error {
	m.own, m.roots = map[string]bool{}, map[string]bool{}
	for _, name := range m.names {
		root, err := m.flags.rootOf(name)
		if err != nil {
			return err
		}
		m.roots[root] = true
		if abs, err := filepath.Abs(name); err == nil {
			m.own[abs] = true
		}
	}
	return nil
}

// finish writes what became of the texts, or shows it.
func (m *mending) finish() error {
	out := m.cmd.OutOrStdout()
	piped := slices.Contains(m.names, "-")
	var problems error
	for _, uri := range slices.Sorted(maps.Keys(m.mended)) {
		before, after := m.before[uri], m.mended[uri]
		switch {
		case m.flags.dryRun:
			name := filepath.ToSlash(before.Name())
			_, _ = out.Write(unified.Diff("a/"+strings.TrimPrefix(name, "/"), "b/"+strings.TrimPrefix(name, "/"), before.Data(), after.Data()))
		case before.Name() == stdinName:
		default:
			problems = errors.Join(problems, m.write(before, after))
		}
	}
	if piped && !m.flags.dryRun {
		problems = errors.Join(problems, m.print())
	}
	return problems
}

// print writes standard input as it is now, mended or not.
func (m *mending) print() error {
	for i, name := range m.names {
		if name == "-" && m.list[i].file != nil {
			_, err := m.cmd.OutOrStdout().Write(m.list[i].file.Data())
			return err
		}
	}
	return nil
}

// write puts a text in the place of a file that is still as it was read.
func (m *mending) write(before, after *source.File) error {
	path, _ := source.PathOf(before.URI())
	now, err := source.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(now.Data(), before.Data()) {
		return fmt.Errorf("%s was changed by somebody else meanwhile, and is left as it is: run weft again", before.Name())
	}
	return replaceFile(path, after.Data())
}

// edits are those of one round, by the address of their file.
type edits struct {
	may  func(*source.File) bool
	made map[string][]diag.Edit
}

// take makes the edits of a finding's safe fix part of the round, or none of
// them where one stands in the way of another's.
func (e *edits) take(d *diag.Diagnostic) *diag.Fix {
	i := slices.IndexFunc(d.Fixes, func(f diag.Fix) bool { return f.Safe && len(f.Edits) > 0 })
	if i < 0 {
		return nil
	}
	fix := &d.Fixes[i]
	var fresh []diag.Edit
	for _, edit := range fix.Edits {
		if !edit.Span.IsValid() || !e.may(edit.Span.File) {
			return nil
		}
		switch same, clash := e.meets(edit); {
		case clash:
			return nil
		case !same:
			fresh = append(fresh, edit)
		}
	}
	if len(fresh) == 0 {
		return nil // another finding has the same fix
	}
	for _, edit := range fresh {
		uri := edit.Span.File.URI()
		if others := e.made[uri]; len(others) > 0 {
			edit.Span.File = others[0].Span.File // each document read it for itself
		}
		e.made[uri] = append(e.made[uri], edit)
	}
	return fix
}

// meets reports whether an edit is there already, and whether it changes what
// another changes.
func (e *edits) meets(edit diag.Edit) (same, clash bool) {
	for _, other := range e.made[edit.Span.File.URI()] {
		a, b := edit.Span, other.Span
		switch {
		case a.Start == b.Start && a.End == b.End && edit.Text == other.Text:
			return true, false
		case a.Start <= b.End && b.Start <= a.End:
			return false, true // also where they only touch: which is first is unsure
		}
	}
	return false, false
}
