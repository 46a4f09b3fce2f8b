package expr

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// Access picks one value out of an object or an array.
type Access struct {
	// Name is the member's name, or the index in decimal.
	Name string
	// Index says that the access was written "[n]" and fits only an array.
	Index bool
}

// Pointer returns accesses as a JSON Pointer (RFC 6901), "" for none.
func Pointer(path []Access) string {
	var b strings.Builder
	for _, a := range path {
		b.WriteByte('/')
		b.WriteString(tree.EscapePointer(a.Name))
	}
	return b.String()
}

// ParsePointer reads a JSON Pointer (RFC 6901), "" or "/a/b", as accesses.
func ParsePointer(pointer string) ([]Access, []Problem) {
	var r report
	if len(pointer) > maxText {
		r.tooLong(len(pointer))
		return nil, r.list
	}
	if pointer != "" && pointer[0] != '/' {
		p := r.add(CodeSyntax, errorSeverity, 0, len(pointer), "a JSON Pointer starts with /")
		p.help("write /%s", pointer).replace("/" + pointer)
		return nil, r.list
	}
	path := r.pointer(pointer, 0)
	if r.failed() {
		return nil, r.list
	}
	return path, r.list
}

// pointer reads "" or "/a/b", which stands at an offset of the text.
func (r *report) pointer(pointer string, at int) []Access {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(pointer[1:], "/")
	if len(tokens) > maxAccesses {
		r.add(CodeLimit, errorSeverity, at, len(pointer), "the pointer has more than %d parts", maxAccesses)
		return nil
	}
	path := make([]Access, len(tokens))
	at++
	for i, token := range tokens {
		r.escapes(token, at)
		r.suspectIndex(token, at)
		path[i] = Access{Name: tree.UnescapePointer(token)}
		at += len(token) + 1
	}
	return path
}

// suspectIndex reports "name[0]", which a pointer takes as a name.
func (r *report) suspectIndex(token string, at int) {
	name, index, found := strings.Cut(token, "[")
	index, closed := strings.CutSuffix(index, "]")
	if _, isIndex := arrayIndex(index); !found || !closed || !isIndex {
		return
	}
	fixed := strings.TrimPrefix(name+"/"+index, "/")
	r.add(CodeMeaning, warningSeverity, at, len(token), "in a JSON Pointer %q is a name, not an index", token).
		help("write %s", fixed).replace(fixed)
}

func (r *report) escapes(token string, at int) {
	for i := 0; i < len(token); i++ {
		if token[i] != '~' {
			continue
		}
		if i+1 == len(token) || (token[i+1] != '0' && token[i+1] != '1') {
			r.add(CodeSyntax, errorSeverity, at+i, 1, "in a JSON Pointer ~ is followed by 0 or 1").
				help("write ~0 for ~ and ~1 for /").replace("~0")
		}
	}
}

// descend follows accesses into a value; false where one leads nowhere.
func descend(value any, path []Access) (any, bool) {
	for _, a := range path {
		var ok bool
		if value, ok = a.of(value); !ok {
			return nil, false
		}
	}
	return value, true
}

func (a Access) of(value any) (any, bool) {
	switch v := value.(type) {
	case map[string]any:
		if a.Index {
			return nil, false
		}
		member, ok := v[a.Name]
		return member, ok
	case []any:
		i, ok := arrayIndex(a.Name)
		if !ok || i >= len(v) {
			return nil, false
		}
		return v[i], true
	}
	return nil, false
}

// arrayIndex reads an index by RFC 6901: digits without leading zeros.
func arrayIndex(name string) (int, bool) {
	if name == "" || len(name) > 9 || (name[0] == '0' && len(name) > 1) || name[0] < '0' || name[0] > '9' {
		return 0, false
	}
	i, err := strconv.Atoi(name)
	return i, err == nil
}
