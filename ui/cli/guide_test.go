package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// What the guide tells people to copy is run.
func TestTheGuideWorks(t *testing.T) {
	guide, err := filepath.Abs("../../docs/guide")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/guide",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GUIDE", guide)
			env.Setenv("NO_COLOR", "1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"jobs": jobs},
	})
}

// jobs writes what each job of the workflow in a page of the guide runs into
// JOB.sh, but for what installs weft.
func jobs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: jobs PAGE")
	}
	page, err := os.ReadFile(filepath.Join(ts.Getenv("GUIDE"), args[0]))
	ts.Check(err)
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	text, _, found := strings.Cut(rest, "```\n")
	if !found {
		ts.Fatalf("%s holds no workflow", args[0])
	}
	root, findings := tree.Parse(source.NewFile("memory:///workflow.yaml", args[0], []byte(text)), tree.Options{})
	if diag.Worst(findings) >= diag.Error {
		ts.Fatalf("the workflow of %s is no YAML: %s", args[0], findings[0].Message)
	}
	for _, job := range root.Get("jobs").Members {
		var script strings.Builder
		for _, step := range job.Value.Get("steps").Items {
			if run := step.Get("run").Str(); run != "" && !strings.HasPrefix(run, "go install ") {
				script.WriteString(run + "\n")
			}
		}
		ts.Check(os.WriteFile(ts.MkAbs(job.Key.Text+".sh"), []byte(script.String()), 0o600))
	}
}
