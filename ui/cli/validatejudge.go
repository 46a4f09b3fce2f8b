package cli

import (
	"context"
	"io"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// judging is one run over some documents.
type judging struct {
	flags    *validateFlags
	linter   *lint.Linter
	rulesets *rulesets
	names    []string
	stdin    io.Reader
	// mended are texts that stand in the place of those on disk, by address.
	mended map[string]*source.File
	// keepUsed says that judged.used is asked for.
	keepUsed bool

	list []judged
}

// judged is what became of one document.
type judged struct {
	file   *source.File // nil where it could not be read
	result lint.Result
	err    error
	// used are the addresses of all texts that were looked at.
	used []string
}

func (f *validateFlags) judging(cmd *cobra.Command, names []string) (*judging, error) {
	names, err := expand(names)
	if err != nil {
		return nil, err
	}
	linter := rules.Linter()
	j := &judging{
		flags: f, linter: linter, names: names, stdin: cmd.InOrStdin(),
		mended: map[string]*source.File{}, rulesets: newRulesets(f, linter),
	}
	return j, j.rulesets.prepare(cmd.Context())
}

// judge reads and judges documents, as many at once as there are processors,
// and keeps their order.
func (j *judging) judge(ctx context.Context) error {
	j.list = make([]judged, len(j.names))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(j.names)) {
		workers.Go(func() {
			for i := range next {
				j.list[i] = j.one(ctx, j.names[i])
			}
		})
	}
	for i := range j.names {
		next <- i
	}
	close(next)
	workers.Wait()
	return ctx.Err()
}

func (j *judging) one(ctx context.Context, name string) judged {
	text, err := j.text(name)
	if err != nil {
		return judged{err: err}
	}
	policy, err := j.rulesets.of(ctx, name)
	if err != nil {
		return judged{err: err}
	}
	ws, release, err := j.workspace(name)
	if err != nil {
		return judged{err: err}
	}
	defer release()
	out := judged{file: text, result: j.linter.LintBy(ctx, ws, text, policy)}
	if j.keepUsed {
		for _, d := range ws.Documents() {
			out.used = append(out.used, d.File.URI())
		}
	}
	return out
}

// text reads a document, or takes what it was mended to.
func (j *judging) text(name string) (*source.File, error) {
	if name != "-" {
		if abs, err := filepath.Abs(name); err == nil {
			if mended := j.mended[source.FileURI(abs)]; mended != nil {
				return source.NewFile(mended.URI(), name, mended.Data()), nil
			}
		}
		return file(nil, name)
	}
	for _, mended := range j.mended {
		if mended.Name() == stdinName {
			return mended, nil
		}
	}
	return file(j.stdin, name)
}

// stdinName is what source.ReadStdin calls standard input.
const stdinName = "<stdin>"

// workspace is reading's, with texts that were mended in front.
func (j *judging) workspace(name string) (*ref.Workspace, func(), error) {
	if len(j.mended) == 0 {
		return j.flags.workspace(name)
	}
	return j.flags.workspaceBehind(name, texts(j.mended))
}

// texts opens texts that are held by their address.
type texts map[string]*source.File

// Open implements source.Opener.
func (t texts) Open(_ context.Context, uri string) (*source.File, error) {
	if f := t[uri]; f != nil {
		return f, nil
	}
	return nil, &source.OpenError{URI: source.Redact(uri), Kind: source.ErrNotFound}
}

// report is what is to say about the run.
func (j *judging) report(least diag.Severity) diag.Report {
	report := diag.Report{Files: j.names, FailOn: least, Rules: j.linter.Rules(), Version: buildVersion().Version}
	for i := range j.list {
		report.Findings = append(report.Findings, j.list[i].result.Findings...)
	}
	report.Findings = append(report.Findings, lint.Across(j.results())...)
	found, own := j.rulesets.findings(j.list)
	report.Findings = append(report.Findings, found...)
	report.Rules = append(report.Rules, own...)
	return report
}

func (j *judging) results() []lint.Result {
	list := make([]lint.Result, len(j.list))
	for i := range j.list {
		list[i] = j.list[i].result
	}
	return list
}

// failures are why documents could not be judged, each reason once.
func (j *judging) failures() []error {
	var list []error
	said := map[string]bool{}
	for i := range j.list {
		if err := j.list[i].err; err != nil && !said[err.Error()] {
			said[err.Error()] = true
			list = append(list, err)
		}
	}
	return list
}
