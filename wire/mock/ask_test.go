package mock_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/mock"
)

const curious = `asyncapi: 3.0.0
info: {title: Curious, version: 1.0.0}
servers: {one: {host: 'localhost:9092', protocol: kafka}}
channels:
  questions: {address: questions, messages: {Question: {$ref: '#/components/messages/Question'}}}
  answers: {address: answers, messages: {Answer: {$ref: '#/components/messages/Answer'}}}
operations:
  ask: {action: send, channel: {$ref: '#/channels/questions'}, reply: {channel: {$ref: '#/channels/answers'}}}
components:
  messages:
    Question:
      contentType: application/json
      correlationId: {location: '$message.payload#/id'}
      payload: {type: object, required: [id], properties: {id: {type: string}}}
      examples: [{payload: {id: always the same}}]
    Answer:
      contentType: application/json
      correlationId: {location: '$message.payload#/id'}
      payload: {type: object, required: [id], properties: {id: {type: string}}}
`

func sourceOf(t *testing.T, name, text string) *endpoint.Source {
	t.Helper()
	ws := ref.New(noFiles{}, ref.Options{})
	doc, findings := asyncapi.Load(t.Context(), ws, ws.Load(source.NewFile("file:///"+name, name, []byte(text))))
	if doc == nil || len(findings) > 0 {
		t.Fatal(findings)
	}
	return endpoint.NewSource(name, doc, languages.In(ws))
}

func scenario(t *testing.T, text string) *mock.Scenario {
	t.Helper()
	s, err := mock.ParseScenario(source.NewFile("file:///s", "s", []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// asked are the requests that an application sends, as whoever is asked has them.
func (s *stage) asked(src *endpoint.Source, count int) []*endpoint.Message {
	s.Helper()
	op, err := src.Operation("ask")
	if err != nil {
		s.Fatal(err)
	}
	r, err := s.hub.Receiver(s.Context(), src, endpoint.RequestOf(op, endpoint.Receive), endpoint.ReceiverOptions{Start: driver.StartBeginning()})
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.Context(), time.Minute)
	defer cancel()
	var all []*endpoint.Message
	for len(all) < count {
		list, err := r.Receive(ctx, count-len(all))
		if err != nil {
			s.Fatal(err)
		}
		all = append(all, list...)
	}
	return all
}

// answers sends a reply with each of these correlation ids to an address; "" is
// the contract's.
func (s *stage) answers(src *endpoint.Source, address string, ids ...any) {
	s.Helper()
	op, err := src.Operation("ask")
	if err != nil {
		s.Fatal(err)
	}
	target, err := endpoint.ReplyOf(op, endpoint.Send)
	if err != nil {
		s.Fatal(err)
	}
	sender, err := s.hub.Sender(s.Context(), src, target, endpoint.SenderOptions{Address: address})
	if err != nil {
		s.Fatal(err)
	}
	for _, id := range ids {
		if _, err := sender.Send(s.Context(), endpoint.Outgoing{Payload: map[string]any{"id": id}, CorrelationID: id}); err != nil {
			s.Fatal(err)
		}
	}
}

func TestWhatAnApplicationAsksIsMatchedWithItsReplies(t *testing.T) {
	t.Parallel()
	s := newStage(t, "curious")
	src := sourceOf(t, "curious", curious)
	steps := scenario(t, "steps: [{send: ask, count: 2}, {send: ask, payload: {id: written}}]")
	m, told := s.play(src, mock.Options{Scenarios: map[string]*mock.Scenario{"curious": steps}})
	requests := s.asked(src, 3)
	first, second := requests[0].CorrelationID, requests[1].CorrelationID
	if first == second || first == "always the same" || requests[2].CorrelationID != "written" {
		t.Fatalf("the requests have the ids %v, %v and %v", first, second, requests[2].CorrelationID)
	}
	s.answers(src, "", first, "nobody's", first, "written")
	want := mock.Count{Sent: 3, Replied: 2, Stray: 1, Repeated: 1}
	soon(t, func() string { return cmp.Diff(want, m.Counts()["ask"]) })
	soon(t, func() string { return cmp.Diff(3, told.kinds()[mock.Replied]) })
	soon(t, func() string { return cmp.Diff(1, told.kinds()[mock.Stray]) })
}

func TestAReplyIsWantedAtAnAddressOfOnesOwn(t *testing.T) {
	t.Parallel()
	s := newStage(t, "curious")
	text := strings.Replace(curious, "reply: {channel: {$ref: '#/channels/answers'}}", "reply: {address: {location: '$message.header#/answerTo'}, channel: {$ref: '#/channels/answers'}}", 1)
	src := sourceOf(t, "curious", strings.Replace(text, "answers: {address: answers", "answers: {address: null", 1))
	m, _ := s.play(src, mock.Options{Scenarios: map[string]*mock.Scenario{"curious": scenario(t, "steps: [{send: ask}]")}})
	request := s.asked(src, 1)[0]
	if !strings.HasPrefix(request.ReplyTo, "weft-mock-curious-ask-") {
		t.Fatalf("the request wants its reply at %q", request.ReplyTo)
	}
	s.answers(src, request.ReplyTo, request.CorrelationID)
	soon(t, func() string { return cmp.Diff(mock.Count{Sent: 1, Replied: 1}, m.Counts()["ask"]) })
}

func TestARequestWithoutAReplyIsTold(t *testing.T) {
	t.Parallel()
	s := newStage(t, "curious")
	src := sourceOf(t, "curious", curious)
	m, told := s.play(src, mock.Options{
		ReplyWithin: time.Millisecond, Scenarios: map[string]*mock.Scenario{"curious": scenario(t, "steps: [{send: ask, count: 3}]")},
	})
	soon(t, func() string { return cmp.Diff(mock.Count{Sent: 3, Unanswered: 3}, m.Counts()["ask"]) })
	soon(t, func() string {
		if told.kinds()[mock.Unanswered] == 0 {
			return "nobody is told"
		}
		return ""
	})
	s.answers(src, "", s.asked(src, 1)[0].CorrelationID) // too late
	soon(t, func() string { return cmp.Diff(mock.Count{Sent: 3, Unanswered: 3, Stray: 1}, m.Counts()["ask"]) })
}

// A request that could not be sent is told as that, and not once more when it has
// had no reply: the one after it tells when that would have been.
func TestARequestThatCannotBeSentIsToldOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, "curious")
	src := sourceOf(t, "curious", curious)
	large := "{send: ask, payload: {id: x, text: '" + strings.Repeat("x", 3<<20) + "'}}"
	m, told := s.play(src, mock.Options{
		ReplyWithin: time.Millisecond, Scenarios: map[string]*mock.Scenario{"curious": scenario(t, "steps: ["+large+", {send: ask}]")},
	})
	soon(t, func() string { return cmp.Diff(mock.Count{Sent: 1, Unanswered: 1}, m.Counts()["ask"]) })
	if failed := told.kinds()[mock.Failed]; failed != 1 {
		t.Errorf("it is told %d times that a request could not be sent", failed)
	}
}
