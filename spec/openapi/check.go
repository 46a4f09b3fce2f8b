package openapi

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Codes of findings beyond those of shape, without the prefix "openapi/".
const (
	CodeVersion            = "version"
	CodeVersion2           = "version-2"
	CodeDuplicateOperation = "duplicate-operation-id"
	CodeDuplicateParameter = "duplicate-parameter"
	CodePathParameter      = "path-parameter"
	CodeServerVariable     = "server-variable"
	CodeSecurityScheme     = "security-scheme"
)

var (
	set30 = lazy.Of[*shape.Set]{Make: func() *shape.Set { return shape.MustCompile(Tables.Get(), "3.0") }}
	set31 = lazy.Of[*shape.Set]{Make: func() *shape.Set { return shape.MustCompile(Tables.Get(), "3.1") }}
	set32 = lazy.Of[*shape.Set]{Make: func() *shape.Set { return shape.MustCompile(Tables.Get(), "3.2") }}
)

// Structure returns the tables of a version, or nil where there are none for
// it, as for 2.0.
func Structure(v Version) *shape.Set {
	switch {
	case v.Major != 3:
		return nil
	case v.Minor == 0:
		return set30.Get()
	case v.Minor == 1:
		return set31.Get()
	case v.Minor == 2:
		return set32.Get()
	}
	return nil
}

// Is reports whether a document says that it is an OpenAPI description.
func Is(root *tree.Node) bool { return root.Has("openapi") || root.Has("swagger") }

// Check judges the structure of a document as far as it is read here. Resolve
// follows a Reference Object, or is nil.
func Check(root *tree.Node, resolve func(*tree.Node) *tree.Node) []diag.Diagnostic {
	if swagger := root.Get("swagger"); swagger != nil {
		return checkVersion2(swagger)
	}
	set := set31.Get()
	var found []diag.Diagnostic
	if version := root.Get("openapi"); version.Is(tree.String) {
		if s := Structure(parseVersion(version.Text)); s != nil {
			set = s
		} else {
			found = append(found, finding(CodeVersion, diag.Error, version,
				fmt.Sprintf("OpenAPI %q is no version that can be read", version.Text), "3.0, 3.1 and 3.2 can, and 2.0 (as \"swagger\")"))
		}
	}
	return append(found, set.Check(root, shape.Options{Resolve: resolve})...)
}

func checkVersion2(swagger *tree.Node) []diag.Diagnostic {
	if swagger.Text != "2.0" {
		return []diag.Diagnostic{finding(CodeVersion, diag.Error, swagger,
			fmt.Sprintf("Swagger %q is no version that can be read", swagger.Text), "2.0 can, and OpenAPI 3.0 to 3.2")}
	}
	return []diag.Diagnostic{finding(CodeVersion2, diag.Info, swagger,
		"the operations of OpenAPI 2.0 are read, but the structure of the document is not checked", "convert it to 3.1 to have it checked")}
}

func finding(code string, severity diag.Severity, n *tree.Node, message, help string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: diag.Code("openapi/" + code), Severity: severity, Message: message, Help: help,
		Path: n.Path(), Span: n.Span,
	}
}

var versionForm = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
	return regexp.MustCompile(`^([0-9]{1,4})\.([0-9]{1,4})\.[0-9]+(-.+)?$`)
}}

func parseVersion(text string) Version {
	v := Version{Text: text}
	if text == "2.0" {
		v.Major = 2
	}
	if m := versionForm.Get().FindStringSubmatch(text); m != nil {
		v.Major, _ = strconv.Atoi(m[1])
		v.Minor, _ = strconv.Atoi(m[2])
	}
	return v
}

func checkDescription(c *shape.Context, n *tree.Node) {
	if c.Version() != "3.0" && !n.Has("paths") && !n.Has("components") && !n.Has("webhooks") {
		c.ReportKey(shape.CodeMissingField, n, "a description needs one of \"paths\", \"components\" and \"webhooks\"")
	}
}

var templateName = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp { return regexp.MustCompile(`\{([^{}]*)\}`) }}

// templateNames are the names in braces of a path or URL, each once.
func templateNames(template string) []string {
	var names []string
	for _, m := range templateName.Get().FindAllStringSubmatch(template, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return names
}

func checkServer(c *shape.Context, n *tree.Node) {
	url, variables := n.Get("url"), n.Get("variables")
	names := templateNames(url.Str())
	for _, name := range names {
		if !variables.Has(name) {
			c.Report(CodeServerVariable, url, "the variable {%s} of the URL is not described", name).
				Help = fmt.Sprintf("add %q to \"variables\", with a default", name)
		}
	}
	for _, m := range members(variables) {
		if m.Value.Is(tree.Mapping) {
			checkVariable(c, m.Value)
		}
		if !slices.Contains(names, m.Key.Text) {
			c.ReportKey(CodeServerVariable, m.Value, "the URL has no variable {%s}", m.Key.Text).Severity = diag.Warning
		}
	}
}

func checkVariable(c *shape.Context, n *tree.Node) {
	def, enum := n.Get("default"), n.Get("enum")
	if !def.Is(tree.String) || !enum.Is(tree.Sequence) || len(enum.Items) == 0 {
		return
	}
	if !slices.ContainsFunc(enum.Items, func(v *tree.Node) bool { return v.Text == def.Text }) {
		c.Report(CodeServerVariable, def, "the default %q is not one of the values of \"enum\"", def.Text)
	}
}

func checkParameter(c *shape.Context, n *tree.Node) {
	if n.Get("in").Str() == "path" && !n.Get("required").True() {
		c.ReportKey(shape.CodeMissingField, n, "a path parameter needs \"required: true\"")
	}
	if n.Get("in").Str() == "querystring" && !n.Has("content") {
		c.ReportKey(shape.CodeMissingField, n, "a querystring parameter needs the field \"content\"")
		return
	}
	checkContent(c, n)
	checkReserved(c, n)
	if name := n.Get("name"); n.Get("in").Str() == "header" && name.Is(tree.String) && !headerName.Get().MatchString(name.Text) {
		c.Report(shape.CodeBadValue, name, "%q is no name that HTTP allows for a header", name.Text)
	}
	style := n.Get("style")
	switch {
	case style != nil && n.Has("content"):
		c.ReportKey(shape.CodeFieldConflict, style, "\"style\" says how a schema's value is written, and may not stand beside \"content\"")
	case style.Is(tree.String) && n.Get("in").Is(tree.String):
		checkStyle(c, n.Get("in").Text, style)
	}
}

var headerName = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp { return regexp.MustCompile(headerPattern) }}

// checkReserved looks for allowReserved where nothing is escaped.
func checkReserved(c *shape.Context, n *tree.Node) {
	reserved := n.Get("allowReserved")
	if reserved == nil {
		return
	}
	in := n.Get("in").Str()
	if in == "header" || in == "cookie" && n.Get("style").Str() == "cookie" {
		c.ReportKey(shape.CodeFieldConflict, reserved, "nothing is escaped in a %s, so that \"allowReserved\" has no meaning", in).Help = "remove it"
	}
}

// checkQueryString finds a query string, which is the whole query, beside other
// parameters of the query.
func checkQueryString(c *shape.Context, n *tree.Node) {
	var whole, first *tree.Node
	for _, item := range n.Items {
		p := item
		if item.Has("$ref") {
			p = c.Resolve(item)
		}
		switch p.Get("in").Str() {
		case "querystring":
			if whole != nil {
				c.Report(shape.CodeFieldConflict, item, "an operation has one query string at most")
			}
			whole = item
		case "query":
			first = item
		}
	}
	if whole != nil && first != nil {
		c.Report(shape.CodeFieldConflict, whole, "a query string is the whole query, and may not stand beside query parameters").
			Related = []diag.Related{{Message: "the query parameter is here", Span: first.Span}}
	}
}

func checkMediaType(c *shape.Context, n *tree.Node) {
	checkExamples(c, n)
	checkEncodings(c, n)
}

// checkEncodings finds encodings by name and by position together.
func checkEncodings(c *shape.Context, n *tree.Node) {
	for _, name := range []string{"prefixEncoding", "itemEncoding"} {
		if other := n.Get(name); other != nil && n.Has("encoding") {
			c.ReportKey(shape.CodeFieldConflict, other, "parts are described by name or by position: \"encoding\" and %q may not stand together", name)
		}
	}
}

// stylesOf are the styles that each location can have (§ Style Values).
var stylesOf = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"path":   {"matrix", "label", "simple"},
		"query":  {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
		"header": {"simple"},
		"cookie": {"form", "cookie"},
	}
}}

func checkStyle(c *shape.Context, in string, style *tree.Node) {
	known, ok := stylesOf.Get()[in]
	if !ok || slices.Contains(known, style.Text) {
		return
	}
	c.Report(shape.CodeBadValue, style, "a parameter in %s cannot have the style %q", in, style.Text).
		Help = "use " + strings.Join(known, " or ")
}

// checkContent asks that a parameter or header has a schema or a media type.
func checkContent(c *shape.Context, n *tree.Node) {
	schema, content := n.Get("schema"), n.Get("content")
	switch {
	case schema == nil && content == nil:
		c.ReportKey(shape.CodeMissingField, n, "a parameter or header needs one of \"schema\" and \"content\"")
	case schema != nil && content != nil:
		d := c.ReportKey(shape.CodeFieldConflict, content, "\"schema\" and \"content\" may not stand together")
		d.Related = []diag.Related{{Message: "the schema is here", Span: schema.Key.Span}}
	}
	checkExamples(c, n)
}

func checkExamples(c *shape.Context, n *tree.Node) {
	if examples := n.Get("examples"); examples != nil && n.Has("example") {
		c.ReportKey(shape.CodeFieldConflict, examples, "\"example\" and \"examples\" may not stand together")
	}
}

// schemeFields are what each type of security scheme needs.
var schemeFields = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"apiKey": {"name", "in"}, "http": {"scheme"}, "oauth2": {"flows"}, "openIdConnect": {"openIdConnectUrl"},
	}
}}

func checkScheme(c *shape.Context, n *tree.Node) {
	kind := n.Get("type").Str()
	for _, name := range schemeFields.Get()[kind] {
		if !n.Has(name) {
			c.ReportKey(shape.CodeMissingField, n, "a security scheme of type %q needs the field %q", kind, name)
		}
	}
}

// members returns the entries of an object, the first of each name.
func members(n *tree.Node) []tree.Member {
	if !n.Is(tree.Mapping) {
		return nil
	}
	list := make([]tree.Member, 0, len(n.Members))
	for _, m := range n.Members {
		if n.Get(m.Key.Text) == m.Value {
			list = append(list, m)
		}
	}
	return list
}

func items(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Sequence) {
		return nil
	}
	return n.Items
}
