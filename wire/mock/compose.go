package mock

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/wire/endpoint"
)

// compose makes the reply to a request: the example that has the name of the
// example the request equals, else the first example, else data made from the
// schema, in which members that the request has too keep its values.
func (p *part) compose(codec *endpoint.Codec, request *endpoint.Message) (endpoint.Outgoing, error) {
	seed := seedOf(p.mock.opt.Seed, fmt.Sprint(request.CorrelationID, request.Key, request.IdempotencyID))
	message, example := p.choose(codec, request)
	out, err := codec.Sample(message, example, seed)
	if err != nil {
		return out, err
	}
	if !codec.HasExample(out.Message, "") {
		out.Payload = codec.Echo(out, request.Payload)
	}
	out.CorrelationID, out.Overwrite = request.CorrelationID, true
	out.TraceParent, out.TraceState = request.TraceParent, request.TraceState
	if request.Key != "" && out.Key == nil {
		out.Key = request.Key // replies of one key stay in order
	}
	if id := request.IdempotencyID; id != "" {
		out.IdempotencyID = id + "/reply"
	}
	return out, nil
}

// choose finds the pair of examples that a request belongs to.
func (p *part) choose(codec *endpoint.Codec, request *endpoint.Message) (message, example string) {
	name := exampleName(p.op.Messages, request)
	if name == "" {
		return "", ""
	}
	for _, m := range p.reply.Messages {
		if codec.HasExample(m.Key, name) {
			return m.Key, name
		}
	}
	return "", ""
}

// exampleName returns the name of the example that a request equals.
func exampleName(messages []*asyncapi.Message, request *endpoint.Message) string {
	for _, m := range messages {
		if m.Key != request.Name {
			continue
		}
		for _, e := range m.Examples {
			if e.Name != "" && e.Payload != nil && equal(e.Payload.Value(), request.Payload) {
				return e.Name
			}
		}
	}
	return ""
}

// equal compares plain data; numbers by how they are written.
func equal(a, b any) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}
