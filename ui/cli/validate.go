package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/lint/ruleset"
	"github.com/weft-dev/weft/text/diag"
)

// validateFlags are what the user of "weft validate" said.
type validateFlags struct {
	reading
	format  string
	failOn  string
	ruleset string
	fix     bool
	dryRun  bool
	verbose bool
	watch   bool
}

func newValidate() *cobra.Command {
	f := &validateFlags{}
	cmd := &cobra.Command{
		Use:   "validate FILE...",
		Short: "say what is wrong with documents, and where",
		Long: `Judge AsyncAPI, OpenAPI and Arazzo documents: their text, their structure, their
references and what the specifications ask for beyond it, and how good they are
as contracts. Each fault is told once, in the file and at the place where it can
be mended.

FILE may be a pattern such as 'specs/**/*.yaml', or "-" for standard input.

What counts is said by the nearest weft.yaml above a document, within its
project, or by --ruleset in its place: severities, options, rules of your own,
and what is known and left as it is. A comment does so in the document itself:
  # weft-ignore asyncapi/address-slash -- the gateway wants it so`,
		Example: `  weft validate asyncapi.yaml
  weft validate 'contracts/**/*.yaml' --format sarif > findings.sarif
  weft validate asyncapi.yaml --fix --dry-run`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name the documents to judge, as in: weft validate asyncapi.yaml")
			}
			return nil
		},
		RunE: action(f.run),
	}
	f.reading.flags(cmd)
	var forms []string
	for _, form := range diag.Formats() {
		forms = append(forms, string(form))
	}
	formatFlag(cmd, &f.format, forms...)
	choiceFlag(cmd, &f.failOn, "fail-on", "the mildest finding that makes the command fail", "error", "warning", "info", "hint")
	flags := cmd.Flags()
	flags.StringVar(&f.ruleset, "ruleset", "", "judge by this `FILE`, or set ("+strings.Join(ruleset.BuiltIns(), ", ")+"), in the place of weft.yaml")
	flags.BoolVar(&f.fix, "fix", false, "mend what can be mended without changing what is meant")
	flags.BoolVar(&f.dryRun, "dry-run", false, "with --fix, show what would be changed and change nothing")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "tell each remark about what a document says of itself, not only how many there are")
	flags.BoolVar(&f.watch, "watch", false, "judge again whenever a document, or what it refers to, changes")
	return cmd
}

func (f *validateFlags) run(cmd *cobra.Command, names []string) error {
	least, err := diag.ParseSeverity(f.failOn)
	switch {
	case err != nil:
		return usage("--fail-on: %w", err)
	case f.dryRun && !f.fix:
		return usage("--dry-run goes with --fix")
	case f.watch && f.fix:
		return usage("--watch and --fix do not go together: an editor would be surprised")
	case f.watch && slices.Contains(names, "-"):
		return usage("--watch needs files: standard input ends")
	}
	if f.watch {
		return f.keepWatching(cmd, names, least)
	}
	j, err := f.judging(cmd, names)
	if err != nil {
		return err
	}
	if f.fix {
		err = f.mend(cmd, j)
	} else {
		err = j.judge(cmd.Context())
	}
	if err != nil {
		return err
	}
	return f.tell(cmd, j, least)
}

// tell prints what was found and ends the command as that asks for.
func (f *validateFlags) tell(cmd *cobra.Command, j *judging, least diag.Severity) error {
	report := j.report(least)
	for _, err := range j.failures() {
		complain(cmd.ErrOrStderr(), err)
	}
	if err := f.write(cmd, report, len(j.failures())); err != nil {
		return err
	}
	switch {
	case len(j.failures()) > 0:
		return &outcome{code: exitBroken}
	case diag.Worst(report.Findings) >= least:
		return ended()
	}
	return nil
}

// write prints a report. In the text form the sum is talk, so it goes to
// stderr: what is printed is then only findings.
func (f *validateFlags) write(cmd *cobra.Command, report diag.Report, unread int) error {
	out := newScreen(cmd.OutOrStdout())
	if f.fix && (f.dryRun || slices.Contains(report.Files, "-")) {
		out = newScreen(cmd.ErrOrStderr()) // stdout is for what becomes of the text
	}
	report.Color, report.Width, report.Verbose = out.color, out.width, f.verbose
	if err := diag.Write(out, diag.Format(f.format), report); err != nil {
		return err
	}
	if diag.Format(f.format) != diag.FormatText {
		return nil
	}
	read := len(report.Files) - unread
	if read == 0 {
		return nil
	}
	documents := fmt.Sprintf("%d documents", read)
	if read == 1 {
		documents = "1 document"
	}
	stderr := newScreen(cmd.ErrOrStderr())
	look := green
	if diag.Worst(report.Findings) >= report.FailOn {
		look = red
	}
	fmt.Fprintf(stderr, "%s: %s\n", documents, stderr.paint(look, diag.Summary(diag.Unique(report.Findings))))
	return nil
}
