package cli

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// The exit codes are API: scripts and pipelines decide by them.
func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	wrong := filepath.Join(dir, "wrong.yaml")
	writeFile(t, wrong, "asyncapi: 3.0.0\ninfo: {title: Orders}\n")
	servers := filepath.Join(dir, "servers.arazzo.yaml")
	writeFile(t, servers, `arazzo: 1.1.0
info: {title: Two servers, version: 1.0.0}
sourceDescriptions: [{name: Events, url: ./events.yaml, type: asyncapi}]
workflows:
  - workflowId: tell
    steps: [{stepId: tell, operationId: tell, action: send, requestBody: {payload: {}}}]
`)
	writeFile(t, filepath.Join(dir, "events.yaml"), `asyncapi: 3.0.0
info: {title: Events, version: 1.0.0}
servers:
  one: {host: 'a:1', protocol: kafka}
  two: {host: 'b:1', protocol: kafka}
channels:
  told: {address: told, messages: {Told: {payload: {type: object}}}}
operations:
  tell: {action: receive, channel: {$ref: '#/channels/told'}}
`)
	placeOrder := "../../examples/place-order/place-order.arazzo.yaml"
	for name, test := range map[string]struct {
		args []string
		want int
		says string
	}{
		"fine":               {[]string{"version"}, exitFine, "weft"},
		"a valid document":   {[]string{"validate", placeOrder}, exitFine, "no findings"},
		"findings":           {[]string{"validate", wrong}, exitFindings, `"version"`},
		"an unknown command": {[]string{"nonsense"}, exitUsage, "unknown command"},
		"an unknown flag":    {[]string{"run", placeOrder, "--imbedded"}, exitUsage, "--imbedded"},
		"no such file":       {[]string{"validate", filepath.Join(dir, "none.yaml")}, exitBroken, "no such file"},
		"no such workflow":   {[]string{"run", placeOrder, "-w", "PlaceOrders"}, exitFindings, "PlaceOrder"},
		"inputs that lack":   {[]string{"run", placeOrder, "--embedded", "--inputs", filepath.Join(dir, "events.yaml")}, exitFindings, "CreateOrder"},
		"no server chosen":   {[]string{"run", servers}, exitUsage, "--server Events=NAME"},
		"an unreachable broker": {
			[]string{"run", placeOrder, "--server", "AsyncOrderApi=kafka://127.0.0.1:1", "--server", "OrderApi=http://127.0.0.1:1", "--journal", "none"},
			exitBroken, "server unreachable",
		},
		"a service that is not there": {
			[]string{"run", placeOrder, "--embedded", "--server", "OrderApi=http://127.0.0.1:1"}, exitFindings, "connection refused",
		},
		"an unknown run": {[]string{"run", "--resume", "NONE"}, exitBroken, "no such run"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			got := run(t.Context(), test.args, strings.NewReader(""), &stdout, &stderr)
			if got != test.want {
				t.Errorf("exit code %d, want %d", got, test.want)
			}
			if said := stdout.String() + stderr.String(); got != test.want || !strings.Contains(said, test.says) {
				t.Errorf("want words with %q, got:\n%s", test.says, said)
			}
		})
	}
}
