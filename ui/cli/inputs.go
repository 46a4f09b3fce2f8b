package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// inputFlags are the ways a user hands values to a workflow.
type inputFlags struct {
	file   string
	values []string
}

// read gathers a workflow's inputs: the file named by --inputs, or else the one
// beside the document, and then each --input on top.
func (f *inputFlags) read(document string) (map[string]any, error) {
	inputs, err := f.readFile(document)
	if err != nil {
		return nil, err
	}
	for _, assignment := range f.values {
		if err := assign(inputs, assignment); err != nil {
			return nil, err
		}
	}
	return inputs, nil
}

func (f *inputFlags) readFile(document string) (map[string]any, error) {
	path := f.file
	if path == "" {
		path = inputsBeside(document)
	}
	if path == "" {
		return map[string]any{}, nil
	}
	file, err := source.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("inputs: %w", err)
	}
	root, findings := tree.Parse(file, tree.Options{})
	if diag.Worst(findings) == diag.Error {
		first := findings[0]
		at, _ := first.Span.Range()
		return nil, usage("inputs: %s:%d:%d: %s", path, at.Line, at.Column, first.Message)
	}
	object, ok := root.Value().(map[string]any)
	if !ok {
		return nil, usage("inputs: %s holds an %s; inputs are an object of names and values", path, root.Kind)
	}
	return object, nil
}

// inputsBeside returns the file that holds a document's usual inputs:
// "order.inputs.yaml" beside "order.arazzo.yaml", or "" where there is none.
func inputsBeside(document string) string {
	if document == "-" || document == "" {
		return ""
	}
	stem := strings.TrimSuffix(document, filepath.Ext(document))
	stem = strings.TrimSuffix(stem, ".arazzo")
	for _, extension := range []string{".yaml", ".yml", ".json"} {
		path := stem + ".inputs" + extension
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path
		}
	}
	return ""
}

// assign sets one NAME=VALUE. A name with dots goes into objects; a value that
// is JSON is taken as JSON, anything else as a string.
func assign(inputs map[string]any, assignment string) error {
	name, text, ok := strings.Cut(assignment, "=")
	if !ok || name == "" {
		return usage("--input %q is not NAME=VALUE", assignment)
	}
	names := strings.Split(name, ".")
	object := inputs
	for _, part := range names[:len(names)-1] {
		next, ok := object[part]
		if !ok {
			next = map[string]any{}
			object[part] = next
		}
		object, ok = next.(map[string]any)
		if !ok {
			return usage("--input %s: %q is already a value, not an object", name, part)
		}
	}
	object[names[len(names)-1]] = inputValue(text)
	return nil
}

func inputValue(text string) any {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return text
	}
	return value
}
