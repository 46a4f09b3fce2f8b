// Package conformance plays the fixtures of conformance/arazzo: documents of
// workflows with what the services and brokers around them do, by a virtual
// clock, and what is expected of whoever runs them. The format is described
// there, for other implementations too.
//
// A fixture meets the whole of the runtime: its requests are bytes that a
// service reads, its messages bytes on a broker, both in memory. It must not
// know how a workflow is run: what it judges is what the world can see, and
// the result.
package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Fixture is one case. Times are in milliseconds of the virtual clock.
type Fixture struct {
	// Name is its path below the directory of fixtures, without the ending.
	Name   string   `json:"-"`
	Title  string   `json:"title"`
	Covers []string `json:"covers"`
	// Arazzo is the main document: a text, or an object whose members stand
	// before those of Kit.Defaults.
	Arazzo any `json:"arazzo"`
	// Documents are further ones by their names, texts or objects; one that
	// has the name of a shared source takes its place.
	Documents map[string]any `json:"documents"`
	// Workflow is the one that is run; "" is the document's first.
	Workflow string                    `json:"workflow"`
	Inputs   map[string]any            `json:"inputs"`
	More     map[string]map[string]any `json:"inputsOf"`
	Options  Options                   `json:"options"`
	Script   Script                    `json:"script"`
	Expect   Expect                    `json:"expect"`
}

// Options are how the run is asked for.
type Options struct {
	Parallel          int            `json:"parallel"`
	ReceiveTimeout    int            `json:"receiveTimeout"`
	MaxSteps          int            `json:"maxSteps"`
	StrictPerspective bool           `json:"strictPerspective"`
	Servers           map[string]any `json:"servers"`
	// Credentials are secrets by source and security scheme.
	Credentials map[string]map[string]Secret `json:"credentials"`
}

// Secret is how to enter.
type Secret struct {
	User   string `json:"user"`
	Secret string `json:"secret"`
}

// Script is what the world around the run does.
type Script struct {
	Servers []Rule        `json:"servers"`
	Brokers []Publication `json:"brokers"`
	People  []Reply       `json:"people"`
}

// Rule says how requests are answered.
type Rule struct {
	// On is "METHOD /path".
	On string `json:"on"`
	// Answers are given one after the other; the last stays.
	Answers []Answer `json:"answers"`
}

// Answer is an answer to a request.
type Answer struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	// Body is sent as JSON, or as it is where it is a text and the headers say
	// another content type.
	Body any `json:"body"`
	// After is how long it takes. Error breaks the connection instead.
	After int    `json:"after"`
	Error string `json:"error"`
}

// Publication is a message that someone else publishes.
type Publication struct {
	To string `json:"to"`
	// At is how long after the run began. Sent is the address of a message, and
	// Called "METHOD /path" of a request, that is followed by this one. One of
	// the three is given.
	At     int    `json:"at"`
	Sent   string `json:"sent"`
	Called string `json:"called"`
	// After is how long after what it follows.
	After   int     `json:"after"`
	Message Message `json:"message"`
}

// Message is a message as it is on the wire.
type Message struct {
	Headers       map[string]any `json:"headers"`
	Payload       any            `json:"payload"`
	Raw           string         `json:"raw"` // bytes that take the place of the payload
	CorrelationID any            `json:"correlationId"`
}

// Reply is a person's answer to a step that asks.
type Reply struct {
	Step  string `json:"step"`
	After int    `json:"after"`
	Value any    `json:"value"`
	By    string `json:"by"`
}

// Expect is what must come of it. What is absent is not compared.
type Expect struct {
	// Status is "succeeded", "failed" or "refused".
	Status  string          `json:"status"`
	Refused *Refusal        `json:"refused"`
	Failed  *Failure        `json:"failed"`
	Outputs *map[string]any `json:"outputs"`
	// Steps are "PATH STATUS", or "PATH STATUS ATTEMPTS" where it is not 1.
	Steps       *[]string                 `json:"steps"`
	StepOutputs map[string]map[string]any `json:"stepOutputs"`
	Requests    *[]Request                `json:"requests"`
	Sent        *[]Sending                `json:"sent"`
	Asked       *[]Asked                  `json:"asked"`
	Findings    []string                  `json:"findings"`
	Took        *int                      `json:"took"`
}

// Refusal is why nothing is run.
type Refusal struct {
	// At is the JSON Pointer of the place in the main document, "" where it is
	// not judged.
	At string `json:"at"`
	// Code is the name that weft has for the finding.
	Code string `json:"code"`
}

// Failure is why a run failed.
type Failure struct {
	Step    string `json:"step"`
	Because string `json:"because"`
}

// Request is a request as the server sees it.
type Request struct {
	// Request is "METHOD /path?query".
	Request string `json:"request"`
	// Headers are some of them; null is one that must not be there.
	Headers map[string]any `json:"headers"`
	// Body is compared where Has says that the fixture states one.
	Body any  `json:"body"`
	At   *int `json:"at"`
	has  bool
}

// UnmarshalJSON takes a text for a request of which nothing else is compared.
func (r *Request) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &r.Request)
	}
	type plain Request
	if err := strictly(data, (*plain)(r)); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	err := json.Unmarshal(data, &members)
	_, r.has = members["body"]
	return err
}

// Sending is a message as the broker sees it.
type Sending struct {
	To            string         `json:"to"`
	Headers       map[string]any `json:"headers"`
	Payload       any            `json:"payload"`
	CorrelationID string         `json:"correlationId"`
	At            *int           `json:"at"`
	has           bool
}

// UnmarshalJSON notes whether there is a payload to compare.
func (s *Sending) UnmarshalJSON(data []byte) error {
	type plain Sending
	if err := strictly(data, (*plain)(s)); err != nil {
		return err
	}
	var members map[string]json.RawMessage
	err := json.Unmarshal(data, &members)
	_, s.has = members["payload"]
	return err
}

// Asked is what a person was asked.
type Asked struct {
	Step    string `json:"step"`
	Prompt  string `json:"prompt"`
	Context any    `json:"context"`
}

func strictly(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// Kit is a directory of fixtures.
type Kit struct {
	Root     string
	Fixtures []*Fixture
	// Defaults are the members of main documents that do not state them.
	Defaults map[string]any
	// Sources are the shared documents by their names.
	Sources map[string]string
}

// Load reads a kit.
func Load(root string) (*Kit, error) {
	k := &Kit{Root: root, Sources: map[string]string{}}
	if err := read(filepath.Join(root, "defaults.yaml"), &k.Defaults); err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(root, "sources", "*.yaml"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		k.Sources[filepath.Base(path)] = string(data)
	}
	fixtures := filepath.Join(root, "fixtures")
	err = filepath.WalkDir(fixtures, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		name, err := filepath.Rel(fixtures, path)
		if err != nil {
			return err
		}
		f := &Fixture{Name: filepath.ToSlash(strings.TrimSuffix(name, ".yaml"))}
		k.Fixtures = append(k.Fixtures, f)
		return read(path, f)
	})
	return k, err
}

// Plain reads a YAML file as plain data.
func Plain(path string) (any, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	root, found := tree.Parse(source.NewFile("file://"+path, path, data), tree.Options{})
	if root == nil || diag.Worst(found) == diag.Error {
		return nil, fmt.Errorf("%s cannot be read: %v", path, found)
	}
	return root.Value(), nil
}

func read(path string, into any) error {
	value, err := Plain(path)
	if err != nil {
		return err
	}
	data, err := json.Marshal(value)
	if err == nil {
		err = strictly(data, into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Main is the name of a fixture's main document.
const Main = "workflow.arazzo.yaml"

// Texts are the documents of a fixture by their names, with the shared ones.
func (k *Kit) Texts(f *Fixture) (map[string]string, error) {
	texts := maps.Clone(k.Sources)
	main := f.Arazzo
	if object, ok := main.(map[string]any); ok {
		merged := maps.Clone(k.Defaults)
		maps.Copy(merged, object)
		maps.DeleteFunc(merged, func(_ string, v any) bool { return v == nil })
		main = merged
	}
	documents := map[string]any{Main: main}
	maps.Copy(documents, f.Documents)
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		if text, ok := documents[name].(string); ok {
			texts[name] = text
			continue
		}
		data, err := json.MarshalIndent(documents[name], "", "  ")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		texts[name] = string(data)
	}
	return texts, nil
}
