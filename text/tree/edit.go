package tree

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/weft-dev/weft/text/diag"
)

// ErrOverlap says that two edits change the same bytes.
var ErrOverlap = errors.New("edits overlap")

// Apply returns a text with edits made in it. The edits are all to that text;
// their order does not matter, except that of insertions at one place. Edits
// that overlap or lie outside of the text are refused, and nothing is changed.
func Apply(data []byte, edits []diag.Edit) ([]byte, error) {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b diag.Edit) int {
		return cmp.Or(cmp.Compare(a.Span.Start, b.Span.Start), cmp.Compare(a.Span.End, b.Span.End))
	})
	var out bytes.Buffer
	at := 0
	for i, e := range edits {
		switch {
		case e.Span.Start < 0 || e.Span.End < e.Span.Start || e.Span.End > len(data):
			return nil, fmt.Errorf("an edit of %d to %d lies outside of the %d bytes of the text", e.Span.Start, e.Span.End, len(data))
		case e.Span.File != edits[0].Span.File:
			return nil, errors.New("the edits are not all to the same file")
		case e.Span.Start < at:
			return nil, fmt.Errorf("%w: %d to %d and %d to %d", ErrOverlap,
				edits[i-1].Span.Start, edits[i-1].Span.End, e.Span.Start, e.Span.End)
		}
		out.Write(data[at:e.Span.Start])
		out.WriteString(e.Text)
		at = e.Span.End
	}
	out.Write(data[at:])
	return out.Bytes(), nil
}
