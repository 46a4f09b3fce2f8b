package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/make/edit"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/unified"
)

// editFlags are what every verb of "weft edit" takes.
type editFlags struct {
	reading
	dryRun bool
	force  bool
	format string
	files  []string
}

// verb is one of the changes that "weft edit" makes.
type verb struct {
	cmd *cobra.Command
	// run makes the change; the words are those behind the verb.
	run func(s *edit.Session, words []string) error
}

func newEdit() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "edit FILE... VERB [WORDS...]",
		Short: "change many places of documents at once; all else stays as it is",
		Long: `Change documents as a whole: a field for every message, schemas that are written once
instead of five times, another name with every reference to it. Comments, order and
layout of all that is not concerned stay. The result is judged: a change that would
bring new errors is refused.

FILE may be a pattern such as 'specs/**/*.yaml'. Only the files named are changed; name
those that refer to one another together. "weft edit VERB --help" tells more of a verb.`,
		Example: `  weft edit asyncapi.yaml add-field correlationId --schema '{type: string, format: uuid}' --required
  weft edit '*.yaml' rename channel orders placedOrders --dry-run`,
		DisableFlagParsing: true,
	}
	verbs := editVerbs()
	for _, v := range verbs {
		cmd.AddCommand(v.cmd)
	}
	cmd.RunE = action(func(cmd *cobra.Command, args []string) error { return dispatch(cmd, verbs, args) })
	return cmd
}

// dispatch finds the verb among the words: the files stand before it, where
// commands of this kind have them, and what it takes behind.
func dispatch(cmd *cobra.Command, verbs []*verb, args []string) error {
	if len(args) == 0 || args[0] == "--help" || args[0] == "-h" {
		return cmd.Help()
	}
	at := slices.IndexFunc(args, func(arg string) bool { return verbNamed(verbs, arg) != nil })
	if at < 0 {
		var names []string
		for _, v := range verbs {
			names = append(names, v.cmd.Name())
		}
		for _, arg := range args {
			if near := diag.DidYouMean(arg, names); near != "" && !strings.HasPrefix(arg, "-") {
				return usage("%q is no verb of weft edit; %s", arg, near)
			}
		}
		return usage("say what to change: weft edit FILE... VERB, with one of %s", strings.Join(names, ", "))
	}
	v := verbNamed(verbs, args[at])
	if err := v.cmd.ParseFlags(args[at+1:]); err != nil {
		return usage("%w", err)
	}
	if help, err := v.cmd.Flags().GetBool("help"); err == nil && help {
		return v.cmd.Help()
	}
	v.cmd.SetContext(cmd.Context())
	if err := v.cmd.ValidateArgs(v.cmd.Flags().Args()); err != nil {
		return err
	}
	names, err := expand(args[:at])
	if err != nil {
		return err
	}
	return v.cmd.RunE(v.cmd, append(names, v.cmd.Flags().Args()...))
}

func verbNamed(verbs []*verb, name string) *verb {
	for _, v := range verbs {
		if v.cmd.Name() == name {
			return v
		}
	}
	return nil
}

// newVerb makes a verb that takes some words.
func newVerb(use, short, long, example string, words int, run func(*edit.Session, []string) error) *verb {
	f := &editFlags{}
	v := &verb{run: run}
	v.cmd = &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == words || words < 0 {
				return nil
			}
			return usage("it is: weft edit FILE... %s", cmd.Use)
		},
		RunE: action(func(cmd *cobra.Command, args []string) error {
			behind := cmd.Flags().NArg()
			if len(args) == behind {
				return usage("name the documents before the verb: weft edit FILE... %s", cmd.Use)
			}
			f.files = args[:len(args)-behind]
			return f.run(cmd, v, args[len(args)-behind:])
		}),
	}
	f.reading.flags(v.cmd)
	flags := v.cmd.Flags()
	flags.BoolP("help", "h", false, "tell about "+v.cmd.Name())
	flags.BoolVar(&f.dryRun, "dry-run", false, "change no file; print what would change")
	flags.BoolVar(&f.force, "force", false, "keep the change even if it brings new errors")
	formatFlag(v.cmd, &f.format, "text", "json")
	return v
}

func (f *editFlags) run(cmd *cobra.Command, v *verb, words []string) error {
	if slices.Contains(f.files, "-") {
		return usage("standard input cannot be changed: name a file")
	}
	var files []*source.File
	for _, name := range f.files {
		text, err := source.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, text)
	}
	around, err := f.around(f.files[0])
	if err != nil {
		return err
	}
	defer around.close()
	session, err := edit.Open(cmd.Context(), around.opener, files, around.folders...)
	if err != nil {
		return fmt.Errorf("nothing is changed: %w", err)
	}
	if err := v.run(session, words); err != nil {
		if end := (*outcome)(nil); errors.As(err, &end) {
			return err
		}
		return &outcome{code: exitFindings, err: fmt.Errorf("nothing is changed: %w", err)}
	}
	fresh, err := f.newErrors(cmd.Context(), files, session.Changes())
	if err != nil {
		return err
	}
	if len(fresh) > 0 && !f.force {
		return f.refuse(cmd, fresh)
	}
	return f.keep(cmd, session)
}

// newErrors are the errors that the documents have now and had not before.
func (f *editFlags) newErrors(ctx context.Context, files []*source.File, changes []edit.Changed) ([]diag.Diagnostic, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	after := source.Memory{}
	for _, c := range changes {
		after[c.After.URI()] = string(c.After.Data())
	}
	known := map[string]int{}
	var fresh []diag.Diagnostic
	for _, text := range files {
		before, err := f.errorsOf(ctx, text, nil)
		if err != nil {
			return nil, err
		}
		for _, d := range before {
			known[string(d.Code)+" "+d.Message]++
		}
	}
	for _, text := range files {
		now := text
		if changed, ok := after[text.URI()]; ok {
			now = source.NewFile(text.URI(), text.Name(), []byte(changed))
		}
		found, err := f.errorsOf(ctx, now, after)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			if key := string(d.Code) + " " + d.Message; known[key] > 0 {
				known[key]--
			} else {
				fresh = append(fresh, d)
			}
		}
	}
	return diag.Unique(fresh), nil
}

func (f *editFlags) errorsOf(ctx context.Context, text *source.File, others source.Memory) ([]diag.Diagnostic, error) {
	ws, release, err := f.workspaceBehind(text.Name(), others)
	if err != nil {
		return nil, err
	}
	defer release()
	return slices.DeleteFunc(rules.Linter().Lint(ctx, ws, text).Findings, func(d diag.Diagnostic) bool {
		return d.Severity < diag.Error
	}), nil
}

// refuse shows the errors that a change would bring.
func (f *editFlags) refuse(cmd *cobra.Command, fresh []diag.Diagnostic) error {
	stderr := newScreen(cmd.ErrOrStderr())
	report := diag.Report{Findings: fresh, Color: stderr.color, Width: stderr.width}
	if err := diag.Write(stderr, diag.FormatText, report); err != nil {
		return err
	}
	return &outcome{code: exitFindings, err: fmt.Errorf("nothing is changed, since this would be wrong; --force changes it all the same")}
}

// editReport is what an edit did, for programs.
type editReport struct {
	Changed []string `json:"changed"`
	Notes   []string `json:"notes"`
	Diff    string   `json:"diff,omitempty"`
}

// keep writes the new texts, or shows what would change.
func (f *editFlags) keep(cmd *cobra.Command, s *edit.Session) error {
	report := editReport{Changed: []string{}, Notes: append([]string{}, s.Notes()...)}
	var diff strings.Builder
	for _, c := range s.Changes() {
		report.Changed = append(report.Changed, c.Before.Name())
		if f.dryRun {
			diff.Write(unified.Diff(c.Before.Name(), c.Before.Name(), c.Before.Data(), c.After.Data()))
			continue
		}
		if err := replaceFile(c.Before.Name(), c.After.Data()); err != nil {
			return err
		}
	}
	if f.format == "json" {
		report.Diff = diff.String()
		return printJSON(cmd.OutOrStdout(), report)
	}
	if _, err := io.WriteString(cmd.OutOrStdout(), diff.String()); err != nil {
		return err
	}
	return f.tell(cmd, report)
}

// tell says what was done, on stderr.
func (f *editFlags) tell(cmd *cobra.Command, report editReport) error {
	stderr := newScreen(cmd.ErrOrStderr())
	for _, note := range report.Notes {
		fmt.Fprintln(stderr, diag.Safe(note))
	}
	done := "changed " + strings.Join(report.Changed, ", ")
	switch {
	case len(report.Changed) == 0:
		done = "nothing changed"
	case f.dryRun:
		done = "this would change " + strings.Join(report.Changed, ", ")
	}
	_, err := fmt.Fprintln(stderr, stderr.paint(green, diag.Safe(done)))
	return err
}
