package cli

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
)

// A message that repeats a credential of its source, as that of its registry, in whatever form, gets it
// into no journal, no report in any form, no output and no talk.
func TestCredentialsThatAMessageRepeatsAreNotShown(t *testing.T) {
	const secret = "hunter2/and+more"
	t.Setenv("ECHOED_KEY", secret)
	server := standing(t, "amqp")
	b := opened(t, server.URL)
	must(t, b.Create(t.Context(), "echoes", driver.AddressSpec{}))
	sender, err := b.Sender(t.Context(), driver.SenderOptions{Address: "echoes"})
	must(t, err)
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "bus.yaml"), `asyncapi: 3.0.0
info: {title: Bus, version: 1.0.0}
defaultContentType: application/json
servers: {main: {host: 'localhost:5672', protocol: amqp}}
channels: {echoes: {address: echoes, messages: {Echo: {payload: {type: object}}}}}
operations: {tell: {action: send, channel: {$ref: '#/channels/echoes'}}}
`)
	writeFile(t, filepath.Join(dir, "hear.arazzo.yaml"), `arazzo: 1.1.0
info: {title: Hear, version: 1.0.0}
sourceDescriptions: [{name: Bus, url: ./bus.yaml, type: asyncapi}]
workflows:
  - workflowId: hear
    steps:
      - stepId: hear
        operationId: $sourceDescriptions.Bus.tell
        action: receive
        successCriteria: [{condition: "$message.payload#/told == 'something else'"}]
        outputs: {told: $message.payload#/told, header: $message.header.X-Told}
    outputs: {told: $steps.hear.outputs.told, header: $steps.hear.outputs.header}
`)
	for _, form := range []string{"text", "json", "junit", "html"} {
		body := `{"told":"` + secret + `","within":["it is ` + secret + `!"],"` + url.QueryEscape(secret) + `":1}`
		must(t, sender.Send(t.Context(), &driver.Message{Body: []byte(body), Headers: []driver.Header{
			{Name: "X-Told", Value: []byte(secret)}, {Name: "content-type", Value: []byte("application/json")},
		}}))
		var stdout, stderr bytes.Buffer
		page := filepath.Join(dir, form+".html")
		code := run(t.Context(), []string{
			"run", filepath.Join(dir, "hear.arazzo.yaml"), "--server", "Bus=" + server.URL, "--credential", "Bus.registry=env:ECHOED_KEY",
			"--journal", filepath.Join(dir, form+".db"), "--format", form, "--report", page,
		}, strings.NewReader(""), &stdout, &stderr)
		if code != exitFindings {
			t.Errorf("%s: exit code %d: %s%s", form, code, &stdout, &stderr)
		}
		told := map[string][]byte{"stdout": stdout.Bytes(), "stderr": stderr.Bytes(), "the page": nil, "the journal": nil, "its log": nil}
		for what, name := range map[string]string{"the page": page, "the journal": filepath.Join(dir, form+".db")} {
			data, err := os.ReadFile(name)
			must(t, err)
			told[what] = data
		}
		told["its log"], _ = os.ReadFile(filepath.Join(dir, form+".db-wal")) // it may be gone
		for what, data := range told {
			for _, never := range []string{"hunter2", url.QueryEscape(secret)} {
				if bytes.Contains(data, []byte(never)) {
					t.Errorf("%s: %s has %s", form, what, never)
				}
			}
		}
		for _, what := range []string{"stdout", "the page"} {
			if !bytes.Contains(told[what], []byte("***")) {
				t.Errorf("%s: %s does not show where something is hidden:\n%s", form, what, told[what])
			}
		}
		if !bytes.Contains(told["the journal"], []byte("***")) && !bytes.Contains(told["its log"], []byte("***")) {
			t.Errorf("%s: the message is not in the journal", form)
		}
	}
}
