package plan

import (
	"net/url"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/source"
)

// storeSchemes are the URLs of servers that keep callbacks.
var storeSchemes = []string{"redis", "rediss", "redis-secure"}

// store judges where callbacks are to be kept: with their run, in its process
// or journal, or at one server for all workflows of the plan.
func (c *compiler) store(settings *arazzo.AsyncCallbacks) {
	said, node := settings.CorrelationStore, settings.Node.Get("correlationStore")
	switch said {
	case "", "memory:", "sqlite:":
		return
	}
	place, err := url.Parse(said)
	switch {
	case err != nil || !slices.Contains(storeSchemes, strings.ToLower(place.Scheme)) || place.Host == "":
		c.fail(CodeUnsupported, node, "write redis://HOST:6379/0, or leave it out: callbacks are kept with their run, in its journal where it has one",
			"callbacks cannot be kept in %s", source.Redact(said))
	case hasPassword(place):
		c.fail(CodeUnsupported, node, "remove it, and say where it is with --callback-store-secret", "the store of callbacks has a password in its URL")
	case c.plan.CallbackStore != "" && c.plan.CallbackStore != said:
		c.fail(CodeUnsupported, node, "name one store in all workflows that belong to a run",
			"callbacks are kept in %s by another workflow of the run, and in %s by this one", source.Redact(c.plan.CallbackStore), source.Redact(said))
	default:
		c.plan.CallbackStore = said
	}
}

func hasPassword(place *url.URL) bool {
	_, has := place.User.Password()
	return has
}
