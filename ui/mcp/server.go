package mcp

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
)

// revisions are those of the protocol that are spoken, the newest first.
func revisions() []string { return []string{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"} }

// Server offers tools to one client.
type Server struct {
	// Name and Version say who is there.
	Name, Version string
	// Instructions tell the assistant how to go about its work.
	Instructions string
	Tools        []Tool
}

// session is a server's talk with its client.
type session struct {
	*Server
	out io.Writer

	calls chan call
	mu    sync.Mutex
	open  map[string]context.CancelFunc // by id, of requests that are not answered
}

// call is a line whose requests are done in their order, or one that cannot be
// read, which is said in its turn.
type call struct {
	ctx    context.Context
	cancel context.CancelFunc
	list   []incoming
	batch  bool
	fault  error
}

// maxCalls bounds how many lines wait for those before them.
const maxCalls = 64

// Serve answers what comes in until there is no more, or the context ends. It
// returns nil then. Requests are answered one after the other; that one is
// cancelled is heard meanwhile.
func (s *Server) Serve(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := &session{Server: s, out: out, calls: make(chan call, maxCalls), open: map[string]context.CancelFunc{}}
	read := make(chan error, 1)
	// It is not waited for: a read of standard input cannot be cut short.
	go func() {
		defer close(t.calls)
		read <- t.read(ctx, bufio.NewReaderSize(in, 64<<10))
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case c, more := <-t.calls:
			if !more {
				return <-read
			}
			if err := t.answer(c); err != nil {
				return err
			}
		}
	}
}

func (t *session) read(ctx context.Context, in *bufio.Reader) error {
	for {
		line, err := readLine(in)
		switch {
		case errors.Is(err, io.EOF), ctx.Err() != nil:
			return nil
		case err != nil && !errors.Is(err, errLong):
			return err
		}
		select {
		case t.calls <- t.begin(ctx, line, err):
		case <-ctx.Done():
			return nil
		}
	}
}

// begin makes a call of a line, and cancels what it says.
func (t *session) begin(ctx context.Context, line []byte, err error) call {
	c := call{fault: err}
	c.ctx, c.cancel = context.WithCancel(ctx)
	if c.fault == nil {
		c.list, c.batch, c.fault = decode(line)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range c.list {
		in := &c.list[i]
		if in.hasID() && in.Method != "" {
			t.open[string(in.ID)] = c.cancel
		}
		if cancel := t.open[in.cancels()]; cancel != nil {
			cancel()
		}
	}
	return c
}

func (t *session) finish(c call) {
	c.cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range c.list {
		delete(t.open, string(c.list[i].ID))
	}
}

// answer does what a line asks for.
func (t *session) answer(c call) error {
	defer t.finish(c)
	if c.fault != nil {
		return write(t.out, reply(nil, nil, c.fault))
	}
	var replies []*outgoing
	for i := range c.list {
		if r := t.one(c.ctx, &c.list[i]); r != nil {
			replies = append(replies, r)
		}
	}
	switch {
	case len(replies) == 0:
		return nil
	case c.batch:
		return write(t.out, replies)
	}
	return write(t.out, replies[0])
}

// one answers a request; a notification and an answer get none, and one that was
// cancelled neither.
func (t *session) one(ctx context.Context, in *incoming) *outgoing {
	switch {
	case in.Method == "" && in.hasID(), in.Method != "" && in.isNotification():
		return nil
	case in.Version != "2.0" || in.Method == "" || !in.hasID():
		return reply(nil, nil, &fault{codeRequest, "this is no request of JSON-RPC 2.0"})
	}
	result, err := t.do(ctx, in)
	if ctx.Err() != nil {
		return nil
	}
	return reply(in.ID, result, err)
}

func (t *session) do(ctx context.Context, in *incoming) (any, error) {
	switch in.Method {
	case "initialize":
		return t.initialize(in.Params)
	case "ping":
		return struct{}{}, nil
	case "tools/list":
		return map[string]any{"tools": describe(t.Tools)}, nil
	case "tools/call":
		return t.call(ctx, in.Params)
	}
	return nil, &fault{codeMethod, fmt.Sprintf("there is no method %q", in.Method)}
}

// initialize answers with the client's revision of the protocol, or with the
// newest known here (Lifecycle: Version Negotiation).
func (t *session) initialize(params json.RawMessage) (any, error) {
	var asked struct {
		ProtocolVersion string `json:"protocolVersion"`
	}
	if err := json.Unmarshal(params, &asked); err != nil || asked.ProtocolVersion == "" {
		return nil, &fault{codeParams, "initialize names no protocolVersion"}
	}
	spoken := revisions()[0]
	if slices.Contains(revisions(), asked.ProtocolVersion) {
		spoken = asked.ProtocolVersion
	}
	return map[string]any{
		"protocolVersion": spoken,
		"capabilities":    map[string]any{"tools": struct{}{}},
		"serverInfo":      map[string]any{"name": t.Name, "version": t.Version},
		"instructions":    t.Instructions,
	}, nil
}

func (t *session) call(ctx context.Context, params json.RawMessage) (any, error) {
	var asked struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.Unmarshal(params, &asked); err != nil {
		return nil, &fault{codeParams, "tools/call: " + err.Error()}
	}
	i := slices.IndexFunc(t.Tools, func(tool Tool) bool { return tool.Name == asked.Name })
	if i < 0 {
		return nil, &fault{codeParams, fmt.Sprintf("there is no tool %q", asked.Name)}
	}
	result, err := t.Tools[i].Call(ctx, asked.Arguments)
	if err != nil {
		result = Result{Text: err.Error(), Failed: true}
	}
	return answerOf(result), nil
}
