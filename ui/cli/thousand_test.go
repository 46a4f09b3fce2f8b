package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// thousand writes documents of ten channels each into folders, and returns a
// pattern that means them all.
func thousand(t testing.TB, count int) string {
	t.Helper()
	dir := t.TempDir()
	for i := range count {
		folder := filepath.Join(dir, fmt.Sprintf("team%d", i%50))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("service%d.yaml", i)), []byte(serviceDocument(i)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "**", "*.yaml")
}

func serviceDocument(i int) string {
	var channels, operations, messages strings.Builder
	for j := range 10 {
		fmt.Fprintf(&channels, "  c%d:\n    address: shop.s%d.c%d\n    description: a channel\n    messages: {M%d: {$ref: '#/components/messages/M%d'}}\n", j, i, j, j, j)
		fmt.Fprintf(&operations, "  o%d: {action: send, channel: {$ref: '#/channels/c%d'}, messages: [{$ref: '#/channels/c%d/messages/M%d'}]}\n", j, j, j, j)
		fmt.Fprintf(&messages, `    M%d:
      summary: a message
      payload:
        type: object
        required: [id]
        properties:
          id: {type: string, description: the id}
          amount: {type: number, minimum: 0}
          items: {type: array, items: {type: object, properties: {sku: {type: string}, n: {type: integer}}}}
      examples: [{payload: {id: a, amount: 1, items: [{sku: x, n: 1}]}}]
`, j)
	}
	return fmt.Sprintf("asyncapi: 3.1.0\ninfo: {title: S%d, version: 1.0.0, description: d}\nservers: {main: {host: 'k:9092', protocol: kafka}}\nchannels:\n%soperations:\n%scomponents:\n  messages:\n%s", i, &channels, &operations, &messages)
}

// BenchmarkAThousandDocuments judges 1,000 documents of 150 lines by a pattern.
// On two processors it should take less than two seconds.
func BenchmarkAThousandDocuments(b *testing.B) {
	pattern := thousand(b, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if code := run(b.Context(), []string{"validate", pattern}, strings.NewReader(""), io.Discard, io.Discard); code != exitFine {
			b.Fatalf("exit code %d", code)
		}
	}
}

// What is kept of a document that was judged is its findings, so that many
// documents need not much more memory than few.
func TestManyDocumentsNeedLittleMemory(t *testing.T) {
	pattern := thousand(t, 300)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f := &validateFlags{failOn: "error", format: "json"}
	cmd := newValidate()
	cmd.SetContext(t.Context())
	j, err := f.judging(cmd, []string{pattern})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.judge(t.Context()); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 300*40<<10 {
		t.Errorf("%d KB are kept of 300 documents of 6 KB", kept>>10)
	}
	runtime.KeepAlive(j)
}
