package driver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

// TestEveryPromiseIsShown keeps the table that people read complete. Pipelined
// is missing on purpose: it is about speed, and nobody's choice.
func TestEveryPromiseIsShown(t *testing.T) {
	shown := make(map[string]bool)
	for _, p := range (driver.Capabilities{}).Promises() {
		shown[p.Name] = true
		all := reflect.ValueOf(&driver.Capabilities{}).Elem()
		all.FieldByName(p.Name).SetBool(true)
		for _, q := range all.Interface().(driver.Capabilities).Promises() {
			if q.Kept != (q.Name == p.Name) {
				t.Errorf("with %s kept, the row of %s says %t", p.Name, q.Name, q.Kept)
			}
		}
	}
	fields := reflect.TypeFor[driver.Capabilities]()
	for i := range fields.NumField() {
		f := fields.Field(i)
		if f.Type.Kind() == reflect.Bool && f.Name != "Pipelined" && !shown[f.Name] {
			t.Errorf("%s is not shown", f.Name)
		}
	}
}

func TestPosition(t *testing.T) {
	for text, want := range map[driver.Position][2]string{
		"orders/0@42": {"orders/0", "42"},
		"a@b/1@7-1":   {"a@b/1", "7-1"},
	} {
		if err := text.Check(); err != nil || text.Source() != want[0] || text.Offset() != want[1] {
			t.Errorf("%s is %q and %q (%v), want %q", text, text.Source(), text.Offset(), err, want)
		}
		if again := driver.NewPosition(text.Source(), text.Offset()); again != text {
			t.Errorf("%s is put together as %s", text, again)
		}
	}
	for _, wrong := range []driver.Position{"", "@", "a@", "@1", "a"} {
		if wrong.Check() == nil {
			t.Errorf("%q is taken as a position", wrong)
		}
	}
}

func TestStartCheck(t *testing.T) {
	for name, start := range map[string]driver.Start{
		"time without a time": {Kind: driver.AtTime},
		"unknown kind":        {Kind: 99},
		"one source twice":    driver.StartAt("a@1", "a@2"),
		"no position":         driver.StartAt("a"),
	} {
		if start.Check() == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, start := range []driver.Start{{}, driver.StartBeginning(), driver.StartTime(time.Now()), driver.StartAt(), driver.StartAt("a@1", "b@1")} {
		if err := start.Check(); err != nil {
			t.Errorf("%+v: %v", start, err)
		}
	}
}

func TestErrorSaysWhereAndWhatToDo(t *testing.T) {
	err := &driver.Error{Kind: driver.ErrUnreachable, Op: "send to", Server: "kafka://a:1", Address: "orders", Err: io.EOF, Hint: "check the port"}
	for _, want := range []string{"send to", "kafka://a:1", "orders", "unreachable", "EOF", "check the port"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if !errors.Is(err, driver.ErrUnreachable) || !errors.Is(err, io.EOF) {
		t.Error("the kind or the cause is lost")
	}
}

func TestErrorIsOneLine(t *testing.T) {
	err := &driver.Error{Kind: driver.ErrUnreachable, Op: "connect", Err: errors.Join(io.EOF, io.ErrClosedPipe), Hint: "check the port"}
	if got, want := err.Error(), "connect: server unreachable: EOF: io: read/write on closed pipe; check the port"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestServerIsShownWithoutItsUser(t *testing.T) {
	server := driver.Server{Protocol: "kafka", Hosts: []string{"a:1", "b:2"}, Path: "x", User: "ada", Params: map[string][]string{"token": {"t"}}}
	if got := server.String(); got != "kafka://a:1,b:2/x" {
		t.Errorf("the server is shown as %s", got)
	}
}

func TestBatchErrors(t *testing.T) {
	if err := driver.JoinBatch([]error{nil, nil}); err != nil {
		t.Errorf("no failure makes %v", err)
	}
	if err := driver.JoinBatch([]error{io.EOF}); err != io.EOF { //nolint:errorlint // identity is the point
		t.Errorf("one message's failure makes %v, want it as it is", err)
	}
	joined := driver.JoinBatch([]error{nil, io.EOF, nil})
	if !errors.Is(joined, io.EOF) || !strings.Contains(joined.Error(), "1 of 3") {
		t.Errorf("one failure of three makes %v", joined)
	}
	if got := driver.SplitBatch(joined, 3); got[0] != nil || !errors.Is(got[1], io.EOF) || got[2] != nil {
		t.Errorf("split into %v", got)
	}
	if got := driver.SplitBatch(io.EOF, 2); !errors.Is(got[0], io.EOF) || !errors.Is(got[1], io.EOF) {
		t.Errorf("a failure of all is split into %v", got)
	}
}

func TestAFailureSaysWhere(t *testing.T) {
	cause := errors.New("no")
	at := driver.Place{Op: "send", Server: driver.Server{Protocol: "x", Hosts: []string{"h:1"}, User: "anna"}, Address: "orders"}
	classify := func(err error) *driver.Error { return &driver.Error{Kind: driver.ErrServer, Err: err, Retry: true} }
	err := driver.Fail(cause, at, classify)
	if !errors.Is(err, cause) || !errors.Is(err, driver.ErrServer) || !driver.Retryable(err) || err.Error() != `send "orders" at x://h:1: server refused: no` {
		t.Errorf("a failure is told as %v", err)
	}
	if again := driver.Fail(fmt.Errorf("more: %w", err), at, classify); again.Error() != "more: "+err.Error() {
		t.Errorf("what says where it happened is told as %v", again)
	}
	if err := driver.Fail(fmt.Errorf("the library: %w", context.Canceled), at, classify); err != context.Canceled { //nolint:errorlint // it is to be no other
		t.Errorf("a call that its owner cancelled is told as %v", err)
	}
	if err := driver.Fail(nil, at, classify); err != nil {
		t.Errorf("success is told as %v", err)
	}
}
