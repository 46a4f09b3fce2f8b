package mcp_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/leaks"
	"github.com/weft-dev/weft/ui/mcp"
)

func TestMain(m *testing.M) { os.Exit(leaks.Run(m)) }

func server() *mcp.Server {
	return &mcp.Server{Name: "loom", Version: "1", Tools: []mcp.Tool{{
		Name: "say", Description: "says it again", Input: map[string]any{"type": "object"},
		Call: func(_ context.Context, arguments json.RawMessage) (mcp.Result, error) {
			if strings.Contains(string(arguments), "no") {
				return mcp.Result{}, errors.New("that is not said")
			}
			return mcp.Result{Text: string(arguments), Data: map[string]any{"said": true}}, nil
		},
	}, {
		Name: "wait", Description: "until it is cancelled", Input: map[string]any{"type": "object"}, Changes: true,
		Call: func(ctx context.Context, _ json.RawMessage) (mcp.Result, error) {
			<-ctx.Done()
			return mcp.Result{}, ctx.Err()
		},
	}}}
}

// told is what the server says to some lines.
func told(t *testing.T, lines ...string) []string {
	t.Helper()
	var out bytes.Buffer
	if err := server().Serve(t.Context(), strings.NewReader(strings.Join(lines, "\n")), &out); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

func TestAnswersAsTheProtocolSays(t *testing.T) {
	t.Parallel()
	const ping = `{"jsonrpc":"2.0","id":9,"method":"ping"}`
	const pong = `{"jsonrpc":"2.0","id":9,"result":{}}`
	for name, c := range map[string]struct{ line, want string }{
		"a call":              {`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"say","arguments":{"a":"<b>"}}}`, `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\"a\":\"<b>\"}"}],"structuredContent":{"said":true}}}`},
		"one without any":     {`{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"say"}}`, `{"jsonrpc":"2.0","id":"x","result":{"content":[{"type":"text","text":""}],"structuredContent":{"said":true}}}`},
		"a tool that fails":   {`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"say","arguments":"no"}}`, `{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"that is not said"}],"isError":true}}`},
		"an unknown tool":     {`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"sing"}}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"there is no tool \"sing\""}}`},
		"no parameters":       {`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":[]}`, `-32602`},
		"an unknown method":   {`{"jsonrpc":"2.0","id":1,"method":"server/discover"}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"there is no method \"server/discover\""}}`},
		"a known revision":    {`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26"}}`, `"protocolVersion":"2025-03-26"`},
		"an unknown revision": {`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2031-01-01"}}`, `"protocolVersion":"2025-11-25"`},
		"no revision":         {`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`, `-32602`},
		"no JSON":             {`{"jsonrpc"`, `"id":null,"error":{"code":-32700`},
		"another version":     {`{"jsonrpc":"1.0","id":1,"method":"ping"}`, `"error":{"code":-32600`},
		"no method":           {`{"jsonrpc":"2.0"}`, `-32600`},
		"an id that is none":  {`{"jsonrpc":"2.0","id":{},"method":"ping"}`, `-32600`},
		"a batch":             {`[` + ping + `,{"jsonrpc":"2.0","method":"notifications/initialized"},` + ping + `]`, `[` + pong + `,` + pong + `]`},
		"an empty batch":      {`[]`, `-32600`},
		"a number":            {`1`, `-32600`},
		"one that is long":    {`{"jsonrpc":"2.0","id":1,"method":"ping","params":"` + strings.Repeat("x", 17<<20) + `"}`, `longer than 16 MiB`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What comes behind it is answered all the same.
			got := told(t, c.line, "", ping)
			if len(got) != 2 || !strings.Contains(got[0], c.want) || got[1] != pong {
				t.Errorf("told %.400q, want %s", got, c.want)
			}
		})
	}
}

func TestNotificationsAndAnswersAreNotAnswered(t *testing.T) {
	t.Parallel()
	got := told(t, `{"jsonrpc":"2.0","method":"notifications/initialized"}`, `{"jsonrpc":"2.0","id":3,"result":{}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}}`)
	if len(got) != 1 || got[0] != "" {
		t.Errorf("told %q", got)
	}
}

func TestToolsAreListed(t *testing.T) {
	t.Parallel()
	got := told(t, `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	for _, want := range []string{
		`{"name":"say","description":"says it again","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true,`, `"name":"wait"`, `"readOnlyHint":false`,
	} {
		if !strings.Contains(got[0], want) {
			t.Errorf("it lacks %s:\n%s", want, got[0])
		}
	}
}

func TestWhatIsCancelledIsLeftAndNotAnswered(t *testing.T) {
	t.Parallel()
	got := told(t, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wait"}}`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, `{"jsonrpc":"2.0","id":2,"method":"ping"}`)
	if len(got) != 1 || got[0] != `{"jsonrpc":"2.0","id":2,"result":{}}` {
		t.Errorf("told %q", got)
	}
}

func TestServesUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	in, client := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- server().Serve(ctx, in, out) }()
	if _, err := io.WriteString(client, `{"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(answers).ReadString('\n'); err != nil || !strings.Contains(line, `"id":1`) {
		t.Fatalf("told %q, %v", line, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	_ = client.Close() // as a process's end does
}

func FuzzServe(f *testing.F) {
	for _, line := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"say","arguments":{}}}`, `[{"jsonrpc":"2.0","id":-1,"method":"tools/list"}]`,
		`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`, "{}\n[]\nnull", `{"id":"`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("wait")) {
			t.Skip("nobody would cancel it")
		}
		var out bytes.Buffer
		if err := server().Serve(t.Context(), bytes.NewReader(text), &out); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("told %q", line)
			}
		}
	})
}
