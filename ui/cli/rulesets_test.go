package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Each ruleset in the guide is one that can be read, and does what the guide
// says it does.
func TestTheGuideOfRulesets(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/guide/rulesets.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml( document)?\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 5 {
		t.Fatalf("the guide has %d blocks: the search is broken", len(blocks))
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "shared", "weft.yaml"), "rules: {practice/owner: on}\n")
	for _, block := range blocks {
		name, code := "weft.yaml", exitFine
		if block[1] != "" {
			name = "document.yaml"
		}
		file := filepath.Join(dir, "project", name)
		writeFile(t, file, block[2])
		var stdout, stderr bytes.Buffer
		args := []string{"validate", file, "--fail-on", "warning", "--root", dir}
		if block[1] != "" {
			args = append(args, "--ruleset", "weft:recommended")
		}
		if got := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr); got != code {
			t.Errorf("exit code %d for\n%s\n%s%s", got, block[2], &stdout, &stderr)
		}
		if block[1] != "" && strings.Contains(stdout.String(), "address-slash") {
			t.Errorf("the comments ignore nothing:\n%s", &stdout)
		}
	}
}

// The rules of one's own in the guide find what they are there for.
func TestTheRulesOfTheGuideWork(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/guide/rulesets.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, rules, _ := strings.Cut(string(text), "```yaml\ncustom:")
	rules, _, _ = strings.Cut(rules, "```")
	writeFile(t, filepath.Join(dir, "weft.yaml"), "extends: weft:off\ncustom:"+rules)
	writeFile(t, filepath.Join(dir, "d.yaml"), `asyncapi: 3.0.0
info: {title: t, version: 1.0.0}
servers: {main: {host: h, protocol: kafka}}
channels:
  a:
    x-owner: nobody
    messages: {orderPlaced: {$ref: '#/components/x'}, Paid: {$ref: '#/components/messages/Paid'}}
  b: {address: b}
components:
  messages:
    Paid:
      headers: {type: object, properties: {id: {type: string}}}
      payload: {properties: {price: {type: number, format: money}}}
  schemas: {b: {type: string}, a: {type: string}}
  x: {summary: s, payload: {type: string}}
`)
	var stdout, stderr bytes.Buffer
	_ = run(t.Context(), []string{"validate", filepath.Join(dir, "d.yaml")}, strings.NewReader(""), &stdout, &stderr)
	for _, want := range []string{
		"the channel a is owned by nobody, which is no team of ours  [custom/channel-owner]",
		`"x-owner" is missing  [custom/channel-owner-named]`,
		`"summary" is missing  [custom/event-names]`,
		`"type" must be one of "string"  [custom/money-is-text]`,
		"[custom/audit-header]",
		`"schemas" must be in alphabetical order: "a" stands before "b"  [custom/stable-order]`,
		`"$ref" must fit the pattern "^#/components/messages/"  [custom/refs-to-components]`,
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("%q is not among\n%s%s", want, &stdout, &stderr)
		}
	}
	if strings.Contains(stdout.String(), "tls-only") {
		t.Errorf("a rule that is off finds something:\n%s", &stdout)
	}
}
