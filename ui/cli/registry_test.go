package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// serveRegistry (registry) starts "weft registry serve" with its arguments as a
// process of its own, and puts where it is into $WEFT_REGISTRY. The process
// ends with the script. "registry -kill" kills the one that runs without
// warning, "registry -stop" asks it to end and wants that to go well.
func serveRegistry(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("registry cannot be negated")
	}
	if len(args) == 1 && (args[0] == "-kill" || args[0] == "-stop") {
		endRegistry(ts, args[0] == "-kill")
		return
	}
	self, err := exec.LookPath("weft")
	ts.Check(err)
	cmd := exec.Command(self, append([]string{"registry", "serve", "--format", "json", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Stderr = ts.Stderr()
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	done := make(chan error, 1)
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		ts.Fatalf("weft registry serve said nothing: %v", cmd.Wait())
	}
	var ready struct{ URL string }
	ts.Check(json.Unmarshal(lines.Bytes(), &ready))
	go func() { done <- cmd.Wait() }()
	ts.Setenv("WEFT_REGISTRY", ready.URL)
	ts.Setenv("REGISTRY_PID", strconv.Itoa(cmd.Process.Pid))
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		<-done
	})
}

func endRegistry(ts *testscript.TestScript, kill bool) {
	pid, err := strconv.Atoi(ts.Getenv("REGISTRY_PID"))
	ts.Check(err)
	process, err := os.FindProcess(pid)
	ts.Check(err)
	signal := os.Interrupt
	if kill {
		signal = os.Kill
	}
	ts.Check(process.Signal(signal))
	address := strings.TrimPrefix(ts.Getenv("WEFT_REGISTRY"), "http://")
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			time.Sleep(50 * time.Millisecond) // until its file is let go
			return
		}
		_ = conn.Close()
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("the registry still listens")
}

// endless is the body of a server that goes on and on.
const endless = "endless"

// foreign puts the address of a server into $NAME that answers everything in
// one way: foreign NAME STATUS BODY [HEADER=VALUE...]
func foreign(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: foreign NAME STATUS BODY [HEADER=VALUE...]")
	}
	status, err := strconv.Atoi(args[1])
	ts.Check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, header := range args[3:] {
			name, value, _ := strings.Cut(header, "=")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, args[2])
		if args[2] == endless { // until the other side has enough
			for block, err := make([]byte, 1<<20), error(nil); err == nil; {
				_, err = w.Write(block)
			}
		}
	})}
	ts.Defer(func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
	ts.Setenv(args[0], "http://"+listener.Addr().String())
}

// call sends a request as a program without a library would, and prints what
// comes back: call METHOD URL [BODY]
func call(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: call METHOD URL [BODY]")
	}
	request, err := http.NewRequest(args[0], args[1], strings.NewReader(strings.Join(args[2:], "")))
	ts.Check(err)
	request.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	var body strings.Builder
	_, err = bufio.NewReader(response.Body).WriteTo(&body)
	ts.Check(err)
	ts.Logf("%d %s", response.StatusCode, body.String())
	ts.Check(os.WriteFile(ts.MkAbs("answer"), fmt.Appendf(nil, "%d %s\n", response.StatusCode, body.String()), 0o644))
	if (response.StatusCode >= 400) != neg {
		ts.Fatalf("status %d", response.StatusCode)
	}
}

// substitute changes texts in a file: substitute FILE OLD NEW...
func substitute(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: substitute FILE OLD NEW...")
	}
	text := ts.ReadFile(args[0])
	for i := 1; i < len(args); i += 2 {
		if !strings.Contains(text, args[i]) {
			ts.Fatalf("%s does not hold %q", args[0], args[i])
		}
		text = strings.ReplaceAll(text, args[i], args[i+1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}
