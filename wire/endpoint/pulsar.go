package endpoint

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// pulsar honours the bindings of Pulsar, 0.1.0: where a topic is. The rest of
// them are policies of namespaces and topics, which the protocol cannot set.
func pulsar() *protocol {
	where := func(t *Target, _ bool) map[string]string { return pulsarPlace(t.Channel) }
	return &protocol{
		binding: "pulsar", schemes: []string{"pulsar", "pulsar+ssl"},
		home:     pulsarTenant,
		sender:   where,
		receiver: where,
		findings: pulsarFindings,
	}
}

// pulsarTenant adds the tenant of a server to its URL, unless that says it.
func pulsarTenant(given string, server *asyncapi.Server) string {
	tenant := server.Bindings.For("pulsar").Get("tenant").Str()
	base, query, _ := strings.Cut(given, "?")
	_, rest, _ := strings.Cut(base, "://")
	_, path, _ := strings.Cut(rest, "/")
	params, err := url.ParseQuery(query)
	if tenant == "" || path != "" || err != nil || params.Has("tenant") {
		return given
	}
	params.Set("tenant", tenant)
	return strings.TrimSuffix(base, "/") + "?" + params.Encode()
}

// pulsarPlace is where a topic is that is named without it.
func pulsarPlace(c *asyncapi.Channel) map[string]string {
	if c == nil {
		return nil
	}
	params := map[string]string{}
	for _, field := range []string{"namespace", "persistence"} {
		if text := c.Bindings.For("pulsar").Get(field).Str(); text != "" {
			params[field] = text
		}
	}
	return params
}

// pulsarPolicies are the fields that an administrator sets, and how.
var pulsarPolicies = []struct{ field, command string }{
	{"compaction", "pulsar-admin namespaces set-compaction-threshold --threshold"},
	{"geo-replication", "pulsar-admin namespaces set-clusters --clusters"},
	{"retention", "pulsar-admin namespaces set-retention --time … --size"},
	{"ttl", "pulsar-admin namespaces set-message-ttl --messageTTL"},
	{"deduplication", "pulsar-admin namespaces set-deduplication --enable"},
}

// pulsarFindings tells what the bindings ask for and weft does not do.
func pulsarFindings(t *Target, _ *asyncapi.Server, choice Choice) []diag.Diagnostic {
	u := &unmet{}
	if t.Channel == nil {
		return nil
	}
	binding := t.Channel.Bindings.For("pulsar")
	checkPulsarName(u, t.Channel, binding)
	for _, policy := range pulsarPolicies {
		n := binding.Get(policy.field)
		if n.Is(tree.Bool) && n.Text == "false" {
			continue
		}
		if choice.Embedded {
			u.add(diag.Info, n, policy.field+" has no effect on an embedded server, which forgets everything", "")
			continue
		}
		u.add(diag.Warning, n, policy.field+" is a policy of the namespace, which clients cannot set",
			fmt.Sprintf("an administrator does it: %s … %s", policy.command, binding.Get("namespace").Str()))
	}
	return u.list
}

// checkPulsarName compares an address that says it all with the binding.
func checkPulsarName(u *unmet, c *asyncapi.Channel, binding *tree.Node) {
	persistence, rest, full := strings.Cut(c.Address, "://")
	if !full {
		return
	}
	parts := strings.SplitN(rest, "/", 3)
	if n := binding.Get("persistence"); n != nil && n.Text != persistence {
		u.add(diag.Error, n, fmt.Sprintf("the address of the channel says %s", persistence), "say the same in both, or write the name of the topic alone as the address")
	}
	if n := binding.Get("namespace"); n != nil && len(parts) == 3 && n.Text != parts[1] && !strings.Contains(parts[1], "{") {
		u.add(diag.Error, n, fmt.Sprintf("the address of the channel says the namespace %s", parts[1]), "say the same in both, or write the name of the topic alone as the address")
	}
}
