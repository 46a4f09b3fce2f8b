package jsonschema

import (
	"context"
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
)

// CheckMany implements schema.ManyChecker. What many schemas refer to is
// judged once: one after the other, schemas that all refer to each other would
// take a time that grows with the square of their number.
func (s *Set) CheckMany(_ context.Context, places []schema.Place) []diag.Diagnostic {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []diag.Diagnostic
	checks := map[bool]*check{}
	for _, p := range places {
		if p.Node == nil {
			continue
		}
		dialect, err := dialectOf(p.Node, p.Format.Dialect)
		if err != nil {
			found = append(found, dialectFinding(p.Node.Get("$schema")))
			continue
		}
		ours := isAsyncAPI(p.Format)
		c := checks[ours]
		if c == nil {
			c = &check{set: s, opt: CheckOptions{Structure: true, References: true, Names: true}, seen: map[resource]bool{}}
			if ours {
				c.opt = CheckOptions{Names: true, Also: asyncAPIWords}
			}
			checks[ours] = c
		}
		c.from(resource{canonical(p.Node), dialect})
	}
	for _, c := range checks {
		found = append(found, c.found...)
	}
	diag.Sort(found)
	return found
}

// isAsyncAPI reports whether a format is AsyncAPI's own Schema Object.
func isAsyncAPI(f schema.Format) bool {
	return f.MediaType == "" || strings.HasPrefix(f.MediaType, "application/vnd.aai.asyncapi")
}
