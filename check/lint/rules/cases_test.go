package rules_test

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// rulesOf says which of our rules judge what a rule of another linter judges.
var rulesOf = map[string][]diag.Code{
	"asyncapi-is-asyncapi":                               {"asyncapi/version", "lint/kind", "asyncapi/bad-value", "openapi/version"},
	"asyncapi-latest-version":                            {"asyncapi/latest-version"},
	"asyncapi-document-resolved":                         {"asyncapi/missing-field"},
	"asyncapi-document-unresolved":                       {"asyncapi/reference-not-allowed"},
	"asyncapi-id":                                        {"asyncapi/id"},
	"asyncapi-defaultContentType":                        {"asyncapi/default-content-type"},
	"asyncapi-info-description":                          {"asyncapi/info-description"},
	"asyncapi-info-contact":                              {"asyncapi/info-contact"},
	"asyncapi-info-contact-properties":                   {"asyncapi/contact-fields"},
	"asyncapi-info-license":                              {"asyncapi/info-license"},
	"asyncapi-info-license-url":                          {"asyncapi/license-url"},
	"asyncapi-servers":                                   {"asyncapi/servers"},
	"asyncapi2-tags":                                     {"asyncapi/tags"},
	"asyncapi-unused-component":                          {"asyncapi/unused-component"},
	"asyncapi2-unused-securityScheme":                    {"asyncapi/unused-security-scheme"},
	"asyncapi2-server-security":                          {"asyncapi/security-scheme", "asyncapi/security-scope"},
	"asyncapi2-operation-security":                       {"asyncapi/security-scheme", "asyncapi/security-scope"},
	"asyncapi2-server-variables":                         {"asyncapi/server-variable"},
	"asyncapi2-server-no-empty-variable":                 {"asyncapi/address-braces"},
	"asyncapi2-channel-parameters":                       {"asyncapi/address-parameter"},
	"asyncapi3-channel-parameters":                       {"asyncapi/address-parameter"},
	"asyncapi2-channel-servers":                          {"asyncapi/channel-server"},
	"asyncapi3-channel-servers":                          {"asyncapi/channel-server", "asyncapi/reference-required"},
	"asyncapi2-channel-no-query-nor-fragment":            {"asyncapi/address-form"},
	"asyncapi3-channel-no-query-nor-fragment":            {"asyncapi/address-form"},
	"asyncapi2-operation-operationId":                    {"asyncapi/operation-id"},
	"asyncapi2-operation-operationId-uniqueness":         {"asyncapi/duplicate-operation-id"},
	"asyncapi2-message-messageId":                        {"asyncapi/message-id"},
	"asyncapi2-message-messageId-uniqueness":             {"asyncapi/duplicate-message-id"},
	"asyncapi2-message-examples":                         {"asyncapi/example"},
	"asyncapi2-message-examples-custom-format":           {"asyncapi/example"},
	"asyncapi2-schemas":                                  {"asyncapi/wrong-type", "asyncapi/schema-format"},
	"asyncapi2-schema-default":                           {"asyncapi/schema-default"},
	"asyncapi2-schema-examples":                          {"asyncapi/schema-example"},
	"asyncapi2-channel-no-empty-parameter":               {"asyncapi/bad-format"},
	"asyncapi2-channel-no-trailing-slash":                {"asyncapi/address-slash"},
	"asyncapi2-server-no-trailing-slash":                 {"asyncapi/address-slash"},
	"asyncapi2-tags-uniqueness":                          {"asyncapi/duplicate-tag", "asyncapi/duplicate-item"},
	"asyncapi3-operation-messages-from-referred-channel": {"asyncapi/operation-message"},
	"asyncapi3-required-operation-channel-unambiguity":   {"asyncapi/operation-channel"},
	"asyncapi3-required-channel-servers-unambiguity":     {"asyncapi/channel-server"},
}

// foreignCase is a case of another linter.
type foreignCase struct {
	Rule, Case string
	Document   json.RawMessage
	Expect     []struct {
		Message  string
		Path     []string
		Severity string
	}
}

func foreignCases(t testing.TB) []foreignCase {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus.Dir(t), "asyncapi", "rule-cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []foreignCase
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// TestCasesOfAnotherLinter runs the cases of another linter's rules, and
// compares where findings are and how much they matter. On which of them we
// differ, and why, is in testdata/known-differences.txt, which may only shrink.
func TestCasesOfAnotherLinter(t *testing.T) {
	t.Parallel()
	cases := foreignCases(t)
	known := knownDifferences(t)
	passed := 0
	for _, c := range cases {
		name := c.Rule + ": " + c.Case
		reason := known[name]
		delete(known, name)
		want, got := c.places(), placesOf(t, c)
		pass := rulesOf[c.Rule] != nil && slices.Equal(want, got)
		switch {
		case pass && reason != "":
			t.Errorf("%s: this passes now: take it out of known-differences.txt", name)
		case !pass && reason == "":
			t.Errorf("%s: want\n\t%s\ngot\n\t%s", name, strings.Join(want, "\n\t"), strings.Join(got, "\n\t"))
		case pass:
			passed++
		}
	}
	for name := range known {
		t.Errorf("known-differences.txt names a case that is not there: %s", name)
	}
	t.Logf("%d of %d cases pass", passed, len(cases))
}

// places are where the case expects findings, as "/path severity".
func (c *foreignCase) places() []string {
	list := []string{}
	for _, e := range c.Expect {
		path := ""
		for _, name := range e.Path {
			path += "/" + tree.EscapePointer(name)
		}
		list = append(list, path+" "+cmp.Or(e.Severity, "error"))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// placesOf are where we have findings.
func placesOf(t *testing.T, c foreignCase) []string {
	t.Helper()
	list := []string{}
	for _, d := range judgeAll(t, "d.json", string(c.Document)) {
		if slices.Contains(rulesOf[c.Rule], d.Code) {
			list = append(list, d.Path+" "+d.Severity.String())
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// knownDifferences are the cases on which we differ, with the reasons. In the
// file a reason stands above the cases that it is for.
func knownDifferences(t testing.TB) map[string]string {
	t.Helper()
	data, err := os.ReadFile("testdata/known-differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	known, reason := map[string]string{}, ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if said, ok := strings.CutPrefix(line, "#"); ok {
			reason = strings.TrimSpace(said)
		} else if line != "" {
			known[line] = reason
		}
	}
	return known
}

// TestFindingsInCasesStandWhereTheySay asks of every finding in the cases that
// what is underlined is there, and is the value, or the key, that it names.
func TestFindingsInCasesStandWhereTheySay(t *testing.T) {
	t.Parallel()
	for _, c := range foreignCases(t) {
		for _, d := range judgeAll(t, c.Rule+": "+c.Case+".json", string(c.Document)) {
			stands(t, d)
		}
	}
}

func stands(t *testing.T, d diag.Diagnostic) {
	t.Helper()
	if d.Span.File == nil {
		t.Errorf("%s: no file: %s", d.Code, d.Message)
		return
	}
	size := len(d.Span.File.Data())
	root, _ := tree.Parse(d.Span.File, tree.Options{})
	n := root.At(d.Path)
	inValue := n != nil && within(d.Span, n.Span)
	inKey := n != nil && n.Key != nil && within(d.Span, n.Key.Span)
	switch {
	case d.Span.Start < 0 || d.Span.End > size || d.Span.Start > d.Span.End:
		t.Errorf("%s: %s: the place is outside of the file", d.Span.File.Name(), d.Code)
	case n == nil:
		t.Errorf("%s: %s: nothing is at %q: %s", d.Span.File.Name(), d.Code, d.Path, d.Message)
	case !inValue && !inKey:
		t.Errorf("%s: %s: %q underlines %q, which is not at %q", d.Span.File.Name(), d.Code, d.Message, d.Span.Text(), d.Path)
	}
}

func within(inner, outer source.Span) bool {
	return inner.Start >= outer.Start && inner.End <= outer.End
}
