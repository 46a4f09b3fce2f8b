package webhook

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

// ownPrefix begins the driver's own parameters in a URL.
const ownPrefix = "http."

// settings are what all requests of one connection have in common.
type settings struct {
	*web.Server
	method    string
	attempts  int
	max       int64
	idle      time.Duration
	secret    broker.Ref
	tolerance time.Duration
	wait      time.Duration
	private   bool
	hub       bool
	probeBy   string
}

var methods = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodGet}

func readSettings(server driver.Server) (*settings, error) {
	secure := server.Protocol == "https" || server.Protocol == "webhooks"
	base, own, err := web.ReadServer(server, ownPrefix, secure, reserved)
	if err != nil {
		return nil, err
	}
	o := web.NewOptions(own, "http.attempts", "http.hub", "http.idle", "http.max", "http.method",
		"http.private", "http.probe", "http.secret", "http.tolerance", "http.wait")
	s := &settings{
		Server:    base,
		method:    o.OneOf("http.method", methods...),
		attempts:  max(1, int(o.Number("http.attempts", 4, 100))),
		max:       o.Number("http.max", 32<<20, 1<<30),
		idle:      seconds(o.Number("http.idle", 0, 3600)),
		secret:    broker.Ref(o.Text("http.secret")),
		tolerance: seconds(o.Number("http.tolerance", 300, 86400)),
		wait:      seconds(max(1, o.Number("http.wait", 30, 600))),
		private:   o.OneOf("http.private", "refuse", "allow") == "allow",
		hub:       o.OneOf("http.hub", "false", "true") == "true",
		probeBy:   o.OneOf("http.probe", "http", "tcp", "none"),
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	_, err = s.secrets()
	return s, err
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// place is an address with its parameters.
type place struct {
	address string
	extra   web.Extra
	method  string
	events  []string
	answers bool
}

// placeOf reads an address and its parameters, of which those are allowed that
// are named beside query.NAME and header.NAME.
func (s *settings) placeOf(address string, params map[string]string, allowed ...string) (*place, error) {
	if address == "" {
		return nil, errors.New("the address is empty")
	}
	p := &place{address: address, extra: web.NewExtra(), method: s.method}
	for name, value := range params {
		if err := p.param(name, value, allowed); err != nil {
			return nil, err
		}
	}
	_, err := s.URL(address, p.extra.Query)
	return p, err
}

func (p *place) param(name, value string, allowed []string) error {
	if taken, err := p.extra.Read(name, value, reserved); taken || err != nil {
		return err
	}
	var err error
	switch known := slices.Contains(allowed, name); {
	case known && name == "method":
		p.method, err = web.OneOf(name, value, methods...)
	case known && name == "events":
		p.events = strings.Split(value, ",")
	case known && name == "answers":
		var text string
		text, err = web.OneOf(name, value, "false", "true")
		p.answers = text == "true"
	default:
		err = driver.CheckParams(map[string]string{name: value}, append(slices.Clone(allowed), "header.NAME", "query.NAME")...)
	}
	return err
}
