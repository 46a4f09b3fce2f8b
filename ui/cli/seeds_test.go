package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
)

// The order workflow as its users wrote it, in the form of the draft of Arazzo
// 1.1, runs on the documents of the example.
func TestTheDraftWorkflowRuns(t *testing.T) {
	seeds := corpus.Seeds(t)
	dir := t.TempDir()
	copyFile(t, filepath.Join(seeds, "place-order", "arazzo.yaml"), filepath.Join(dir, "arazzo.yaml"))
	for _, name := range []string{"asyncapi/order.yaml", "openapi/order.yaml"} {
		copyFile(t, filepath.Join("../../examples/place-order", name), filepath.Join(dir, name))
	}
	writeFile(t, filepath.Join(dir, "arazzo.inputs.yaml"), "CreateOrder: {orderRequestId: r-1, productId: 3, quantity: 4}\n")

	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"run", filepath.Join(dir, "arazzo.yaml"), "--embedded"}, strings.NewReader(""), &stdout, &stderr)
	if code != exitFine {
		t.Fatalf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
	for _, want := range []string{"CreateOrder      sent to orders.place", "ConfirmOrder     received from orders.placed", "succeeded in"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("there is no %q in\n%s", want, &stdout)
		}
	}
	for _, want := range []string{"[arazzo/draft-kind]", "[arazzo/draft-dependency]"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("the draft's form %s was not told of:\n%s", want, &stderr)
		}
	}
}

// Every whole document among the seeds can be judged, and what is wrong with it
// is nothing but what its neighbours on the network would have to tell.
func TestSeedsAreJudged(t *testing.T) {
	seeds := corpus.Seeds(t)
	for name, want := range map[string]int{
		"order-processing/asyncapi.yaml":               exitFine,
		"order-demo/asyncapi-consumer.yaml":            exitFine,
		"order-demo/asyncapi-producer.yaml":            exitFindings, // its schema is in a registry that nobody allowed
		"place-order/pet-asyncapi.yaml":                exitFine,
		"place-order/arazzo.yaml":                      exitFine,
		"async-patterns/1-fire-and-forget.arazzo.yaml": exitFindings, // it goes to a step that the fragment leaves out
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), []string{"validate", filepath.Join(seeds, name)}, strings.NewReader(""), &stdout, &stderr); code != want {
				t.Errorf("exit code %d, want %d\n%s%s", code, want, &stdout, &stderr)
			}
		})
	}
}

// The first document that a reader of the guide writes has channels and messages
// and no operations. It is a document for all that.
func TestADocumentWithoutOperationsIsListed(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"ls", filepath.Join(corpus.Seeds(t), "order-processing/asyncapi.yaml")}, strings.NewReader(""), &stdout, &stderr)
	if code != exitFine {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	for _, want := range []string{"\n3 channels\n", "\n3 messages\n", "\nno operations\n"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("there is no %q in\n%s", want, &stdout)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, to, string(data))
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
