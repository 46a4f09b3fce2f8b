package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
)

// command runs weft and returns what it printed.
func ran(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	if code := run(t.Context(), args, strings.NewReader(""), &out, &talk); code != want {
		t.Fatalf("%v: exit code %d\n%s%s", args, code, &out, &talk)
	}
	return out.String(), talk.String()
}

// The draft workflow and its conversion are the same plan, and nothing in the
// conversion is deprecated.
func TestAConvertedDraftIsTheSamePlan(t *testing.T) {
	seeds := corpus.Seeds(t)
	dir := t.TempDir()
	draft, converted := filepath.Join(dir, "arazzo.yaml"), filepath.Join(dir, "converted.yaml")
	copyFile(t, filepath.Join(seeds, "place-order", "arazzo.yaml"), draft)
	for _, name := range []string{"asyncapi/order.yaml", "openapi/order.yaml"} {
		copyFile(t, filepath.Join("../../examples/place-order", name), filepath.Join(dir, name))
	}
	inputs := filepath.Join(dir, "inputs.yaml")
	writeFile(t, inputs, "CreateOrder: {orderRequestId: r-1, productId: 3, quantity: 4}\n")

	ran(t, exitFine, "convert", draft, "-o", converted)
	findings, _ := ran(t, exitFine, "validate", converted, "--format", "json")
	for _, code := range []string{"draft", "not-standard", "expression/extension"} {
		if strings.Contains(findings, code) {
			t.Errorf("the conversion has what is no longer used: %s", findings)
		}
	}
	before, _ := ran(t, exitFine, "run", draft, "--dry-run", "--embedded", "--inputs", inputs, "--format", "json")
	after, _ := ran(t, exitFine, "run", converted, "--dry-run", "--embedded", "--inputs", inputs, "--format", "json")
	if plain := strings.ReplaceAll(after, "converted.yaml", "arazzo.yaml"); plain != before {
		t.Errorf("the plan of the draft is\n%s\nand that of the conversion\n%s", before, plain)
	}
	ran(t, exitFine, "run", converted, "--embedded", "--inputs", inputs)
}

// What the extensions say cannot be run as it is, and can once it is converted.
func TestConvertedExtensionsRun(t *testing.T) {
	seeds := corpus.Seeds(t)
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "asyncapi.yaml"), `asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
servers: {kafka: {host: 'localhost:9092', protocol: kafka}}
channels:
  created: {address: orders.created, messages: {created: {payload: {type: object}}}}
operations:
  publishOrderCreated: {action: receive, channel: {$ref: '#/channels/created'}}
`)
	seed := readSeed(t, filepath.Join(seeds, "async-patterns", "1-fire-and-forget.arazzo.yaml"))
	seed = strings.ReplaceAll(seed, "https://example.com/", "./")
	seed = strings.ReplaceAll(seed, "stepId: nextStep", "stepId: sendOrderEvent\n            criteria: [{condition: 'false'}]")
	writeFile(t, filepath.Join(dir, "old.yaml"), seed)
	inputs := filepath.Join(dir, "inputs.yaml")
	writeFile(t, inputs, "{orderId: o-1, timestamp: now}\n")

	ran(t, exitFindings, "run", filepath.Join(dir, "old.yaml"), "--embedded", "--inputs", inputs)
	converted := filepath.Join(dir, "new.yaml")
	ran(t, exitFine, "convert", filepath.Join(dir, "old.yaml"), "-o", converted)
	if findings, _ := ran(t, exitFine, "validate", converted); strings.Contains(findings, "draft") {
		t.Error(findings)
	}
	ran(t, exitFine, "run", converted, "--embedded", "--inputs", inputs)
}

func readSeed(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
