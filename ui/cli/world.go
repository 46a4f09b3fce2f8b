package cli

import (
	"context"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/http"
	"github.com/weft-dev/weft/wire/stage"
)

// closeLimit is how long the end of a command waits for servers to close.
const closeLimit = 5 * time.Second

// world is all that a plan runs against.
type world struct {
	engine engine.World
	places []place
	close  func()
}

// place is where one source is.
type place struct {
	source, url, what string
}

// openWorld finds a server for each source of a plan: the one the user named,
// an embedded one with a mock, or the document's own.
func openWorld(ctx context.Context, c *compilation, where *servers, embedded bool) (*world, error) {
	if !embedded {
		return c.connect(where, nil), nil
	}
	set, err := stage.Open(ctx, c.services(where), stage.Options{Judge: schemaJudge{}})
	if err != nil {
		return nil, err
	}
	for name, choice := range set.Brokers {
		where.brokers[name] = choice
	}
	for name, choice := range set.HTTP {
		where.http[name] = choice
	}
	return c.connect(where, set), nil
}

// services are the sources that have to be played: those the user gave no
// server for.
func (c *compilation) services(where *servers) []stage.Service {
	var list []stage.Service
	for _, use := range c.plan.Uses {
		if !where.given(use.Name) {
			list = append(list, stage.Service{
				Name: use.Name, AsyncAPI: use.Source.AsyncAPI, OpenAPI: use.Source.OpenAPI, References: c.references, Schemas: c.schemas,
			})
		}
	}
	return list
}

// connect makes the wire to the servers. A stage is closed with it.
func (c *compilation) connect(where *servers, set *stage.Stage) *world {
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: where.brokers, Web: c.web})
	client := http.New(http.Options{Tokens: c.web})
	w := &world{places: c.places(where, set)}
	w.engine = engine.World{
		Hub: hub, Schemas: c.schemas, HTTP: client, Servers: where.http,
		Credentials: where.secrets, Anonymous: set != nil && len(where.said) == 0,
	}
	w.close = func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
		defer cancel()
		_ = hub.Close(ctx)
		client.Close()
		if set != nil {
			_ = set.Close(ctx)
		}
	}
	return w
}

// places are where the sources are, for display.
func (c *compilation) places(where *servers, set *stage.Stage) []place {
	var list []place
	for _, use := range c.plan.Uses {
		if url := where.urlOf(use); url != "" {
			list = append(list, place{source: use.Name, url: url, what: describe(use, where, set)})
		}
	}
	return list
}

// urlOf is where a source is, as it may be shown: without what may be secret.
func (s *servers) urlOf(use *plan.Use) string { return source.Redact(s.address(use)) }

func (s *servers) address(use *plan.Use) string {
	if use.Source.OpenAPI != nil {
		for _, op := range use.Source.OpenAPI.Operations {
			url, _ := http.BaseURL(use.Name, use.Source.OpenAPI, op, s.http[use.Name])
			return url
		}
		return ""
	}
	if choice := s.brokers[use.Name]; choice.URL != "" {
		return choice.URL
	}
	if len(use.Source.AsyncAPI.Servers) == 1 {
		url, _ := use.Source.AsyncAPI.Servers[0].URL(nil)
		return url
	}
	return ""
}

// describe says what is at a place.
func describe(use *plan.Use, where *servers, set *stage.Stage) string {
	title := ""
	if use.Source.OpenAPI != nil {
		title = use.Source.OpenAPI.Title
	} else {
		title = use.Source.AsyncAPI.Info.Title
	}
	switch {
	case set == nil || where.given(use.Name):
		return title
	case use.Source.OpenAPI != nil:
		return "a mock of " + title
	}
	return "embedded, with a mock of " + title
}
