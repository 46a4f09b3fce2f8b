package discover

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/registry"
)

// Options say how closely to look. The zero Options take the defaults.
type Options struct {
	// Sample is how many messages of each address are read at most; default
	// 100, none when it is negative.
	Sample int
	// Patience is how long to wait for the sample of one address; default 10 s.
	// What came until then is the sample.
	Patience time.Duration
	// Registry knows the schemas of messages that are framed by their id. It may
	// be nil.
	Registry *registry.Client
}

// maxBody is the largest body, in bytes, whose data are looked at.
const maxBody = 1 << 20

// Find is an address that a server has, and what its messages are like.
type Find struct {
	driver.Holding

	Sampled int  // messages that were read
	JSON    int  // of them, JSON
	Framed  int  // of them, framed by the id of a schema of the registry
	Binary  int  // of them, neither that nor text
	Keyed   int  // of them, with a key
	Short   bool // the sample was not whole in time

	// SchemaIDs are the ids that framed messages named, in the order seen.
	SchemaIDs []int

	shape *shape
}

// Look surveys a server and samples what it keeps.
func Look(ctx context.Context, b *broker.Broker, opt Options) ([]*Find, error) {
	if opt.Sample == 0 {
		opt.Sample = 100
	}
	if opt.Patience <= 0 {
		opt.Patience = 10 * time.Second
	}
	holdings, err := b.Survey(ctx, max(opt.Sample, 1))
	if err != nil {
		return nil, err
	}
	finds := make([]*Find, 0, len(holdings))
	for _, h := range holdings {
		f := &Find{Holding: h, shape: newShape("")}
		if err := f.sample(ctx, b, opt); err != nil {
			return nil, err
		}
		finds = append(finds, f)
	}
	return finds, nil
}

// sample reads as many messages as the server said that there are, at most so
// many as were asked for. It has no group, so nobody's position moves.
func (f *Find) sample(ctx context.Context, b *broker.Broker, opt Options) error {
	want := min(f.Sample, opt.Sample)
	if want <= 0 {
		return nil
	}
	patient, cancel := context.WithTimeout(ctx, opt.Patience)
	defer cancel()
	r, err := b.Receiver(patient, driver.ReceiverOptions{Address: f.Address, Start: f.Start})
	if errors.Is(err, driver.ErrNoSuchAddress) {
		return nil // it went since
	}
	if err != nil {
		return fmt.Errorf("sample %s: %w", f.Address, err)
	}
	defer func() { _ = r.Close() }()
	for f.Sampled < want {
		list, err := r.Receive(patient, want-f.Sampled)
		if err != nil && patient.Err() != nil {
			f.Short = true
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("sample %s: %w", f.Address, err)
		}
		for _, m := range list {
			f.take(m)
		}
	}
	return nil
}

// take looks at one message.
func (f *Find) take(m *driver.Message) {
	f.Sampled++
	if m.Key != nil {
		f.Keyed++
	}
	if len(m.Body) >= 5 && m.Body[0] == 0 {
		f.Framed++
		f.frame(int(binary.BigEndian.Uint32(m.Body[1:5])))
		return
	}
	if value, ok := decode(m.Body); ok {
		f.JSON++
		f.shape.add(value, 0)
		return
	}
	if !utf8.Valid(m.Body) {
		f.Binary++
	}
}

// maxIDs bounds how many schemas of one address are told.
const maxIDs = 20

func (f *Find) frame(id int) {
	for _, known := range f.SchemaIDs {
		if known == id {
			return
		}
	}
	if len(f.SchemaIDs) < maxIDs {
		f.SchemaIDs = append(f.SchemaIDs, id)
	}
}

// decode reads a body that is one JSON object or list. A bare word or number is
// text as much as JSON.
func decode(body []byte) (any, bool) {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 || len(body) > maxBody || trimmed[0] != '{' && trimmed[0] != '[' {
		return nil, false
	}
	reader := json.NewDecoder(bytes.NewReader(trimmed))
	reader.UseNumber()
	var value any
	if err := reader.Decode(&value); err != nil || reader.More() {
		return nil, false
	}
	return value, true
}
