package rules_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// rulesOf says which of our rules judge what a rule of another linter judges.
// What is not here yet counts as failed.
var rulesOf = map[string][]diag.Code{
	"asyncapi-is-asyncapi":                               {"asyncapi/version", "lint/kind", "asyncapi/bad-value"},
	"asyncapi-document-resolved":                         {"asyncapi/missing-field"},
	"asyncapi-document-unresolved":                       {"asyncapi/reference-not-allowed"},
	"asyncapi2-server-security":                          {"asyncapi/security-scheme", "asyncapi/security-scope"},
	"asyncapi2-operation-security":                       {"asyncapi/security-scheme", "asyncapi/security-scope"},
	"asyncapi2-server-variables":                         {"asyncapi/server-variable"},
	"asyncapi2-channel-parameters":                       {"asyncapi/address-parameter"},
	"asyncapi3-channel-parameters":                       {"asyncapi/address-parameter"},
	"asyncapi2-channel-servers":                          {"asyncapi/channel-server"},
	"asyncapi3-channel-servers":                          {"asyncapi/channel-server", "asyncapi/reference-required"},
	"asyncapi2-channel-no-query-nor-fragment":            {"asyncapi/address-form"},
	"asyncapi3-channel-no-query-nor-fragment":            {"asyncapi/address-form"},
	"asyncapi2-operation-operationId-uniqueness":         {"asyncapi/duplicate-operation-id"},
	"asyncapi2-message-messageId-uniqueness":             {"asyncapi/duplicate-message-id"},
	"asyncapi2-schemas":                                  {"asyncapi/wrong-type", "asyncapi/schema-format"},
	"asyncapi2-channel-no-empty-parameter":               {"asyncapi/bad-format"},
	"asyncapi2-channel-no-trailing-slash":                {"asyncapi/address-slash"},
	"asyncapi2-server-no-trailing-slash":                 {"asyncapi/address-slash"},
	"asyncapi2-tags-uniqueness":                          {"asyncapi/duplicate-tag"},
	"asyncapi3-operation-messages-from-referred-channel": {"asyncapi/operation-message"},
	"asyncapi3-required-operation-channel-unambiguity":   {"asyncapi/operation-channel"},
	"asyncapi3-required-channel-servers-unambiguity":     {"asyncapi/channel-server"},
}

// TestCasesOfAnotherLinter runs the cases of another linter's rules and
// compares how many findings there are. testdata/known-failures.txt lists those on
// which we differ, and may only shrink.
func TestCasesOfAnotherLinter(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(corpus.Dir(t), "asyncapi", "rule-cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Rule, Case string
		Document   json.RawMessage
		Expect     []struct {
			Message string
			Path    []string
		}
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	known := knownFailures(t)
	passed := 0
	for _, c := range cases {
		name := c.Rule + ": " + c.Case
		t.Run(name, func(t *testing.T) {
			var got []diag.Diagnostic
			for _, d := range judge(t, "d.json", string(c.Document), source.Memory{}).Findings {
				if slices.Contains(rulesOf[c.Rule], d.Code) {
					got = append(got, d)
				}
			}
			pass := rulesOf[c.Rule] != nil && len(got) == len(c.Expect)
			switch isKnown := slices.Contains(known, name); {
			case pass && isKnown:
				t.Error("this passes now: take it out of known-failures.txt")
			case isKnown:
				t.Skip("known to fail")
			case !pass:
				t.Errorf("%d findings, not %d: %s\n%s", len(got), len(c.Expect), c.Expect, show(got))
			}
			if pass {
				passed++
			}
		})
	}
	t.Logf("%d of %d cases pass", passed, len(cases))
}

func knownFailures(t testing.TB) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/known-failures.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			list = append(list, line)
		}
	}
	return list
}
