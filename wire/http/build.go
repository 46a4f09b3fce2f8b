package http

import (
	"errors"
	"fmt"
	"maps"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/text/diag"
)

// Record is the request that was made, in the terms of runtime expressions and
// without secrets: what stood in the place of one is "***".
type Record struct {
	Method string
	URL    string
	// Path, Query and Header are the values of the parameters by name, as they
	// were given; Header has in addition what else was sent, by its name in
	// lower case.
	Path, Query, Header map[string]any
	Body                any
	HasBody             bool
	ContentType         string
}

// secret is what a record has in place of one.
const secret = "***"

// built is a request that is ready to be sent.
type built struct {
	url    string
	header nethttp.Header
	body   []byte
	record *Record

	path    map[string]string // by name, escaped
	query   []pair
	raw     string // a whole query, from "in: querystring"
	cookies []pair
	masked  []pair // query with secrets masked
}

func build(r Request, from *tokens) (*built, error) {
	b := &built{
		header: nethttp.Header{}, path: map[string]string{},
		record: &Record{Method: r.Operation.Method, Path: map[string]any{}, Query: map[string]any{}, Header: map[string]any{}},
	}
	if err := b.parameters(&r); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
		b.setHeader(name, r.Headers[name])
	}
	if err := b.setBody(r); err != nil {
		return nil, err
	}
	if accept := acceptOf(r); accept != "" {
		b.setHeader("Accept", accept)
	}
	b.masked = slices.Clone(b.query)
	if !r.Anonymous {
		if err := b.authorize(r.Operation, r.Credentials, from); err != nil {
			return nil, err
		}
	}
	if len(b.cookies) > 0 {
		b.header.Set("Cookie", joinPairs(b.cookies, "; "))
	}
	return b, b.finish(r)
}

func (b *built) setHeader(name, value string) {
	b.header.Set(name, value)
	b.record.Header[strings.ToLower(name)] = value
}

// finish puts the URL together.
func (b *built) finish(r Request) error {
	path, err := b.expandPath(r.Operation)
	if err != nil {
		return err
	}
	base, err := checkBase(r.BaseURL)
	if err != nil {
		return err
	}
	b.url = withQuery(base+path, b.raw, b.query)
	b.record.URL = withQuery(redactUser(base)+path, b.raw, b.masked)
	return nil
}

func checkBase(base string) (string, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return "", errors.New("the server's URL cannot be read")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("the server's URL %q must begin with http:// or https://", redactUser(base))
	case u.Host == "":
		return "", fmt.Errorf("the server's URL %q has no host", redactUser(base))
	case u.User != nil:
		return "", errors.New("the server's URL holds credentials: give them by reference instead")
	}
	return strings.TrimSuffix(base, "/"), nil
}

func redactUser(base string) string {
	scheme, rest, ok := strings.Cut(base, "://")
	if at := strings.LastIndexByte(rest, '@'); ok && at >= 0 {
		return scheme + "://" + secret + rest[at:]
	}
	return base
}

func withQuery(address, raw string, query []pair) string {
	text := joinPairs(query, "&")
	switch {
	case raw != "" && text != "":
		text = raw + "&" + text
	case raw != "":
		text = raw
	}
	if text == "" {
		return address
	}
	return address + "?" + text
}

func joinPairs(pairs []pair, separator string) string {
	parts := make([]string, len(pairs))
	for i, p := range pairs {
		parts[i] = p.name + "=" + p.value
	}
	return strings.Join(parts, separator)
}

func (b *built) expandPath(op *openapi.Operation) (string, error) {
	var out strings.Builder
	names := map[string]bool{}
	rest := op.Path
	for {
		before, after, ok := strings.Cut(rest, "{")
		out.WriteString(before)
		if !ok {
			return out.String(), b.onlyIn(op, names)
		}
		name, after, ok := strings.Cut(after, "}")
		if !ok {
			return "", fmt.Errorf("the path %s has a { without its }", op.Path)
		}
		names[name] = true
		text, given := b.path[name]
		switch {
		case !given:
			return "", fmt.Errorf("the path %s needs a value for the parameter %s", op.Path, name)
		case text == "":
			return "", fmt.Errorf("the parameter %s of the path %s is empty", name, op.Path)
		case isDots(text):
			return "", fmt.Errorf("the parameter %s of the path %s must not be %q: it would name another path", name, op.Path, text)
		}
		out.WriteString(text)
		rest = after
	}
}

// isDots reports whether a segment names its parent or itself, also to a server
// that reads "%2e" first.
func isDots(text string) bool {
	plain, err := url.PathUnescape(text)
	return err == nil && (plain == "." || plain == "..")
}

// onlyIn refuses a value for a name that the path does not have.
func (b *built) onlyIn(op *openapi.Operation, names map[string]bool) error {
	for _, name := range slices.Sorted(maps.Keys(b.path)) {
		if names[name] {
			continue
		}
		message := fmt.Sprintf("the path %s has no {%s}", op.Path, name)
		if near := diag.Nearest(name, slices.Sorted(maps.Keys(names))); near != "" {
			message += fmt.Sprintf("; did you mean %q?", near)
		}
		return errors.New(message)
	}
	return nil
}

// parameters writes all values that were given, and looks for those missing.
func (b *built) parameters(r *Request) error {
	given := map[*openapi.Parameter]bool{}
	for _, value := range r.Parameters {
		p, err := declared(r.Operation, value)
		if err != nil {
			return err
		}
		given[p] = true
		if text, ok := value.Value.(string); ok && p.In == openapi.InHeader && strings.EqualFold(p.Name, "Content-Type") {
			// Declared as a parameter it is to be ignored (§ Parameter Object);
			// whoever gives it a value means the body's.
			r.setContentType(text)
			continue
		}
		if value.Value == nil && p.In != openapi.InPath {
			continue // null is "not given"
		}
		if err := b.parameter(p, value.Value); err != nil {
			return err
		}
	}
	for _, p := range r.Operation.Parameters {
		if p.Required && !given[p] && !said(p) {
			return fmt.Errorf("the parameter %s (in %s) is required", p.Name, p.In)
		}
	}
	return nil
}

// said reports whether a header is one that the contract says elsewhere what it
// must be, so that it is no parameter although it is declared as one.
func said(p *openapi.Parameter) bool {
	return p.In == openapi.InHeader && slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(p.Name))
}

// setContentType sets what the body is, unless that was said.
func (r *Request) setContentType(text string) {
	if r.ContentType == "" && r.HasBody {
		r.ContentType = text
	}
}

// declared finds the operation's parameter of a name. Headers, cookies and
// queries that it does not declare are sent in the default style of their
// place: gateways want headers that no contract names.
func declared(op *openapi.Operation, value Parameter) (*openapi.Parameter, error) {
	var names []string
	for _, p := range op.Parameters {
		same := p.Name == value.Name || p.In == openapi.InHeader && strings.EqualFold(p.Name, value.Name)
		if same && (value.In == openapi.InUnknown || value.In == p.In) {
			return p, nil
		}
		names = append(names, p.Name)
	}
	switch value.In {
	case openapi.InHeader, openapi.InPath:
		return &openapi.Parameter{Name: value.Name, In: value.In, Style: openapi.StyleSimple}, nil
	case openapi.InQuery, openapi.InCookie:
		return &openapi.Parameter{Name: value.Name, In: value.In, Style: openapi.StyleForm, Explode: true}, nil
	case openapi.InQueryString:
		return &openapi.Parameter{Name: value.Name, In: value.In}, nil
	}
	message := fmt.Sprintf("the operation has no parameter %q, and nothing says where it goes", value.Name)
	if near := diag.Nearest(value.Name, names); near != "" {
		message += fmt.Sprintf("; did you mean %q?", near)
	}
	return nil, errors.New(message)
}
