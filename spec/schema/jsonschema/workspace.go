package jsonschema

import (
	"context"
	"errors"
	"time"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// openTime bounds how long one document may take to open, when a schema is the
// first to refer to it.
const openTime = 30 * time.Second

// In returns a Resolver that follows references through a workspace.
func In(w *ref.Workspace) Resolver { return workspace{w} }

type workspace struct{ w *ref.Workspace }

// Resolve implements Resolver. It takes one step only: beside a "$ref" there
// may be keywords that count.
func (w workspace) Resolve(value *tree.Node) (*tree.Node, error) {
	ctx, cancel := context.WithTimeout(context.Background(), openTime)
	defer cancel()
	target, problem := w.w.Target(ctx, value)
	if problem == nil {
		return target, nil
	}
	if problem.Help != "" {
		return nil, errors.New(problem.Message + "; " + problem.Help)
	}
	return nil, errors.New(problem.Message)
}
