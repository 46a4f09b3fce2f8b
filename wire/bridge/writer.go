package bridge

import (
	"fmt"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// writer makes of a message that was received the one that is sent, by mapping
// and contract. It opens nothing.
type writer struct {
	composer *endpoint.Composer
	mapping  *Mapping
	promise  driver.Capabilities
}

func newWriter(hub *endpoint.Hub, to End, mapping *Mapping) (*writer, error) {
	composer, err := hub.Composer(to.Source, to.Target, endpoint.SenderOptions{Parameters: to.Parameters})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", to.Name(), err)
	}
	promise, err := hub.Capabilities(to.Source, to.Target)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", to.Name(), err)
	}
	w := &writer{composer: composer, mapping: mapping, promise: promise}
	if name := mapping.Message(); name != "" {
		if err := w.has(to, name); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *writer) has(to End, name string) error {
	names := make([]string, 0, len(to.Target.Messages))
	for _, m := range to.Target.Messages {
		if m.Key == name || m.Name == name {
			return nil
		}
		names = append(names, m.Key)
	}
	return fmt.Errorf("%s has no message %q%s", to.Name(), name, orThese(name, names))
}

// write makes the message to send; false says that none is to be sent.
func (w *writer) write(in *endpoint.Message) (*endpoint.Message, bool, error) {
	out, wanted, err := w.mapping.apply(in)
	if err != nil || !wanted {
		return nil, false, err
	}
	if !w.promise.Correlation && !w.composer.Codec().Correlates() {
		out.CorrelationID = nil // neither contract nor protocol has a place for it
	}
	if !w.promise.Keys {
		out.Key = nil
	}
	sent, err := w.composer.Encode(out)
	return sent, err == nil, err
}
