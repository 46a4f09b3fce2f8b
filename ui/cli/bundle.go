package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/make/bundle"
	"github.com/weft-dev/weft/make/bundle/lock"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// bundleFlags are what the user of "weft bundle" said.
type bundleFlags struct {
	reading
	output string
	mode   string
	format string
	base   string
	lock   string
	update bool
	check  bool
}

// The formats of a bundle; by default it is that of the file's name, or of the
// first document.
const sameFormat = "same"

func newBundle() *cobra.Command {
	f := &bundleFlags{}
	cmd := &cobra.Command{
		Use:   "bundle FILE...",
		Short: "make one self-contained document of documents and what they refer to",
		Long: `Make one document that refers to no other: what is in files, at URLs and in schema
registries (http://HOST/subjects/S/versions/V/schema) becomes part of it. Its meaning
stays the same, and its comments are kept. Several documents of one version are merged;
what two of them both have must be equal.

In the mode "ref" everything becomes a component, once, under the name it had; in the
mode "inline" it takes the place of the reference, except where references lead in a
circle and where the specification asks for a reference. References within a document
stay as they are.

Only hosts of --allow-host are called. With --lock the file keeps what each address
stood for, "latest" above all: the next bundle is the same, and what changed since is
told. --update-lock takes the new.`,
		Example: `  weft bundle asyncapi.yaml -o bundled.yaml
  weft bundle asyncapi.yaml -o bundled.yaml --allow-host localhost --lock weft.lock
  weft bundle base.yaml audio.yaml camera.yaml --mode inline -o all.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usage("name the documents to bundle, as in: weft bundle asyncapi.yaml -o bundled.yaml")
			case f.update && f.lock == "":
				return usage("--update-lock needs the lock to update: name it with --lock FILE")
			case f.check && f.lock == "" && f.output == "":
				return usage("--check needs something to check: the file of -o, or the lock of --lock")
			case f.check && f.update:
				return usage("--check changes nothing; leave out --update-lock")
			}
			return nil
		},
		RunE: action(f.run),
	}
	f.reading.flags(cmd)
	f.limits = ref.Limits{Files: 20_000}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "the `FILE` to write (default: standard output)")
	choiceFlag(cmd, &f.mode, "mode", "what becomes of what is referred to", string(bundle.Refs), string(bundle.Inline))
	choiceFlag(cmd, &f.format, "format", "the language of the bundle", sameFormat, "yaml", "json")
	flags.StringVar(&f.base, "base", "", "a `FILE` that is merged first: its info and id are those of the bundle")
	flags.StringVar(&f.lock, "lock", "", "a `FILE` that keeps what references to the network stand for")
	flags.BoolVar(&f.update, "update-lock", false, "take what references stand for now into the lock")
	flags.BoolVar(&f.check, "check", false, "write nothing; fail where the file of -o or the lock would change, or something newer than the lock is there")
	return cmd
}

func (f *bundleFlags) run(cmd *cobra.Command, names []string) error {
	names, err := f.names(names)
	if err != nil {
		return err
	}
	locked, err := f.openLock()
	if err != nil {
		return err
	}
	result, first, err := f.bundle(cmd, names, locked)
	if err != nil {
		return err
	}
	result.Findings = append(result.Findings, driftFindings(locked)...)
	if err := f.tell(cmd, result.Findings, names); err != nil {
		return err
	}
	if failed := f.failed(result); failed != nil {
		return failed
	}
	text, err := tree.Print(result.Root, f.formatOf(first))
	if err != nil {
		return err
	}
	if f.check {
		return f.compare(cmd, text, locked)
	}
	return f.write(cmd, text, result, locked)
}

// names are the documents, the base first.
func (f *bundleFlags) names(names []string) ([]string, error) {
	names, err := expand(names)
	if err != nil {
		return nil, err
	}
	if f.base != "" {
		names = slices.Concat([]string{f.base}, slices.DeleteFunc(names, func(name string) bool { return name == f.base }))
	}
	// What is written is not read, as with *.yaml and -o all.yaml.
	if f.output != "" && len(names) > 1 {
		names = slices.DeleteFunc(names, func(name string) bool { return filepath.Clean(name) == filepath.Clean(f.output) })
	}
	return names, nil
}

// openLock opens what is locked; nil where no lock is asked for.
func (f *bundleFlags) openLock() (*lock.Opener, error) {
	if f.lock == "" {
		return nil, nil
	}
	web, err := f.web()
	if err != nil {
		return nil, err
	}
	o := &lock.Opener{Inner: web.Opener, Lock: lock.New(), Renew: f.update, Offline: f.offline}
	text, err := source.ReadFile(f.lock)
	switch {
	case errors.Is(err, source.ErrNotFound):
		return o, nil
	case err != nil:
		return nil, err
	}
	o.Lock, err = lock.Parse(text)
	return o, err
}

// bundle opens the documents and bundles them.
func (f *bundleFlags) bundle(cmd *cobra.Command, names []string, locked *lock.Opener) (*bundle.Result, *source.File, error) {
	var texts []*source.File
	for _, name := range names {
		text, err := file(cmd.InOrStdin(), name)
		if err != nil {
			return nil, nil, err
		}
		texts = append(texts, text)
	}
	if err := f.commonRoot(names); err != nil {
		return nil, nil, err
	}
	var first []source.Opener
	if locked != nil {
		first = append(first, locked)
	}
	ws, release, err := f.workspaceBehind(names[0], first...)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	var documents []*ref.Document
	for _, text := range texts {
		documents = append(documents, ws.Load(text))
	}
	result := bundle.Bundle(cmd.Context(), ws, documents, bundle.Options{Mode: bundle.Mode(f.mode)})
	return result, texts[0], nil
}

// commonRoot is the folder that the references of several documents may reach
// into: the one that holds those of each.
func (f *bundleFlags) commonRoot(names []string) error {
	if f.root != "" || len(names) == 1 {
		return nil
	}
	var common string
	for i, name := range names {
		root, err := f.rootOf(name)
		if err != nil {
			return err
		}
		if i == 0 {
			common = root
		}
		for !within(common, root) {
			common = filepath.Dir(common)
		}
	}
	if home, _ := os.UserHomeDir(); common == filepath.Dir(common) || common == home {
		return usage("the documents have no folder in common that references may reach into; name one with --root")
	}
	f.root = common
	return nil
}

func within(dir, path string) bool {
	relative, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(relative)
}

// driftFindings are about what is something else now than what is locked.
func driftFindings(locked *lock.Opener) []diag.Diagnostic {
	if locked == nil {
		return nil
	}
	var list []diag.Diagnostic
	for _, d := range locked.Drifts() {
		finding := diag.Diagnostic{Code: lock.CodeDrift, Severity: diag.Warning, Message: d.String(), Help: "use --update-lock to take the newer one"}
		switch {
		case locked.Renew:
			finding.Severity, finding.Help = diag.Info, ""
		case d.Lost:
			finding.Code, finding.Severity = lock.CodeLost, diag.Error
			finding.Help = "use --update-lock if the change is meant"
		}
		list = append(list, finding)
	}
	return list
}

// tell prints findings. The bundle is the result, so that they are talk.
func (f *bundleFlags) tell(cmd *cobra.Command, findings []diag.Diagnostic, names []string) error {
	if len(findings) == 0 {
		return nil
	}
	out := newScreen(cmd.ErrOrStderr())
	return diag.Write(out, diag.FormatText, diag.Report{Findings: findings, Files: names, Color: out.color, Width: out.width})
}

// failed says how the command ends where there is no bundle: a text that could
// not be had is no fault of the document.
func (f *bundleFlags) failed(result *bundle.Result) error {
	if diag.Worst(result.Findings) < diag.Error {
		return nil
	}
	for i := range result.Findings {
		switch result.Findings[i].Code {
		case ref.CodeUnavailable, ref.CodeNotAllowed:
			return &outcome{code: exitBroken}
		}
	}
	return ended()
}

// formatOf is the language of the bundle: what was asked for, what the name of
// the file says, or that of the first document.
func (f *bundleFlags) formatOf(first *source.File) tree.Format {
	name := first.Name()
	switch {
	case f.format == "json":
		return tree.JSON
	case f.format == "yaml":
		return tree.YAML
	case f.output != "":
		name = f.output
	case bytes.HasPrefix(bytes.TrimLeft(first.Data(), " \t\r\n"), []byte("{")):
		return tree.JSON
	}
	if strings.EqualFold(filepath.Ext(name), ".json") {
		return tree.JSON
	}
	return tree.YAML
}

// write writes the bundle, and the lock where it changed.
func (f *bundleFlags) write(cmd *cobra.Command, text []byte, result *bundle.Result, locked *lock.Opener) error {
	stderr := newScreen(cmd.ErrOrStderr())
	if f.output == "" {
		if _, err := cmd.OutOrStdout().Write(text); err != nil {
			return err
		}
	} else {
		if err := replaceFile(f.output, text); err != nil {
			return err
		}
		fmt.Fprintf(stderr, "%s: %s\n", f.output, stderr.paint(green, moved(result)))
	}
	if locked == nil || !locked.Changed() {
		return nil
	}
	if err := replaceFile(f.lock, locked.Lock.Print()); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%s: %s\n", f.lock, stderr.paint(green, fmt.Sprintf("locks %s", countOf(len(locked.Lock.Entries()), "reference"))))
	return nil
}

func moved(result *bundle.Result) string {
	if len(result.Moved) == 0 {
		return "bundled"
	}
	return "bundled, " + countOf(len(result.Moved), "component") + " added"
}

// compare says whether what would be written is there already.
func (f *bundleFlags) compare(cmd *cobra.Command, text []byte, locked *lock.Opener) error {
	stale := false
	if f.output != "" {
		have, err := os.ReadFile(f.output)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if !bytes.Equal(have, text) {
			stale = true
			fmt.Fprintf(cmd.ErrOrStderr(), "%s is not what its documents say now; bundle them again\n", f.output)
		}
	}
	if locked != nil && locked.Changed() {
		stale = true
		fmt.Fprintf(cmd.ErrOrStderr(), "%s does not lock all references; bundle once without --check\n", f.lock)
	}
	if stale || locked != nil && len(locked.Drifts()) > 0 {
		return ended()
	}
	return nil
}

// countOf is a number of things in words: "1 component", "3 components".
func countOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
