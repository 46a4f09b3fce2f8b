package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/golden"
	"github.com/weft-dev/weft/ui/cli"
)

// The matrix in the reference of protocols is what this binary prints. It is
// tested here because main chooses the drivers. To make it anew:
//
//	go test ./cmd/weft -update
func TestTheMatrixOfProtocolsIsCurrent(t *testing.T) {
	const page, begin, end = "../../docs/reference/protocols.md", "<!-- promises: made by go test ./cmd/weft -update -->\n", "<!-- end of promises -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("%s has lost the marks around the matrix", page)
	}
	var matrix, stderr bytes.Buffer
	if code := cli.Main([]string{"protocols", "--format", "markdown"}, strings.NewReader(""), &matrix, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	if !strings.Contains(matrix.String(), "| `AtLeastOnce` |") {
		t.Fatalf("this is no matrix:\n%s", &matrix)
	}
	golden.Assert(t, []byte(before+begin+"\n"+matrix.String()+"\n"+end+after), page)
}
