package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// In a real browser the page of a run says what it should, and texts that are
// made to be run are only texts.
func TestTheRunPageInABrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium on the PATH (Debian: apt-get install chromium)")
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "run.html")
	const hostile = `<img src=x onerror=document.title='owned'></pre><script>document.title='owned'</script>`
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{
		"run", "../../examples/fire-and-forget/fire-and-forget.arazzo.yaml", "--embedded", "--report", page, "--input", "orderId=" + hostile,
	}, strings.NewReader(""), &stdout, &stderr)
	if _, err := os.Stat(page); err != nil {
		t.Fatalf("exit code %d: %v\n%s%s", code, err, &stdout, &stderr)
	}
	dom := dump(t, browser, page)
	for _, want := range []string{"<h2>Timeline</h2>", `role="img"`, "sendOrderEvent", "onerror", "processOrder: succeeded"} {
		if !strings.Contains(dom, want) {
			t.Errorf("the page has no %q:\n%s", want, dom)
		}
	}
	if strings.Contains(dom, "<img") || strings.Contains(dom, "<script") || strings.Contains(dom, "<title>owned") {
		t.Errorf("a text became an element:\n%s", dom)
	}
}
