package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/ui/mcp"
)

// assistantTool is a command as an assistant calls it: its arguments by name.
type assistantTool struct {
	name, title, about string
	// words begin the command line. Files come next, then the verb where there
	// is one, then the rest.
	words, verb []string
	fields      []toolField
	changes     bool
}

// toolField is an argument of a tool, and its place on the command line: behind
// a flag, or by its turn.
type toolField struct {
	name, about, flag string
	kind              fieldKind
	required          bool
	among             []string // nil where any word will do
}

type fieldKind int

const (
	fieldWord   fieldKind = iota // a text
	fieldWords                   // several
	fieldYes                     // true or false
	fieldFile                    // a file that is there
	fieldFiles                   // several, or patterns
	fieldOutput                  // a file that may be there
)

// maxToRead bounds what an assistant gets to read, in bytes.
const maxToRead = 1 << 20

func (t assistantTool) offered(here *os.Root) mcp.Tool {
	return mcp.Tool{
		Name: t.name, Title: t.title, Description: t.about, Input: t.schema(), Changes: t.changes,
		Call: func(ctx context.Context, arguments json.RawMessage) (mcp.Result, error) {
			line, err := t.commandLine(here, arguments)
			if err != nil {
				return mcp.Result{}, err
			}
			return called(ctx, line), nil
		},
	}
}

// called runs a command of this program and answers with what it said.
func called(ctx context.Context, line []string) mcp.Result {
	var out, talk bytes.Buffer
	code := run(ctx, line, bytes.NewReader(nil), &out, &talk)
	result := mcp.Result{Failed: code != exitFine && code != exitFindings}
	text := strings.TrimSpace(out.String())
	var short bytes.Buffer
	if data := asObject(text); data != nil && json.Compact(&short, []byte(text)) == nil {
		text = short.String()
		if len(text) <= maxToRead {
			result.Data = data
		}
	}
	if said := strings.TrimSpace(talk.String()); said != "" {
		text = strings.TrimSpace(text + "\n\n" + said)
	}
	switch {
	case len(text) > maxToRead:
		text = strings.ToValidUTF8(text[:maxToRead], "") + "\n\nThe rest is cut off: ask about fewer files, or write the result to a file."
	case text == "":
		text = "done"
	}
	result.Text = text
	return result
}

// asObject is JSON as an object; a list becomes the member "list" of one.
func asObject(text string) map[string]any {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil || decoder.More() {
		return nil
	}
	switch v := value.(type) {
	case map[string]any:
		return v
	case []any:
		return map[string]any{"list": v}
	}
	return nil
}

// schema describes the arguments.
func (t assistantTool) schema() map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, f := range t.fields {
		properties[f.name] = f.schema()
		if f.required {
			required = append(required, f.name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func (f toolField) schema() map[string]any {
	s := map[string]any{"type": "string", "description": f.about}
	if f.among != nil {
		s["enum"] = f.among
	}
	switch f.kind {
	case fieldYes:
		s["type"] = "boolean"
	case fieldWords, fieldFiles:
		s["type"], s["items"] = "array", map[string]any{"type": "string"}
		if f.required {
			s["minItems"] = 1
		}
	}
	return s
}

// commandLine is what somebody would have typed.
func (t assistantTool) commandLine(here *os.Root, arguments json.RawMessage) ([]string, error) {
	given := map[string]json.RawMessage{}
	if len(arguments) > 0 {
		if err := json.Unmarshal(arguments, &given); err != nil {
			return nil, errors.New("the arguments are no object")
		}
	}
	for name := range given {
		if !slices.ContainsFunc(t.fields, func(f toolField) bool { return f.name == name }) {
			return nil, fmt.Errorf("there is no argument %q; there are %s", diag.Safe(name), strings.Join(t.fieldNames(), ", "))
		}
	}
	var flags, files, rest []string
	for _, f := range t.fields {
		words, err := f.read(here, given[f.name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
		switch {
		case f.kind == fieldYes:
			flags = append(flags, words...)
		case f.flag != "":
			for _, word := range words {
				flags = append(flags, f.flag+"="+word)
			}
		case f.kind == fieldFile || f.kind == fieldFiles:
			files = append(files, words...)
		default:
			rest = append(rest, words...)
		}
	}
	return slices.Concat(t.words, files, t.verb, rest, flags), nil
}

func (t assistantTool) fieldNames() (names []string) {
	for _, f := range t.fields {
		names = append(names, f.name)
	}
	return names
}

// read turns an argument into words.
func (f toolField) read(here *os.Root, value json.RawMessage) ([]string, error) {
	if len(value) == 0 || string(value) == "null" {
		if f.required {
			return nil, errors.New("it is missing: " + f.about)
		}
		return nil, nil
	}
	switch f.kind {
	case fieldYes:
		return f.yes(value)
	case fieldWords, fieldFiles:
		var words []string
		if err := json.Unmarshal(value, &words); err != nil {
			return nil, errors.New("it must be a list of texts")
		}
		if f.required && len(words) == 0 {
			return nil, errors.New("the list is empty: " + f.about)
		}
		return f.judged(here, words)
	}
	var word string
	if err := json.Unmarshal(value, &word); err != nil {
		return nil, errors.New("it must be a text")
	}
	return f.judged(here, []string{word})
}

func (f toolField) yes(value json.RawMessage) ([]string, error) {
	var yes bool
	if err := json.Unmarshal(value, &yes); err != nil {
		return nil, errors.New("it must be true or false")
	}
	if !yes {
		return nil, nil
	}
	return []string{f.flag}, nil
}

// judged holds words against what they may be. What would be read as a flag is
// none of an assistant's business.
func (f toolField) judged(here *os.Root, words []string) ([]string, error) {
	for _, word := range words {
		switch {
		case f.flag == "" && strings.HasPrefix(word, "-"):
			return nil, fmt.Errorf("%q begins with a hyphen", diag.Safe(word))
		case f.among != nil && !slices.Contains(f.among, word):
			return nil, fmt.Errorf("%q is none of %s", diag.Safe(word), strings.Join(f.among, ", "))
		}
	}
	switch f.kind {
	case fieldFile, fieldFiles:
		return withinRoot(here, words)
	case fieldOutput:
		return words, errors.Join(outputWithin(here, words[0]))
	}
	return words, nil
}

// withinRoot expands patterns and keeps to the folder, also where a symbolic
// link leads out of it.
func withinRoot(here *os.Root, names []string) ([]string, error) {
	for _, name := range names {
		if !filepath.IsLocal(name) {
			return nil, outsideOf(name)
		}
	}
	files, err := expand(names)
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		if _, err := here.Stat(name); err != nil {
			return nil, unseen(name, err)
		}
	}
	return files, nil
}

// outputWithin allows a file to be written: in the folder, and not through a
// link that leads elsewhere.
func outputWithin(here *os.Root, name string) error {
	if !filepath.IsLocal(name) {
		return outsideOf(name)
	}
	if _, err := here.Stat(filepath.Dir(name)); err != nil {
		return unseen(filepath.Dir(name), err)
	}
	if _, err := here.Stat(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unseen(name, err)
	}
	return nil
}

func outsideOf(name string) error {
	return fmt.Errorf("%s is outside of the folder that the tools see; name it relative to that folder", diag.Safe(name))
}

func unseen(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s in the folder that the tools see", diag.Safe(name))
	}
	return outsideOf(name)
}
