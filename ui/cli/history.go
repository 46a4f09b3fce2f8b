package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// historyFlags are what the user of "weft history" said.
type historyFlags struct {
	reading
	since    string
	message  string
	subject  string
	registry string
	level    string
	format   string
	limit    int
}

func newHistory() *cobra.Command {
	f := &historyFlags{}
	cmd := &cobra.Command{
		Use:   "history [FILE]",
		Short: "how a contract came to be what it is: each version, and whom it broke",
		Long: `Walk the versions of an AsyncAPI document that git has, with all that each refers
to, and say of each what changed in the contract and whom it broke. Commits that
changed nothing anybody would notice are left out. The document in the working
folder counts as the last version.

History is that of the current branch: a merge counts as one change.

With --subject the versions that a schema registry has of it are told, too, or alone
where no FILE is named.`,
		Example: `  weft history asyncapi.yaml
  weft history asyncapi.yaml --message OrderCreated --format html > history.html
  weft history asyncapi.yaml --subject orders.created-value --registry http://localhost:8081`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || len(args) == 0 && f.subject == "" || len(args) == 1 && args[0] == "-" {
				return usage("name one document in a git repository, as in: weft history asyncapi.yaml")
			}
			if f.limit < 1 {
				return usage("--limit is at least 1")
			}
			return nil
		},
		RunE: action(f.run),
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&f.since, "since", "", "begin at a `GITREF`: a commit, branch or tag (default: where the file began)")
	cmd.Flags().StringVar(&f.message, "message", "", "tell only what changed of the message with this `NAME`")
	cmd.Flags().StringVar(&f.subject, "subject", "", "tell also of the versions of this `SUBJECT` of a schema registry")
	cmd.Flags().StringVar(&f.registry, "registry", "", "the `URL` of the registry (default: the variable "+registryVariable+")")
	cmd.Flags().IntVar(&f.limit, "limit", 100, "how many commits and versions are looked at, from the newest")
	var levels []string
	for _, level := range diff.Levels() {
		levels = append(levels, string(level))
	}
	choiceFlag(cmd, &f.level, "level", "what must stay whole", levels...)
	formatFlag(cmd, &f.format, "text", "json", "markdown", "html")
	return cmd
}

// moment is one version of a document.
type moment struct {
	// Commit is its name in git; "" is the file in the working folder.
	Commit string
	// Version is its number in a registry, where it is from one.
	Version int
	Date    string // of the commit, as 2026-11-22
	Author  string
	Title   string // of the commit
	// doc is what was read, or why not.
	doc diff.Document
	err error
}

// evolution is the step that led to a version.
type evolution struct {
	to *moment
	// from is the version before, nil where history begins.
	from *moment
	// report is what changed, nil where history begins or this version could not
	// be read.
	report *diff.Report
}

func (f *historyFlags) run(cmd *cobra.Command, args []string) error {
	view := &historyView{level: diff.Level(f.level), limit: f.limit, message: f.message, subject: f.subject}
	if len(args) == 1 {
		if err := f.committed(cmd, args[0], view); err != nil {
			return err
		}
	}
	if f.subject != "" {
		steps, err := f.registered(cmd, f.subject)
		if err != nil {
			return err
		}
		view.versions = newestFirst(steps)
	}
	return view.write(newScreen(cmd.OutOrStdout()), f.format)
}

// committed adds the versions that git has of a file to a view.
func (f *historyFlags) committed(cmd *cobra.Command, name string, view *historyView) error {
	now, err := gitHistory(cmd.Context(), "HEAD", name)
	if err != nil {
		return err
	}
	web, err := f.web()
	if err != nil {
		return err
	}
	defer web.Close()
	current, release, err := f.current(cmd, name)
	if err != nil {
		return err
	}
	defer release()
	named, uris, err := openFolders(f.folders)
	if err != nil {
		return err
	}
	defer named.close()
	h := &history{repository: now, web: web, named: named, folders: uris, limit: f.limit, read: map[string]*moment{}}
	if f.since != "" {
		begin, err := gitHistory(cmd.Context(), f.since, name)
		if err != nil {
			return err
		}
		h.since = begin.commit
	}
	steps, err := h.walk(cmd.Context(), current)
	if err != nil {
		return err
	}
	view.file, view.cut = name, h.cut
	view.steps = view.chosen(steps)
	return nil
}

// current is the document in the working folder.
func (f *historyFlags) current(cmd *cobra.Command, name string) (*moment, func(), error) {
	text, err := file(cmd.InOrStdin(), name)
	if err != nil {
		return nil, nil, err
	}
	ws, release, err := f.workspace(name)
	if err != nil {
		return nil, nil, err
	}
	m := &moment{Title: "the working folder"}
	m.doc, m.err = diff.Load(cmd.Context(), ws, text)
	m.doc.Workspace = ws
	return m, release, nil
}

// history reads the versions of a document that git has.
type history struct {
	repository *gitVersion
	web        source.Opener
	named      folders // those of --proto-path
	folders    []string
	since      string
	limit      int
	read       map[string]*moment // by commit
	cut        bool               // there are more commits than the limit
}

// walk returns the steps from the oldest version to the current one. What older
// versions refer to may lie in other files, whose commits count too; so it
// looks again until it finds no more files.
func (h *history) walk(ctx context.Context, current *moment) ([]evolution, error) {
	files := h.files(current, []string{h.inside(h.repository.uri)})
	for {
		commits, err := h.commits(ctx, files)
		if err != nil {
			return nil, err
		}
		known := len(files)
		for _, m := range commits {
			files = h.files(m, files)
		}
		if len(files) == known {
			return evolve(append(commits, current)), nil
		}
	}
}

// evolve compares each version with the one before that could be read.
func evolve(moments []*moment) []evolution {
	var list []evolution
	var last *moment
	for _, m := range moments {
		step := evolution{to: m, from: last}
		if m.err == nil && last != nil {
			step.report = diff.Compare(last.doc, m.doc, diff.Options{})
		}
		if m.err == nil {
			last = m
		}
		list = append(list, step)
	}
	return list
}

// files adds the files of a version to those that are known, each once and as
// git names them.
func (h *history) files(m *moment, known []string) []string {
	if m.doc.Workspace == nil {
		return known
	}
	for _, d := range m.doc.Workspace.Documents() {
		if name := h.inside(d.File.URI()); name != "" && !slices.Contains(known, name) {
			known = append(known, name)
		}
	}
	return known
}

// inside is how git names a file, or "" for what is not in the repository.
func (h *history) inside(uri string) string {
	path, ok := source.PathOf(uri)
	if !ok {
		return ""
	}
	name, err := filepath.Rel(h.repository.root, path)
	if err != nil || !filepath.IsLocal(name) {
		return ""
	}
	return filepath.ToSlash(name)
}

// commits are the versions at which any of the files changed, the oldest first.
func (h *history) commits(ctx context.Context, files []string) ([]*moment, error) {
	args := []string{"log", "--first-parent", "-m", "-z", "--format=%H%x1f%as%x1f%an%x1f%s", "--max-count=" + strconv.Itoa(h.limit+1), "HEAD"}
	if h.since != "" {
		args = append(args, "^"+h.since)
	}
	args = append(args, "--")
	for _, name := range files {
		args = append(args, ":(top,literal)"+name)
	}
	out, err := git(ctx, h.repository.root, args...)
	if err != nil {
		return nil, fmt.Errorf("git could not tell the history of %s: %w", files[0], err)
	}
	var list []*moment
	for record := range strings.SplitSeq(string(out), "\x00") {
		fields := strings.SplitN(strings.TrimSpace(record), "\x1f", 4)
		if len(fields) == 4 {
			list = append(list, h.at(ctx, fields))
		}
	}
	if h.since != "" {
		list = append(list, h.at(ctx, []string{h.since, "", "", "where --since begins"}))
	}
	if h.cut = len(list) > h.limit; h.cut {
		list = list[:h.limit]
	}
	slices.Reverse(list)
	// Before the file was there, its history had not begun.
	begin := slices.IndexFunc(list, func(m *moment) bool { return !errors.Is(m.err, source.ErrNotFound) })
	if begin < 0 {
		return nil, nil
	}
	return list[begin:], nil
}

// at reads the version of a commit, once.
func (h *history) at(ctx context.Context, fields []string) *moment {
	if have := h.read[fields[0]]; have != nil {
		return have
	}
	m := &moment{Commit: fields[0], Date: fields[1], Author: fields[2], Title: fields[3]}
	h.read[m.Commit] = m
	version := *h.repository
	version.commit, version.shown = m.Commit, m.name()
	text, err := version.Open(ctx, version.uri)
	if err != nil {
		m.err = err
		return m
	}
	ws := ref.New(source.Overlay{version.before(h.named), h.web}, ref.Options{Folders: h.folders})
	m.doc, m.err = diff.Load(ctx, ws, text)
	m.doc.Workspace = ws
	return m
}

// name is what people call the version.
func (m *moment) name() string {
	switch {
	case m.Version > 0:
		return fmt.Sprintf("v%d", m.Version)
	case m.Commit == "":
		return "now"
	}
	return m.Commit[:min(8, len(m.Commit))]
}
