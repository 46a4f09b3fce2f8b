package mock_test

import (
	"errors"
	"io/fs"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/http"
	"github.com/weft-dev/weft/wire/mock"
)

// impossible are the operations whose contracts cannot be kept, and why.
var impossible = map[string]string{
	"bnpl-openapi.yaml POST /customers": "its allOf joins additionalProperties: false with a property that it requires elsewhere",
	"external_reference.yml GET /test":  "it refers to a file that is not there",
}

// TestEveryOperationOfTheCorpusIsAnswered calls each operation of the corpus's
// OpenAPI documents with made parameters and bodies, through the client, at the
// mock: each must take what the other writes.
func TestEveryOperationOfTheCorpusIsAnswered(t *testing.T) {
	t.Parallel()
	answered := 0
	err := filepath.WalkDir(corpus.Dir(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "ml") {
			return err
		}
		file, err := source.ReadFile(path)
		if err != nil || !strings.Contains(string(file.Data()), "openapi: ") {
			return err
		}
		dir, err := source.Local(filepath.Dir(path))
		if err != nil {
			return err
		}
		defer dir.Close()
		ws := ref.New(dir, ref.Options{})
		loaded := ws.Load(file)
		if !loaded.Root.Get("openapi").Is(tree.String) {
			return nil
		}
		doc, _ := openapi.Load(t.Context(), ws, loaded)
		refs := jsonschema.In(ws)
		server := httptest.NewServer(mock.NewHandler(filepath.Base(path), doc, refs, mock.Options{}))
		defer server.Close()
		c := &caller{T: t, name: filepath.Base(path), url: server.URL, schemas: jsonschema.New(refs), dialect: schema.OpenAPI30}
		if doc.Version.Minor > 0 {
			c.dialect = schema.Draft2020
		}
		client := http.New(http.Options{})
		defer client.Close()
		for _, op := range doc.Operations {
			if why := impossible[filepath.Base(path)+" "+op.Method+" "+op.Path]; why == "" {
				answered += c.call(client, op)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if answered < 10 {
		t.Errorf("only %d operations were answered", answered)
	}
	t.Logf("%d operations", answered)
}

type caller struct {
	*testing.T
	name, url string
	schemas   *jsonschema.Set
	dialect   schema.Dialect
}

func (c *caller) sample(node *tree.Node) any {
	if node == nil {
		return "x"
	}
	s, err := c.schemas.Schema(node, c.dialect)
	if err != nil {
		c.Errorf("%s: %v", c.name, err)
		return nil
	}
	value, err := s.Sample(1)
	if err != nil {
		c.Errorf("%s: %v", c.name, err)
	}
	return value
}

func (c *caller) call(client *http.Client, op *openapi.Operation) int {
	c.Helper()
	r := http.Request{Operation: op, BaseURL: c.url, Anonymous: true}
	for _, p := range op.Parameters {
		if p.In == openapi.InHeader && strings.EqualFold(p.Name, "Content-Type") {
			continue // no parameter, although it is declared as one
		}
		node := p.Schema
		if len(p.Content) > 0 {
			node = p.Content[0].Schema
		}
		r.Parameters = append(r.Parameters, http.Parameter{Name: p.Name, In: p.In, Value: c.sample(node)})
	}
	if op.RequestBody != nil {
		if m := openapi.JSONOrFirst(op.RequestBody.Content); m != nil {
			r.HasBody, r.Body = true, c.sample(m.Schema)
		}
	}
	response, _, err := client.Call(c.Context(), r)
	if failed, ok := errors.AsType[*http.Error](err); ok && strings.Contains(failed.Error(), "not supported yet") {
		return 0
	}
	if err != nil {
		c.Errorf("%s %s %s: %v", c.name, op.Method, op.Path, err)
		return 0
	}
	described, status := op.Success()
	if response.Status != status {
		c.Errorf("%s %s %s: answered %d %s", c.name, op.Method, op.Path, response.Status, response.Raw)
		return 0
	}
	if described == nil || len(described.Content) == 0 {
		return 1
	}
	if m := openapi.Match(described.Content, response.ContentType); m != nil && m.IsJSON() && m.Schema != nil && len(m.Examples) == 0 {
		s, err := c.schemas.Schema(m.Schema, c.dialect)
		if err != nil {
			c.Errorf("%s: %v", c.name, err)
			return 0
		}
		if list := s.Validate(response.Body); len(list) > 0 {
			c.Errorf("%s %s %s: the answer breaks the contract: %s", c.name, op.Method, op.Path, list[0].Message)
		}
	}
	return 1
}
