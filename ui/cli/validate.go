package cli

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/text/diag"
)

// validateFlags are what the user of "weft validate" said.
type validateFlags struct {
	reading
	format string
	failOn string
}

func newValidate() *cobra.Command {
	f := &validateFlags{}
	cmd := &cobra.Command{
		Use:   "validate FILE...",
		Short: "say what is wrong with documents, and where",
		Long: `Judge AsyncAPI, OpenAPI and Arazzo documents: their text, their structure, their
references and what the specifications ask for beyond it. Each fault is told once,
in the file and at the place where it can be mended.

FILE may be a pattern such as 'specs/**/*.yaml', or "-" for standard input.`,
		Example: `  weft validate asyncapi.yaml
  weft validate 'contracts/**/*.yaml' --format sarif > findings.sarif`,
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
	return cmd
}

func (f *validateFlags) run(cmd *cobra.Command, names []string) error {
	names, err := expand(names)
	if err != nil {
		return err
	}
	least, err := diag.ParseSeverity(f.failOn)
	if err != nil {
		return usage("--fail-on: %w", err)
	}
	linter := rules.Linter()
	report := diag.Report{Files: names, FailOn: least, Rules: linter.Rules(), Version: buildVersion().Version}
	unread := 0
	for _, judged := range f.judge(cmd.Context(), linter, cmd.InOrStdin(), names) {
		if judged.err != nil {
			unread++
			fmt.Fprintf(cmd.ErrOrStderr(), "weft: %v\n", judged.err)
		}
		report.Findings = append(report.Findings, judged.result.Findings...)
	}
	if err := f.write(cmd, report, unread); err != nil {
		return err
	}
	switch {
	case unread > 0:
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
	report.Color, report.Width = out.color, out.width
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

// judged is what became of one document.
type judged struct {
	result lint.Result
	err    error
}

// judge reads and judges documents, as many at once as there are processors,
// and keeps their order.
func (f *validateFlags) judge(ctx context.Context, linter *lint.Linter, stdin io.Reader, names []string) []judged {
	list := make([]judged, len(names))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		workers.Go(func() {
			for i := range next {
				list[i].result, list[i].err = f.judgeOne(ctx, linter, stdin, names[i])
			}
		})
	}
	for i := range names {
		next <- i
	}
	close(next)
	workers.Wait()
	return list
}

func (f *validateFlags) judgeOne(ctx context.Context, linter *lint.Linter, stdin io.Reader, name string) (lint.Result, error) {
	text, err := file(stdin, name)
	if err != nil {
		return lint.Result{}, err
	}
	ws, release, err := f.workspace(name)
	if err != nil {
		return lint.Result{}, err
	}
	defer release()
	return linter.Lint(ctx, ws, text), nil
}
