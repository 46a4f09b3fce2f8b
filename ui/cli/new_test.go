package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/make/scaffold"
)

// Whatever is asked for, there is nothing to say against what is written.
func TestNewDocumentsAreFineAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	count := 0
	check := func(args ...string) {
		count++
		file := filepath.Join(dir, fmt.Sprintf("%d.yaml", count))
		args = append([]string{"new", "-y", "-o", file}, args...)
		var out, talk bytes.Buffer
		if code := run(context.Background(), args, strings.NewReader(""), &out, &talk); code != exitFine {
			t.Errorf("%q: %d: %s", args, code, talk.String())
			return
		}
		for _, command := range [][]string{{"validate", "--fail-on", "hint", file}, {"fmt", "--check", file}} {
			out.Reset()
			talk.Reset()
			if code := run(context.Background(), command, strings.NewReader(""), &out, &talk); code != exitFine || out.Len() > 0 {
				text, _ := os.ReadFile(file)
				t.Errorf("%q: %q: %d: %s%s\n%s", args, command, code, out.String(), talk.String(), text)
			}
		}
	}
	const flows = "food delivery: restaurant orders, driver assignments, delivery updates, customer notifications"
	for _, protocol := range scaffold.Protocols() {
		for _, role := range []string{"send", "receive"} {
			check("--description", flows, "--protocol", protocol, "--role", role, "--cloudevents")
			check("--description", flows, "--protocol", protocol, "--role", role, "--error-channels", "--owner", "Delivery", "--consumer", "Billing", "--consumer", "Support")
		}
	}
	for _, naming := range []string{"topic", "{team}.{entity}.{event}.v{version:number}", "{domain}-{entity}", "{env}/{domain}/{entity}/{event}", "{domain}.{entity}.{event}"} {
		for _, protocol := range []string{"kafka", "mqtt", "sqs"} {
			if strings.Contains(naming, "/") && protocol == "kafka" {
				continue // Kafka allows no such names, which is refused
			}
			check("shop", "--protocol", protocol, "--naming", naming, "--channel", "orders:OrderPlaced:orderId:uuid,total:money,status:open|paid,tags:[]string,note?:string", "--channel", "payments")
		}
	}
	check("shop", "--channel", "a", "--server", "kafka-secure://kafka.example.org:9093", "--title", "A: shop", "--domain", "The Shop")
}
