package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/bridge"
	"github.com/weft-dev/weft/wire/endpoint"
)

// bridgeView tells what a bridge does: in words on the side, or as lines of JSON.
type bridgeView struct {
	mu    sync.Mutex
	out   *screen
	talk  *talk
	json  bool
	begun time.Time
}

func newBridgeView(cmd *cobra.Command, format string, talk *talk) *bridgeView {
	return &bridgeView{out: newScreen(cmd.OutOrStdout()), talk: talk, json: format == "json", begun: time.Now()}
}

func (v *bridgeView) line(value map[string]any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	encoder := json.NewEncoder(v.out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // whoever read it has gone
}

func (v *bridgeView) begins(ends *bridgeEnds, b *bridge.Bridge) {
	server, address := b.From()
	if v.json {
		v.line(map[string]any{
			"event": "ready", "from": map[string]string{"operation": ends.from.Name(), "server": server, "address": address, "group": b.Group()},
			"to": map[string]string{"operation": ends.to.Name(), "server": b.To()},
		})
		return
	}
	group := ""
	if b.Group() != "" {
		group = "group " + b.Group()
	}
	for _, line := range columns([][]string{
		{"from", ends.from.Name(), address + " at " + server, group},
		{"to", ends.to.Name(), ends.to.Target.Channel.Name + " at " + b.To(), ""},
	}) {
		v.talk.say("", "  %s", line)
	}
	v.talk.say(dim, "carrying; Ctrl-C ends")
}

func (v *bridgeView) event(e bridge.Event) {
	if !v.json {
		v.talk.say(yellow, "%s", e.String())
		return
	}
	line := map[string]any{"event": e.Kind}
	if id := e.ID(); id != "" {
		line["id"] = id
	}
	if e.Err != nil {
		line["error"] = e.Err.Error()
	}
	if e.Text != "" {
		line["text"] = e.Text
	}
	if e.Count > 0 {
		line["count"] = e.Count
	}
	v.line(line)
}

// tell tells the counts now and then, until what it returns is called; then it
// tells them once more.
func (v *bridgeView) tell(b *bridge.Bridge, every time.Duration) func() {
	over, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		last, at := b.Counts(), time.Now()
		for every > 0 {
			timer := time.NewTimer(every)
			select {
			case <-over:
				timer.Stop()
				return
			case now := <-timer.C:
				counts := b.Counts()
				if counts != last || v.json {
					v.counts("counts", counts, counts.Carried-last.Carried, now.Sub(at))
				}
				last, at = counts, now
			}
		}
	}()
	return func() {
		close(over)
		<-gone
		counts := b.Counts()
		v.counts("ended", counts, counts.Carried, time.Since(v.begun))
	}
}

func (v *bridgeView) counts(event string, c bridge.Counts, carried uint64, took time.Duration) {
	rate := float64(carried) / max(took.Seconds(), 0.001)
	if v.json {
		v.line(map[string]any{"event": event, "counts": c, "perSecond": int(rate)})
		return
	}
	text := fmt.Sprintf("carried %s, %.0f per second", plural(int(c.Carried), "message"), rate)
	for _, more := range []struct {
		n    uint64
		what string
	}{{c.Passed, "not wanted"}, {c.DeadLetters, "dead letters"}, {c.Skipped, "skipped"}, {c.Retried, "sent again"}} {
		if more.n > 0 {
			text += fmt.Sprintf(", %d %s", more.n, more.what)
		}
	}
	v.talk.say(dim, "%s", text)
}

// bridgeEnded says how a bridge's end ends the command.
func bridgeEnded(err error) error {
	if stopped, ok := errors.AsType[*bridge.StoppedError](err); ok {
		return &outcome{code: exitFindings, err: fmt.Errorf("%w\nit stays where it is; --dead-letter ADDRESS or --skip-invalid says what else becomes of such messages", stopped)}
	}
	if err != nil {
		return helped(err, "NAME=URL")
	}
	return nil
}

// try shows what becomes of an example of each message.
func (f *bridgeFlags) try(cmd *cobra.Command, ends *bridgeEnds, mapping *bridge.Mapping) error {
	trials, err := bridge.Try(ends.hub, ends.from, ends.to, mapping, f.seed)
	if err != nil {
		return err
	}
	out, failed := newScreen(cmd.OutOrStdout()), false
	var list []map[string]any
	for _, t := range trials {
		failed = failed || t.Err != nil
		if f.format == "json" {
			list = append(list, trialData(t))
		} else if err := showTrial(out, t); err != nil {
			return err
		}
	}
	if f.format == "json" {
		if err := printJSON(out, list); err != nil {
			return err
		}
	}
	if failed {
		return ended()
	}
	return nil
}

func trialData(t bridge.Trial) map[string]any {
	data := map[string]any{"message": t.Message, "in": t.In, "out": t.Out, "carried": t.Err == nil && !t.Unwanted}
	if t.Err != nil {
		data["error"] = t.Err.Error()
	}
	return data
}

func showTrial(out *screen, t bridge.Trial) error {
	fmt.Fprintln(out, out.paint(bold, diag.Safe(t.Message)))
	if err := showMessage(out, "in", t.In); err != nil {
		return err
	}
	switch {
	case t.Err != nil:
		fmt.Fprintf(out, "  %s  %s\n", out.paint(red, "cannot be carried"), diag.Safe(t.Err.Error()))
	case t.Unwanted:
		fmt.Fprintf(out, "  %s\n", out.paint(yellow, "not carried: the map's condition does not hold"))
	}
	return showMessage(out, "out", t.Out)
}

func showMessage(out *screen, what string, m *endpoint.Message) error {
	if m == nil {
		return nil
	}
	payload, err := json.Marshal(m.Payload)
	if err != nil {
		return err
	}
	headers, err := json.Marshal(m.Headers)
	if err != nil {
		return err
	}
	rows := [][]string{{what, "message", m.Name}, {"", "key", m.Key}, {"", "headers", string(headers)}, {"", "payload", string(payload)}}
	for _, line := range columns(rows) {
		fmt.Fprintf(out, "  %s\n", line)
	}
	return nil
}
