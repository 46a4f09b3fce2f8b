// Package openapi reads the operations of an OpenAPI description that a
// workflow step can call: paths, parameters, bodies, responses, servers and
// security. It exists so that a workflow can call an HTTP service by its
// contract, and a mock can play one.
//
// It must not know Arazzo, nor send anything: it describes requests and does
// not make them. Schemas are left as nodes for spec/schema.
package openapi

import "github.com/weft-dev/weft/text/tree"

// Document is one OpenAPI description. Versions 3.0, 3.1 and 3.2 are read in
// full; 2.0 ("swagger") is turned into the same model. Every object keeps its
// Node, which is never nil for what was written in the document; an object
// reached through a "$ref" has the node it refers to.
type Document struct {
	Node    *tree.Node
	URI     string
	Version Version
	Title   string
	// Servers are the document's own. Without any there is one whose URL is
	// "/" (§ OpenAPI Object), with a nil Node.
	Servers []*Server
	// Operations are in the order of the document: paths, then methods.
	Operations      []*Operation
	SecuritySchemes []*SecurityScheme
	// Security are the alternatives that hold where an operation says nothing.
	Security []*SecurityRequirement

	byID      map[string]*Operation // the first of each id
	byPointer map[string]*Operation
	schemes   map[string]*SecurityScheme
}

// Version is the version of the specification that a document names.
type Version struct {
	Text         string
	Major, Minor int
}

// Server is a base URL, perhaps with variables (§ Server Object).
type Server struct {
	Node *tree.Node
	// Name is 3.2's name, or "".
	Name        string
	Description string
	// URL is the template as written; it may be relative to the document.
	URL       string
	Variables []*ServerVariable
}

// ServerVariable is one "{name}" of a server's URL (§ Server Variable Object).
type ServerVariable struct {
	Node        *tree.Node
	Name        string
	Description string
	Default     string
	// Enum are the only values allowed; empty where any is.
	Enum []string
}

// Operation is one method on one path (§ Operation Object), with what its path
// and its document say already merged in.
type Operation struct {
	Node *tree.Node
	// ID is the operationId, or "".
	ID string
	// Method is in upper case, as HTTP sends it.
	Method string
	// Path is the template as written, as "/orders/{orderId}".
	Path string
	// Pointer is where the operation stands in its document, as
	// "/paths/~1orders~1{orderId}/get", whether or not a "$ref" leads there.
	Pointer     string
	Summary     string
	Description string
	Deprecated  bool
	// Parameters are the operation's, then those of its path that it does not
	// override.
	Parameters  []*Parameter
	RequestBody *RequestBody
	// Responses are in the order written.
	Responses []*Response
	// Servers are the operation's, or its path's, or the document's.
	Servers []*Server
	// Security are alternatives, of which one must hold: the operation's or the
	// document's. Empty means that no credentials are needed.
	Security []*SecurityRequirement
}

// Location is where a parameter goes.
type Location uint8

// The locations.
const (
	InUnknown Location = iota
	InPath
	InQuery
	InQueryString // 3.2
	InHeader
	InCookie
)

// String returns the location as the specification writes it, or "".
func (l Location) String() string {
	switch l {
	case InPath:
		return "path"
	case InQuery:
		return "query"
	case InQueryString:
		return "querystring"
	case InHeader:
		return "header"
	case InCookie:
		return "cookie"
	}
	return ""
}

// Style is how a parameter's value is written (§ Style Values).
type Style uint8

// The styles. StyleNone is that of a parameter which is described by Content.
// StyleTabDelimited exists only in 2.0 ("tsv").
const (
	StyleNone Style = iota
	StyleMatrix
	StyleLabel
	StyleSimple
	StyleForm
	StyleSpaceDelimited
	StylePipeDelimited
	StyleDeepObject
	StyleCookie // 3.2
	StyleTabDelimited
)

// String returns the style as the specification writes it, or "".
func (s Style) String() string {
	switch s {
	case StyleMatrix:
		return "matrix"
	case StyleLabel:
		return "label"
	case StyleSimple:
		return "simple"
	case StyleForm:
		return "form"
	case StyleSpaceDelimited:
		return "spaceDelimited"
	case StylePipeDelimited:
		return "pipeDelimited"
	case StyleDeepObject:
		return "deepObject"
	case StyleCookie:
		return "cookie"
	case StyleTabDelimited:
		return "tabDelimited"
	}
	return ""
}

// Parameter is one parameter of an operation (§ Parameter Object).
type Parameter struct {
	Node        *tree.Node
	Name        string
	In          Location
	Description string
	// Required is always true for a path parameter.
	Required        bool
	Deprecated      bool
	AllowEmptyValue bool
	// Style and Explode are as written or the location's defaults; they say
	// nothing where Content is set.
	Style         Style
	Explode       bool
	AllowReserved bool
	// Schema is the value's schema as written, or nil.
	Schema *tree.Node
	// Content is set in place of Schema where the value is a serialised
	// document: exactly one media type.
	Content  []*MediaType
	Examples []*Example
}

// RequestBody is what an operation takes (§ Request Body Object).
type RequestBody struct {
	Node        *tree.Node
	Description string
	Required    bool
	// Content is in the order written.
	Content []*MediaType
}

// MediaType is one representation of a body (§ Media Type Object).
type MediaType struct {
	Node *tree.Node
	// Name is the media type or range as written, as "application/json".
	Name string
	// Schema is as written (it may be a "$ref"), or nil.
	Schema   *tree.Node
	Encoding []*Encoding
	// PrefixEncoding and ItemEncoding are those of parts by their place (3.2).
	PrefixEncoding []*Encoding
	ItemEncoding   *Encoding
	// PartTypes are the content types of the properties of a multipart body by
	// what their schemas say; they count where an Encoding says none.
	PartTypes map[string]string
	Examples  []*Example
}

// Encoding says how one property of a form or multipart body is written
// (§ Encoding Object).
type Encoding struct {
	Node     *tree.Node
	Property string
	// ContentType is as written: it may be a range, or several with commas.
	ContentType string
	Headers     []*Header
	// Style is StyleNone unless one of style, explode and allowReserved is
	// written; ContentType says nothing then.
	Style         Style
	Explode       bool
	AllowReserved bool
	// Nested says that the part is itself made of parts (3.2).
	Nested bool
}

// Example is a sample value (§ Example Object).
type Example struct {
	Node *tree.Node
	// Name is "" for the single "example".
	Name    string
	Summary string
	// Value is the sample, or nil where only ExternalValue is given. For a
	// DataValue of 3.2 it is that value.
	Value         *tree.Node
	ExternalValue string
}

// Response is what an operation answers for a status (§ Response Object).
type Response struct {
	Node *tree.Node
	// Status is as written: "200", "2XX" or "default".
	Status      string
	Description string
	Headers     []*Header
	Content     []*MediaType
}

// Header is one header of a response or of a part (§ Header Object). Its style
// is always "simple".
type Header struct {
	Node     *tree.Node
	Name     string
	Required bool
	Explode  bool
	Schema   *tree.Node
	Content  []*MediaType
	Examples []*Example
}

// SchemeType is a kind of security scheme.
type SchemeType uint8

// The kinds of security scheme.
const (
	SchemeUnknown SchemeType = iota
	SchemeAPIKey
	SchemeHTTP
	SchemeOAuth2
	SchemeOpenIDConnect
	SchemeMutualTLS
)

// String returns the kind as the specification writes it, or "unknown".
func (t SchemeType) String() string {
	switch t {
	case SchemeAPIKey:
		return "apiKey"
	case SchemeHTTP:
		return "http"
	case SchemeOAuth2:
		return "oauth2"
	case SchemeOpenIDConnect:
		return "openIdConnect"
	case SchemeMutualTLS:
		return "mutualTLS"
	}
	return "unknown"
}

// SecurityScheme is a way to prove who calls (§ Security Scheme Object). It
// never holds a credential.
type SecurityScheme struct {
	Node *tree.Node
	// Name is the component's key, by which requirements name it.
	Name        string
	Type        SchemeType
	Description string
	// In and ParameterName say where an API key goes.
	In            Location
	ParameterName string
	// Scheme is the HTTP authentication scheme in lower case, as "bearer".
	Scheme           string
	BearerFormat     string
	OpenIDConnectURL string
	Flows            []*OAuthFlow
}

// OAuthFlow is one way to get a token (§ OAuth Flow Object).
type OAuthFlow struct {
	Node *tree.Node
	// Name is "implicit", "password", "clientCredentials", "authorizationCode"
	// or "deviceAuthorization".
	Name             string
	AuthorizationURL string
	TokenURL         string
	RefreshURL       string
	Scopes           []string
}

// SecurityRequirement is a set of schemes that must all be met
// (§ Security Requirement Object). An empty one means that anonymous calls are
// allowed.
type SecurityRequirement struct {
	Node    *tree.Node
	Schemes []*RequiredScheme
}

// RequiredScheme is one scheme of a requirement, with the scopes it needs.
type RequiredScheme struct {
	Key *tree.Node
	// Name is as written; Scheme is nil where no such scheme is declared, which
	// is a finding.
	Name   string
	Scheme *SecurityScheme
	Scopes []string
}
