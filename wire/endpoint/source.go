package endpoint

import (
	"fmt"
	"sync"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
)

// Source is one AsyncAPI document under the name by which its user knows it,
// with its schemas. It is safe for concurrent use.
type Source struct {
	// Name is the name of the source description, or of the document.
	Name string
	// Doc is the document.
	Doc *asyncapi.Document

	set *schema.Set

	mu       sync.Mutex
	messages map[*asyncapi.Message]*messageCodec
}

// NewSource takes a document and the languages of its schemas, in which
// references are followed (see languages.In). Without them there is only JSON
// Schema, with references within one document.
func NewSource(name string, doc *asyncapi.Document, schemas *schema.Set) *Source {
	if schemas == nil {
		schemas = schema.NewSet(map[schema.Family]schema.Compiler{schema.JSONSchema: jsonschema.New(nil)})
	}
	return &Source{Name: name, Doc: doc, set: schemas, messages: map[*asyncapi.Message]*messageCodec{}}
}

// Operation returns the operation of an id, or an error that names those near.
func (s *Source) Operation(id string) (*asyncapi.Operation, error) {
	names := make([]string, 0, len(s.Doc.Operations))
	for _, op := range s.Doc.Operations {
		if op.ID == id {
			return op, nil
		}
		names = append(names, op.ID)
	}
	return nil, fmt.Errorf("%s has no operation %q%s", s.Name, id, meant(id, names))
}

// compile compiles a schema of the document; nil compiles to nil.
func (s *Source) compile(sch *asyncapi.Schema) (schema.Schema, error) {
	if sch == nil || sch.Node == nil {
		return nil, nil
	}
	format, err := schema.ParseFormat(sch.Format)
	if err != nil {
		return nil, err
	}
	return s.set.Compile(sch.Node, format)
}
