package arazzo

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

func (r *reader) asyncOperation(n *tree.Node) *AsyncOperation {
	if !n.Is(tree.Mapping) {
		return nil
	}
	op := &AsyncOperation{
		Node: n, Type: parseDirection(n.Get("type")), Channel: n.Get("channel"),
		FireAndForget:  n.Get("fire-and-forget").True(),
		CorrelationID:  r.optional(n.Get("correlationId")),
		TrackingID:     r.optional(n.Get("trackingId")),
		CorrelationKey: n.Get("x-correlation-key").Str(),
		Group:          n.Get("x-track-for-aggregation").Str(),
		Callbacks:      readCallbackRegistration(n.Get("x-callback-registration")),
	}
	if id := n.Get("operationId"); id.Is(tree.String) {
		op.Operation = parseNamed(id, TargetOperation)
	}
	op.Timeout, op.HasTimeout = readSeconds(n.Get("timeout"))
	if c := n.Get("correlation"); c.Is(tree.Mapping) {
		op.Correlation = &AsyncCorrelation{Node: c, ID: r.optional(c.Get("id")), Match: c.Get("match")}
	}
	return op
}

func (r *reader) optional(n *tree.Node) *Value {
	if n == nil {
		return nil
	}
	v := r.value(n)
	return &v
}

func readCallbackRegistration(n *tree.Node) *CallbackRegistration {
	if !n.Is(tree.Mapping) {
		return nil
	}
	reg := &CallbackRegistration{Node: n}
	for _, item := range objects(n.Get("events")) {
		reg.Events = append(reg.Events, &CallbackEvent{
			Node: item, Event: item.Get("event"), Webhook: item.Get("webhook"), Filter: item.Get("filter"),
		})
	}
	return reg
}

func readAggregate(n *tree.Node) *AsyncAggregate {
	if !n.Is(tree.Mapping) {
		return nil
	}
	a := &AsyncAggregate{Node: n, Group: n.Get("wait-for-group").Str()}
	a.Timeout, a.HasTimeout = readSeconds(n.Get("timeout"))
	a.Strategy, a.Quorum = parseStrategy(n.Get("strategy"))
	for _, item := range objects(n.Get("channels")) {
		a.Channels = append(a.Channels, &AggregateChannel{
			Node: item, Channel: item.Get("channel"),
			CorrelationMatch: item.Get("correlationMatch"), OutputAs: item.Get("outputAs").Str(),
		})
	}
	return a
}

// parseStrategy reads "all" (also where nothing is written), "any" or
// "quorum: n".
func parseStrategy(n *tree.Node) (Strategy, int) {
	text := n.Str()
	switch {
	case n == nil || text == "all":
		return StrategyAll, 0
	case text == "any":
		return StrategyAny, 0
	}
	if count, ok := strings.CutPrefix(text, "quorum:"); ok {
		if q, err := strconv.Atoi(strings.TrimSpace(count)); err == nil && q > 0 {
			return StrategyQuorum, q
		}
	}
	return StrategyNone, 0
}

func readCallbacks(n *tree.Node) *AsyncCallbacks {
	if !n.Is(tree.Mapping) {
		return nil
	}
	return &AsyncCallbacks{
		Node: n, Enabled: n.Get("enabled").True(),
		CorrelationStore: n.Get("correlationStore").Str(), WebhookBase: n.Get("webhookBase"),
	}
}

func readFinalResponse(n *tree.Node) *FinalResponse {
	if !n.Is(tree.Mapping) {
		return nil
	}
	return &FinalResponse{Node: n, Immediate: n.Get("immediate").True()}
}

func readInteraction(n *tree.Node) *Interaction {
	if !n.Is(tree.Mapping) {
		return nil
	}
	i := &Interaction{
		Node: n, Prompt: n.Get("prompt"), Context: n.Get("context"), Schema: n.Get("schema"),
		Acknowledge: n.Get("mode").Str() == "acknowledge", Continue: n.Get("onTimeout").Str() == "continue",
	}
	i.Timeout, i.HasTimeout = readSeconds(n.Get("timeout"))
	return i
}
