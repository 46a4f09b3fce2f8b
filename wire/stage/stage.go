// Package stage gives documents a world to run in on one machine: an embedded
// server for each broker that they describe, and a mock for each application.
// "weft run --embedded" and "weft mock" stand on it.
//
// It must not know workflows, nor any one protocol: which servers there are is
// wire/embedded's business, and how an application is played wire/mock's.
package stage

import (
	"context"
	"errors"
	"fmt"
	nethttp "net/http"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/wire/apart"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/http"
	"github.com/weft-dev/weft/wire/mock"
	"github.com/weft-dev/weft/wire/oauth"
	"github.com/weft-dev/weft/wire/registry"
)

// Service is one application to be played. Exactly one of the documents is set.
type Service struct {
	// Name is the name by which its user knows it: that of a source description.
	Name     string
	AsyncAPI *asyncapi.Document
	OpenAPI  *openapi.Document
	// References finds what the "$ref"s in its schemas stand for, and Schemas
	// compiles those of messages in every language.
	References jsonschema.Resolver
	Schemas    *schema.Set
}

// Options say how a stage is set.
type Options struct {
	Mock mock.Options
	// Brokers are servers that are there already, by the service's name; the
	// others get embedded ones.
	Brokers map[string]endpoint.Choice
	// Judge decides what the schema registry takes that is started in the place
	// of those that documents name; nil takes everything.
	Judge registry.Judge
	// Web asks authorization servers for tokens, those that it may; nil asks
	// none.
	Web oauth.Client
	// Port is where the first HTTP mock listens, the next on the port after;
	// 0 is any that is free.
	Port int
	// AsDescribed has servers listen where the documents say that they are, where
	// that is this machine, so that nobody has to be told where to find them.
	AsDescribed bool
	// NoMocks starts the servers and plays nobody.
	NoMocks bool
}

// Playable says why a service cannot be played here; nil is that it can.
func Playable(s Service) error {
	if s.AsyncAPI == nil {
		return nil
	}
	_, err := embeddable(s.AsyncAPI)
	return err
}

// Part is one thing that runs on the stage, for display.
type Part struct {
	Service string
	Title   string // of the document
	// Role is "broker", "registry" or "mock".
	Role string
	// URL is where it is reached: for a mock of messages, its broker.
	URL string
	// AsDescribed says that the document says the same place.
	AsDescribed bool
}

// Stage is what runs, until it is closed.
type Stage struct {
	// Brokers and HTTP say, by service, where it is reached now.
	Brokers map[string]endpoint.Choice
	HTTP    map[string]http.Choice
	// Parts are what runs, in the order it was started.
	Parts []Part
	// Mocks count what they saw.
	Mocks []mock.Counter

	servers    map[string]*embedded.Server // by protocol and host
	described  map[string]bool             // services whose broker is where it is described
	registries map[string]string           // where they are now, by the address in documents
	hub        *endpoint.Hub
	closers    []func(context.Context) error
}

// Open sets the stage for services and begins to play them. What is sent after
// it returned is received.
func Open(ctx context.Context, services []Service, opt Options) (*Stage, error) {
	s := &Stage{Brokers: map[string]endpoint.Choice{}, HTTP: map[string]http.Choice{}, servers: map[string]*embedded.Server{}, described: map[string]bool{}, registries: map[string]string{}}
	if err := s.open(ctx, services, opt); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

func (s *Stage) open(ctx context.Context, services []Service, opt Options) error {
	for _, service := range services {
		if service.AsyncAPI == nil {
			continue
		}
		if err := s.broker(ctx, service, opt); err != nil {
			return fmt.Errorf("%s: %w", service.Name, err)
		}
	}
	s.hub = endpoint.NewHub(endpoint.HubOptions{Choices: s.Brokers, Web: opt.Web})
	s.closers = append(s.closers, s.hub.Close)
	if opt.NoMocks {
		return nil
	}
	for _, service := range services {
		if err := s.play(ctx, service, opt); err != nil {
			return fmt.Errorf("%s: %w", service.Name, err)
		}
	}
	return nil
}

// broker finds the server of a service: a given one, or an embedded one that
// services describing the same server share.
func (s *Stage) broker(ctx context.Context, service Service, opt Options) error {
	if choice, ok := opt.Brokers[service.Name]; ok {
		s.Brokers[service.Name] = choice
		return nil
	}
	described, err := opt.embeddable(service.AsyncAPI)
	if err != nil {
		return err
	}
	key := described.Protocol + "://" + described.Host
	server := s.servers[key]
	if server == nil {
		server, err = embedded.Start(ctx, described.Protocol, embedded.Options{Name: described.Host, Port: opt.portOf(described)})
		if err != nil {
			return err
		}
		s.servers[key] = server
		s.closers = append(s.closers, func(context.Context) error { return server.Close() })
		s.Parts = append(s.Parts, Part{Service: service.Name, Title: described.Name + " (" + described.Protocol + ")", Role: "broker", URL: server.URL})
	}
	s.described[service.Name] = opt.portOf(described) != 0
	choice := endpoint.Choice{URL: server.URL, Create: true, Embedded: true}
	if choice.Registry.URL, err = s.registry(ctx, service, opt); err != nil {
		return err
	}
	s.Brokers[service.Name] = choice
	return nil
}

// embeddable is the server that is played: where they are to be as described one
// of this machine, else the first.
func (o *Options) embeddable(doc *asyncapi.Document) (*asyncapi.Server, error) {
	for _, server := range doc.Servers {
		if o.portOf(server) != 0 && slices.Contains(embedded.Protocols(), server.Protocol) {
			return server, nil
		}
	}
	return embeddable(doc)
}

// embeddable is the first described server for whose protocol there is an
// embedded one.
func embeddable(doc *asyncapi.Document) (*asyncapi.Server, error) {
	known := embedded.Protocols()
	var protocols []string
	for _, server := range doc.Servers {
		for _, protocol := range known {
			if strings.EqualFold(server.Protocol, protocol) {
				return server, nil
			}
		}
		protocols = append(protocols, server.Protocol)
	}
	if len(protocols) == 0 {
		return nil, errors.New("the document describes no server: add one under servers, so that its protocol is known")
	}
	for _, protocol := range protocols {
		if p, ok := apart.Find(strings.ToLower(protocol)); ok && p.Embedded {
			return nil, fmt.Errorf("there is no embedded server for %s in this program: %s", protocol, apart.Way)
		}
	}
	return nil, fmt.Errorf("there is no embedded server for %s; there is one for %s",
		strings.Join(protocols, ", "), strings.Join(known, ", "))
}

// AsDescribed reports whether the broker of a service is where its document says
// that one is.
func (s *Stage) AsDescribed(service string) bool { return s.described[service] }

func (s *Stage) play(ctx context.Context, service Service, opt Options) error {
	if service.AsyncAPI != nil {
		return s.playMessages(ctx, service, opt)
	}
	return s.playHTTP(service, opt)
}

func (s *Stage) playMessages(ctx context.Context, service Service, opt Options) error {
	source := endpoint.NewSource(service.Name, service.AsyncAPI, service.Schemas)
	played, err := mock.Start(ctx, s.hub, source, opt.Mock)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func(context.Context) error { return played.Close() })
	s.Mocks = append(s.Mocks, played)
	s.Parts = append(s.Parts, Part{
		Service: service.Name, Title: service.AsyncAPI.Info.Title, Role: "mock", URL: s.Brokers[service.Name].URL,
		AsDescribed: s.AsDescribed(service.Name),
	})
	return nil
}

func (s *Stage) playHTTP(service Service, opt Options) error {
	handler := mock.NewHandler(service.Name, service.OpenAPI, service.References, opt.Mock)
	port, base := opt.placeOf(service.OpenAPI)
	described := port != 0
	if port == 0 && opt.Port != 0 {
		port = opt.Port + len(s.HTTP)
	}
	server, err := mock.Listen(nethttp.StripPrefix(base, handler), port)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, server.Close)
	s.Mocks = append(s.Mocks, handler)
	s.HTTP[service.Name] = http.Choice{URL: server.URL + base}
	s.Parts = append(s.Parts, Part{Service: service.Name, Title: service.OpenAPI.Title, Role: "mock", URL: server.URL + base, AsDescribed: described})
	return nil
}

// Close ends everything in the reverse order of its start. Waiting ends with
// ctx.
func (s *Stage) Close(ctx context.Context) error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i](ctx))
	}
	s.closers = nil
	return errors.Join(errs...)
}
