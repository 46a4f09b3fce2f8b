package endpoint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

const (
	pubSub = "googlepubsub"
	// pubSubField is the extension by which an operation says which subscription
	// the application has, for which the bindings have no field.
	pubSubField = "x-googlepubsub"
)

// googlePubSub honours the bindings of Google Cloud Pub/Sub, 0.1.0 and 0.2.0.
func googlePubSub() *protocol {
	return &protocol{
		binding: pubSub, schemes: []string{pubSub},
		address:  func(c *asyncapi.Channel) string { return c.Bindings.For(pubSub).Get("topic").Str() }, // of 0.1.0
		create:   pubSubSpec,
		receiver: pubSubReceiver,
		group:    pubSubSubscription,
		message:  pubSubMessage,
		findings: pubSubFindings,
	}
}

// pubSubSubscription is the subscription of the application.
func pubSubSubscription(t *Target) string {
	if t.Operation == nil || t.Reply {
		return ""
	}
	return t.Operation.Extension(pubSubField).Get("subscription").Str()
}

func pubSubReceiver(t *Target, asApplication bool) map[string]string {
	name := pubSubSubscription(t)
	if !asApplication || name == "" {
		return nil
	}
	return map[string]string{"subscription": name}
}

// pubSubSpec says how the topic of a channel is made. An embedded server has no
// schemas, and is in one place.
func pubSubSpec(t *Target, embedded bool) driver.AddressSpec {
	if t.Channel == nil {
		return driver.AddressSpec{}
	}
	params := map[string]string{}
	binding := t.Channel.Bindings.For(pubSub)
	if labels := binding.Get("labels"); labels.Is(tree.Mapping) {
		for _, m := range labels.Members {
			params["label:"+m.Key.Text] = m.Value.Text
		}
	}
	put := func(name string, n *tree.Node) {
		if n.Str() != "" {
			params[name] = n.Text
		}
	}
	put("messageRetentionDuration", binding.Get("messageRetentionDuration"))
	if embedded {
		return driver.AddressSpec{Params: params}
	}
	var regions []string
	for _, region := range items(binding.At("/messageStoragePolicy/allowedPersistenceRegions")) {
		regions = append(regions, region.Text)
	}
	if len(regions) > 0 {
		params["allowedPersistenceRegions"] = strings.Join(regions, ",")
	}
	settings := binding.Get("schemaSettings")
	put("schema", settings.Get("name"))
	put("schemaEncoding", settings.Get("encoding"))
	put("schemaFirstRevision", settings.Get("firstRevisionId"))
	put("schemaLastRevision", settings.Get("lastRevisionId"))
	return driver.AddressSpec{Params: params}
}

// pubSubMessage is what each message of the contract has.
func pubSubMessage(_ *Target, m *asyncapi.Message) map[string]string {
	binding := m.Bindings.For(pubSub)
	params := map[string]string{}
	if attributes := binding.Get("attributes"); attributes.Is(tree.Mapping) {
		for _, a := range attributes.Members {
			params["attribute:"+a.Key.Text] = a.Value.Text
		}
	}
	if key := binding.Get("orderingKey").Str(); key != "" {
		params["orderingKey"] = key
	}
	return params
}

// pubSubFindings tells what the bindings ask for and weft does not do.
func pubSubFindings(t *Target, _ *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	if t.Channel == nil {
		return nil
	}
	binding := t.Channel.Bindings.For(pubSub)
	settings := binding.Get("schemaSettings")
	checkRetention(u, binding.Get("messageRetentionDuration"))
	checkTexts(u, binding.Get("labels"), "label")
	checkEncoding(u, settings.Get("encoding"))
	if choice.Embedded {
		u.add(diag.Info, settings, "schemaSettings has no effect on an embedded server, which takes every message", "")
		u.add(diag.Info, binding.Get("messageStoragePolicy"), "messageStoragePolicy has no effect on an embedded server, which is in one place", "")
	}
	for _, m := range t.Messages {
		own := m.Bindings.For(pubSub)
		checkTexts(u, own.Get("attributes"), "attribute")
		checkSchemaName(u, own.At("/schema/name"), settings)
	}
	if t.Operation != nil && !t.Reply {
		checkSubscription(u, t.Operation.Extension(pubSubField))
	}
	return u.list
}

// checkRetention keeps to what the service takes.
func checkRetention(u *unmet, n *tree.Node) {
	const least, most = 10 * time.Minute, 31 * 24 * time.Hour
	if n == nil {
		return
	}
	d, err := time.ParseDuration(n.Text)
	if err != nil || d < least || d > most {
		u.add(diag.Error, n, "messageRetentionDuration must be seconds between ten minutes and 31 days", "write 86400s for a day")
	}
}

// checkTexts wants texts, or what can be written as such.
func checkTexts(u *unmet, n *tree.Node, what string) {
	if !n.Is(tree.Mapping) {
		return
	}
	for _, m := range n.Members {
		if m.Value.Is(tree.Mapping) || m.Value.Is(tree.Sequence) || m.Value.Is(tree.Null) {
			u.add(diag.Error, m.Value, fmt.Sprintf("the %s %s must be a text", what, m.Key.Text), "")
		}
	}
}

func checkEncoding(u *unmet, n *tree.Node) {
	if known := []string{"JSON", "BINARY"}; n != nil && !slices.Contains(known, strings.ToUpper(n.Str())) {
		u.add(diag.Error, n, fmt.Sprintf("the encoding must be %s%s", listed(known), meant(n.Text, known)), "")
	}
}

// checkSchemaName compares a message's schema with the one that the service
// judges by, which is the topic's.
func checkSchemaName(u *unmet, n, settings *tree.Node) {
	if n == nil {
		return
	}
	topic := settings.Get("name").Str()
	if topic == "" {
		u.add(diag.Info, n, "the schema of a message has no effect: the service judges by the schemaSettings of the channel", "")
		return
	}
	if lastPart(topic) != lastPart(n.Str()) {
		u.add(diag.Warning, n, fmt.Sprintf("the service judges this message by the schema of its topic, which is %s", topic),
			"name the same schema in both, or let the topic have a schema that fits all its messages")
	}
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

func checkSubscription(u *unmet, says *tree.Node) {
	if says == nil {
		return
	}
	if !says.Is(tree.Mapping) {
		u.add(diag.Error, says, pubSubField+" must be an object with subscription here", "")
		return
	}
	for _, m := range says.Members {
		switch {
		case m.Key.Text != "subscription":
			u.add(diag.Error, m.Value, fmt.Sprintf("%s has no field %q here%s", pubSubField, m.Key.Text, meant(m.Key.Text, []string{"subscription"})), "")
		case m.Value.Str() == "":
			u.add(diag.Error, m.Value, "subscription must be a name", "")
		}
	}
}
