package mock_test

import (
	"context"
	"testing"
	"time"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/mock"
)

const announcer = `asyncapi: 3.0.0
info: {title: Announcer, version: 1.0.0}
servers: {one: {host: 'localhost:9092', protocol: kafka}}
channels: {told: {address: told, messages: {First: {payload: {const: 1}}, Second: {payload: {const: 2}}}}}
operations: {tell: {action: send, channel: {$ref: '#/channels/told'}}}
`

func TestAnApplicationSendsEachOfItsMessagesInTurn(t *testing.T) {
	ws := ref.New(noFiles{}, ref.Options{})
	doc, _ := asyncapi.Load(t.Context(), ws, ws.Load(source.NewFile("file:///a", "a", []byte(announcer))))
	src := endpoint.NewSource("a", doc, languages.In(ws))
	s := newStage(t, "a")
	played, err := mock.Start(t.Context(), s.hub, src, mock.Options{Every: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	r := s.receiver(src, "tell", endpoint.ReceiverOptions{Start: driver.StartBeginning()})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var names []string
	ids := map[string]bool{}
	for len(names) < 4 {
		list, err := r.Receive(ctx, 4-len(names))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			names, ids[m.IdempotencyID] = append(names, m.Name), true
		}
	}
	if names[0] != "First" || names[1] != "Second" || names[2] != "First" || len(ids) != 4 {
		t.Errorf("it sent %v with the ids %v", names, ids)
	}
	for played.Counts()["tell"].Sent < 4 {
		if ctx.Err() != nil {
			t.Fatalf("it counted %+v", played.Counts())
		}
		time.Sleep(time.Millisecond)
	}
	if err := played.Close(); err != nil {
		t.Error(err)
	}
}
