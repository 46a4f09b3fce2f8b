package emulator

import (
	"encoding/base64"
	"encoding/xml"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// query is a request of the query protocol: parameters with dotted names.
type query struct{ values url.Values }

func (in *query) text(name string) string { return in.values.Get(name) }

// maxMembers bounds a list in a request.
const maxMembers = 100

// each calls do with the prefix of each member of a list, "Name.member.1.".
func (in *query) each(list string, do func(prefix string)) {
	for i := 1; i <= maxMembers; i++ {
		prefix := list + "." + itoa(i) + "."
		found := false
		for name := range in.values {
			if strings.HasPrefix(name, prefix) {
				found = true
				break
			}
		}
		if !found {
			return
		}
		do(prefix)
	}
}

// pairs reads a map.
func (in *query) pairs(list, key, value string) map[string]string {
	out := map[string]string{}
	in.each(list, func(prefix string) { out[in.text(prefix+key)] = in.text(prefix + value) })
	return out
}

// attributes reads the attributes of a message.
func (in *query) attributes(list string) (map[string]attribute, *failure) {
	out := map[string]attribute{}
	var f *failure
	in.each(list, func(prefix string) {
		a := attribute{DataType: in.text(prefix + "Value.DataType")}
		if text, ok := in.values[prefix+"Value.StringValue"]; ok {
			a.StringValue = &text[0]
		}
		data, err := base64.StdEncoding.DecodeString(in.text(prefix + "Value.BinaryValue"))
		if err != nil {
			f = badParameter("MessageAttributes: a BinaryValue is not base64")
		}
		a.BinaryValue = data
		out[in.text(prefix+"Name")] = a
	})
	return out, f
}

// topicAction answers one action of SNS.
type topicAction func(*Server, *query) (any, *failure)

func topicActionOf(name string) topicAction {
	switch name {
	case "CreateTopic":
		return (*Server).createTopic
	case "DeleteTopic":
		return (*Server).deleteTopic
	case "ListTopics":
		return (*Server).listTopics
	case "GetTopicAttributes":
		return (*Server).getTopicAttributes
	case "SetTopicAttributes":
		return (*Server).setTopicAttributes
	case "TagResource":
		return (*Server).tagTopic
	case "Subscribe":
		return (*Server).subscribe
	case "Unsubscribe":
		return (*Server).unsubscribe
	case "ListSubscriptions":
		return (*Server).listSubscriptions
	case "ListSubscriptionsByTopic":
		return (*Server).listSubscriptionsByTopic
	case "GetSubscriptionAttributes":
		return (*Server).getSubscriptionAttributes
	case "SetSubscriptionAttributes":
		return (*Server).setSubscriptionAttributes
	case "Publish":
		return (*Server).publish
	case "PublishBatch":
		return (*Server).publishBatch
	}
	return nil
}

// serveQuery answers a request of SNS, or says what was wrong with it.
func (s *Server) serveQuery(w http.ResponseWriter, _ *http.Request, body []byte, f *failure) {
	values, err := url.ParseQuery(string(body))
	name := values.Get("Action")
	do := topicActionOf(name)
	switch {
	case f != nil:
	case err != nil || name == "":
		f = &failure{code: "MissingAction", message: "The request has no Action."}
	case do == nil:
		f = unknownAction(name)
	}
	var out any
	if f == nil {
		s.state.mu.Lock()
		out, f = do(s, &query{values})
		s.state.mu.Unlock()
	}
	w.Header().Set("Content-Type", "text/xml")
	if f != nil {
		w.WriteHeader(f.httpStatus())
		writeXML(w, "ErrorResponse", elements{
			{"Error", elements{{"Type", "Sender"}, {"Code", f.queryCode()}, {"Message", f.message}}},
			{"RequestId", newID()},
		})
		return
	}
	writeXML(w, name+"Response", elements{
		{name + "Result", out},
		{"ResponseMetadata", element{"RequestId", newID()}},
	})
}

// element is an XML element: its content is text, one element, several, or nil.
type element struct {
	name    string
	content any
}

type elements []element

// entries writes a map as SNS does.
func entries(all map[string]string) elements {
	var list elements
	for _, key := range slices.Sorted(maps.Keys(all)) {
		list = append(list, element{"entry", elements{{"key", key}, {"value", all[key]}}})
	}
	return list
}

// namespace is that of every answer of SNS.
const namespace = "http://sns.amazonaws.com/doc/2010-03-31/"

func writeXML(w http.ResponseWriter, name string, content any) {
	var b strings.Builder
	b.WriteString("<" + name + ` xmlns="` + namespace + `">`)
	appendXML(&b, content)
	b.WriteString("</" + name + ">")
	_, _ = w.Write([]byte(b.String())) // a client that is gone wants no answer
}

func appendXML(b *strings.Builder, content any) {
	switch c := content.(type) {
	case string:
		_ = xml.EscapeText(b, []byte(c)) // a Builder never fails
	case element:
		b.WriteString("<" + c.name + ">")
		appendXML(b, c.content)
		b.WriteString("</" + c.name + ">")
	case elements:
		for _, e := range c {
			appendXML(b, e)
		}
	}
}
