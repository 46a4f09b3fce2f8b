package asyncapi

import (
	"fmt"
	"slices"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
)

// NotFoundError says that a document has nothing of a name.
type NotFoundError struct {
	// What was looked for: "operation", "channel".
	What string
	Name string
	// Nearest is the name that was probably meant, or "".
	Nearest string
}

// Error says what is not there, and what may have been meant.
func (e *NotFoundError) Error() string {
	s := fmt.Sprintf("there is no %s %q", e.What, e.Name)
	if e.Nearest != "" {
		s += fmt.Sprintf("; did you mean %q?", e.Nearest)
	}
	return s
}

func find[T any](what, name string, list []T, nameOf func(T) string) (T, error) {
	names := make([]string, 0, len(list))
	for _, x := range list {
		if nameOf(x) == name {
			return x, nil
		}
		names = append(names, nameOf(x))
	}
	var none T
	return none, &NotFoundError{What: what, Name: name, Nearest: diag.Nearest(name, names)}
}

// Operation returns the operation of that ID, or a *NotFoundError.
func (d *Document) Operation(id string) (*Operation, error) {
	return find("operation", id, d.Operations, func(o *Operation) string { return o.ID })
}

// Server returns the server of that name, or a *NotFoundError.
func (d *Document) Server(name string) (*Server, error) {
	return find("server", name, d.Servers, func(s *Server) string { return s.Name })
}

// Channel returns the channel of that name, or a *NotFoundError. In a 2.x
// document the name is the address.
func (d *Document) Channel(name string) (*Channel, error) {
	return find("channel", name, d.Channels, func(c *Channel) string { return c.Name })
}

// ChannelByAddress returns the first channel with that address as written,
// parameters and all, or a *NotFoundError.
func (d *Document) ChannelByAddress(address string) (*Channel, error) {
	var withAddress []*Channel
	for _, c := range d.Channels {
		if c.HasAddress {
			withAddress = append(withAddress, c)
		}
	}
	return find("channel with the address", address, withAddress, func(c *Channel) string { return c.Address })
}

// OperationsOf returns the operations on a channel, in the order written.
func (d *Document) OperationsOf(c *Channel) []*Operation {
	var list []*Operation
	for _, o := range d.Operations {
		if o.Channel == c {
			list = append(list, o)
		}
	}
	return list
}

// ServersOf returns the servers that have a channel: those it names, or all.
func (d *Document) ServersOf(c *Channel) []*Server {
	if len(c.Servers) > 0 {
		return c.Servers
	}
	return d.Servers
}

// Message returns the channel's message of that key or, failing that, of that
// name, or a *NotFoundError.
func (c *Channel) Message(key string) (*Message, error) {
	m, err := find("message", key, c.Messages, func(m *Message) string { return m.Key })
	if err == nil {
		return m, nil
	}
	if i := slices.IndexFunc(c.Messages, func(m *Message) bool { return m.Name == key }); i >= 0 && key != "" {
		return c.Messages[i], nil
	}
	return nil, err
}

// Parameter returns the parameter of that name, or nil.
func (c *Channel) Parameter(name string) *Parameter {
	for _, p := range c.Parameters {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// newest is the newest version of a binding; the tables are asked once.
func newest(of, protocol string) string {
	return newestBindings.Get()[of+" "+protocol]
}

var newestBindings = lazy.Of[map[string]string]{Make: func() map[string]string {
	m := map[string]string{}
	for _, of := range []string{"server", "channel", "operation", "message"} {
		for protocol, list := range bindingsOf(of) {
			if versions := list[len(list)-1].versions; len(versions) > 0 {
				m[of+" "+protocol] = versions[len(versions)-1]
			}
		}
	}
	return m
}}
