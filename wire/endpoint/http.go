package endpoint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
)

// posted are the methods by which messages are sent. Others have no body, or
// are not about messages.
var posted = []string{"POST", "PUT", "PATCH", "DELETE"}

// httpMessages honours the bindings of HTTP, 0.1.0 to 0.3.0, where receivers
// subscribe to streams of events or take the answers to what was sent.
func httpMessages() *protocol {
	return &protocol{
		binding: "http", schemes: []string{"http", "https"},
		sender:   httpSender,
		receiver: httpSubscriber,
		message:  httpHeaders,
		findings: func(t *Target, _ *asyncapi.Server, choice Choice) []diag.Diagnostic {
			u := httpFindings(t, choice)
			if method := t.Bindings.For("http").Get("method"); t.Intent == Receive && !t.Reply && !choice.Embedded && slices.Contains(posted, method.Str()) {
				u.add(diag.Warning, method, fmt.Sprintf("the messages are sent with %s, and are received here as a stream of events that the server offers", method.Text),
					"to have them posted to us, choose an address of this machine: --server SOURCE=webhook://127.0.0.1:PORT")
			}
			return u.list
		},
	}
}

// webhooks honours the same bindings where receivers listen.
func webhooks() *protocol {
	return &protocol{
		binding: "http", schemes: []string{"webhook", "webhooks"},
		wildcard: "*",
		sender:   httpSender,
		receiver: func(t *Target, _ bool) map[string]string {
			if method := t.Bindings.For("http").Get("method").Str(); slices.Contains(posted, method) && method != "POST" {
				return map[string]string{"method": method}
			}
			return nil
		},
		message: httpHeaders,
		findings: func(t *Target, _ *asyncapi.Server, choice Choice) []diag.Diagnostic {
			return httpFindings(t, choice).list
		},
	}
}

// httpSender is what goes with each request.
func httpSender(t *Target, _ bool) map[string]string {
	params := httpQuery(t)
	if method := t.Bindings.For("http").Get("method").Str(); slices.Contains(posted, method) {
		params["method"] = method
	}
	return params
}

// httpSubscriber is what goes with the request for a stream. The reply to what
// is sent to an address is the answer to it, unless it has another address.
func httpSubscriber(t *Target, _ bool) map[string]string {
	params := httpQuery(t)
	if t.Reply && t.Operation.Channel != nil && t.Channel != nil && t.Channel.Address == t.Operation.Channel.Address {
		params["answers"] = "true"
	}
	return params
}

func httpQuery(t *Target) map[string]string {
	params := map[string]string{}
	for _, p := range propertiesOf(t.Bindings.For("http").Get("query")) {
		if value, ok := p.value(); ok {
			params["query."+p.name] = value
		}
	}
	return params
}

// httpHeaders are the headers of a message that its binding fixes or proposes.
func httpHeaders(_ *Target, m *asyncapi.Message) map[string]string {
	params := map[string]string{}
	for _, p := range propertiesOf(m.Bindings.For("http").Get("headers")) {
		if value, ok := p.value(); ok {
			params["header."+p.name] = value
		}
	}
	return params
}

// httpFindings reports what the bindings ask for and weft does not do.
func httpFindings(t *Target, choice Choice) *unmet {
	u := &unmet{}
	binding := t.Bindings.For("http")
	if method := binding.Get("method"); t.Intent == Send && method.Str() != "" && !slices.Contains(posted, method.Str()) && !choice.Embedded {
		u.add(diag.Warning, method, fmt.Sprintf("no message is sent with %s: it is posted", method.Text),
			"write POST, or leave the method out; to offer messages as a stream of events, weft needs a server that does (--embedded)")
	}
	if kind := binding.Get("type"); kind.Str() == "response" && t.Intent == Send {
		u.add(diag.Warning, kind, "the message is not given as the response to a request: it is posted", "")
	}
	u.addPart(binding.Get("query"), "query", "the query", choice.URL)
	for _, m := range t.Messages {
		httpMessageFindings(u, t, m)
	}
	return u
}

func httpMessageFindings(u *unmet, t *Target, m *asyncapi.Message) {
	binding := m.Bindings.For("http")
	if t.Intent == Send {
		u.addPart(binding.Get("headers"), "headers", "the headers of the message", "")
	} else {
		u.add(diag.Info, binding.Get("headers"), "the headers of what arrives are not checked by the binding's schema", "declare them as the headers of the message")
	}
	status := binding.Get("statusCode")
	switch {
	case status == nil:
	case t.Intent == Send:
		u.add(diag.Warning, status, "the message is not given as the response to a request, so that its status has no place: it is posted", "")
	case !strings.HasPrefix(status.Text, "2"):
		u.add(diag.Warning, status, fmt.Sprintf("an answer with the status %s is told as an error of what was sent, and is not received", status.Text), "")
	}
}
