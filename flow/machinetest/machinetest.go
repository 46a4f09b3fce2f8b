// Package machinetest runs scripts against the machine: events in, effects
// out, as text that people can read and diff. Each script runs twice, straight
// and with the machine rebuilt from its stored history after every event; both
// must say the same.
//
// A script is a text with sections, as in txtar. Before the first section
// stands why the script exists. Then
//
//	-- workflows --
//
// holds the workflows of an Arazzo document, whose head is supplied: it names
// the sources "shop" (OpenAPI) and "bus" (AsyncAPI) of testdata/sources. Other
// sections are further documents, or take the place of those. At the end
//
//	-- script --
//	> started {"inputs":{"id":7}}
//	call R/get/1 GET /items/{id} path id=7
//	> +2s responded R/get/1 {"status":200,"body":{"a":1}}
//	…
//
// has events, each after ">" with how much time has passed since the one
// before, and below each the effects. The lines below are written by the test
// itself (-update): what a person adds are the events.
//
// Its callers are tests. It must not know engines or wires.
package machinetest

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

//go:embed testdata/sources
var sources embed.FS

const head = `arazzo: 1.1.0
info: {title: A script, version: 1.0.0}
sourceDescriptions:
  - {name: shop, url: shop.yaml, type: openapi}
  - {name: bus, url: bus.yaml, type: asyncapi}
workflows:
`

// Script is a script, read.
type Script struct {
	// Why is the text before the first section.
	Why   string
	files []file
	lines []string
}

type file struct{ name, text string }

// Parse reads a script.
func Parse(data []byte) (*Script, error) {
	s := &Script{}
	name, text := "", []string(nil)
	flush := func() {
		body := strings.Join(text, "\n")
		switch name {
		case "":
			s.Why = strings.TrimSpace(body)
		case "script":
			s.lines = append([]string{}, text...)
		default:
			s.files = append(s.files, file{name, body + "\n"})
		}
		text = nil
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(data), "\n"), "\n") {
		if strings.HasPrefix(line, "-- ") && strings.HasSuffix(line, " --") {
			flush()
			name = strings.TrimSpace(line[3 : len(line)-3])
			continue
		}
		text = append(text, line)
	}
	flush()
	switch {
	case s.Why == "":
		return nil, errors.New("a script opens with why it exists")
	case s.lines == nil:
		return nil, errors.New("there is no section -- script --")
	}
	return s, nil
}

// Plan compiles the script's workflow: the first of its document.
func (s *Script) Plan() (*plan.Plan, []diag.Diagnostic) {
	memory := source.Memory{}
	entries, _ := sources.ReadDir("testdata/sources")
	for _, e := range entries {
		data, _ := sources.ReadFile("testdata/sources/" + e.Name())
		memory["memory:///"+e.Name()] = string(data)
	}
	for _, f := range s.files {
		if f.name == "workflows" {
			memory["memory:///w.yaml"] = head + f.text
		} else {
			memory["memory:///"+f.name] = f.text
		}
	}
	return Compile(memory, "memory:///w.yaml", "")
}

// Compile opens and compiles a workflow of documents that are held in memory;
// an empty id is the document's first workflow.
func Compile(docs source.Memory, uri, workflow string) (*plan.Plan, []diag.Diagnostic) {
	return CompileWith(docs, uri, workflow, plan.Options{})
}

// CompileWith is Compile with options.
func CompileWith(docs source.Memory, uri, workflow string, options plan.Options) (*plan.Plan, []diag.Diagnostic) {
	ctx := context.Background()
	ws := ref.New(docs, ref.Options{})
	d, err := ws.Open(ctx, uri)
	if err != nil {
		return nil, []diag.Diagnostic{{Severity: diag.Error, Message: err.Error()}}
	}
	doc, found := arazzo.Load(ctx, ws, d)
	found = append(found, d.Findings...)
	if doc == nil || diag.Worst(found) == diag.Error {
		return nil, found
	}
	opened, more := plan.Open(ctx, ws, doc)
	found = append(found, more...)
	if workflow == "" && len(doc.Workflows) > 0 {
		workflow = doc.Workflows[0].ID
	}
	p, more := plan.Compile(doc, opened, workflow, options)
	return p, append(found, more...)
}

// Findings writes findings as a script shows them.
func Findings(list []diag.Diagnostic) string {
	var b strings.Builder
	for _, d := range list {
		start, _ := d.Span.Range()
		fmt.Fprintf(&b, "%s %s %d:%d %s", d.Severity, d.Code, start.Line, start.Column, d.Message)
		if d.Help != "" {
			fmt.Fprintf(&b, " (%s)", d.Help)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Events returns the script's event lines.
func (s *Script) events() []string {
	var list []string
	for _, line := range s.lines {
		if strings.HasPrefix(line, ">") || strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

// Run runs the script both ways and returns the text of the whole script with
// what came out. A difference between the ways is an error.
func (s *Script) Run() ([]byte, error) {
	p, found := s.Plan()
	var out bytes.Buffer
	out.WriteString(s.Why + "\n\n")
	for _, f := range s.files {
		fmt.Fprintf(&out, "-- %s --\n%s", f.name, f.text)
	}
	out.WriteString("-- script --\n")
	if text := Findings(found); text != "" {
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			out.WriteString("! " + line + "\n")
		}
	}
	if p == nil { // refused: nothing runs
		for _, line := range s.events() {
			out.WriteString(line + "\n")
		}
		return out.Bytes(), nil
	}
	straight, err := s.play(p, false)
	if err != nil {
		return nil, err
	}
	rebuilt, err := s.play(p, true)
	if err != nil {
		return nil, fmt.Errorf("rebuilt from its history: %w", err)
	}
	if !bytes.Equal(straight, rebuilt) {
		return nil, fmt.Errorf("the run that was rebuilt from its history after each event differs:\n-- straight --\n%s\n-- rebuilt --\n%s", straight, rebuilt)
	}
	out.Write(straight)
	return out.Bytes(), nil
}

// epoch is when scripts begin.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func (s *Script) play(p *plan.Plan, rebuild bool) ([]byte, error) {
	var out bytes.Buffer
	m, now := machine.New(p), epoch
	var history [][]byte
	for _, line := range s.events() {
		out.WriteString(line + "\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		command, err := parseCommand(line, &now)
		if err != nil {
			return nil, err
		}
		if command.wants != nil {
			yes, why := m.Wants(command.subscription, command.wants)
			fmt.Fprintln(&out, strings.TrimSpace(fmt.Sprintf("%v %s", yes, why)))
			continue
		}
		effects, err := m.Step(command.event)
		if err != nil {
			fmt.Fprintf(&out, "error %s\n", err)
			continue
		}
		for _, effect := range effects {
			out.WriteString(describe(effect))
		}
		stored, err := machine.EncodeEvent(command.event)
		if err != nil {
			return nil, err
		}
		history = append(history, stored)
		if rebuild {
			if m, err = replay(p, history); err != nil {
				return nil, err
			}
		}
	}
	return out.Bytes(), nil
}

func replay(p *plan.Plan, history [][]byte) (*machine.Machine, error) {
	m := machine.New(p)
	for i, entry := range history {
		event, err := machine.DecodeEvent(entry)
		if err == nil {
			_, err = m.Step(event)
		}
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", i+1, err)
		}
	}
	return m, nil
}

// command is one line of a script.
type command struct {
	event        machine.Event
	subscription string
	wants        *machine.Message
}

// parseCommand reads "> +2s responded ID {…}".
func parseCommand(line string, now *time.Time) (command, error) {
	rest := strings.TrimSpace(strings.TrimPrefix(line, ">"))
	if strings.HasPrefix(rest, "+") || strings.HasPrefix(rest, "-") {
		word, after, _ := strings.Cut(rest, " ")
		d, err := time.ParseDuration(word)
		if err != nil {
			return command{}, fmt.Errorf("%s: %w", line, err)
		}
		*now, rest = now.Add(d), after
	}
	name, rest, _ := strings.Cut(rest, " ")
	id, body := "", rest
	if !strings.HasPrefix(rest, "{") {
		id, body, _ = strings.Cut(rest, " {")
		if body != "" {
			body = "{" + body
		}
	}
	c, err := build(name, strings.TrimSpace(id), body, machine.Stamp{At: *now})
	if err != nil {
		return command{}, fmt.Errorf("%s: %w", line, err)
	}
	return c, nil
}

// build makes the command of a name, an id and a JSON object.
func build(name, id, body string, at machine.Stamp) (command, error) {
	switch name {
	case "wants", "arrived":
		message := machine.Message{}
		if err := read(body, &message); err != nil {
			return command{}, err
		}
		if name == "wants" {
			return command{subscription: id, wants: &message}, nil
		}
		return command{event: machine.Arrived{Stamp: at, Subscription: id, Message: message}}, nil
	case "started":
		e := machine.Started{Run: "R"}
		err := read(body, &e)
		e.Stamp = at
		return command{event: e}, err
	case "subscribed":
		e := machine.Subscribed{ID: id}
		err := read(body, &e)
		e.Stamp = at
		return command{event: e}, err
	case "subscribeFailed":
		return command{event: machine.SubscribeFailed{Stamp: at, ID: first(id), Error: after(id)}}, nil
	case "responded":
		e := machine.Responded{ID: id, Method: "GET", URL: "http://shop/"}
		err := read(body, &e)
		e.Stamp = at
		return command{event: e}, err
	case "callFailed":
		return command{event: machine.CallFailed{Stamp: at, ID: first(id), Error: after(id)}}, nil
	case "sent":
		e := machine.Sent{ID: id}
		err := read(body, &e)
		e.Stamp = at
		return command{event: e}, err
	case "sendFailed":
		return command{event: machine.SendFailed{Stamp: at, ID: first(id), Error: after(id)}}, nil
	case "answered":
		var answer any
		if err := read(body, &answer); err != nil {
			return command{}, err
		}
		return command{event: machine.Answer(at.At, id, answer, "ann")}, nil
	case "kept":
		return command{event: machine.Kept{Stamp: at, ID: id}}, nil
	case "keepFailed":
		return command{event: machine.KeepFailed{Stamp: at, ID: first(id), Error: after(id)}}, nil
	case "timer":
		e := machine.TimerFired{ID: id}
		err := read(body, &e)
		e.Stamp = at
		return command{event: e}, err
	case "cancelled":
		return command{event: machine.Cancelled{Stamp: at, Reason: id}}, nil
	case "resumed":
		return command{event: machine.Resumed{Stamp: at}}, nil
	case "retried":
		return command{event: machine.Retried{Stamp: at, From: id}}, nil
	}
	return command{}, fmt.Errorf("there is no event %q", name)
}

func first(text string) string { word, _, _ := strings.Cut(text, " "); return word }
func after(text string) string { _, rest, _ := strings.Cut(text, " "); return rest }

func read(body string, into any) error {
	if body == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// describe writes an effect as a line.
func describe(effect machine.Effect) string {
	var b strings.Builder
	switch e := effect.(type) {
	case machine.Subscribe:
		fmt.Fprintf(&b, "subscribe %s to %s", e.ID, e.Address)
		if len(e.Positions) > 0 {
			fmt.Fprintf(&b, " from %s", strings.Join(e.Positions, " "))
		}
	case machine.CallHTTP:
		fmt.Fprintf(&b, "call %s %s %s", e.ID, e.Step.Operation.Method, e.Step.Operation.Path)
		for _, v := range e.Parameters {
			fmt.Fprintf(&b, " %s %s=%s", v.In, v.Name, text(v.Value))
		}
		if e.HasBody {
			fmt.Fprintf(&b, " %s %s", e.ContentType, text(e.Body))
		}
	case machine.SendMessage:
		fmt.Fprintf(&b, "send %s to %s headers %s", e.ID, e.Address, text(e.Headers))
		if e.HasPayload {
			fmt.Fprintf(&b, " payload %s", text(e.Payload))
		}
		if e.Correlation != "" {
			fmt.Fprintf(&b, " correlation %s", e.Correlation)
		}
	case machine.AskPerson:
		fmt.Fprintf(&b, "ask %s %s", e.ID, text(e.Prompt))
		if e.Context != nil {
			fmt.Fprintf(&b, " context %s", text(e.Context))
		}
		if e.Step.Question.Form != nil {
			fmt.Fprintf(&b, " answer %s", text(e.Step.Question.Form))
		}
	case machine.KeepCallback:
		fmt.Fprintf(&b, "keep %s", text(e.Registration))
	case machine.SetTimer:
		fmt.Fprintf(&b, "timer %s at %s", e.ID, since(e.At))
	case machine.CancelTimer:
		fmt.Fprintf(&b, "cancel %s", e.ID)
	case machine.Abandon:
		fmt.Fprintf(&b, "abandon %s", e.ID)
	case machine.Tell:
		return tell(e.Happening)
	case machine.Complete:
		return complete(e.Result)
	}
	return b.String() + "\n"
}

func since(at time.Time) string { return at.Sub(epoch).String() }

func tell(h machine.Happening) string {
	var b strings.Builder
	fmt.Fprintf(&b, "  · %s", h.Kind)
	if h.Step != "" {
		fmt.Fprintf(&b, " %s", h.Step)
	}
	switch h.Kind {
	case machine.StepBegan:
		if h.Attempt > 1 {
			fmt.Fprintf(&b, " (attempt %d)", h.Attempt)
		}
	case machine.RequestSent, machine.MessageSending, machine.MessageCame, machine.MessageSent, machine.SubscribeBegan, machine.SubscribeDone:
	default:
		if h.Text != "" {
			fmt.Fprintf(&b, ": %s", h.Text)
		}
	}
	if h.Kind == machine.WaitBegan && h.ByDefault && !h.Until.IsZero() {
		fmt.Fprintf(&b, ", by default until %s", since(h.Until))
	}
	if h.Kind == machine.StepEnded && len(h.Outputs) > 0 {
		fmt.Fprintf(&b, " %s", text(h.Outputs))
	}
	if h.Failure != nil && (h.Kind == machine.StepEnded || h.Kind == machine.RetryPlanned) {
		fmt.Fprintf(&b, ", since %s", h.Failure.Message)
	}
	if h.Kind == machine.RetryPlanned {
		fmt.Fprintf(&b, "; at %s", since(h.Until))
	}
	for _, c := range h.Criteria {
		if h.Kind == machine.CriteriaChecked {
			fmt.Fprintf(&b, " [%v %s", c.Passed, c.Condition)
			if c.Detail != "" {
				fmt.Fprintf(&b, " — %s", c.Detail)
			}
			b.WriteByte(']')
		}
	}
	return b.String() + "\n"
}

func complete(r machine.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "complete %s outputs %s", r.State, text(r.Outputs))
	if r.Failure != nil {
		fmt.Fprintf(&b, " failure %s", r.Failure.Code)
		if r.Failure.Step != "" {
			fmt.Fprintf(&b, " in %s", r.Failure.Step)
		}
		fmt.Fprintf(&b, ": %s", r.Failure.Message)
		if r.Failure.Help != "" {
			fmt.Fprintf(&b, " (%s)", r.Failure.Help)
		}
	}
	b.WriteByte('\n')
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "  %s %s attempts %d took %s\n", s.Path, s.State, s.Attempts, s.Duration)
	}
	return b.String()
}

func text(value any) string {
	data, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// Rows returns the rows of the published semantics that the script names at
// its top, as "A7".
func (s *Script) Rows() []string {
	var rows []string
	for word := range strings.FieldsFuncSeq(s.Why, func(r rune) bool { return !(r == 'A' || r >= '0' && r <= '9') }) {
		if len(word) > 1 && word[0] == 'A' && !slices.Contains(rows, word) && strings.Trim(word[1:], "0123456789") == "" {
			rows = append(rows, word)
		}
	}
	return rows
}
