package asyncapi

import (
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Document is an AsyncAPI document and everything it refers to.
type Document struct {
	// Version is the document's own version as written: "2.6.0", "3.0.0". The
	// model has the same shape for all; Version matters only to those that
	// speak about the text.
	Version string
	// File is the file that holds the document.
	File *source.File
	// ID is the application's identifier, a URI, or "".
	ID   string
	Info Info
	// DefaultContentType is the media type of messages that name none, or "".
	DefaultContentType string
	// Servers, Channels and Operations are those of the document itself (not
	// those that are only in components), in the order written.
	Servers    []*Server
	Channels   []*Channel
	Operations []*Operation
	Components Components
	// Node is the root of the document.
	Node *tree.Node
}

// Major is the major version of the specification: 2 or 3.
func (d *Document) Major() int {
	if len(d.Version) > 0 && d.Version[0] == '2' {
		return 2
	}
	return 3
}

// Meta is what most objects say about themselves.
type Meta struct {
	Title       string
	Summary     string
	Description string
	Tags        []Tag
	Docs        *ExternalDocs
	// Deprecated is known of messages, and of channels of 2.x documents.
	Deprecated bool
	// Node is the object as its author wrote it: what a reference led to, not
	// the Reference Object, and without what traits added. Objects that share
	// a Node were defined once and referred to.
	Node *tree.Node
	// Merged is Node with the object's traits applied by the rule of the
	// document's version. Without traits it is Node.
	Merged *tree.Node
}

// Extension returns the value of an extension field ("x-…") of the object or
// its traits, or nil.
func (m *Meta) Extension(name string) *tree.Node {
	if len(name) < 2 || name[:2] != "x-" {
		return nil
	}
	return m.Merged.Get(name)
}

// Info is the Info Object.
type Info struct {
	Meta
	Version        string
	TermsOfService string
	Contact        *Contact
	License        *License
}

// Contact is the Contact Object.
type Contact struct {
	Name, URL, Email string
	Node             *tree.Node
}

// License is the License Object.
type License struct {
	Name, URL string
	Node      *tree.Node
}

// Tag is the Tag Object.
type Tag struct {
	Name, Description string
	Docs              *ExternalDocs
	Node              *tree.Node
}

// ExternalDocs is the External Documentation Object.
type ExternalDocs struct {
	URL, Description string
	Node             *tree.Node
}

// Server is a broker, or whatever else messages go through.
type Server struct {
	Meta
	// Name is the server's key in the document.
	Name string
	// Host is the host and, where there is one, the port. It may have
	// variables: "{region}.example.com:9092". A list of brokers, as 2.x
	// documents write for Kafka, is kept with its commas.
	Host string
	// Pathname is the path on the host, or "". It may have variables.
	Pathname string
	// Protocol is the protocol as written: "kafka", "kafka-secure", "amqp".
	Protocol string
	// ProtocolVersion is the version of the protocol, or "".
	ProtocolVersion string
	Variables       []*ServerVariable
	// Security are alternatives, any of which will do. None: nothing is said.
	Security []SecurityRequirement
	Bindings Bindings
}

// ServerVariable is a variable in a server's host or pathname.
type ServerVariable struct {
	Name        string
	Enum        []string
	Default     string
	HasDefault  bool
	Description string
	Examples    []string
	Node        *tree.Node
}

// Channel is where messages go: a topic, a queue, a path.
type Channel struct {
	Meta
	// Name is the channel's key in the document. For 2.x it is the address.
	Name string
	// Address is the address, which may have parameters: "user/{id}/signup".
	// It is "" where HasAddress is false: the address is null, absent, or
	// known only at run time.
	Address    string
	HasAddress bool
	Parameters []*Parameter
	// Messages are those the channel carries, in the order written. A message
	// that several channels refer to is another *Message in each, with that
	// channel's key, and the same Node. In 2.x documents the key is the
	// messageId, the name, or the last part of the reference.
	Messages []*Message
	// Servers are those that have the channel; empty means all of the
	// document's (see Document.ServersOf).
	Servers  []*Server
	Bindings Bindings
}

// Parameter is a parameter of a channel's address.
type Parameter struct {
	Name        string
	Enum        []string
	Default     string
	HasDefault  bool
	Description string
	Examples    []string
	// Location is the runtime expression of where a message has the value,
	// such as "$message.payload#/user/id", or "".
	Location string
	// Schema is the parameter's schema in a 2.x document, or nil. Enum,
	// Default and Examples were taken from it.
	Schema *Schema
	Node   *tree.Node
}

// Action says what the application that the document describes does.
type Action string

// The actions. In a 2.x document, "subscribe" is Send and "publish" is
// Receive: those words told others what they can do.
const (
	Send    Action = "send"
	Receive Action = "receive"
)

// Operation is something the application does: send to, or receive from, a channel.
type Operation struct {
	Meta
	// ID is the operation's key in the document. In a 2.x document it is the
	// operationId; where there is none, HasID is false and the ID is made of
	// the action and the address.
	ID     string
	HasID  bool
	Action Action
	// Channel is never nil; an operation whose channel cannot be found is not
	// in the model.
	Channel *Channel
	// Messages are those of the channel that the operation handles. Where the
	// document names none, they are all of the channel's.
	Messages []*Message
	// Reply is how the receiver answers, or nil.
	Reply    *Reply
	Security []SecurityRequirement
	Bindings Bindings
	// Traits are the traits that were merged, in the order applied.
	Traits []*tree.Node
}

// Reply is the reply of a request.
type Reply struct {
	// Address says where the requester wants the reply, or is nil.
	Address *ReplyAddress
	// Channel is where replies go, or nil.
	Channel *Channel
	// Messages are those of Channel that may be the reply. Where the document
	// names none, they are all of the channel's.
	Messages []*Message
	Node     *tree.Node
}

// ReplyAddress says where a message has the address for its reply.
type ReplyAddress struct {
	// Location is a runtime expression, such as "$message.header#/replyTo".
	Location    string
	Description string
	Node        *tree.Node
}

// Message is a kind of message.
type Message struct {
	Meta
	// Key is the message's key in its channel, or in components.
	Key string
	// Name is the message's own name for machines, or "".
	Name string
	// ContentType is the media type of the payload: the message's own, or the
	// document's default, or "".
	ContentType string
	// Headers and Payload are nil where nothing is said.
	Headers     *Schema
	Payload     *Schema
	Correlation *CorrelationID
	Examples    []Example
	Bindings    Bindings
	// Traits are the traits that were merged, in the order applied.
	Traits []*tree.Node
}

// Schema is a schema in some language: what a payload, or headers, look like.
type Schema struct {
	// Name is the schema's key in components, where a reference led there.
	Name string
	// Format is the media type of the schema language, as written or by the
	// document's version: "application/vnd.aai.asyncapi;version=3.0.0".
	Format string
	// Node is the schema itself, after references and after the Multi Format
	// Schema Object that may hold it. References inside it are as written.
	Node *tree.Node
	// Place is where the schema was asked for: the value of "payload".
	Place *tree.Node
}

// CorrelationID is the Correlation ID Object.
type CorrelationID struct {
	// Location is a runtime expression: "$message.header#/correlationId".
	Location    string
	Description string
	Node        *tree.Node
}

// Example is the Message Example Object.
type Example struct {
	Name    string
	Summary string
	// Headers and Payload are nil where the example has none.
	Headers *tree.Node
	Payload *tree.Node
	Node    *tree.Node
}

// Bindings are what an object says for single protocols, in the order written.
type Bindings []Binding

// Binding is what an object says for one protocol.
type Binding struct {
	// Protocol is the key: "kafka".
	Protocol string
	// Version is the binding's version; where the document names none, or
	// "latest", it is the newest known, or "".
	Version string
	Node    *tree.Node
}

// For returns the binding's node for a protocol, or nil.
func (b Bindings) For(protocol string) *tree.Node {
	for i := range b {
		if b[i].Protocol == protocol {
			return b[i].Node
		}
	}
	return nil
}

// SecurityRequirement is a set of schemes that must all be met.
type SecurityRequirement struct {
	Schemes []SecurityUse
	Node    *tree.Node
}

// SecurityUse is one scheme of a requirement.
type SecurityUse struct {
	Scheme *SecurityScheme
	// Scopes are those the requirement asks for.
	Scopes []string
}

// SecurityScheme is the Security Scheme Object.
type SecurityScheme struct {
	// Name is the scheme's key in components, or "" for one written in place.
	Name        string
	Description string
	// Type is "userPassword", "apiKey", "X509", "symmetricEncryption",
	// "asymmetricEncryption", "httpApiKey", "http", "oauth2", "openIdConnect",
	// "plain", "scramSha256", "scramSha512" or "gssapi".
	Type string
	// In says where an API key goes: "user" or "password" for apiKey,
	// "query", "header" or "cookie" for httpApiKey.
	In string
	// ParameterName is the "name" of an httpApiKey: the header's name.
	ParameterName string
	// Scheme is the HTTP authorization scheme: "basic", "bearer".
	Scheme       string
	BearerFormat string
	OpenIDURL    string
	// Flows are those of oauth2, by their name in the document.
	Flows []OAuthFlow
	// Scopes are those a 3.x document asks for in the scheme itself.
	Scopes []string
	Node   *tree.Node
}

// OAuthFlow is the OAuth Flow Object.
type OAuthFlow struct {
	// Name is "implicit", "password", "clientCredentials" or "authorizationCode".
	Name             string
	AuthorizationURL string
	TokenURL         string
	RefreshURL       string
	// Scopes are those available, with their descriptions.
	Scopes map[string]string
	Node   *tree.Node
}

// Components are the objects that the document defines for reference. Those
// that the document uses elsewhere are the same pointers as there, but for
// messages (see Channel.Messages).
type Components struct {
	Servers    []*Server
	Channels   []*Channel
	Operations []*Operation
	Messages   []*Message
	Schemas    []*Schema
	Security   []*SecurityScheme
}
