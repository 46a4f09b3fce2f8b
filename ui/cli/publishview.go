package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/endpoint"
)

// publishPlace is where a message went.
type publishPlace struct {
	Server    string `json:"server"`
	Operation string `json:"operation,omitempty"`
	Channel   string `json:"channel,omitempty"`
}

// publishLine is a message that was sent, for programs.
type publishLine struct {
	publishPlace
	DryRun   bool           `json:"dryRun,omitempty"`
	Address  string         `json:"address"`
	Message  string         `json:"message,omitempty"`
	ID       string         `json:"id,omitempty"`
	Position string         `json:"position,omitempty"`
	Key      string         `json:"key,omitempty"`
	Headers  map[string]any `json:"headers,omitempty"`
	wireBody
}

// wireBody is the content of a message for programs: decoded, or else as it is.
type wireBody struct {
	Payload any    `json:"payload,omitempty"`
	Body    string `json:"body,omitempty"`
	Base64  string `json:"bodyBase64,omitempty"`
	Size    int    `json:"size"` // of the body, in bytes
}

// bareBody is a body that the contract does not explain.
func bareBody(body []byte) wireBody {
	if utf8.Valid(body) {
		return wireBody{Body: string(body), Size: len(body)}
	}
	return wireBody{Base64: base64.StdEncoding.EncodeToString(body), Size: len(body)}
}

// publishView shows what was sent.
type publishView struct {
	out  *screen
	talk *screen
	json bool
	many int // how many messages were shown
}

func newPublishView(cmd *cobra.Command, format string) *publishView {
	return &publishView{out: newScreen(cmd.OutOrStdout()), talk: newScreen(cmd.ErrOrStderr()), json: format == "json"}
}

// mostShown is how many messages are shown one by one to people.
const mostShown = 20

func (v *publishView) sent(place publishPlace, m *endpoint.Message, dry bool) error {
	if v.json {
		return json.NewEncoder(v.out).Encode(lineOf(place, m, dry))
	}
	if v.many++; v.many > mostShown {
		return nil
	}
	what := m.Name
	if what == "" {
		what = fmt.Sprintf("%d bytes", len(m.Raw.Body))
	}
	word := v.out.paint(green, "sent")
	if dry {
		word = v.out.paint(yellow, "would send")
	}
	fmt.Fprintf(v.out, "%s %s to %s at %s", word, v.out.paint(bold, diag.Safe(what)), v.out.paint(cyan, diag.Safe(m.Address)), diag.Safe(place.Server))
	for _, fact := range []struct{ name, value string }{{"key", m.Key}, {"id", m.IdempotencyID}, {"position", string(m.Position)}} {
		if fact.value != "" {
			fmt.Fprintf(v.out, "  %s %s", v.out.paint(dim, fact.name), diag.Safe(fact.value))
		}
	}
	fmt.Fprintln(v.out)
	if v.many == 1 {
		v.content(m, dry)
	}
	return nil
}

// content shows the first message: all of it where nothing is sent.
func (v *publishView) content(m *endpoint.Message, dry bool) {
	if !dry {
		fmt.Fprintf(v.out, "  %s\n", v.out.paint(dim, fit(oneLine(m), v.out.width-2)))
		return
	}
	for _, h := range m.Raw.Headers {
		fmt.Fprintf(v.out, "  %s %s\n", v.out.paint(dim, diag.Safe(h.Name)+":"), diag.Safe(string(h.Value)))
	}
	if m.CorrelationID != nil {
		fmt.Fprintf(v.out, "  %s %s\n", v.out.paint(dim, "correlation id:"), diag.Safe(words(m.CorrelationID)))
	}
	fmt.Fprintf(v.out, "\n%s\n", indented(m.Payload, m.Raw.Body))
}

// oneLine is a message's payload on one line.
func oneLine(m *endpoint.Message) string {
	if m.Name == "" && m.Payload == nil {
		return strings.ToValidUTF8(string(m.Raw.Body), "\uFFFD")
	}
	return words(m.Payload)
}

// words writes plain data on one line, and text as it is.
func words(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return compact(value)
}

// indented writes plain data in lines, safely for a terminal; without any, the
// body as it is.
func indented(value any, body []byte) string {
	text := strings.ToValidUTF8(string(body), "\uFFFD")
	if value != nil {
		if s, ok := value.(string); ok {
			text = s
		} else {
			var b strings.Builder
			_ = printJSON(&b, value)
			text = strings.TrimSuffix(b.String(), "\n")
		}
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight("  "+diag.Safe(line), " ")
	}
	return strings.Join(lines, "\n")
}

func lineOf(place publishPlace, m *endpoint.Message, dry bool) publishLine {
	line := publishLine{
		publishPlace: place, DryRun: dry, Address: m.Address, Message: m.Name, ID: m.IdempotencyID,
		Position: string(m.Position), Key: m.Key, Headers: m.Headers,
	}
	if m.Name == "" && m.Payload == nil {
		line.wireBody = bareBody(m.Raw.Body)
	} else {
		line.wireBody = wireBody{Payload: m.Payload, Size: len(m.Raw.Body)}
	}
	return line
}

// invalid shows how a message breaks the contract, and ends the command.
func (v *publishView) invalid(e *endpoint.InvalidError) error {
	if v.json {
		type violation struct {
			Path    string `json:"path"`
			Keyword string `json:"keyword"`
			Message string `json:"message"`
		}
		list := []violation{}
		for _, x := range e.Violations {
			list = append(list, violation{x.InstancePath, x.Keyword, x.Message})
		}
		_ = json.NewEncoder(v.out).Encode(map[string]any{
			"valid": false, "operation": e.Operation, "message": e.Message, "part": e.Part, "violations": list,
		})
		return ended()
	}
	name := e.Operation
	if e.Message != "" {
		name = e.Message + " of " + name
	}
	breaks := "breaks"
	if e.Part == "headers" {
		breaks = "break"
	}
	fmt.Fprintf(v.out, "%s  the %s of %s %s the contract\n", v.out.paint(red, "not sent"), e.Part, diag.Safe(name), breaks)
	for _, x := range e.Violations {
		fmt.Fprintf(v.out, "  %s\n", fit(x.Message, max(v.out.width-2, pipeWidth)))
	}
	return ended()
}

// ended sums up, where there were several.
func (v *publishView) ended(count int, took time.Duration) {
	if count == 1 || v.json {
		return
	}
	rate := float64(count) / max(took.Seconds(), 0.001)
	fmt.Fprintf(v.talk, "%d messages in %s, %.0f per second\n", count, short(took), rate)
}

// talk is what is said on the side while servers are used.
type talk struct {
	mu      sync.Mutex
	out     *screen
	retries map[string]retries // by server
}

// retries are attempts that failed for one reason, which is told once.
type retries struct {
	why   string
	count int
}

func newTalk(out io.Writer) *talk { return &talk{out: newScreen(out)} }

func (t *talk) say(look, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintln(t.out, t.out.paint(look, diag.Safe(fmt.Sprintf(format, args...))))
}

// event tells of what happens to a connection.
func (t *talk) event(e broker.Event) {
	if count := t.again(e); count > 1 {
		t.say(yellow, "still retrying %s, attempt %d, next in %s", e.Server, count, short(e.Wait))
		return
	}
	text := e.What
	if e.Server != "" {
		text += " " + e.Server
	}
	if e.Wait > 0 {
		text += " in " + short(e.Wait)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	t.say(yellow, "%s", text)
}

// again counts how often the same went wrong with a server without a pause.
func (t *talk) again(e broker.Event) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.What != "retrying" || e.Err == nil {
		delete(t.retries, e.Server)
		return 0
	}
	if t.retries == nil {
		t.retries = map[string]retries{}
	}
	r := t.retries[e.Server]
	if r.why != e.Err.Error() {
		r = retries{why: e.Err.Error()}
	}
	r.count++
	t.retries[e.Server] = r
	return r.count
}

// shown is a server's URL as it may be shown.
func shown(url string) string { return source.Redact(url) }
