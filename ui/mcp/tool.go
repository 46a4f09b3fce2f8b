package mcp

import (
	"context"
	"encoding/json"
)

// Tool is something that an assistant may ask for.
type Tool struct {
	// Name is how it is asked for.
	Name string
	// Title is its name for people.
	Title string
	// Description says to the assistant what it is for, and when to use it.
	Description string
	// Input is the JSON Schema of its arguments, an object.
	Input map[string]any
	// Changes says that it may change files. A client asks people first.
	Changes bool
	// Call does the work. The arguments are an object of JSON, nil for none;
	// it is called for one request at a time. An error is told to the
	// assistant, which may do better then.
	Call func(ctx context.Context, arguments json.RawMessage) (Result, error)
}

// Result is what a tool answers.
type Result struct {
	// Text is for reading.
	Text string
	// Data is the same as an object of JSON; nil where there is none.
	Data map[string]any
	// Failed says that the work could not be done, which Text explains.
	Failed bool
}

// described is a tool as clients see it in a list (Tools: Listing Tools).
type described struct {
	Name        string         `json:"name"`
	Title       string         `json:"title,omitempty"`
	Description string         `json:"description"`
	InputSchema map[string]any `json:"inputSchema"`
	Annotations annotations    `json:"annotations"`
}

type annotations struct {
	ReadOnly bool `json:"readOnlyHint"`
	// Destructive is false throughout: what tools change are files, by edits.
	Destructive bool `json:"destructiveHint"`
	// OpenWorld is false throughout: tools see the files of one folder.
	OpenWorld bool `json:"openWorldHint"`
}

func describe(tools []Tool) []described {
	list := make([]described, 0, len(tools))
	for _, t := range tools {
		list = append(list, described{t.Name, t.Title, t.Description, t.Input, annotations{ReadOnly: !t.Changes}})
	}
	return list
}

// content is a part of an answer (Tools: Tool Result).
type content struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type answer struct {
	Content           []content      `json:"content"`
	StructuredContent map[string]any `json:"structuredContent,omitempty"`
	IsError           bool           `json:"isError,omitempty"`
}

func answerOf(r Result) answer {
	return answer{Content: []content{{"text", r.Text}}, StructuredContent: r.Data, IsError: r.Failed}
}
