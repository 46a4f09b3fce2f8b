package amqp1_test

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/embedded"
)

// TestForeignClient lets python-qpid-proton, a client in Python, talk to the
// embedded server as it talks to RabbitMQ. With WEFT_PROTON it looks for it there
// as well.
func TestForeignClient(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	env := os.Environ()
	if dir := os.Getenv("WEFT_PROTON"); dir != "" {
		env = append(env, "PYTHONPATH="+dir)
	}
	probe := exec.Command(python, "-c", "import proton")
	if probe.Env = env; probe.Run() != nil {
		t.Skip("python3 has no proton: pip install python-qpid-proton, or set WEFT_PROTON to a directory that has it (pip install --target DIR python-qpid-proton)")
	}
	hosts := map[string]string{"embedded": newBroker(t, embedded.Options{}).host()}
	if real := os.Getenv("WEFT_RABBITMQ"); real != "" {
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
			run := strconv.FormatInt(time.Now().UnixNano(), 36)
			command := exec.CommandContext(ctx, python, "testdata/foreign.py", host, port, run)
			if name == "embedded" {
				command.Args = append(command.Args, "--ours")
			} else {
				used := &names{all: []string{"foreign." + run, "foreign.outcomes." + run, "foreign.again." + run, "foreign.login." + run}}
				defer used.remove(t, address)
			}
			command.Env = env
			out, err := command.CombinedOutput()
			if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "fine") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
