package openapi

import (
	"cmp"
	"mime"
	"slices"
	"strconv"
	"strings"
)

// ByID returns the operation with an operationId, the first where there are
// several, or nil.
func (d *Document) ByID(id string) *Operation { return d.byID[id] }

// ByPointer returns the operation at a decoded JSON Pointer of the document, as
// "/paths/~1orders~1{id}/get", or nil.
func (d *Document) ByPointer(pointer string) *Operation { return d.byPointer[pointer] }

// IDs are the operationIds of the document in its order, for suggestions.
func (d *Document) IDs() []string {
	var ids []string
	for _, op := range d.Operations {
		if op.ID != "" {
			ids = append(ids, op.ID)
		}
	}
	return ids
}

// Pointers are the places of all operations, for suggestions.
func (d *Document) Pointers() []string {
	pointers := make([]string, len(d.Operations))
	for i, op := range d.Operations {
		pointers[i] = op.Pointer
	}
	return pointers
}

// Parameter returns the parameter of that name and place, or nil. Header names
// match without regard to case.
func (op *Operation) Parameter(in Location, name string) *Parameter {
	i := slices.IndexFunc(op.Parameters, func(p *Parameter) bool {
		return p.In == in && (p.Name == name || in == InHeader && strings.EqualFold(p.Name, name))
	})
	if i < 0 {
		return nil
	}
	return op.Parameters[i]
}

// Response returns what the operation says of a status: by the status itself,
// by its range, or by "default"; nil where it says nothing.
func (op *Operation) Response(status int) *Response {
	code := strconv.Itoa(status)
	for _, name := range []string{code, code[:1] + "XX", "default"} {
		for _, r := range op.Responses {
			if strings.EqualFold(r.Status, name) {
				return r
			}
		}
	}
	return nil
}

// Success returns the response of an operation that went well, and the status
// to answer with: the lowest 2xx described, then "2XX", then "default" (both as
// 200), then the lowest other status. It returns nil and 200 for an operation
// that describes no response.
func (op *Operation) Success() (*Response, int) {
	var best *Response
	status, rank := 200, 0
	for _, r := range op.Responses {
		s, k := r.rank()
		if best == nil || k < rank || k == rank && s < status {
			best, status, rank = r, s, k
		}
	}
	return best, status
}

// rank is the status that a response is given with, and how far it is from
// being the one of success.
func (r *Response) rank() (status, rank int) {
	code, err := strconv.Atoi(r.Status)
	switch {
	case err == nil && code >= 200 && code < 300:
		return code, 0
	case strings.EqualFold(r.Status, "2XX"):
		return 200, 1
	case strings.EqualFold(r.Status, "default"):
		return 200, 2
	case err == nil:
		return code, 3
	case r.Status != "" && r.Status[0] >= '1' && r.Status[0] <= '5': // "4XX"
		return int(r.Status[0]-'0') * 100, 3
	}
	return 500, 4
}

// JSONOrFirst returns the media type to use where nothing says which: the first
// that is JSON, else the first; nil for none.
func JSONOrFirst(content []*MediaType) *MediaType {
	for _, m := range content {
		if m.IsJSON() {
			return m
		}
	}
	if len(content) == 0 {
		return nil
	}
	return content[0]
}

// Match returns the media type that describes content of a type: the same name
// with the same parameters, the same name, its range, or "*/*", in this order
// of preference; nil for none.
func Match(content []*MediaType, contentType string) *MediaType {
	want, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil
	}
	var best *MediaType
	least := 0
	for _, m := range content {
		if d := m.distance(want, params); d >= 0 && (best == nil || d < least) {
			best, least = m, d
		}
	}
	return best
}

// distance is how far a media type or range is from a type, or -1 where it
// does not cover it.
func (m *MediaType) distance(want string, params map[string]string) int {
	name, own, err := mime.ParseMediaType(m.Name)
	if err != nil {
		return -1
	}
	major, _, _ := strings.Cut(want, "/")
	switch name {
	case want:
		for key, value := range own {
			if params[key] != value {
				return 2
			}
		}
		if len(own) != len(params) {
			return 1
		}
		return 0
	case major + "/*":
		return 3
	case "*/*":
		return 4
	}
	return -1
}

// IsJSON reports whether content of the media type is JSON: "application/json"
// or a type with the suffix "+json".
func (m *MediaType) IsJSON() bool {
	name, _, err := mime.ParseMediaType(m.Name)
	return err == nil && (name == "application/json" || name == "text/json" || strings.HasSuffix(name, "+json"))
}

// Example returns the first example that has a value, or nil. With a name it
// returns that one, or nil.
func (m *MediaType) Example(name string) *Example { return firstExample(m.Examples, name) }

// Example returns the first example of the parameter that has a value, or nil.
// With a name it returns that one, or nil.
func (p *Parameter) Example(name string) *Example { return firstExample(p.Examples, name) }

func firstExample(list []*Example, name string) *Example {
	for _, e := range list {
		if e.Value != nil && (name == "" || e.Name == name) {
			return e
		}
	}
	return nil
}

// EncodingOf says how a property of the body is written, or nil.
func (m *MediaType) EncodingOf(property string) *Encoding {
	i := slices.IndexFunc(m.Encoding, func(e *Encoding) bool { return e.Property == property })
	if i < 0 {
		return nil
	}
	return m.Encoding[i]
}

// Statuses are the statuses that an operation describes, the numbers first.
func (op *Operation) Statuses() []string {
	list := make([]string, len(op.Responses))
	for i, r := range op.Responses {
		list[i] = r.Status
	}
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	return list
}
