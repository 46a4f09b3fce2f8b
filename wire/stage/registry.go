package stage

import (
	"context"

	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/registry"
)

// registry starts a schema registry in the place of the one that a document
// names, and returns where it is; "" where it names none. Documents that name
// the same share one. What is sent is registered there when it is first needed,
// as on every embedded server.
func (s *Stage) registry(ctx context.Context, service Service, opt Options) (string, error) {
	described := endpoint.RegistryOf(service.AsyncAPI)
	if described == "" {
		return "", nil
	}
	if url, ok := s.registries[described]; ok {
		return url, nil
	}
	judge := opt.Judge
	if judge == nil {
		judge = lenient{}
	}
	handler, err := registry.NewServer(ctx, registry.Memory{}, judge)
	if err != nil {
		return "", err
	}
	listener, err := registry.Listen(handler, opt.addressOf(described))
	if err != nil {
		return "", err
	}
	s.closers = append(s.closers, listener.Close)
	s.registries[described] = listener.URL
	s.Parts = append(s.Parts, Part{Service: service.Name, Title: "schema registry", Role: "registry", URL: listener.URL})
	return listener.URL, nil
}

// lenient judges nothing.
type lenient struct{}

func (lenient) Types() []string { return []string{registry.Avro, registry.JSON, registry.Protobuf} }

func (lenient) Parse(_ context.Context, d registry.Document) (registry.Form, error) {
	return registry.Form{Canonical: d.Text, Normalized: d.Text}, nil
}

func (lenient) Compare(context.Context, string, registry.Document, []registry.Version) (registry.Verdict, error) {
	return registry.Verdict{Compatible: true}, nil
}
