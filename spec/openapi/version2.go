package openapi

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// version2 turns OpenAPI 2.0 into the model of 3.x: host and schemes become
// servers, body and form parameters a request body, consumes and produces the
// media types of bodies.
func (r *reader) version2(root *tree.Node) {
	d := r.doc
	d.Servers = servers2(root, root.Get("schemes"))
	for _, m := range members(root.Get("securityDefinitions")) {
		if m.Value.Is(tree.Mapping) {
			d.SecuritySchemes = append(d.SecuritySchemes, r.scheme2(m.Key.Text, m.Value))
		}
	}
	d.Security = r.security(root.Get("security"))
	for _, m := range members(root.Get("paths")) {
		if strings.HasPrefix(m.Key.Text, "/") {
			r.pathItem2(root, m.Key.Text, m.Value)
		}
	}
}

func servers2(root, schemes *tree.Node) []*Server {
	host, base := root.Get("host").Str(), root.Get("basePath").Str()
	if host == "" {
		if base == "" {
			base = "/"
		}
		return []*Server{{URL: base}}
	}
	var list []*Server
	for _, scheme := range items(schemes) {
		if scheme.Text == "http" || scheme.Text == "https" {
			list = append(list, &Server{Node: scheme, URL: scheme.Text + "://" + host + base})
		}
	}
	if len(list) == 0 { // "the scheme used to access the definition itself"
		list = append(list, &Server{Node: root.Get("host"), URL: "//" + host + base})
	}
	return list
}

func (r *reader) pathItem2(root *tree.Node, path string, n *tree.Node) {
	it := item{n}
	if n.Has("$ref") {
		it = append(it, r.follow(n))
	}
	shared := r.resolved(it.get("parameters"))
	for _, entry := range it.operations() {
		op := r.operation2(root, entry.node, shared)
		op.Method, op.Path = entry.method, path
		op.Pointer = "/paths/" + tree.EscapePointer(path) + "/" + entry.pointer
		r.doc.Operations = append(r.doc.Operations, op)
		r.checkPath(op)
	}
}

// resolved returns the objects of a list with references followed.
func (r *reader) resolved(n *tree.Node) []*tree.Node {
	var list []*tree.Node
	for _, item := range items(n) {
		if p := r.follow(item); p.Is(tree.Mapping) {
			list = append(list, p)
		}
	}
	return list
}

func (r *reader) operation2(root, n *tree.Node, shared []*tree.Node) *Operation {
	op := &Operation{
		Node: n, ID: n.Get("operationId").Str(), Summary: n.Get("summary").Str(),
		Description: n.Get("description").Str(), Deprecated: n.Get("deprecated").True(),
		Servers: r.doc.Servers, Security: r.doc.Security,
	}
	if schemes := n.Get("schemes"); schemes != nil {
		op.Servers = servers2(root, schemes)
	}
	if security := n.Get("security"); security.Is(tree.Sequence) {
		op.Security = r.security(security)
	}
	own := r.resolved(n.Get("parameters"))
	for _, p := range shared {
		same := func(q *tree.Node) bool {
			return q.Get("name").Str() == p.Get("name").Str() && q.Get("in").Str() == p.Get("in").Str()
		}
		if !slices.ContainsFunc(own, same) {
			own = append(own, p)
		}
	}
	consumes := mediaNames(n.Get("consumes"), root.Get("consumes"))
	r.parameters2(op, own, consumes)
	produces := mediaNames(n.Get("produces"), root.Get("produces"))
	for _, m := range members(n.Get("responses")) {
		if response := r.follow(m.Value); response.Is(tree.Mapping) && !strings.HasPrefix(m.Key.Text, "x-") {
			op.Responses = append(op.Responses, response2(m.Key.Text, response, produces))
		}
	}
	return op
}

// mediaNames are an operation's media types, or the document's, or JSON.
func mediaNames(own, shared *tree.Node) []string {
	n := own
	if n == nil {
		n = shared
	}
	var names []string
	for _, item := range items(n) {
		if item.Str() != "" {
			names = append(names, item.Text)
		}
	}
	if len(names) == 0 {
		return []string{"application/json"}
	}
	return names
}

const (
	formType      = "application/x-www-form-urlencoded"
	multipartType = "multipart/form-data"
)

func (r *reader) parameters2(op *Operation, list []*tree.Node, consumes []string) {
	var form []*tree.Node
	for _, n := range list {
		switch n.Get("in").Str() {
		case "body":
			op.RequestBody = &RequestBody{Node: n, Description: n.Get("description").Str(), Required: n.Get("required").True()}
			for _, name := range consumes {
				op.RequestBody.Content = append(op.RequestBody.Content, &MediaType{Node: n, Name: name, Schema: n.Get("schema")})
			}
		case "formData":
			form = append(form, n)
		default:
			op.Parameters = append(op.Parameters, r.parameter2(n))
		}
	}
	if len(form) > 0 {
		op.RequestBody = r.formBody(op.Node, form, consumes)
	}
}

// formBody makes one body of form parameters. A file needs multipart.
func (r *reader) formBody(op *tree.Node, form []*tree.Node, consumes []string) *RequestBody {
	schema := &tree.Node{Kind: tree.Mapping, Span: op.Span, Parent: op}
	properties := &tree.Node{Kind: tree.Mapping, Span: op.Span, Parent: schema}
	required := &tree.Node{Kind: tree.Sequence, Span: op.Span, Parent: schema}
	body := &RequestBody{Node: op}
	name := formType
	for _, p := range form {
		key := &tree.Node{Kind: tree.String, Text: p.Get("name").Str(), Span: p.Span}
		if p.Get("type").Str() == "file" {
			name = multipartType
		}
		value := inlineSchema(p)
		value.Parent, value.Key, value.Index = properties, key, len(properties.Members)
		properties.Members = append(properties.Members, tree.Member{Key: key, Value: value})
		if p.Get("required").True() {
			body.Required = true
			required.Items = append(required.Items, &tree.Node{Kind: tree.String, Text: key.Text, Span: p.Span, Parent: required, Index: len(required.Items)})
		}
	}
	if slices.Contains(consumes, multipartType) {
		name = multipartType
	}
	add(schema, "type", &tree.Node{Kind: tree.String, Text: "object", Span: op.Span})
	add(schema, "properties", properties)
	if len(required.Items) > 0 {
		add(schema, "required", required)
	}
	body.Content = []*MediaType{{
		Node: op, Name: name, Schema: schema, Encoding: r.encodings2(form), PartTypes: r.partTypes(name, schema),
	}}
	return body
}

// encodings2 says how the arrays of a form are written.
func (r *reader) encodings2(form []*tree.Node) []*Encoding {
	var list []*Encoding
	for _, p := range form {
		if p.Get("type").Str() == "array" {
			written := r.parameter2(p)
			list = append(list, &Encoding{Node: p, Property: written.Name, Style: written.Style, Explode: written.Explode})
		}
	}
	return list
}

func add(object *tree.Node, name string, value *tree.Node) {
	key := &tree.Node{Kind: tree.String, Text: name, Span: value.Span}
	value.Parent, value.Key, value.Index = object, key, len(object.Members)
	object.Members = append(object.Members, tree.Member{Key: key, Value: value})
}

// notSchema are the fields of a Parameter or Header Object of 2.0 that are not
// of the schema which is written into it.
var notSchema = []string{"name", "in", "description", "required", "allowEmptyValue", "collectionFormat"}

// inlineSchema is the schema that a parameter of 2.0 is, as a node of its own
// that keeps the places of what it is made from.
func inlineSchema(p *tree.Node) *tree.Node {
	schema := &tree.Node{Kind: tree.Mapping, Span: p.Span, Parent: p.Parent, Key: p.Key, Index: p.Index}
	for _, m := range p.Members {
		if slices.Contains(notSchema, m.Key.Text) || strings.HasPrefix(m.Key.Text, "x-") {
			continue
		}
		value := m.Value
		if m.Key.Text == "type" && value.Str() == "file" {
			value = &tree.Node{Kind: tree.String, Text: "string", Span: value.Span, Parent: schema, Key: m.Key}
		}
		schema.Members = append(schema.Members, tree.Member{Key: m.Key, Value: value})
	}
	return schema
}

func (r *reader) parameter2(n *tree.Node) *Parameter {
	p := &Parameter{
		Node: n, Name: n.Get("name").Str(), In: parseLocation(n.Get("in").Str()),
		Description: n.Get("description").Str(), Required: n.Get("required").True(),
		AllowEmptyValue: n.Get("allowEmptyValue").True(), Schema: inlineSchema(n),
	}
	p.Required = p.Required || p.In == InPath
	p.Style, p.Explode = collectionFormat(n.Get("collectionFormat").Str(), p.In)
	return p
}

// collectionFormat is the style of 3.x that writes a list the same way; "csv",
// which is the default, is simple or form without explode.
func collectionFormat(format string, in Location) (Style, bool) {
	switch format {
	case "multi":
		return StyleForm, true
	case "ssv":
		return StyleSpaceDelimited, false
	case "pipes":
		return StylePipeDelimited, false
	case "tsv":
		return StyleTabDelimited, false
	}
	if in == InPath || in == InHeader {
		return StyleSimple, false
	}
	return StyleForm, false
}

func response2(status string, n *tree.Node, produces []string) *Response {
	response := &Response{Node: n, Status: status, Description: n.Get("description").Str()}
	for _, m := range members(n.Get("headers")) {
		if m.Value.Is(tree.Mapping) {
			response.Headers = append(response.Headers, &Header{Node: m.Value, Name: m.Key.Text, Schema: inlineSchema(m.Value)})
		}
	}
	schema, examples := n.Get("schema"), n.Get("examples")
	if schema == nil && examples == nil {
		return response
	}
	for _, name := range produces {
		media := &MediaType{Node: n, Name: name, Schema: schema}
		if v := examples.Get(name); v != nil {
			media.Examples = []*Example{{Node: v, Value: v}}
		}
		response.Content = append(response.Content, media)
	}
	return response
}

// scheme2 reads a Security Scheme Object of 2.0: "basic" is HTTP's, and OAuth
// has one flow with a name of its own.
func (r *reader) scheme2(name string, n *tree.Node) *SecurityScheme {
	s := &SecurityScheme{
		Node: n, Name: name, Description: n.Get("description").Str(),
		In: parseLocation(n.Get("in").Str()), ParameterName: n.Get("name").Str(),
	}
	switch n.Get("type").Str() {
	case "basic":
		s.Type, s.Scheme = SchemeHTTP, "basic"
	case "apiKey":
		s.Type = SchemeAPIKey
	case "oauth2":
		s.Type = SchemeOAuth2
		flow := readFlow(flowName2(n.Get("flow").Str()), n)
		s.Flows = []*OAuthFlow{flow}
	default:
		r.report(finding(CodeSecurityScheme, diag.Error, n, "a security scheme is of type basic, apiKey or oauth2", ""))
	}
	return s
}

func flowName2(flow string) string {
	switch flow {
	case "application":
		return "clientCredentials"
	case "accessCode":
		return "authorizationCode"
	}
	return flow
}
