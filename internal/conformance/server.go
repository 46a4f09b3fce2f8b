package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// homeHost is the host that requests are written without.
const homeHost = "shop.test"

// hit is a request that came in.
type hit struct {
	request string
	headers http.Header
	body    []byte
	at      time.Time
}

// servers answers requests by rules.
type servers struct {
	rules  []Rule
	called func(on string)

	mu   sync.Mutex
	hits []hit
	used []int
}

func newServers(rules []Rule, called func(string)) *servers {
	return &servers{rules: rules, called: called, used: make([]int, len(rules))}
}

// RoundTrip implements http.RoundTripper: the network is in memory, so that
// its time is the virtual clock's.
func (s *servers) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	answer := s.answer(r, body)
	if answer.After > 0 {
		select {
		case <-time.After(time.Duration(answer.After) * time.Millisecond):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if answer.Error != "" {
		return nil, errors.New(answer.Error)
	}
	return answer.response(r)
}

// answer notes a request and finds its answer.
func (s *servers) answer(r *http.Request, body []byte) Answer {
	place := r.URL.EscapedPath()
	if r.URL.Host != homeHost && r.URL.Host != "" { // it is "" at a real server
		place = "//" + r.URL.Host + place
	}
	on := r.Method + " " + place
	at := hit{request: on, headers: r.Header.Clone(), body: body, at: time.Now()}
	if r.URL.RawQuery != "" {
		at.request += "?" + r.URL.RawQuery
	}
	s.mu.Lock()
	s.hits = append(s.hits, at)
	answer := Answer{}
	for i, rule := range s.rules {
		if rule.On == on && len(rule.Answers) > 0 {
			answer = rule.Answers[min(s.used[i], len(rule.Answers)-1)]
			s.used[i]++
			break
		}
	}
	s.mu.Unlock()
	if s.called != nil {
		s.called(on)
	}
	if answer.Status == 0 {
		answer.Status = http.StatusOK
		if answer.Body == nil {
			answer.Body = map[string]any{}
		}
	}
	return answer
}

// seen are the requests so far.
func (s *servers) seen() []hit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.hits)
}

// content is the body of an answer, and its content type.
func (a Answer) content() ([]byte, string) {
	kind := a.Headers["Content-Type"]
	text, isText := a.Body.(string)
	switch {
	case a.Body == nil:
		return nil, kind
	case isText && kind != "" && !isJSON(kind), isText && strings.HasPrefix(text, "raw:"):
		return []byte(strings.TrimPrefix(text, "raw:")), kind
	case kind == "":
		kind = "application/json"
	}
	data, err := json.Marshal(a.Body)
	if err != nil {
		return []byte(err.Error()), "text/plain"
	}
	return data, kind
}

func (a Answer) response(r *http.Request) (*http.Response, error) {
	body, kind := a.content()
	header := http.Header{}
	for name, value := range a.Headers {
		header.Set(name, value)
	}
	if kind != "" {
		header.Set("Content-Type", kind)
	}
	return &http.Response{
		Status: http.StatusText(a.Status), StatusCode: a.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}
