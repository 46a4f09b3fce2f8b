package ref_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
)

func TestEachCodeIsExplainedByAnExample(t *testing.T) {
	t.Parallel()
	rules := map[diag.Code]diag.Rule{}
	for _, rule := range ref.Rules() {
		rules[rule.Code] = rule
	}
	text, err := os.ReadFile("workspace.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`"(text/ref-[a-z-]+)"`).FindAllSubmatch(text, -1)
	if len(codes) != len(rules) || len(codes) == 0 {
		t.Errorf("%d codes and %d rules", len(codes), len(rules))
	}
	for _, match := range codes {
		code := diag.Code(match[1])
		rule := rules[code]
		if rule.Summary == "" || rule.Why == "" || rule.Severity == 0 || (rule.Good == "") != (rule.Bad == "") {
			t.Errorf("%s is not explained: %+v", code, rule)
		}
		if rule.Bad == "" {
			continue
		}
		for text, want := range map[string]diag.Code{rule.Good: "", rule.Bad: code} {
			w, root := open(t, map[string]string{"a.yaml": text})
			got := diag.Code("")
			if findings := w.Walk(t.Context(), root, ref.WalkOptions{}); len(findings) > 0 {
				got = findings[0].Code
			}
			if got != want {
				t.Errorf("an example of %s has %q, want %q", code, got, want)
			}
		}
	}
}
