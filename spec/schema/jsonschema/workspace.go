package jsonschema

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/tree"
)

// openTime bounds how long one document may take to open, when a schema is the
// first to refer to it.
const openTime = 30 * time.Second

// In returns a Resolver that follows references through a workspace. A
// workspace is not safe for concurrent use, therefore make one Resolver for
// each workspace and share it between Sets.
func In(w *ref.Workspace) Resolver { return &workspace{w: w} }

type workspace struct {
	mu sync.Mutex
	w  *ref.Workspace
}

// Resolve implements Resolver. It takes one step only: beside a "$ref" there
// may be keywords that count.
func (w *workspace) Resolve(value *tree.Node) (*tree.Node, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
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
