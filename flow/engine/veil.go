package engine

import (
	"cmp"
	"context"
	"encoding/base64"
	"net/url"
	"slices"

	"github.com/weft-dev/weft/flow/machine"
)

// minHidden is how many bytes a credential has that is looked for in what
// servers say. What is shorter is in too many texts that mean something else.
const minHidden = 6

// veil hides credentials in what servers say, since a server may repeat them and
// the journal keeps what it said. It hides those of all sources: what one was
// told it may have passed on to another. References are read each time, as they
// are for entering: nothing holds a secret.
func (o *overWire) veil() mask {
	var secrets []string
	add := func(list ...string) {
		for _, s := range list {
			if len(s) >= minHidden {
				secrets = append(secrets, s, url.QueryEscape(s))
			}
		}
	}
	for _, schemes := range o.world.Credentials {
		for _, c := range schemes {
			if c.Secret == nil {
				continue
			}
			// Where it cannot be read it was not sent.
			if secret, err := c.Secret(); err == nil && secret != "" {
				add(secret, base64.StdEncoding.EncodeToString([]byte(c.User+":"+secret)))
			}
		}
	}
	if o.world.Hub != nil {
		for _, ref := range o.world.Hub.Secrets() {
			if secret, err := ref.Resolve(); err == nil {
				add(secret)
			}
		}
	}
	// One that holds another comes first: of the longer nothing shall be left.
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	return newMask(slices.Compact(secrets))
}

// veiled delivers without credentials.
func (o *overWire) veiled(deliver func(context.Context, []Delivery) error) func(context.Context, []Delivery) error {
	return func(ctx context.Context, list []Delivery) error {
		hidden := o.veil()
		for i := range list {
			list[i].Message, list[i].Rejected = hidden.message(list[i].Message), hidden.text(list[i].Rejected)
		}
		return deliver(ctx, list)
	}
}

func (m mask) responded(r machine.Responded) machine.Responded {
	if m.replacer == nil {
		return r
	}
	r.URL, r.Problem, r.Body = m.text(r.URL), m.text(r.Problem), m.value(r.Body)
	headers := make(map[string][]string, len(r.Headers))
	for name, values := range r.Headers {
		for _, value := range values {
			headers[m.text(name)] = append(headers[m.text(name)], m.text(value))
		}
	}
	r.Headers = headers
	return r
}

func (m mask) message(in machine.Message) machine.Message {
	if m.replacer == nil {
		return in
	}
	in.ID, in.Address, in.Correlation = m.text(in.ID), m.text(in.Address), m.text(in.Correlation)
	in.Headers, in.Payload = m.object(in.Headers), m.value(in.Payload)
	return in
}

// error hides secrets in what an error says; what it is stays known.
func (m mask) error(err error) error {
	if err == nil || m.text(err.Error()) == err.Error() {
		return err
	}
	return &veiledError{text: m.text(err.Error()), err: err}
}

type veiledError struct {
	text string
	err  error
}

func (v *veiledError) Error() string { return v.text }

func (v *veiledError) Unwrap() error { return v.err }
