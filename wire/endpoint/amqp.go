package endpoint

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// amqp honours the bindings of AMQP 0-9-1, 0.1.0 to 0.3.0. A channel without
// one is a queue, since that is what an address without an exchange is.
func amqp() *protocol {
	return &protocol{
		binding: "amqp", schemes: []string{"amqp", "amqps"},
		address:    amqpAddress,
		url:        amqpURL,
		wildcardOf: amqpWildcard,
		create:     func(t *Target, _ bool) driver.AddressSpec { return driver.AddressSpec{Params: amqpSpec(t.Channel)} },
		sender:     amqpSender,
		receiver:   amqpReceiver,
		message:    amqpMessage,
		findings:   amqpFindings,
	}
}

// amqpChannel is what a channel is to AMQP.
type amqpChannel struct {
	binding  *tree.Node
	exchange *tree.Node // nil where the address is a queue
	name     string     // of the exchange
}

func amqpChannelOf(c *asyncapi.Channel) amqpChannel {
	if c == nil {
		return amqpChannel{}
	}
	a := amqpChannel{binding: c.Bindings.For("amqp")}
	exchange := a.binding.Get("exchange")
	if a.binding.Get("is").Str() == "queue" || exchange.Get("type").Str() == "default" {
		return a
	}
	if name := exchange.Get("name").Str(); name != "" {
		a.exchange, a.name = exchange, name
	}
	return a
}

// amqpAddress is the queue's name, where the channel is a queue with a name of
// its own. A routing key is the channel's address.
func amqpAddress(c *asyncapi.Channel) string {
	a := amqpChannelOf(c)
	if a.exchange != nil {
		return ""
	}
	return a.binding.Get("queue").Get("name").Str()
}

// amqpWildcard stands for one word of a routing key, for exchanges that know
// wildcards.
func amqpWildcard(c *asyncapi.Channel) string {
	a := amqpChannelOf(c)
	if a.exchange == nil {
		return ""
	}
	switch a.exchange.Get("type").Str() {
	case "", "topic":
		return "*"
	}
	return ""
}

// amqpSpec says how a queue or an exchange is made.
func amqpSpec(c *asyncapi.Channel) map[string]string {
	a := amqpChannelOf(c)
	params := map[string]string{}
	if a.exchange != nil {
		params["exchange"] = a.name
		copyText(params, a.exchange, map[string]string{
			"type": "exchange.type", "durable": "exchange.durable", "autoDelete": "exchange.auto-delete",
		})
		return params
	}
	copyText(params, a.binding.Get("queue"), map[string]string{
		"durable": "durable", "exclusive": "exclusive", "autoDelete": "auto-delete",
	})
	return params
}

// copyText copies plain values of a mapping under other names.
func copyText(params map[string]string, n *tree.Node, names map[string]string) {
	for field, name := range names {
		switch v := n.Get(field); {
		case v.Is(tree.String), v.Is(tree.Number), v.Is(tree.Bool):
			params[name] = v.Text
		}
	}
}

func amqpSender(t *Target, _ bool) map[string]string {
	params := amqpPlace(t)
	n := t.Bindings.For("amqp")
	copyText(params, n, map[string]string{
		"expiration": "expiration", "userId": "user-id", "priority": "priority", "deliveryMode": "delivery-mode",
		"mandatory": "mandatory", "timestamp": "timestamp", "replyTo": "reply-to",
	})
	for _, field := range []string{"cc", "bcc"} {
		if keys := amqpKeys(n.Get(field)); len(keys) > 0 {
			params[field] = strings.Join(keys, ",")
		}
	}
	return params
}

func amqpKeys(n *tree.Node) []string {
	if !n.Is(tree.Sequence) {
		return nil
	}
	var keys []string
	for _, item := range n.Items {
		keys = append(keys, item.Str())
	}
	return keys
}

func amqpReceiver(t *Target, _ bool) map[string]string {
	params := amqpPlace(t)
	copyText(params, t.Bindings.For("amqp"), map[string]string{"ack": "ack"})
	return params
}

func amqpPlace(t *Target) map[string]string {
	params := map[string]string{}
	if a := amqpChannelOf(t.Channel); a.exchange != nil {
		params["exchange"] = a.name
	}
	return params
}

func amqpMessage(_ *Target, m *asyncapi.Message) map[string]string {
	n := m.Bindings.For("amqp")
	if n == nil {
		return nil
	}
	params := map[string]string{}
	copyText(params, n, map[string]string{"contentEncoding": "content-encoding", "messageType": "type"})
	return params
}

// amqpURL puts the virtual host of a channel's binding into a URL that has none.
func amqpURL(given string, c *asyncapi.Channel) string {
	vhost := amqpChannelOf(c).vhost().Str()
	scheme, rest, _ := strings.Cut(given, "://")
	rest, query, hasQuery := strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	if vhost == "" || vhost == "/" || path != "" {
		return given
	}
	if hasQuery {
		query = "?" + query
	}
	return scheme + "://" + authority + "/" + url.PathEscape(vhost) + query
}

func (a amqpChannel) vhost() *tree.Node {
	if n := a.binding.Get("exchange").Get("vhost"); n != nil {
		return n
	}
	return a.binding.Get("queue").Get("vhost")
}

// amqpFindings reports what the bindings of AMQP ask for and weft does not do.
func amqpFindings(t *Target, server *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	a := amqpChannelOf(t.Channel)
	a.check(u)
	a.checkHost(u, server, choice)
	n := t.Bindings.For("amqp")
	if choice.Embedded {
		u.add(diag.Error, n.Get("userId"), "userId cannot be met on an embedded server, whose only user is guest",
			"run it on a real server, as that user")
	}
	for _, field := range []string{"cc", "bcc"} {
		if slices.ContainsFunc(amqpKeys(n.Get(field)), func(key string) bool { return strings.Contains(key, ",") }) {
			u.add(diag.Error, n.Get(field), "a routing key with a comma is not supported here", "send to that key by a channel of its own")
		}
	}
	for _, m := range t.Messages {
		encoding := m.Bindings.For("amqp").Get("contentEncoding")
		switch strings.ToLower(encoding.Str()) {
		case "compress", "deflate", "br", "zstd", "x-gzip":
			u.add(diag.Error, encoding, fmt.Sprintf("contentEncoding %s is not supported: bodies are packed with gzip or not at all", encoding.Str()),
				"use gzip, or remove it")
		}
	}
	return u.list
}

// check tells of exchanges that are not what they are called.
func (a amqpChannel) check(u *unmet) {
	exchange := a.binding.Get("exchange")
	kind, name := exchange.Get("type"), exchange.Get("name")
	switch {
	case kind.Str() == "default" && name.Str() != "":
		u.add(diag.Warning, name, "the default exchange has no name: the address is taken as a queue's",
			"remove the name, or name the exchange's real type")
	case exchange != nil && name.Str() == "" && kind != nil && kind.Str() != "default" && a.binding.Get("is").Str() != "queue":
		u.add(diag.Warning, kind, fmt.Sprintf("an exchange without a name is the default one, which is not of the type %s: the address is taken as a queue's", kind.Str()),
			"give the exchange its name")
	}
}

// checkHost tells of a virtual host that is not the one we go to.
func (a amqpChannel) checkHost(u *unmet, server *asyncapi.Server, choice Choice) {
	vhost := a.vhost()
	if vhost == nil {
		return
	}
	if choice.Embedded {
		if vhost.Str() != "/" {
			u.add(diag.Info, vhost, "vhost has no effect on an embedded server, which has one", "")
		}
		return
	}
	path := ""
	switch {
	case choice.URL != "":
		_, rest, _ := strings.Cut(choice.URL, "://")
		rest, _, _ = strings.Cut(rest, "?")
		_, path, _ = strings.Cut(rest, "/")
	case server != nil:
		path = strings.TrimPrefix(server.Pathname, "/")
	}
	if path == "" || strings.Contains(path, "{") {
		return
	}
	if there, err := url.PathUnescape(path); err == nil && there != vhost.Str() {
		u.add(diag.Warning, vhost, fmt.Sprintf("the server's URL is that of the virtual host %s, which is used instead of %s", there, vhost.Str()),
			"make them the same")
	}
}
