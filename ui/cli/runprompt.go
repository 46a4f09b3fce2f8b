package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/weft-dev/weft/flow/machine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/report"
	"github.com/weft-dev/weft/text/diag"
)

// prompter asks the person at the terminal. What is typed is judged by the
// question's schema; what does not fit is said, and asked once more.
type prompter struct {
	file    *os.File
	in      *bufio.Reader
	out     *screen
	pending chan typed // a line that nobody waits for any more
}

type typed struct {
	text string
	err  error
}

// errNoAnswer means that the person ended the input instead of answering.
var errNoAnswer = errors.New("the person gave no answer")

// newPrompter is nil where nobody sits there.
func newPrompter(in io.Reader, out io.Writer) *prompter {
	file, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return &prompter{file: file, in: bufio.NewReader(file), out: newScreen(out)}
}

// ask asks until the answer fits, ctx ends, or the person ends the input.
func (p *prompter) ask(ctx context.Context, question *plan.Question, h *machine.Happening) (any, error) {
	fmt.Fprintf(p.out, "\n%s %s\n", p.out.paint(bold, diag.Safe(h.Step)+" asks:"), diag.Safe(h.Text))
	if h.Payload != nil {
		for line := range strings.SplitSeq(report.Readable(h.Payload, maxContext), "\n") {
			fmt.Fprintf(p.out, "  %s\n", diag.Safe(line))
		}
	}
	var before any
	for {
		answer, err := p.form(ctx, question, before)
		if err != nil {
			fmt.Fprintln(p.out)
			return nil, err
		}
		problems := question.Judge(answer)
		if len(problems) == 0 {
			fmt.Fprintln(p.out)
			return answer, nil
		}
		for _, problem := range problems {
			fmt.Fprintf(p.out, "  %s %s\n", p.out.paint(red, "that does not fit:"), diag.Safe(problem))
		}
		before = answer
	}
}

// maxContext bounds what is shown with a question, in bytes.
const maxContext = 4000

// form asks for an answer as a whole.
func (p *prompter) form(ctx context.Context, question *plan.Question, before any) (any, error) {
	form, _ := question.Form.(map[string]any)
	properties, _ := form["properties"].(map[string]any)
	switch {
	case question.Acknowledge:
		_, err := p.line(ctx, "press Enter to go on", false)
		return map[string]any{}, err
	case len(properties) > 0:
		return p.object(ctx, form, properties, before)
	}
	return p.field(ctx, &field{name: "answer", schema: form, before: before, required: true})
}

func (p *prompter) object(ctx context.Context, form, properties map[string]any, before any) (any, error) {
	required, _ := form["required"].([]any)
	old, _ := before.(map[string]any)
	answer := map[string]any{}
	for _, name := range fieldNames(properties, required) {
		schema, _ := properties[name].(map[string]any)
		value, err := p.field(ctx, &field{name: name, schema: schema, before: old[name], required: slices.Contains(required, any(name))})
		if err != nil {
			return nil, err
		}
		if value != nil {
			answer[name] = value
		}
	}
	return answer, nil
}

// fieldNames are in the order in which they are required, and then by name.
func fieldNames(properties map[string]any, required []any) []string {
	var names []string
	for _, r := range required {
		name, _ := r.(string)
		if _, known := properties[name]; known && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// field is one line of a form.
type field struct {
	name     string
	schema   map[string]any
	before   any // what was answered the last time
	required bool
}

func (p *prompter) field(ctx context.Context, f *field) (any, error) {
	secret := f.schema["format"] == "password"
	preset := f.before
	if preset == nil || preset == "" {
		preset = f.schema["default"]
	}
	for {
		text, err := p.line(ctx, f.label(preset, secret), secret)
		if err != nil {
			return nil, err
		}
		switch {
		case text == "" && preset != nil:
			return preset, nil
		case text == "" && f.required && f.schema["type"] != "string":
			fmt.Fprintf(p.out, "  %s\n", p.out.paint(red, "this needs an answer"))
			continue
		case text == "" && !f.required:
			return nil, nil
		}
		value, problem := f.read(text)
		if problem == "" {
			return value, nil
		}
		fmt.Fprintf(p.out, "  %s\n", p.out.paint(red, problem))
	}
}

// label is what stands before the place to type at.
func (f *field) label(preset any, secret bool) string {
	text := f.name
	if title, ok := f.schema["title"].(string); ok {
		text = title
	}
	if about, ok := f.schema["description"].(string); ok {
		text += " – " + about
	}
	var hints []string
	switch choices, _ := f.schema["enum"].([]any); {
	case len(choices) > 0:
		var words []string
		for _, c := range choices {
			words = append(words, choiceText(c))
		}
		hints = append(hints, someOf(words))
	case f.schema["type"] == "boolean":
		hints = append(hints, "yes or no")
	case f.schema["type"] != nil && f.schema["type"] != "string":
		hints = append(hints, fmt.Sprint(f.schema["type"]))
	}
	if !f.required {
		hints = append(hints, "may be left out")
	}
	if preset != nil && !secret {
		hints = append(hints, "Enter for "+choiceText(preset))
	}
	if len(hints) > 0 {
		text += " (" + strings.Join(hints, "; ") + ")"
	}
	return text
}

func choiceText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	}
	return report.Compact(v, 100)
}

// read makes a value of what was typed, of the type that the schema wants.
func (f *field) read(text string) (value any, problem string) {
	choices, _ := f.schema["enum"].([]any)
	for _, c := range choices {
		if choiceText(c) == text {
			return c, ""
		}
	}
	switch f.schema["type"] {
	case "string":
		return text, ""
	case "boolean":
		switch strings.ToLower(text) {
		case "y", "yes", "true":
			return true, ""
		case "n", "no", "false":
			return false, ""
		}
		return nil, "answer yes or no"
	case "integer", "number":
		value := inputValue(text)
		if _, ok := value.(json.Number); !ok {
			return nil, "this is no number"
		}
		return value, ""
	case "object", "array":
		value := inputValue(text)
		if _, isText := value.(string); isText {
			return nil, fmt.Sprintf("this is no %s; write it as JSON", f.schema["type"])
		}
		return value, ""
	}
	return inputValue(text), ""
}

// line reads what is typed up to Enter. Secrets are not shown.
func (p *prompter) line(ctx context.Context, label string, secret bool) (string, error) {
	fmt.Fprintf(p.out, "  %s: ", diag.Safe(label))
	restore := func() {}
	if p.pending == nil {
		p.pending = make(chan typed, 1)
		read := p.read
		if secret {
			read = p.readSecret
			if state, err := term.GetState(int(p.file.Fd())); err == nil {
				restore = func() { _ = term.Restore(int(p.file.Fd()), state) }
			}
		}
		go func(answer chan<- typed) { answer <- read() }(p.pending)
	}
	select {
	case t := <-p.pending:
		p.pending = nil
		return strings.TrimRight(t.text, "\r\n"), t.err
	case <-ctx.Done():
		restore() // or the terminal would stay mute
		return "", ctx.Err()
	}
}

func (p *prompter) read() typed {
	text, err := p.in.ReadString('\n')
	if errors.Is(err, io.EOF) {
		err = errNoAnswer
	}
	return typed{text, err}
}

func (p *prompter) readSecret() typed {
	text, err := term.ReadPassword(int(p.file.Fd()))
	fmt.Fprintln(p.out)
	if errors.Is(err, io.EOF) {
		err = errNoAnswer
	}
	return typed{string(text), err}
}
