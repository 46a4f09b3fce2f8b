package mock

import (
	"cmp"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
)

// route is an operation with its path taken apart.
type route struct {
	op       *openapi.Operation
	segments []string
}

// routesOf orders operations so that concrete paths come before templates
// (OpenAPI 3.1, "Path Templating Matching").
func routesOf(doc *openapi.Document) []route {
	routes := make([]route, 0, len(doc.Operations))
	for _, op := range doc.Operations {
		routes = append(routes, route{op, strings.Split(op.Path, "/")})
	}
	slices.SortStableFunc(routes, func(a, b route) int {
		return cmp.Compare(strings.Count(a.op.Path, "{"), strings.Count(b.op.Path, "{"))
	})
	return routes
}

// match finds the operation of a request and the values in its path. Without
// one it returns the methods that the path has.
func match(routes []route, r *nethttp.Request) (*openapi.Operation, map[string]string, []string) {
	segments := strings.Split(r.URL.EscapedPath(), "/")
	var allowed []string
	for _, route := range routes {
		values, ok := route.match(segments)
		if !ok {
			continue
		}
		if route.op.Method == r.Method {
			return route.op, values, nil
		}
		if !slices.Contains(allowed, route.op.Method) {
			allowed = append(allowed, route.op.Method)
		}
	}
	return nil, nil, allowed
}

func (r *route) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(r.segments) {
		return nil, false
	}
	values := map[string]string{}
	for i, pattern := range r.segments {
		if !matchSegment(pattern, segments[i], values) {
			return nil, false
		}
	}
	return values, true
}

// matchSegment matches one segment such as "{id}" or "report.{format}"; the
// text between two parameters tells where the first ends.
func matchSegment(pattern, text string, values map[string]string) bool {
	for {
		before, rest, ok := strings.Cut(pattern, "{")
		if !ok {
			decoded, err := url.PathUnescape(text)
			return err == nil && (text == pattern || decoded == pattern)
		}
		if text, ok = strings.CutPrefix(text, before); !ok {
			return false
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return false
		}
		end := len(text)
		if next, _, _ := strings.Cut(after, "{"); next != "" {
			if end = strings.Index(text, next); end < 0 {
				return false
			}
		}
		value, err := url.PathUnescape(text[:end])
		if err != nil || value == "" {
			return false
		}
		values[name] = value
		pattern, text = after, text[end:]
	}
}
