//go:build unix

package cli

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/freeport"
)

// placedAt writes a document whose broker is at a port of this machine.
func placedAt(t *testing.T, port int) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, "shop.yaml")
	writeFile(t, file, fmt.Sprintf(`asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0}
defaultContentType: application/json
servers: {local: {host: 'localhost:%d', protocol: kafka}}
channels: {orders: {address: orders, messages: {Order: {payload: {type: object}}}}}
operations: {publish: {action: send, channel: {$ref: '#/channels/orders'}}}
`, port))
	return dir, file
}

// TestAPortThatSomebodyElseHasIsSaid in words that tell what to do.
func TestAPortThatSomebodyElseHasIsSaid(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	dir, file := placedAt(t, port)
	for _, args := range [][]string{{"mock", file, "--as-described"}, {"up", dir, "--as-described"}} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
		told := stderr.String()
		for _, want := range []string{"address already in use", strconv.Itoa(port), "leave out --as-described to take a port that is free"} {
			if !strings.Contains(told, want) {
				t.Errorf("%v: %q does not say %q", args[0], told, want)
			}
		}
		if code != exitBroken || stdout.Len() > 0 {
			t.Errorf("%v: exit code %d\n%s", args[0], code, &stdout)
		}
	}
}

// TestUpListensWhereTheDocumentSays so that other commands need no --server.
func TestUpListensWhereTheDocumentSays(t *testing.T) {
	t.Parallel()
	port := freeport.Of(t)
	dir, file := placedAt(t, port)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	said, stdout := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		defer stdout.Close()
		ended <- run(ctx, []string{"up", dir, "--as-described"}, strings.NewReader(""), stdout, &stderr)
	}()
	shown, published := "", false
	for lines := bufio.NewScanner(said); lines.Scan(); {
		shown += lines.Text() + "\n"
		if published || !strings.Contains(lines.Text(), "weft tail "+file) {
			continue
		}
		published = true
		var out, talk bytes.Buffer
		if code := run(t.Context(), []string{"publish", file, "--operation", "publish"}, strings.NewReader(""), &out, &talk); code != exitFine {
			t.Errorf("the broker is not where the document says: exit code %d\n%s", code, &talk)
		}
		stop()
	}
	if code := <-ended; code != exitFine || !published {
		t.Errorf("exit code %d\n%s%s", code, shown, &stderr)
	}
	if strings.Contains(shown, "--server") || !strings.Contains(shown, "kafka://127.0.0.1:"+strconv.Itoa(port)) {
		t.Errorf("it shows\n%s", shown)
	}
}
