// Package diagram makes pictures of what documents describe: the steps of
// workflows and what leads from one to the next, and who sends which messages
// to whom. It exists so that every face draws the same graph: first documents
// become a Graph, then the Graph becomes a text of Mermaid, DOT or SVG.
//
// Names come from documents and are hostile. Each writer leaves only what
// cannot end a label in its language.
//
// It must not know files, brokers, nor how a run goes on: an edge says what a
// document says, not what happened.
package diagram

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
)

// Kind is what a node stands for.
type Kind string

// The kinds of node.
const (
	// Call is a step that calls an operation over HTTP.
	Call Kind = "call"
	// Send and Receive are steps that send and wait for messages.
	Send    Kind = "send"
	Receive Kind = "receive"
	// Person is a step that waits for a person.
	Person Kind = "person"
	// Workflow is a step that runs a workflow, or a workflow of a document that
	// was not given.
	Workflow Kind = "workflow"
	// Respond is a step that answers who started the run.
	Respond Kind = "respond"
	// End is where an action ends a workflow.
	End Kind = "end"
	// Unclear is a step whose target cannot be read, or a workflow without steps.
	Unclear Kind = "unclear"
	// Application is who sends and receives: what an AsyncAPI document describes.
	Application Kind = "application"
	// Channel is where messages go.
	Channel Kind = "channel"
	// API is what an application is asked over HTTP.
	API Kind = "api"
	// Bridge carries messages from one channel to another.
	Bridge Kind = "bridge"
)

// Link is what an edge says.
type Link string

// The kinds of edge. Workflows have the first seven, event flow the others.
const (
	// Next leads to the step that follows in a list.
	Next Link = "next"
	// Before leads from what must be done to the step or workflow that depends
	// on it, and Data from a step to another that needs its outputs.
	Before Link = "before"
	Data   Link = "data"
	// Success and Failure are actions that go elsewhere, or end the workflow.
	Success Link = "success"
	Failure Link = "failure"
	// Retry is another attempt; it leads to the step itself, or to what is done
	// before the attempt.
	Retry Link = "retry"
	// Calls leads from a step to the workflow that it runs.
	Calls Link = "calls"
	// Sends leads to a channel, Receives from one, Replies either way.
	Sends    Link = "sends"
	Receives Link = "receives"
	Replies  Link = "replies"
	// Requests leads from what is asked over HTTP to the application that answers.
	Requests Link = "requests"
	// Carries leads from a channel to a bridge, and from there to another channel.
	Carries Link = "carries"
)

// Graph is what is drawn. Its order is that of the documents.
type Graph struct {
	Groups []*Group `json:"groups"`
	Nodes  []*Node  `json:"nodes"`
	Edges  []*Edge  `json:"edges"`

	taken    map[string]bool
	edges    map[edgeKey]*Edge
	streams  map[string][]*stream // the channels with an address, by it
	channels map[*asyncapi.Channel]*Node
}

// Group is a workflow, drawn around its steps.
type Group struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	// Details are lines that say more, such as the actions of all its steps.
	Details []string `json:"details,omitempty"`
}

// Node is one thing that is drawn.
type Node struct {
	ID    string `json:"id"`
	Kind  Kind   `json:"kind"`
	Label string `json:"label"`
	// Details are lines that say more: the operation, the source, the wait.
	Details []string `json:"details,omitempty"`
	// Group is the ID of the group that it stands in, or "".
	Group string `json:"group,omitempty"`
}

// Edge leads from one node or group to another, which their IDs name.
type Edge struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Kind  Link   `json:"kind"`
	Label string `json:"label,omitempty"`
	// Operations and Messages are what is behind an edge of event flow.
	Operations []string `json:"operations,omitempty"`
	Messages   []string `json:"messages,omitempty"`
}

type edgeKey struct {
	from, to string
	kind     Link
	label    string
}

// New returns a graph of nothing.
func New() *Graph {
	return &Graph{
		Groups: []*Group{}, Nodes: []*Node{}, Edges: []*Edge{},
		taken: map[string]bool{}, edges: map[edgeKey]*Edge{},
		streams: map[string][]*stream{}, channels: map[*asyncapi.Channel]*Node{},
	}
}

// name makes an ID that nothing has yet: ids in documents are sometimes equal,
// against their specification.
func (g *Graph) name(id string) string {
	if id == "" {
		id = "unnamed"
	}
	free := id
	for i := 2; g.taken[free]; i++ {
		free = id + "#" + strconv.Itoa(i)
	}
	g.taken[free] = true
	return free
}

func (g *Graph) node(id string, n Node) *Node {
	n.ID = g.name(id)
	g.Nodes = append(g.Nodes, &n)
	return &n
}

// edge returns the one edge of that kind and label between two places.
func (g *Graph) edge(from, to string, kind Link, label string) *Edge {
	key := edgeKey{from, to, kind, label}
	if e := g.edges[key]; e != nil {
		return e
	}
	e := &Edge{From: from, To: to, Kind: kind, Label: label}
	g.edges[key] = e
	g.Edges = append(g.Edges, e)
	return e
}

// lines leaves out what is empty.
func lines(list ...string) []string {
	var kept []string
	for _, line := range list {
		if line != "" {
			kept = append(kept, line)
		}
	}
	return kept
}

// A drawn line has at most this many characters, a box this many lines of
// details; JSON has all.
const (
	maxLine    = 44
	maxDetails = 6
)

// short is a line as it is drawn: bounded, and without what a page or a
// terminal could take for a command.
func short(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxLine {
			return b.String() + "…"
		}
		if !drawable(r) {
			r = '\uFFFD'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// drawn are the lines of a box as they are drawn.
func drawn(label string, details []string) []string {
	list := []string{short(label)}
	for i, d := range details {
		if i == maxDetails {
			return append(list, "…")
		}
		list = append(list, short(d))
	}
	return list
}
