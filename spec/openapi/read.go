package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// methods are the fields of a Path Item Object that hold operations, in 3.0
// and later.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

// Read makes the model of a document from its nodes. The uri is where the
// document was read from. Resolve follows a Reference Object by one step, or
// returns nil; it may be nil itself. Read reads what it can of a document with
// faults: what is of the wrong kind is left out, and telling so is the work of
// Check.
func Read(root *tree.Node, uri string, resolve func(*tree.Node) *tree.Node) (*Document, []diag.Diagnostic) {
	r := &reader{doc: &Document{Node: root, URI: uri, Title: root.Get("info").Get("title").Str()}, resolve: resolve}
	if swagger := root.Get("swagger"); swagger != nil {
		r.doc.Version = parseVersion(swagger.Text)
		r.version2(root)
	} else {
		r.doc.Version = parseVersion(root.Get("openapi").Str())
		r.version3(root)
	}
	r.index()
	return r.doc, r.found
}

// index finds operations by id and by place, and reports ids given twice.
func (r *reader) index() {
	d := r.doc
	d.byID = make(map[string]*Operation, len(d.Operations))
	d.byPointer = make(map[string]*Operation, len(d.Operations))
	for _, op := range d.Operations {
		d.byPointer[op.Pointer] = op
		if op.ID == "" {
			continue
		}
		if other := d.byID[op.ID]; other == nil {
			d.byID[op.ID] = op
		} else if other.Node != op.Node { // one path item may be under two paths
			r.duplicate(op, other)
		}
	}
}

func (r *reader) duplicate(op, other *Operation) {
	id := op.Node.Get("operationId")
	d := finding(CodeDuplicateOperation, diag.Error, id, fmt.Sprintf("another operation has the id %q already", op.ID), "give each operation an id of its own")
	d.Related = []diag.Related{{Message: "the first is here", Span: other.Node.Get("operationId").Span}}
	r.report(d)
}

// maxFindings is the most findings of Read, and maxCandidates the most names
// that an unknown one is compared with.
const (
	maxFindings   = 1000
	maxCandidates = 200
)

func (r *reader) report(d diag.Diagnostic) {
	if len(r.found) < maxFindings {
		r.found = append(r.found, d)
	}
}

func suggest(name string, known []string) string {
	if len(known) > maxCandidates {
		return ""
	}
	return diag.DidYouMean(name, known)
}

type reader struct {
	doc     *Document
	resolve func(*tree.Node) *tree.Node
	found   []diag.Diagnostic
}

// maxRefs is how long a chain of references may be.
const maxRefs = 64

// follow returns what a node stands for: the node itself, or what its "$ref"
// leads to. It returns nil for a reference that leads nowhere, which whoever
// resolves references reports.
func (r *reader) follow(n *tree.Node) *tree.Node {
	for range maxRefs {
		if !n.Has("$ref") {
			return n
		}
		if r.resolve == nil {
			return nil
		}
		n = r.resolve(n)
	}
	return nil
}

func (r *reader) version3(root *tree.Node) {
	d := r.doc
	d.Servers = readServers(root.Get("servers"))
	if len(d.Servers) == 0 {
		d.Servers = []*Server{{URL: "/"}}
	}
	for _, m := range members(root.Get("components").Get("securitySchemes")) {
		if n := r.follow(m.Value); n.Is(tree.Mapping) {
			d.SecuritySchemes = append(d.SecuritySchemes, readScheme(m.Key.Text, n))
		}
	}
	d.Security = r.security(root.Get("security"))
	for _, m := range members(root.Get("paths")) {
		if strings.HasPrefix(m.Key.Text, "/") {
			r.pathItem(m.Key.Text, m.Value)
		}
	}
}

// item is a Path Item Object, which may be split between the place where it is
// used and what its "$ref" leads to; the place where it is used comes first.
type item []*tree.Node

func (it item) get(field string) *tree.Node {
	for _, n := range it {
		if v := n.Get(field); v != nil {
			return v
		}
	}
	return nil
}

func (r *reader) pathItem(path string, n *tree.Node) {
	it := item{n}
	if n.Has("$ref") {
		it = append(it, r.follow(n))
	}
	shared := r.parameters(it.get("parameters"))
	base := "/paths/" + tree.EscapePointer(path) + "/"
	for _, entry := range it.operations() {
		op := r.operation(entry.node, it, shared)
		op.Method, op.Path = entry.method, path
		op.Pointer = base + entry.pointer
		r.doc.Operations = append(r.doc.Operations, op)
		r.checkPath(op)
	}
}

type methodEntry struct {
	method, pointer string
	node            *tree.Node
}

// operations are those of a path item in the order written.
func (it item) operations() []methodEntry {
	var list []methodEntry
	for _, n := range it {
		for _, m := range members(n) {
			name := m.Key.Text
			if (slices.Contains(methods, name) || name == "query") && it.get(name) == m.Value && m.Value.Is(tree.Mapping) {
				list = append(list, methodEntry{method: strings.ToUpper(name), pointer: name, node: m.Value})
			}
		}
	}
	for _, m := range members(it.get("additionalOperations")) {
		if m.Value.Is(tree.Mapping) {
			list = append(list, methodEntry{method: m.Key.Text, pointer: "additionalOperations/" + tree.EscapePointer(m.Key.Text), node: m.Value})
		}
	}
	return list
}

func (r *reader) operation(n *tree.Node, it item, shared []*Parameter) *Operation {
	op := &Operation{
		Node: n, ID: n.Get("operationId").Str(), Summary: n.Get("summary").Str(),
		Description: n.Get("description").Str(), Deprecated: n.Get("deprecated").True(),
		Parameters:  merge(r.parameters(n.Get("parameters")), shared),
		RequestBody: r.requestBody(n.Get("requestBody")),
		Servers:     r.doc.Servers,
		Security:    r.doc.Security,
	}
	for _, m := range members(n.Get("responses")) {
		if strings.HasPrefix(m.Key.Text, "x-") {
			continue
		}
		if response := r.follow(m.Value); response.Is(tree.Mapping) {
			op.Responses = append(op.Responses, r.response(m.Key.Text, response))
		}
	}
	if servers := readServers(it.get("servers")); len(servers) > 0 {
		op.Servers = servers
	}
	if servers := readServers(n.Get("servers")); len(servers) > 0 {
		op.Servers = servers
	}
	if security := n.Get("security"); security.Is(tree.Sequence) {
		op.Security = r.security(security)
	}
	return op
}

// merge adds to an operation's parameters those of its path that it does not
// override: a parameter is its name and its place.
func merge(own, shared []*Parameter) []*Parameter {
	list := own
	for _, p := range shared {
		same := func(q *Parameter) bool { return q.Name == p.Name && q.In == p.In }
		if !slices.ContainsFunc(own, same) {
			list = append(list, p)
		}
	}
	return list
}

func (r *reader) response(status string, n *tree.Node) *Response {
	return &Response{
		Node: n, Status: status, Description: n.Get("description").Str(),
		Headers: r.headers(n.Get("headers")), Content: r.content(n.Get("content")),
	}
}

func (r *reader) requestBody(n *tree.Node) *RequestBody {
	n = r.follow(n)
	if !n.Is(tree.Mapping) {
		return nil
	}
	return &RequestBody{
		Node: n, Description: n.Get("description").Str(),
		Required: n.Get("required").True(), Content: r.content(n.Get("content")),
	}
}

func (r *reader) security(n *tree.Node) []*SecurityRequirement {
	var list []*SecurityRequirement
	for _, item := range items(n) {
		if !item.Is(tree.Mapping) {
			continue
		}
		requirement := &SecurityRequirement{Node: item}
		for _, m := range members(item) {
			requirement.Schemes = append(requirement.Schemes, r.requiredScheme(m))
		}
		list = append(list, requirement)
	}
	return list
}

func (r *reader) requiredScheme(m tree.Member) *RequiredScheme {
	scheme := &RequiredScheme{Key: m.Key, Name: m.Key.Text}
	for _, scope := range items(m.Value) {
		scheme.Scopes = append(scheme.Scopes, scope.Str())
	}
	scheme.Scheme = r.scheme(scheme.Name)
	if scheme.Scheme != nil {
		return scheme
	}
	names := slices.Sorted(maps.Keys(r.doc.schemes))
	d := finding(CodeSecurityScheme, diag.Error, m.Value, fmt.Sprintf("there is no security scheme %q", scheme.Name), suggest(scheme.Name, names))
	d.Span = m.Key.Span
	r.report(d)
	return scheme
}

// scheme finds a security scheme; all are read before any requirement.
func (r *reader) scheme(name string) *SecurityScheme {
	if r.doc.schemes == nil {
		r.doc.schemes = make(map[string]*SecurityScheme, len(r.doc.SecuritySchemes))
		for _, s := range r.doc.SecuritySchemes {
			r.doc.schemes[s.Name] = s
		}
	}
	return r.doc.schemes[name]
}

func readServers(n *tree.Node) []*Server {
	var list []*Server
	for _, item := range items(n) {
		if !item.Is(tree.Mapping) {
			continue
		}
		s := &Server{
			Node: item, Name: item.Get("name").Str(), URL: item.Get("url").Str(),
			Description: item.Get("description").Str(),
		}
		for _, m := range members(item.Get("variables")) {
			v := &ServerVariable{
				Node: m.Value, Name: m.Key.Text, Default: m.Value.Get("default").Str(),
				Description: m.Value.Get("description").Str(),
			}
			for _, value := range items(m.Value.Get("enum")) {
				v.Enum = append(v.Enum, value.Str())
			}
			s.Variables = append(s.Variables, v)
		}
		list = append(list, s)
	}
	return list
}

func readScheme(name string, n *tree.Node) *SecurityScheme {
	s := &SecurityScheme{
		Node: n, Name: name, Description: n.Get("description").Str(),
		In: parseLocation(n.Get("in").Str()), ParameterName: n.Get("name").Str(),
		Scheme: strings.ToLower(n.Get("scheme").Str()), BearerFormat: n.Get("bearerFormat").Str(),
		OpenIDConnectURL: n.Get("openIdConnectUrl").Str(),
	}
	for t := SchemeAPIKey; t <= SchemeMutualTLS; t++ {
		if t.String() == n.Get("type").Str() {
			s.Type = t
		}
	}
	for _, m := range members(n.Get("flows")) {
		if m.Value.Is(tree.Mapping) && !strings.HasPrefix(m.Key.Text, "x-") {
			s.Flows = append(s.Flows, readFlow(m.Key.Text, m.Value))
		}
	}
	return s
}

func readFlow(name string, n *tree.Node) *OAuthFlow {
	f := &OAuthFlow{
		Node: n, Name: name, AuthorizationURL: n.Get("authorizationUrl").Str(),
		TokenURL: n.Get("tokenUrl").Str(), RefreshURL: n.Get("refreshUrl").Str(),
	}
	for _, m := range members(n.Get("scopes")) {
		f.Scopes = append(f.Scopes, m.Key.Text)
	}
	return f
}

// checkPath compares the names in a path's braces with its path parameters.
func (r *reader) checkPath(op *Operation) {
	names := templateNames(op.Path)
	seen := make(map[string]*Parameter)
	for _, p := range op.Parameters {
		key := p.In.String() + " " + p.Name
		if first := seen[key]; first != nil && first.Node != p.Node {
			d := finding(CodeDuplicateParameter, diag.Error, p.Node, fmt.Sprintf("%s has the %s parameter %q twice", op.Method+" "+op.Path, p.In, p.Name), "")
			d.Related = []diag.Related{{Message: "the first is here", Span: first.Node.Span}}
			r.report(d)
		}
		seen[key] = p
		if p.In == InPath && !slices.Contains(names, p.Name) {
			r.report(finding(CodePathParameter, diag.Error, p.Node, fmt.Sprintf("the path %s has no {%s}", op.Path, p.Name), suggest(p.Name, names)))
		}
	}
	for _, name := range names {
		if seen["path "+name] == nil {
			d := finding(CodePathParameter, diag.Error, op.Node, fmt.Sprintf("the parameter {%s} of the path is not described", name), fmt.Sprintf("add a parameter %q in path, with \"required: true\"", name))
			if op.Node.Key != nil {
				d.Span = op.Node.Key.Span
			}
			r.report(d)
		}
	}
}
