package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/driver"
)

// tailView shows messages in one of the forms.
type tailView struct {
	out    *screen
	format string
	long   bool // times have dates
	began  bool // the head of the table was shown
	widths tailWidths
	talk   *talk
}

// tailWidths are the columns of the table. They grow with what is shown, up to
// a bound.
type tailWidths struct{ address, message, key int }

const (
	maxAddressWidth = 32
	maxMessageWidth = 26
	maxKeyWidth     = 24
	leastPayload    = 24
)

func newTailView(cmd *cobra.Command, f *tailFlags, watches []*subscription) *tailView {
	v := &tailView{out: newScreen(cmd.OutOrStdout()), format: f.format, long: f.from != "now"}
	v.widths = tailWidths{address: len("ADDRESS"), message: len("MESSAGE")}
	for _, w := range watches {
		v.widths.address = grown(v.widths.address, w.receiver.Address(), maxAddressWidth)
		for _, m := range w.target.Messages {
			v.widths.message = grown(v.widths.message, m.Key, maxMessageWidth)
		}
		if w.receiver.Capabilities().Keys {
			v.widths.key = max(v.widths.key, 8)
		}
	}
	return v
}

func grown(width int, text string, most int) int {
	return max(width, min(most, utf8.RuneCountInString(text)))
}

// begins tells what is watched and where, once the subscriptions stand.
func (v *tailView) begins(t *tailing) {
	v.talk = t.talk
	servers := map[string][]string{}
	for _, w := range t.watches {
		servers[w.receiver.Server()] = append(servers[w.receiver.Server()], w.receiver.Address())
	}
	end := "Ctrl-C ends"
	if t.flags.duration > 0 {
		end = "ends after " + t.flags.duration.String()
	}
	for _, server := range slices.Sorted(maps.Keys(servers)) {
		t.talk.say(dim, "watching %s at %s; %s", someOf(servers[server]), server, end)
	}
}

func (v *tailView) arrived(a arrival) error {
	switch v.format {
	case "json":
		encoder := json.NewEncoder(v.out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(tailLineOf(a))
	case "raw":
		return v.raw(a)
	case "pretty":
		return v.pretty(a)
	}
	return v.row(a)
}

// raw writes a body as it is. On a terminal that would be an open door.
func (v *tailView) raw(a arrival) error {
	if a.rejected != nil {
		v.talk.say(yellow, "the next is none of the contract's (%s): %s", a.rejected.Reason, a.rejected.Explanation)
	}
	body := a.wire().Body
	if v.out.terminal {
		body = []byte(safeLines(string(body)))
	}
	_, err := v.out.Write(append(slices.Clip(body), '\n'))
	return err
}

func safeLines(text string) string {
	lines := strings.Split(strings.ToValidUTF8(text, "\uFFFD"), "\n")
	for i := range lines {
		lines[i] = diag.Safe(lines[i])
	}
	return strings.Join(lines, "\n")
}

// row writes a line of the table.
func (v *tailView) row(a arrival) error {
	v.widths.address = grown(v.widths.address, a.address(), maxAddressWidth)
	name, look, payload := a.nameAndText()
	v.widths.message = grown(v.widths.message, name, maxMessageWidth)
	key := a.key()
	v.widths.key = grown(v.widths.key, key, maxKeyWidth)
	if !v.began {
		v.began = true
		v.head()
	}
	clock := v.clock(a.timestamp())
	used := len(clock) + 2 + v.widths.address + 2 + v.widths.message + 2
	line := v.out.paint(dim, clock) + "  " + v.out.paint(cyan, column(a.address(), v.widths.address)) + "  "
	line += v.out.paint(look, column(name, v.widths.message)) + "  "
	if v.widths.key > 0 {
		line += column(key, v.widths.key) + "  "
		used += v.widths.key + 2
	}
	if v.out.terminal {
		payload = fit(payload, max(leastPayload, v.out.width-used))
	} else {
		payload = diag.Safe(payload)
	}
	_, err := fmt.Fprintln(v.out, line+payload)
	return err
}

func (v *tailView) head() {
	title := column("TIME", len(v.clock(time.Time{}))) + "  " + column("ADDRESS", v.widths.address) + "  " + column("MESSAGE", v.widths.message) + "  "
	if v.widths.key > 0 {
		title += column("KEY", v.widths.key) + "  "
	}
	fmt.Fprintln(v.out, v.out.paint(dim, title+"PAYLOAD"))
}

func (v *tailView) clock(at time.Time) string {
	if v.long {
		return at.Local().Format("2006-01-02 15:04:05.000")
	}
	return at.Local().Format("15:04:05.000")
}

func column(text string, width int) string { return padTo(fit(text, width), width) }

// pretty writes a message in lines.
func (v *tailView) pretty(a arrival) error {
	name, look, _ := a.nameAndText()
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s", v.out.paint(dim, v.clock(a.timestamp())), v.out.paint(cyan, diag.Safe(a.address())), v.out.paint(look, diag.Safe(name)))
	facts := []struct{ name, value string }{{"key", a.key()}, {"position", a.position()}}
	if a.message != nil && a.message.CorrelationID != nil {
		facts = append(facts, struct{ name, value string }{"correlation", words(a.message.CorrelationID)})
	}
	for _, fact := range facts {
		if fact.value != "" {
			fmt.Fprintf(&b, "  %s %s", v.out.paint(dim, fact.name), diag.Safe(fact.value))
		}
	}
	b.WriteByte('\n')
	if a.rejected != nil {
		fmt.Fprintf(&b, "  %s\n", v.out.paint(yellow, diag.Safe(a.rejected.Explanation)))
	}
	headers := a.headers()
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		fmt.Fprintf(&b, "  %s %s\n", v.out.paint(dim, diag.Safe(name)+":"), diag.Safe(words(headers[name])))
	}
	if a.message != nil {
		fmt.Fprintf(&b, "%s\n\n", indented(a.message.Payload, a.message.Raw.Body))
	} else {
		fmt.Fprintf(&b, "%s\n\n", indented(nil, a.rejected.Raw.Body))
	}
	_, err := fmt.Fprint(v.out, b.String())
	return err
}

// ends sums up.
func (v *tailView) ends(t *tailing, took time.Duration) {
	text := fmt.Sprintf("%s in %s", plural(t.shown, "message"), short(took))
	if t.others > 0 {
		text += fmt.Sprintf(", %d of them none of the contract's", t.others)
	}
	if t.passed > 0 {
		text += fmt.Sprintf("; %d more did not pass the filter", t.passed)
	}
	t.talk.say(dim, "%s", text)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// wire is the message as it was on the wire.
func (a arrival) wire() *driver.Message {
	if a.message != nil {
		return a.message.Raw
	}
	return a.rejected.Raw
}

func (a arrival) address() string { return a.wire().Address }

func (a arrival) position() string { return string(a.wire().Position) }

func (a arrival) key() string { return strings.ToValidUTF8(string(a.wire().Key), "\uFFFD") }

// nameAndText are what people are shown of a message in a few words.
func (a arrival) nameAndText() (name, look, text string) {
	if a.message != nil {
		name = a.message.Name
		if name == "" {
			name = "-"
		}
		return name, green, oneLine(a.message)
	}
	body := strings.ToValidUTF8(string(a.rejected.Body), "\uFFFD")
	return "! " + string(a.rejected.Reason), yellow, a.rejected.Explanation + " | " + body
}

// tailLine is a message for programs.
type tailLine struct {
	Time          time.Time      `json:"time"`
	Server        string         `json:"server"`
	Channel       string         `json:"channel"`
	Address       string         `json:"address"`
	Message       string         `json:"message,omitempty"`
	Also          []string       `json:"also,omitempty"` // other messages of the contract that it fits
	ID            string         `json:"id,omitempty"`   // the sender's, where there is one
	Key           string         `json:"key,omitempty"`
	Headers       map[string]any `json:"headers,omitempty"`
	CorrelationID any            `json:"correlationId,omitempty"`
	ReplyTo       string         `json:"replyTo,omitempty"`
	ContentType   string         `json:"contentType,omitempty"`
	Position      string         `json:"position,omitempty"`
	Redelivered   bool           `json:"redelivered,omitempty"`
	Rejected      *tailRejected  `json:"rejected,omitempty"`
	wireBody
}

// tailRejected says why a message is none of the contract's.
type tailRejected struct {
	Reason      string `json:"reason"`
	Explanation string `json:"explanation"`
	Nearest     string `json:"nearest,omitempty"` // the message of the contract that it comes nearest to
}

func tailLineOf(a arrival) tailLine {
	line := tailLine{
		Time: a.timestamp(), Server: a.watch.receiver.Server(), Channel: a.watch.channel, Address: a.address(), Key: a.key(),
		Headers: a.headers(), ReplyTo: a.wire().ReplyTo, Position: a.position(), Redelivered: a.wire().Redelivered,
	}
	if r := a.rejected; r != nil {
		line.Rejected = &tailRejected{Reason: string(r.Reason), Explanation: r.Explanation, Nearest: r.Candidate}
		line.wireBody = bareBody(r.Raw.Body)
		return line
	}
	m := a.message
	line.Message, line.ID, line.CorrelationID, line.ContentType = m.Name, m.IdempotencyID, m.CorrelationID, m.ContentType
	for _, other := range m.Also {
		line.Also = append(line.Also, other.Name)
	}
	line.wireBody = wireBody{Payload: m.Payload, Size: len(m.Raw.Body)}
	return line
}
