package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// outgoing is what the user said of the message to be sent.
type outgoing struct {
	message    string
	data       string
	example    string
	seed       uint64
	headers    []string
	messageKey string
	raw        bool
	given      *pflag.FlagSet
}

func (o *outgoing) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	o.given = flags
	flags.StringVar(&o.message, "message", "", "which of several messages it is, by `NAME` (default: the first that the data fit)")
	flags.StringVar(&o.data, "data", "", "the payload: `JSON`, or text where the message is text; @FILE is a file, - standard input")
	flags.StringVar(&o.example, "example", "", "send the document's example of this `NAME` (default without --data: the first)")
	flags.Uint64Var(&o.seed, "seed", 0, "make the message from its schemas and not from an example; another `N` makes another one")
	flags.StringArrayVar(&o.headers, "header", nil, "a header, `NAME=VALUE`; a value that is JSON and no string is taken as JSON where the contract has it so")
	flags.StringVar(&o.messageKey, "key", "", "the message's `KEY`, where the protocol has keys")
	flags.BoolVar(&o.raw, "raw", false, "send the bytes of --data as they are: nothing is validated or added")
}

func (o *outgoing) has(flag string) bool { return o.given.Changed(flag) }

func (o *outgoing) check() error {
	switch {
	case o.raw && !o.has("data"):
		return usage("--raw needs the bytes: give them with --data")
	case o.raw && (o.example != "" || o.has("seed") || o.message != ""):
		return usage("--raw sends bytes as they are: --message, --example and --seed have no meaning with it")
	case o.has("data") && (o.example != "" || o.has("seed")):
		return usage("--data is the payload, so there is nothing to make of --example or --seed")
	case o.example != "" && o.has("seed"):
		return usage("--example takes what the document has, --seed makes something new: choose one")
	}
	_, err := assignments("--header", o.headers)
	return err
}

// read gets the payload that was given; nil is none.
func (o *outgoing) read(stdin io.Reader) ([]byte, error) {
	var in io.Reader = strings.NewReader(o.data)
	switch {
	case !o.has("data"):
		return nil, nil
	case o.data == "-":
		in = stdin
	case strings.HasPrefix(o.data, "@"):
		f, err := os.Open(o.data[1:])
		if err != nil {
			return nil, fmt.Errorf("--data: %w", err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, endpoint.MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("--data: %w", err)
	}
	if len(data) > endpoint.MaxBody {
		return nil, usage("--data has more than %d bytes", endpoint.MaxBody)
	}
	if data == nil {
		data = []byte{}
	}
	return data, nil
}

// bytes is the message of --raw.
func (o *outgoing) bytes(data []byte) *driver.Message {
	m := &driver.Message{Body: data}
	if o.has("key") {
		m.Key = []byte(o.messageKey)
	}
	for _, text := range o.headers {
		name, value, _ := strings.Cut(text, "=")
		m.Headers = append(m.Headers, driver.Header{Name: name, Value: []byte(value)})
	}
	return m
}

// compose puts the message of a number together, from 0.
func (o *outgoing) compose(codec *endpoint.Codec, t *endpoint.Target, data []byte, number int) (endpoint.Outgoing, error) {
	out, err := o.payload(codec, t, data, number)
	if err != nil {
		return out, err
	}
	if len(o.headers) > 0 && out.Headers == nil {
		out.Headers = map[string]any{}
	}
	given, err := assignments("--header", o.headers)
	if err != nil {
		return out, err
	}
	for name, value := range given {
		out.Headers[name] = codec.ReadHeader(out.Message, name, value)
	}
	if o.has("key") {
		out.Key = codec.ReadKey(out.Message, o.messageKey)
	}
	return out, nil
}

func (o *outgoing) payload(codec *endpoint.Codec, t *endpoint.Target, data []byte, number int) (endpoint.Outgoing, error) {
	names := messageNames(t)
	if o.message != "" && !slices.ContainsFunc(t.Messages, func(m *asyncapi.Message) bool { return m.Key == o.message || m.Name == o.message }) {
		return endpoint.Outgoing{}, usage("--message: %s has no message %q%s", t.Name(), o.message, orThese(o.message, names))
	}
	if data != nil {
		payload, err := codec.ReadPayload(o.message, data)
		if err != nil {
			return endpoint.Outgoing{}, usage("--data: %w", err)
		}
		return endpoint.Outgoing{Message: o.message, Payload: payload}, nil
	}
	if o.has("seed") {
		return codec.Invent(o.message, o.seed+uint64(number)) //nolint:gosec // a count is not negative
	}
	message := o.message
	if o.example != "" {
		var err error
		if message, err = o.exampled(codec, t); err != nil {
			return endpoint.Outgoing{}, err
		}
	}
	return codec.Sample(message, o.example, uint64(number)) //nolint:gosec // a count is not negative
}

// exampled finds the message that has the example.
func (o *outgoing) exampled(codec *endpoint.Codec, t *endpoint.Target) (string, error) {
	var names []string
	for _, m := range t.Messages {
		if o.message != "" && m.Key != o.message && m.Name != o.message {
			continue
		}
		if codec.HasExample(m.Key, o.example) {
			return m.Key, nil
		}
		for _, e := range m.Examples {
			if e.Name == o.example {
				return "", usage("--example: the payload of %q breaks the contract, so it is not sent: weft validate says how", o.example)
			}
			if e.Name != "" {
				names = append(names, e.Name)
			}
		}
	}
	return "", usage("--example: %s has no example %q%s", t.Name(), o.example, orThese(o.example, names))
}

func messageNames(t *endpoint.Target) []string {
	names := make([]string, len(t.Messages))
	for i, m := range t.Messages {
		names[i] = m.Key
	}
	return names
}
