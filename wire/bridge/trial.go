package bridge

import (
	"fmt"

	"github.com/weft-dev/weft/wire/endpoint"
)

// Trial is what becomes of a message that was made from the source's contract.
type Trial struct {
	// Message names it in the source's contract.
	Message string
	In, Out *endpoint.Message
	// Unwanted says that the mapping does not carry it.
	Unwanted bool
	// Err is why it cannot be carried.
	Err error
}

// Try carries an example, or made data, of each message of the source's contract
// without calling anybody: it shows what a mapping does before anything is sent.
func Try(hub *endpoint.Hub, from, to End, mapping *Mapping, seed uint64) ([]Trial, error) {
	w, err := newWriter(hub, to, mapping)
	if err != nil {
		return nil, err
	}
	codec, err := from.Source.Codec(from.Target)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from.Name(), err)
	}
	trials := make([]Trial, 0, len(from.Target.Messages))
	for _, m := range from.Target.Messages {
		trials = append(trials, w.try(codec, m.Key, seed))
	}
	return trials, nil
}

func (w *writer) try(codec *endpoint.Codec, message string, seed uint64) Trial {
	t := Trial{Message: message}
	sample, err := codec.Sample(message, "", seed)
	if err != nil {
		t.Err = err
		return t
	}
	sample.IdempotencyID = "weft-sample-" + message
	raw, _, err := codec.Encode(sample)
	if err != nil {
		t.Err = err
		return t
	}
	in, no := codec.Decode(raw)
	if no != nil {
		t.Err = no
		return t
	}
	t.In = in
	out, wanted, err := w.write(in)
	t.Out, t.Err, t.Unwanted = out, err, err == nil && !wanted
	return t
}
