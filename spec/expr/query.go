package expr

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/expr/jsonpath"
	"github.com/weft-dev/weft/spec/expr/xpath"
	"github.com/weft-dev/weft/text/diag"
)

// queryKind is a language that selects from a value.
type queryKind uint8

const (
	queryJSONPath queryKind = iota + 1
	queryXPath
	queryPointer
)

type queryType struct {
	kind     queryKind
	versions []string
}

// queryTypes are the languages as documents name them, with their versions;
// the first is the default.
var queryTypes = lazy.Of[map[string]queryType]{Make: func() map[string]queryType {
	return map[string]queryType{
		"jsonpath":    {queryJSONPath, []string{"rfc9535", "draft-goessner-dispatch-jsonpath-00"}},
		"xpath":       {queryXPath, []string{"xpath-31", "xpath-30", "xpath-20", "xpath-10"}},
		"jsonpointer": {queryPointer, []string{"rfc6901"}},
	}
}}

func isQueryType(name string) bool {
	_, ok := queryTypes.Get()[name]
	return ok
}

// query is a JSONPath, XPath or JSON Pointer with expressions in braces. Where
// there are none it is parsed once, otherwise whenever it is evaluated.
type query struct {
	text     string
	kind     queryKind
	template *Template

	path     *jsonpath.Path
	xpath    *xpath.Expr
	accesses []Access
}

func newQuery(text, kind, version, field string) (*query, []Problem) {
	var r report
	known, ok := queryTypes.Get()[kind]
	if !ok {
		r.unknownOf("/type", kind, []string{"jsonpath", "xpath", "jsonpointer"}, "selector type")
		return nil, r.list
	}
	if version != "" && !slices.Contains(known.versions, version) {
		r.unknownOf("/version", version, known.versions, "version of "+kind)
	}
	q := &query{text: text, kind: known.kind}
	r.list = append(r.list, at(field, q.parse())...)
	if version == "draft-goessner-dispatch-jsonpath-00" {
		r.add(CodeMeaning, infoSeverity, 0, 0, "the draft is evaluated by its successor, RFC 9535").Path = "/version"
	}
	if r.failed() {
		return nil, r.list
	}
	return q, r.list
}

// unknownOf reports a value that is none of a few.
func (r *report) unknownOf(field, value string, known []string, what string) {
	p := r.add(CodeUnknown, errorSeverity, 0, len(value), "there is no %s %q", what, clip(value))
	p.Path = field
	if best := diag.Nearest(value, known); best != "" {
		p.help("did you mean %s?", best).replace(best)
		return
	}
	p.help("write one of %s", strings.Join(known, ", "))
}

// parse reads the query's text. With expressions in it the syntax is checked
// with a stand-in for each, which is only certain where all are in quotes.
func (q *query) parse() []Problem {
	t, problems := parseBraces(q.text)
	if t == nil {
		return problems
	}
	q.template = t
	if t.IsLiteral() {
		return append(problems, q.fix(q.text)...)
	}
	stand, quoted := t.standIn(q.syntax())
	probe := *q
	found := probe.fix(stand)
	if quoted {
		return append(problems, spread(found, len(q.text))...)
	}
	return problems
}

// parseBraces reads text in which only braces open expressions, so that the
// "$" a JSONPath starts with is none.
func parseBraces(text string) (*Template, []Problem) {
	var r report
	if len(text) > maxText {
		r.tooLong(len(text))
		return nil, r.list
	}
	t := r.embedded(text)
	if r.failed() {
		return nil, r.list
	}
	return t, r.list
}

// spread gives problems of a text that is not the one written the place of the
// whole.
func spread(problems []Problem, length int) []Problem {
	for i := range problems {
		problems[i].Offset, problems[i].Length = 0, length
		problems[i].HasReplace = false
	}
	return problems
}

func (q *query) syntax() Syntax {
	switch q.kind {
	case queryJSONPath:
		return JSONPath
	case queryXPath:
		return XPath
	}
	return Plain
}

// standIn returns the template with a 1 for every expression, and whether all
// of them stand between quotes.
func (t *Template) standIn(syntax Syntax) (text string, allQuoted bool) {
	var b strings.Builder
	state, allQuoted := quoting{syntax: syntax}, true
	for _, p := range t.parts {
		if p.isLiteral() {
			b.WriteString(p.literal)
			state.read(p.literal)
			continue
		}
		allQuoted = allQuoted && state.quote != 0
		b.WriteByte('1')
	}
	return b.String(), allQuoted
}

// fix parses a text without expressions.
func (q *query) fix(text string) []Problem {
	var r report
	var err error
	switch q.kind {
	case queryJSONPath:
		q.path, err = jsonpath.Parse(text)
		r.jsonPath(text, err)
		if err == nil {
			r.suspectJSONPath(q.path)
		}
	case queryXPath:
		q.xpath, err = xpath.Parse(text)
		r.xpath(text, err)
	case queryPointer:
		q.accesses, r.list = ParsePointer(text)
	}
	return r.list
}

func (r *report) jsonPath(text string, err error) {
	var syntax *jsonpath.SyntaxError
	switch {
	case err == nil:
	case errors.As(err, &syntax):
		r.add(CodeSyntax, errorSeverity, syntax.Offset, syntax.Length, "%s", syntax.Message).Help = syntax.Help
	default:
		r.add(CodeSyntax, errorSeverity, 0, len(text), "%s", err)
	}
}

func (r *report) suspectJSONPath(path *jsonpath.Path) {
	for _, w := range path.Warnings() {
		r.add(CodeMeaning, warningSeverity, w.Offset, w.Length, "%s", w.Message).Help = w.Help
	}
}

func (r *report) xpath(text string, err error) {
	var syntax *xpath.SyntaxError
	switch {
	case err == nil:
	case errors.As(err, &syntax):
		code := CodeSyntax
		if syntax.Unsupported {
			code = CodeUnsupported
		}
		r.add(code, errorSeverity, syntax.Offset, syntax.Length, "%s", syntax.Message).Help = syntax.Help
	default:
		r.add(CodeSyntax, errorSeverity, 0, len(text), "%s", err)
	}
}

func (q *query) refs() []Ref { return q.template.Refs() }

func (q *query) bind(declared func(Ref) bool) (*query, []Problem) {
	t, problems := q.template.Bind(declared)
	if t == nil {
		return nil, problems
	}
	bound := *q
	bound.template = t
	return &bound, problems
}

// filled returns the query's text with every expression evaluated.
func (q *query) filled(env Env) (string, error) {
	text, err := q.template.Text(env, q.syntax())
	if err != nil {
		return "", err
	}
	if len(text) > maxText {
		return "", fmt.Errorf("the selector grows beyond %d bytes", maxText)
	}
	return text, nil
}

func (q *query) jsonPath(env Env) (*jsonpath.Path, error) {
	if q.path != nil {
		return q.path, nil
	}
	text, err := q.filled(env)
	if err != nil {
		return nil, err
	}
	return jsonpath.Parse(text)
}

func (q *query) pointer(env Env) ([]Access, error) {
	if q.template.IsLiteral() {
		return q.accesses, nil
	}
	text, err := q.filled(env)
	if err != nil {
		return nil, err
	}
	path, problems := ParsePointer(text)
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s: %s", text, problems[0].Message)
	}
	return path, nil
}

func (q *query) xpathResult(env Env, root any) (any, error) {
	x := q.xpath
	if x == nil {
		text, err := q.filled(env)
		if err != nil {
			return nil, err
		}
		if x, err = xpath.Parse(text); err != nil {
			return nil, err
		}
	}
	text, ok := root.(string)
	if !ok {
		return nil, errors.New("an XPath needs XML text; the context is " + kindOf(root))
	}
	doc, err := xpath.ParseXML(text)
	if err != nil {
		return nil, err
	}
	return x.Eval(doc)
}

// kindOf names the type of a value as users know it.
func kindOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
