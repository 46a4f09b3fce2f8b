package cli

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// In a real browser the page of a diff says what it should, and names that are
// made to be run are only names.
func TestTheDiffPageInABrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium on the PATH (Debian: apt-get install chromium)")
	}
	dir := t.TempDir()
	contract := func(required string) string {
		return `asyncapi: 3.0.0
info: {title: A, version: 1.0.0}
channels:
  orders:
    address: orders
    messages:
      "<img src=x onerror=document.title='owned'>":
        payload: {type: object, ` + required + `properties: {"<script>document.title='owned'</script>": {type: string}, id: {type: string}}}
operations: {place: {action: send, channel: {$ref: '#/channels/orders'}}}
`
	}
	writeFile(t, filepath.Join(dir, "old.yaml"), contract("required: [id], "))
	writeFile(t, filepath.Join(dir, "new.yaml"), contract(""))
	var page, stderr bytes.Buffer
	code := run(t.Context(), []string{"diff", "--format", "html", filepath.Join(dir, "old.yaml"), filepath.Join(dir, "new.yaml")}, strings.NewReader(""), &page, &stderr)
	if code != exitFindings {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	writeFile(t, filepath.Join(dir, "diff.html"), page.String())

	dom := dump(t, browser, filepath.Join(dir, "diff.html"))
	for _, want := range []string{"<title>Contract: breaking</title>", "no longer required", "onerror", "Roll-out:"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the page has no %q:\n%s", want, dom)
		}
	}
	if strings.Contains(dom, "<img") || strings.Contains(dom, "<script") {
		t.Errorf("a name became an element:\n%s", dom)
	}
}

// dump returns the document of a page as the browser has it after its scripts.
func dump(t *testing.T, browser, file string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--virtual-time-budget=2000",
		"--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+file)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return string(out)
}
