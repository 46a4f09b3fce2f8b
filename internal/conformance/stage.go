package conformance

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Stage is a fixture's servers for requests over a real network.
type Stage struct {
	rules   []Rule
	servers *servers
}

// NewStage makes the servers of a fixture.
func NewStage(f *Fixture) *Stage {
	return &Stage{rules: f.Script.Servers, servers: newServers(f.Script.Servers, nil)}
}

// Reset forgets what was asked.
func (s *Stage) Reset() { s.servers = newServers(s.rules, nil) }

// ServeHTTP implements http.Handler.
func (s *Stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := s.servers.answer(r, body)
	if answer.Error != "" {
		panic(http.ErrAbortHandler) // which breaks the connection
	}
	time.Sleep(time.Duration(answer.After) * time.Millisecond)
	for name, value := range answer.Headers {
		w.Header().Set(name, value)
	}
	content, kind := answer.content()
	if kind != "" {
		w.Header().Set("Content-Type", kind)
	}
	w.WriteHeader(answer.Status)
	_, _ = w.Write(content) // the client may have gone
}

// longest is the virtual time that may be waited for by a real clock, in
// milliseconds.
const longest = 1500

func (r Rule) slow() bool {
	return slices.ContainsFunc(r.Answers, func(a Answer) bool { return a.After > longest })
}

// OnlyHTTP reports whether a fixture can be played without brokers, people, a
// virtual clock and an answer of weft's to what the specification leaves open,
// and runs to an end.
func (k *Kit) OnlyHTTP(f *Fixture) bool {
	texts, err := k.Texts(f)
	if err != nil || f.Expect.Status == "refused" || f.Expect.Requests == nil && f.Expect.Steps == nil {
		return false
	}
	main := texts[Main]
	for _, without := range []string{"$sourceDescriptions.bus", "x-interaction", "x-async", "memory:///", `"kind"`} {
		if strings.Contains(main, without) {
			return false
		}
	}
	o := f.Options
	plainly := o.Parallel == 0 && o.MaxSteps == 0 && len(o.Servers) == 0 && len(o.Credentials) == 0 && len(f.More) == 0
	quick := (f.Expect.Took == nil || *f.Expect.Took <= longest) && !slices.ContainsFunc(f.Script.Servers, Rule.slow)
	return plainly && quick && slices.ContainsFunc(f.Covers, func(id string) bool { return !strings.HasPrefix(id, "A") })
}

// Root is the id of the workflow that is run.
func (f *Fixture) Root() string {
	if f.Workflow != "" {
		return f.Workflow
	}
	object, _ := f.Arazzo.(map[string]any)
	list, _ := object["workflows"].([]any)
	if len(list) == 0 {
		return "w" // in documents that are texts
	}
	first, _ := list[0].(map[string]any)
	id, _ := first["workflowId"].(string)
	return id
}

// WithoutBus takes the source "bus" from a main document that does not use it.
func WithoutBus(text string) string {
	var document map[string]any
	if json.Unmarshal([]byte(text), &document) != nil {
		return text
	}
	sources, _ := document["sourceDescriptions"].([]any)
	document["sourceDescriptions"] = slices.DeleteFunc(sources, func(s any) bool {
		object, _ := s.(map[string]any)
		return object["name"] == "bus"
	})
	data, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return text
	}
	return string(data)
}

// CompareRequests compares how a run ended and what it asked, without times.
func (f *Fixture) CompareRequests(status string, s *Stage) []string {
	d := &differences{}
	d.check("status", f.Expect.Status, status)
	if f.Expect.Requests == nil {
		return d.list
	}
	var want []Request
	for _, r := range *f.Expect.Requests {
		r.At = nil
		r.Headers = maps.Clone(r.Headers)
		want = append(want, r)
	}
	d.requests(want, &Outcome{hits: s.servers.seen()})
	return d.list
}
