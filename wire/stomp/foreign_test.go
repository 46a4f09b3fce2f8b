package stomp_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/embedded"
)

// TestForeignClient lets stomp.py, a client in Python, talk to the embedded
// server as it talks to RabbitMQ. With WEFT_STOMPPY it looks for it there as well.
func TestForeignClient(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	env := os.Environ()
	if dir := os.Getenv("WEFT_STOMPPY"); dir != "" {
		env = append(env, "PYTHONPATH="+dir)
	}
	probe := exec.Command(python, "-c", "import stomp")
	if probe.Env = env; probe.Run() != nil {
		t.Skip("python3 has no stomp.py: pip install stomp.py, or set WEFT_STOMPPY to a directory that has it (pip install --target DIR stomp.py)")
	}
	hosts := map[string]string{"embedded": newBroker(t, embedded.Options{}).host()}
	if real := os.Getenv("WEFT_RABBITMQ_STOMP"); real != "" {
		hosts["RabbitMQ"] = real
	}
	for name, address := range hosts {
		t.Run(name, func(t *testing.T) {
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
			defer cancel()
			command := exec.CommandContext(ctx, python, "testdata/foreign.py", host, port)
			command.Env = env
			out, err := command.CombinedOutput()
			if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "fine") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
