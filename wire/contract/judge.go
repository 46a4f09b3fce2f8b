package contract

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"mime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// judge says what is wrong with the messages of one target.
type judge struct {
	check    *Check
	target   *endpoint.Target
	codec    *endpoint.Codec
	protocol string
	promise  driver.Capabilities
	given    map[string]string
	limit    int // the largest body, in bytes; 0 is none declared
}

// found adds a finding about a message.
func (j *judge) found(code diag.Code, severity diag.Severity, raw *driver.Message, at *tree.Node, around int, message, help string) {
	d := diag.Diagnostic{Code: code, Severity: severity, Message: message, Help: help, Span: spanOf(at)}
	if at != nil {
		d.Path = at.Path()
	}
	if raw == nil {
		j.check.add(d, nil)
		return
	}
	j.check.add(d, func() *Evidence { return evidenceOf(raw, around) })
}

// spanOf is the text worth showing for a node: its key where it is long.
func spanOf(n *tree.Node) source.Span {
	if n == nil {
		return source.Span{}
	}
	if n.Key != nil && (n.Kind == tree.Mapping || n.Kind == tree.Sequence) {
		return n.Key.Span
	}
	return n.Span
}

// fits judges a message that is one of the contract's, as far as receivers look.
func (j *judge) fits(m *endpoint.Message) {
	j.size(m.Raw)
	j.noType(m)
	j.jsonForBinary(m.Name, m.Raw)
	if j.promise.Keys {
		for _, v := range j.codec.CheckKey(m.Name, m.Raw.Key) {
			j.found(CodeKey, diag.Error, m.Raw, j.node(m.Name), 0, fmt.Sprintf("the key of %s is not the contract's: %s", nameOf(m.Name), v.Message), "")
		}
	}
	for _, fault := range j.target.CheckAddress(j.protocol, j.given, m) {
		j.found(CodeAddress, diag.Error, m.Raw, channelNode(j.target.Channel), 0, nameOf(m.Name)+" is at the wrong address: "+fault, "")
	}
	if j.codec.DeclaresCorrelation(m.Name) && (m.CorrelationID == nil || m.CorrelationID == "") {
		j.found(CodeCorrelation, diag.Error, m.Raw, j.node(m.Name), 0, nameOf(m.Name)+" has no correlation id at "+j.message(m.Name).Correlation.Location, "")
	}
}

func nameOf(message string) string {
	if message == "" {
		return "the message"
	}
	return "the message " + message
}

func (j *judge) message(name string) *asyncapi.Message {
	for _, m := range j.target.Messages {
		if m.Key == name {
			return m
		}
	}
	return nil
}

// node is where a message stands in its document.
func (j *judge) node(name string) *tree.Node {
	if m := j.message(name); m != nil {
		return m.Node
	}
	return channelNode(j.target.Channel)
}

func channelNode(c *asyncapi.Channel) *tree.Node {
	if c == nil {
		return nil
	}
	return c.Node
}

// size judges how large a message is.
func (j *judge) size(raw *driver.Message) {
	if j.limit > 0 && raw.Size() > j.limit {
		j.found(CodeSize, diag.Error, raw, channelNode(j.target.Channel), 0, fmt.Sprintf("messages are larger than the %d bytes that the contract declares", j.limit),
			fmt.Sprintf("the first has %d bytes", raw.Size()))
	}
}

// noType tells of a message whose content type nobody says.
func (j *judge) noType(m *endpoint.Message) {
	if j.codec.ContentType(m.Name) == "" && headerOf(m.Raw, endpoint.HeaderContentType) == "" {
		j.found(CodeNoType, diag.Warning, nil, j.node(m.Name), 0, "neither the messages nor the contract say what the content type of "+nameOf(m.Name)+" is; JSON was assumed",
			"declare a contentType or a defaultContentType")
	}
}

// jsonForBinary tells of JSON where the contract declares Avro and the message
// does not itself say that it is its JSON form: the names of Avro's media types
// are too easily mistaken for a licence to send JSON.
func (j *judge) jsonForBinary(name string, raw *driver.Message) bool {
	if !j.codec.IsBinary(name) || isOwnJSON(headerOf(raw, endpoint.HeaderContentType)) || !looksLikeJSON(raw.Body) {
		return false
	}
	j.found(CodeJSONForBytes, diag.Error, raw, j.node(name), 0, fmt.Sprintf("the wire is declared %s, and what is on it is plain JSON", j.declared(name)),
		"write payloads with the serializer of their schema, or declare application/json with a JSON Schema")
	return true
}

// isOwnJSON reports whether a content type is the JSON form of a language.
func isOwnJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && strings.HasSuffix(media, "+json") && (strings.Contains(media, "avro") || strings.Contains(media, "protobuf"))
}

// declared is how the contract calls the bytes of a message.
func (j *judge) declared(name string) string {
	if m := j.message(name); m != nil && m.Payload != nil {
		if format, err := schema.ParseFormat(m.Payload.Format); err == nil {
			return string(format.Family)
		}
	}
	return cmp.Or(j.codec.ContentType(name), "otherwise")
}

// looksLikeJSON reports whether bytes are a JSON object or array.
func looksLikeJSON(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) > 1 && (body[0] == '{' || body[0] == '[') && json.Valid(body)
}

func headerOf(raw *driver.Message, name string) string {
	for _, h := range raw.Headers {
		if strings.EqualFold(h.Name, name) {
			return string(h.Value)
		}
	}
	return ""
}

// rejected judges a message that is none of the contract's.
func (j *judge) rejected(r *endpoint.Rejected) {
	j.size(r.Raw)
	at := j.node(r.Candidate)
	told := headerOf(r.Raw, endpoint.HeaderContentType)
	switch {
	case r.Reason == endpoint.TooLarge:
		j.found(CodeSize, diag.Error, r.Raw, at, 0, "messages are too large to be read: "+r.Explanation, "")
	case r.Reason == endpoint.UnknownSchema:
		j.found(CodeSchemaID, diag.Error, r.Raw, at, 0, "messages carry the id of a schema that the registry does not have: "+r.Explanation,
			"register the schema of the contract, and let the serializer look it up")
	case r.Reason == endpoint.OtherMessage && r.Candidate != "":
		j.found(CodeSchemaID, diag.Error, r.Raw, at, 0, "messages carry the id of a schema that is not the contract's: "+r.Explanation, "")
	case r.Reason == endpoint.OtherMessage:
		j.found(CodeMessage, diag.Error, r.Raw, at, 0, "a message is none that the contract lists here: "+r.Explanation, "")
	case j.wrongType(r, told, at), j.jsonForBinary(r.Candidate, r.Raw):
	case r.Reason == endpoint.NotDecodable:
		j.undecodable(r, at)
	default:
		j.invalid(r, at)
	}
}

// wrongType judges a content type that is not the contract's, or that nobody
// can read.
func (j *judge) wrongType(r *endpoint.Rejected, told string, at *tree.Node) bool {
	if r.Reason == endpoint.WrongType {
		want := j.codec.ContentType(r.Candidate)
		j.found(CodeContentType, diag.Error, r.Raw, at, 0, fmt.Sprintf("messages say that they are %q, and the contract declares %q", clip(told), want),
			"set the content-type header to "+want+", or declare the other in the contract")
		return true
	}
	if r.Reason != endpoint.NotDecodable || told == "" {
		return false
	}
	if err := j.codec.Reads(told); err != nil {
		j.found(CodeContentType, diag.Error, r.Raw, at, 0, fmt.Sprintf("messages say that they are %q, which cannot be judged: %v", clip(told), err), "declare the content type in the contract")
		return true
	}
	return false
}

func (j *judge) undecodable(r *endpoint.Rejected, at *tree.Node) {
	if around := firstInvalid(r.Raw.Body); around >= 0 && !j.codec.IsBinary(r.Candidate) {
		j.found(CodeNotUTF8, diag.Error, r.Raw, at, around, "the bytes of messages are not UTF-8",
			fmt.Sprintf("the first wrong byte is %#02x at offset %d; encode text as UTF-8 before sending", r.Raw.Body[around], around))
		return
	}
	code := CodeEncoding
	message := fmt.Sprintf("messages cannot be read as %s: %s", cmp.Or(j.codec.ContentType(r.Candidate), "JSON"), r.Explanation)
	if r.Part == "frame" {
		code, message = CodeSchemaID, "what messages say of their schema is not what the contract declares: "+r.Explanation
	}
	j.found(code, diag.Error, r.Raw, at, 0, message, "")
}

// invalid tells each way in which a message breaks its schemas.
func (j *judge) invalid(r *endpoint.Rejected, at *tree.Node) {
	if len(r.Violations) == 0 {
		j.found(CodePayload, diag.Error, r.Raw, at, 0, nameOf(r.Candidate)+": "+r.Explanation, "")
		return
	}
	for i := range r.Violations {
		v := &r.Violations[i]
		code := codeOf(r.Part, v)
		d := diag.Diagnostic{Code: code, Severity: diag.Error, Message: wordsOf(code, r, v), Span: v.Span}
		if v.Schema != nil {
			d.Path = v.Schema.Path()
		}
		if !v.Span.IsValid() {
			d.Span = spanOf(at)
		}
		j.check.add(d, func() *Evidence { return evidenceOf(r.Raw, aroundOf(r.Raw.Body, v.InstancePath)) })
	}
}

func codeOf(part string, v *schema.Violation) diag.Code {
	forbids := slices.Contains([]string{"additionalProperties", "unevaluatedProperties", "propertyNames"}, v.Keyword)
	switch {
	case part == "headers" && (v.Keyword == "required" || v.Keyword == "dependentRequired"):
		return CodeHeader
	case part == "headers":
		return CodeHeaders
	case forbids:
		return CodeExtraField
	}
	return CodePayload
}

func wordsOf(code diag.Code, r *endpoint.Rejected, v *schema.Violation) string {
	name := nameOf(r.Candidate)
	switch code {
	case CodeHeader:
		return name + " lacks a header that the contract requires: " + v.Message
	case CodeHeaders:
		return name + " has a header that does not fit: " + v.Message
	case CodeExtraField:
		return name + " has a member that the contract forbids: " + v.Message
	}
	return name + " does not fit its schema: " + v.Message
}

// aroundOf guesses where in a body the value of a path is: at the last name of
// the path that is there. It is for showing only.
func aroundOf(body []byte, path string) int {
	body = body[:min(len(body), lookedAt)]
	at := 0
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		name = tree.UnescapePointer(name)
		if name == "" || !utf8.ValidString(name) {
			continue
		}
		if i := bytes.Index(body[at:], []byte(`"`+name+`"`)); i >= 0 {
			at += i
		}
	}
	return at
}
