package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
)

// orderDemo copies the documents of the order demo. The schema that its producer
// takes from a registry is the one beside it.
func orderDemo(t *testing.T) (producer, consumer string) {
	t.Helper()
	seeds, dir := filepath.Join(corpus.Seeds(t), "order-demo"), t.TempDir()
	producer, consumer = filepath.Join(dir, "asyncapi-producer.yaml"), filepath.Join(dir, "asyncapi-consumer.yaml")
	copyFile(t, filepath.Join(seeds, "order_created.avsc"), filepath.Join(dir, "order_created.avsc"))
	copyFile(t, filepath.Join(seeds, "asyncapi-consumer.yaml"), consumer)
	text, err := os.ReadFile(filepath.Join(seeds, "asyncapi-producer.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const remote = "http://localhost:18081/subjects/orders.created-value/versions/latest/schema"
	if !bytes.Contains(text, []byte(remote)) {
		t.Fatal("the demo no longer takes its schema from a registry")
	}
	writeFile(t, producer, strings.ReplaceAll(string(text), remote, "./order_created.avsc"))
	return producer, consumer
}

// The drift of the order demo: its producer is declared to send Avro, and sends
// JSON.
func TestTheDriftOfTheOrderDemoIsFound(t *testing.T) {
	t.Parallel()
	producer, _ := orderDemo(t)
	server, err := embedded.Start(t.Context(), "kafka", embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	b, err := broker.Open(t.Context(), server.URL, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close(t.Context()) })
	sender, err := b.Sender(t.Context(), driver.SenderOptions{Address: "orders.created", Create: &driver.AddressSpec{}})
	if err != nil {
		t.Fatal(err)
	}
	order := `{"order_id":"o-1","customer_id":"c-1","customer_email":"ada@example.com","items":[],"total_amount":"9.90",` +
		`"shipping_address":{"street":"x","city":"y","state":"z","zip_code":"1","country":"USA"},"created_at":"2026-01-31T12:00:00Z","metadata":{}}`
	if err := sender.Send(t.Context(), &driver.Message{Body: []byte(order)}); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"test", producer, "--server", server.URL, "--from", "beginning", "--limit", "1", "--for", "20s"}, strings.NewReader(""), &stdout, &stderr)
	if code != exitFindings || !strings.Contains(stdout.String(), "the wire is declared Avro, and what is on it is plain JSON [contract/json-for-binary]") {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
}

// Its producer and its consumer do not fit each other either: one writes Avro,
// the other reads JSON.
func TestTheProducerAndTheConsumerOfTheOrderDemoDoNotFit(t *testing.T) {
	t.Parallel()
	producer, consumer := orderDemo(t)
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"test", "--pairs", producer, consumer}, strings.NewReader(""), &stdout, &stderr)
	if code != exitFindings || !strings.Contains(stdout.String(), "they share the message, and not the address") || !strings.Contains(stdout.String(), "content") {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	t.Log(stdout.String())
}
