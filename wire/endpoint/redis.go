package endpoint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// redisField is the extension by which a contract says what the bindings of
// Redis, which have no fields, leave open: on a server or a channel, whether
// messages are published or added to a stream, and on an operation, which
// group of consumers the application is.
const redisField = "x-redis"

// redisFields are what the extension may say, by where it stands.
var redisFields = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"server":    {"type"},
		"channel":   {"type", "maxlen", "body"},
		"operation": {"group"},
	}
}}

// The values of type.
const (
	redisPubSub = "pubsub"
	redisStream = "stream"
)

// redisChannels honours what a contract says of publish/subscribe.
func redisChannels() *protocol {
	return &protocol{
		binding: "redis", schemes: []string{"redis", "rediss", "redis-secure"},
		scheme:   redisScheme,
		wildcard: "*",
		findings: func(t *Target, server *asyncapi.Server, _ Choice) []diag.Diagnostic {
			return redisFindings(t, server, false)
		},
	}
}

// redisStreams honours what a contract says of streams.
func redisStreams() *protocol {
	return &protocol{
		binding: "redis", schemes: []string{"redis-streams", "rediss-streams", "redis-streams-secure"},
		scheme: redisScheme,
		create: func(*Target, bool) driver.AddressSpec { return driver.AddressSpec{} },
		sender: redisSender,
		receiver: func(t *Target, _ bool) map[string]string {
			return redisParams(t, map[string]string{"body": "body.field"})
		},
		group: redisGroup,
		findings: func(t *Target, server *asyncapi.Server, _ Choice) []diag.Diagnostic {
			return redisFindings(t, server, true)
		},
	}
}

// redisScheme says which of the two a channel is, as it says itself, else as
// its server does. TLS stays as it is.
func redisScheme(given string, server *asyncapi.Server, c *asyncapi.Channel) string {
	says := ""
	if server != nil {
		says = server.Extension(redisField).Get("type").Str()
	}
	if c != nil && c.Extension(redisField).Get("type") != nil {
		says = c.Extension(redisField).Get("type").Str()
	}
	base, secure := strings.CutSuffix(given, "-secure")
	base = strings.TrimSuffix(base, "-streams")
	switch says {
	case redisStream:
		base += "-streams"
	case redisPubSub:
	default:
		return ""
	}
	if secure {
		base += "-secure"
	}
	return base
}

func redisSender(t *Target, _ bool) map[string]string {
	return redisParams(t, map[string]string{"body": "body.field", "maxlen": "maxlen"})
}

// redisParams are the driver's parameters by the fields of the extension.
func redisParams(t *Target, names map[string]string) map[string]string {
	if t.Channel == nil {
		return nil
	}
	says := t.Channel.Extension(redisField)
	params := map[string]string{}
	for field, name := range names {
		if n := says.Get(field); n != nil {
			params[name] = n.Text
		}
	}
	return params
}

func redisGroup(t *Target) string {
	if t.Operation == nil || t.Reply {
		return ""
	}
	return t.Operation.Extension(redisField).Get("group").Str()
}

// redisFindings tells of what nobody understands, and of what only streams have.
func redisFindings(t *Target, server *asyncapi.Server, streams bool) []diag.Diagnostic {
	u := &unmet{}
	if server != nil {
		checkRedis(u, "server", server.Extension(redisField), streams)
		emptyRedis(u, server.Bindings)
	}
	if t.Channel != nil {
		checkRedis(u, "channel", t.Channel.Extension(redisField), streams)
		emptyRedis(u, t.Channel.Bindings)
	}
	if t.Operation != nil && !t.Reply {
		checkRedis(u, "operation", t.Operation.Extension(redisField), streams)
		emptyRedis(u, t.Bindings)
	}
	for _, m := range t.Messages {
		emptyRedis(u, m.Bindings)
	}
	return u.list
}

func checkRedis(u *unmet, where string, says *tree.Node, streams bool) {
	known := redisFields.Get()[where]
	if says == nil {
		return
	}
	if !says.Is(tree.Mapping) {
		u.add(diag.Error, says, fmt.Sprintf("%s must be an object with %s here", redisField, listed(known)), "")
		return
	}
	for _, m := range says.Members {
		name := m.Key.Text
		switch {
		case !slices.Contains(known, name):
			u.add(diag.Error, m.Value, fmt.Sprintf("%s has no field %q here%s", redisField, name, meant(name, known)), "")
		case name == "type":
			checkRedisType(u, m.Value)
		case name == "maxlen" && number(m.Value) < 1:
			u.add(diag.Error, m.Value, "maxlen must be how many entries the stream keeps, about", "")
		case name != "maxlen" && m.Value.Str() == "":
			u.add(diag.Error, m.Value, name+" must be a name", "")
		case !streams:
			u.add(diag.Error, m.Value, name+" is for streams, and this is publish/subscribe",
				"write x-redis: {type: stream} on the channel or the server, or remove it")
		}
	}
}

func checkRedisType(u *unmet, n *tree.Node) {
	if types := []string{redisPubSub, redisStream}; !slices.Contains(types, n.Str()) {
		u.add(diag.Error, n, fmt.Sprintf("type must be %s%s", listed(types), meant(n.Text, types)), "")
	}
}

// emptyRedis tells of fields in a binding that has none.
func emptyRedis(u *unmet, bindings asyncapi.Bindings) {
	binding := bindings.For("redis")
	if !binding.Is(tree.Mapping) {
		return
	}
	for _, m := range binding.Members {
		if name := m.Key.Text; name != "bindingVersion" && !strings.HasPrefix(name, "x-") {
			u.add(diag.Warning, m.Value, fmt.Sprintf("%s has no effect: the bindings of Redis have no fields", name),
				"what can be said of Redis is in x-redis: "+strings.Join(redisNames(), ", "))
		}
	}
}

func redisNames() []string {
	names := slices.Concat(slices.Collect(maps.Values(redisFields.Get()))...)
	slices.Sort(names)
	return slices.Compact(names)
}
