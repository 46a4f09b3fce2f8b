package machine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/weft-dev/weft/internal/lazy"
)

// codecVersion is the number of the stored form. What this version wrote is
// read for ever; a change that old readers would misread has a new number.
const codecVersion = 1

// envelope is the stored form of an event: {"v":1,"k":"sent","e":{…}}.
type envelope struct {
	Version int             `json:"v"`
	Kind    string          `json:"k"`
	Event   json.RawMessage `json:"e"`
}

// EncodeEvent returns an event in the form in which journals keep it.
func EncodeEvent(event Event) ([]byte, error) {
	body, err := json.Marshal(event)
	if err != nil {
		return nil, fmt.Errorf("event %s cannot be stored: %w", event.kind(), err)
	}
	// What encoding/json would give for an envelope, which would read and copy
	// the event once more.
	kind := event.kind()
	data := make([]byte, 0, len(kind)+len(body)+len(`{"v":1,"k":"","e":}`)+2)
	data = append(data, `{"v":`...)
	data = strconv.AppendInt(data, codecVersion, 10)
	data = append(data, `,"k":"`...)
	data = append(data, kind...)
	data = append(data, `","e":`...)
	data = append(data, body...)
	return append(data, '}'), nil
}

// ErrNewerForm means that a newer version of weft wrote an event.
var ErrNewerForm = errors.New("the event was written by a newer version of weft; resume the run with that one")

// DecodeEvent reads what EncodeEvent wrote. Numbers stay exact.
func DecodeEvent(data []byte) (Event, error) {
	var e envelope
	if err := decode(data, &e); err != nil {
		return nil, fmt.Errorf("this is no event: %w", err)
	}
	if e.Version > codecVersion {
		return nil, fmt.Errorf("form %d of event %q: %w", e.Version, e.Kind, ErrNewerForm)
	}
	if e.Version < 1 {
		return nil, fmt.Errorf("this is no event: it has the form number %d", e.Version)
	}
	read, ok := readers.Get()[e.Kind]
	if !ok {
		return nil, fmt.Errorf("there is no event %q", e.Kind)
	}
	event, err := read(e.Event)
	if err != nil {
		return nil, fmt.Errorf("event %q: %w", e.Kind, err)
	}
	return event, nil
}

var readers = lazy.Of[map[string]func([]byte) (Event, error)]{Make: func() map[string]func([]byte) (Event, error) {
	return map[string]func([]byte) (Event, error){
		Started{}.kind():         reader[Started],
		Subscribed{}.kind():      reader[Subscribed],
		SubscribeFailed{}.kind(): reader[SubscribeFailed],
		Responded{}.kind():       reader[Responded],
		CallFailed{}.kind():      reader[CallFailed],
		Sent{}.kind():            reader[Sent],
		SendFailed{}.kind():      reader[SendFailed],
		Arrived{}.kind():         reader[Arrived],
		Kept{}.kind():            reader[Kept],
		KeepFailed{}.kind():      reader[KeepFailed],
		TimerFired{}.kind():      reader[TimerFired],
		Cancelled{}.kind():       reader[Cancelled],
		Resumed{}.kind():         reader[Resumed],
		Retried{}.kind():         reader[Retried],
	}
}}

func reader[E Event](data []byte) (Event, error) {
	var event E
	err := decode(data, &event)
	return event, err
}

func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows it")
	}
	return nil
}
