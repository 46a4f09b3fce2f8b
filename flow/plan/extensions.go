package plan

import (
	"slices"

	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// The extensions of the public discussion are lowered here: what they say in
// their words becomes a step as Arazzo 1.1 has it, wherever it has one, so that
// a run knows one kind of send and one kind of receive.

// byAddress reports whether the step names its channel by its address, as the
// extensions do.
func (s *Step) byAddress() bool { return s.Spec.Async != nil || s.Owner != nil }

// oneExtension refuses steps that are to do several things.
func (c *compiler) oneExtension(s *Step) {
	spec, names := s.Spec, []string(nil)
	if spec.Async != nil {
		names = append(names, "x-async-operation")
	}
	if spec.Aggregate != nil {
		names = append(names, "x-async-aggregate")
	}
	if spec.Interaction != nil {
		names = append(names, "x-interaction")
	}
	if len(names) > 1 {
		c.fail(CodeAction, top(spec.Node.Get(names[1])), "make two steps of it", "step %s has both %s and %s", s.ID, names[0], names[1])
	}
}

// asyncOperation lowers "x-async-operation" to a send or receive.
func (c *compiler) asyncOperation(s *Step) {
	spec, op := *s.Spec, s.Spec.Async
	if spec.Action != arazzo.DirectionNone && spec.Action != op.Type {
		c.fail(CodeAction, spec.Node.Get("action"), "remove it", "the action of step %s is %s, but its x-async-operation is to %s", s.ID, spec.Action, op.Type)
	}
	spec.Action, spec.CorrelationID = op.Type, op.CorrelationID
	if op.Correlation != nil && op.Correlation.ID != nil {
		spec.CorrelationID = op.Correlation.ID
	}
	if op.HasTimeout {
		s.Timeout = op.Timeout
	}
	s.Spec = &spec
	c.onlySends(op)
	c.ownPlace(s, op)
	switch {
	case op.Operation.Kind != arazzo.TargetNone:
		spec.Target = op.Operation
	case op.Channel != nil:
		spec.Target = channelTarget(op.Channel)
	default:
		c.fail(CodeTarget, top(op.Node), "add a channel or an operationId", "x-async-operation of step %s does not say where it sends or receives", s.ID)
		return
	}
	c.target(s)
	c.sameChannel(s, op)
	if op.TrackingID != nil {
		s.Tracking = c.value(*op.TrackingID)
	}
}

func channelTarget(node *tree.Node) arazzo.Target {
	return arazzo.Target{Kind: arazzo.TargetChannel, Node: node, Raw: node.Str(), Name: node.Str()}
}

// onlySends refuses what has a meaning for one direction only.
func (c *compiler) onlySends(op *arazzo.AsyncOperation) {
	if op.Type == arazzo.Send {
		if op.Correlation != nil {
			c.fail(CodeCorrelation, top(op.Correlation.Node), "use correlationId", "what is sent matches nothing; correlation is for receiving")
		}
		return
	}
	for _, name := range []string{"fire-and-forget", "x-track-for-aggregation", "x-callback-registration", "trackingId", "x-correlation-key"} {
		if node := op.Node.Get(name); node != nil {
			c.fail(CodeAction, top(node), "remove it", "%s is only for an operation that sends", name)
		}
	}
}

// ownPlace reads where the step itself says that the id is.
func (c *compiler) ownPlace(s *Step, op *arazzo.AsyncOperation) {
	switch {
	case op.Type == arazzo.Send && op.CorrelationKey != "":
		s.At = c.place("$message.payload#/" + tree.EscapePointer(op.CorrelationKey))
	case op.Type == arazzo.Receive && op.Correlation != nil && op.Correlation.Match != nil:
		match := op.Correlation.Match
		if s.At = c.place(match.Str()); s.At == nil {
			c.fail(CodeCorrelation, match, "write $message.payload#/NAME or $message.header.NAME there", "%q is no place in a message", match.Str())
		}
	}
}

// placeForID makes sure that the id of a message that is sent has a place.
func (c *compiler) placeForID(s *Step) {
	if s.Spec.CorrelationID == nil || s.CorrelationPlace() != nil || hasOwnField(s.Use.Source.AsyncAPI, s.Channel.Spec) {
		return
	}
	c.fail(CodeCorrelation, s.Spec.CorrelationID.Node, "add x-correlation-key, or a correlationId with a location to the message in the AsyncAPI document",
		"nothing says where the message to channel %s has its correlation id", s.Channel.Spec.Name)
}

// sameChannel makes sure that a channel and an operation that are both named
// belong together.
func (c *compiler) sameChannel(s *Step, op *arazzo.AsyncOperation) {
	if op.Channel == nil || op.Operation.Kind == arazzo.TargetNone || s.Channel == nil {
		return
	}
	if named := op.Channel.Str(); named != s.Channel.Address && named != s.Channel.Spec.Name {
		c.fail(CodeTarget, op.Channel, "name one of the two alone", "operation %s is not on channel %q but on %q", op.Operation.Name, named, s.Channel.where())
	}
}

// addParts adds the receives that an aggregation waits for.
func (w *Workflow) addParts(owner *Step) {
	if owner.Spec.Aggregate == nil {
		return
	}
	for _, ch := range owner.Spec.Aggregate.Channels {
		part := w.add(&arazzo.Step{
			Node: ch.Node, Workflow: owner.Spec.Workflow, Index: owner.Spec.Index, ID: owner.ID + "/" + ch.OutputAs,
			Target: channelTarget(ch.Channel), Action: arazzo.Receive, CorrelationID: &arazzo.Value{Node: ch.CorrelationMatch},
		})
		part.Owner, part.Part = owner, ch.OutputAs
		owner.Parts = append(owner.Parts, part)
	}
}

// aggregate lowers "x-async-aggregate": its channels have become parts.
func (c *compiler) aggregate(s *Step) {
	a := s.Spec.Aggregate
	s.Kind = Gather
	if a.HasTimeout {
		s.Timeout = a.Timeout
	}
	switch a.Strategy {
	case arazzo.StrategyAny:
		s.Quorum = 1
	case arazzo.StrategyQuorum:
		s.Quorum = a.Quorum
	default:
		s.Quorum = len(s.Parts)
	}
	if s.Quorum > len(s.Parts) {
		c.fail(CodeAction, a.Node.Get("strategy"), "add channels, or ask for fewer", "%d answers are asked for and only %d can come", s.Quorum, len(s.Parts))
	}
	seen := map[string]bool{}
	for i, part := range s.Parts {
		if seen[part.Part] {
			c.fail(CodeAction, a.Channels[i].Node.Get("outputAs"), "give each answer a name of its own", "two answers have the name %q", part.Part)
		}
		seen[part.Part] = true
	}
	var groups []string
	for _, other := range s.Workflow.Steps {
		if other.Spec.Async != nil && other.Spec.Async.Group != "" {
			groups = append(groups, other.Spec.Async.Group)
		}
	}
	if !slices.Contains(groups, a.Group) {
		c.fail(CodeTarget, a.Node.Get("wait-for-group"), diag.DidYouMean(a.Group, groups), "no step sends a message of the group %q (x-track-for-aggregation)", a.Group)
	}
}

// interaction compiles "x-interaction".
func (c *compiler) interaction(s *Step) {
	i := s.Spec.Interaction
	s.Kind = Ask
	if i.HasTimeout {
		s.Timeout = i.Timeout
	}
	s.Question = &Question{Prompt: c.value(arazzo.Value{Node: i.Prompt}), Acknowledge: i.Acknowledge, Continue: i.Continue}
	if i.Context != nil {
		s.Question.Context = c.value(arazzo.Value{Node: i.Context})
	}
	if i.Schema != nil {
		s.Question.Schema = c.answerSchema(i.Schema)
		s.Question.Form = i.Schema.Value()
	}
}

func (c *compiler) answerSchema(node *tree.Node) schema.Schema {
	if c.schemas == nil {
		c.schemas = jsonschema.New(c.opts.References)
	}
	compiled, err := c.schemas.Schema(node, schema.Draft2020)
	if err != nil {
		c.fail(CodeInputs, node, "", "the schema of the answer cannot be used: %s", err)
		return nil
	}
	return compiled
}

// carriesNothing refuses what a step cannot carry that calls and sends nothing.
func (c *compiler) carriesNothing(s *Step) {
	for _, name := range []string{"parameters", "requestBody", "correlationId", "action"} {
		if node := s.Spec.Node.Get(name); node != nil {
			c.fail(CodeAction, top(node), "remove it", "step %s calls and sends nothing, so it has no %s", s.ID, name)
		}
	}
}

// finalResponse lowers "x-final-response": the workflow ends with the step.
func (c *compiler) finalResponse(s *Step) {
	if final := s.Spec.FinalResponse; final != nil && final.Immediate {
		s.OnSuccess = append(s.OnSuccess, Action{Name: "x-final-response", Type: End, Step: -1, Span: final.Node.Span})
		s.Fork = false
	}
}

// callbacks compiles "x-callback-registration".
func (c *compiler) callbacks(s *Step) {
	if s.Spec.Async == nil || s.Spec.Async.Callbacks == nil || s.Kind != Send {
		return
	}
	registration, settings := s.Spec.Async.Callbacks, s.Workflow.Spec.Callbacks
	var base *expr.Value
	if settings != nil {
		if !settings.Enabled {
			c.fail(CodeAction, top(registration.Node), "write enabled: true in x-async-callbacks of the workflow, or remove the registration",
				"step %s registers callbacks, which its workflow has not enabled", s.ID)
		}
		c.store(settings)
		if settings.WebhookBase != nil {
			base = c.value(arazzo.Value{Node: settings.WebhookBase})
		}
	}
	for _, event := range registration.Events {
		if callback := c.callback(s, event); callback != nil {
			callback.Base = base
			s.Callbacks = append(s.Callbacks, callback)
		}
	}
}

func (c *compiler) callback(s *Step, event *arazzo.CallbackEvent) *Callback {
	listener := &Step{Workflow: s.Workflow, ID: s.ID, Spec: &arazzo.Step{Node: event.Node, Target: channelTarget(event.Event), Action: arazzo.Receive}, Owner: s}
	c.channelTarget(listener)
	if listener.Channel == nil {
		return nil
	}
	if !listener.Channel.Fixed() {
		c.fail(CodeUnsupported, event.Event, "name a channel whose address has no parameters", "the address %s is known only to steps, so it cannot be watched after the run", listener.Channel.where())
	}
	callback := &Callback{
		Event: event.Event.Str(), Channel: listener.Channel, Messages: listener.Messages,
		Webhook: c.value(arazzo.Value{Node: event.Webhook}), spec: event,
	}
	if event.Filter != nil {
		filter, problems := expr.NewCriterion(expr.CriterionSource{Condition: event.Filter.Str()})
		c.problems(problems, event.Filter)
		callback.Filter = filter
	}
	return callback
}

// extensions binds what only the extensions have.
func (b *binding) extensions(s *Step) {
	if s.Tracking != nil {
		s.Tracking = b.value(s.Tracking, s.Spec.Async.TrackingID.Node)
	}
	if q := s.Question; q != nil {
		q.Prompt = b.value(q.Prompt, s.Spec.Interaction.Prompt)
		q.Context = b.value(q.Context, s.Spec.Interaction.Context)
	}
	for _, callback := range s.Callbacks {
		callback.Webhook = b.value(callback.Webhook, callback.spec.Webhook)
		if callback.Base != nil {
			callback.Base = b.value(callback.Base, s.Workflow.Spec.Callbacks.WebhookBase)
		}
		if callback.Filter != nil {
			callback.Filter = b.criterion(callback.Filter, callback.spec.Filter)
		}
	}
}

// joinParts lets an aggregation wait for what its parts refer to, since they
// begin with it.
func (w *Workflow) joinParts() {
	for _, s := range w.Steps {
		if s.Owner == nil {
			continue
		}
		for _, i := range s.Joins {
			if i != s.Owner.Index && !slices.Contains(s.Owner.Joins, i) {
				s.Owner.Joins = append(s.Owner.Joins, i)
			}
		}
	}
}

// The members of the extensions' own expressions.
var (
	asyncMembers     = []string{"correlationId", "messageReceived", "trackingId", "callbacks"}
	aggregateMembers = []string{"responses", "completed", "completedAt", "receivedCount", "timedOut", "failed"}
)

// referToExtension reports expressions of the extensions that can never have a
// value where they stand.
func (b *binding) referToExtension(ref expr.Ref, node *tree.Node) {
	members, what := asyncMembers, "sends or receives"
	fits := func(s *Step) bool { return s.Kind == Send || s.Kind == Receive }
	if ref.Root == expr.AsyncAggregate {
		members, what = aggregateMembers, "has x-async-aggregate"
		fits = func(s *Step) bool { return s.Kind == Gather }
	}
	switch {
	case ref.Name != "" && !slices.Contains(members, ref.Name):
		b.fail(CodeReference, node, among(ref.Name, members), "there is no %s", ref)
	case b.step == nil:
		b.fail(CodeReference, node, "refer to the output of a step", "outside a step there is no %s", ref.Root)
	case b.step.Kind != 0 && !b.inAction && !fits(b.step):
		b.fail(CodeReference, node, "refer to the output of a step that does", "%s belongs to a step that %s, which step %s does not", ref.Root, what, b.step.ID)
	}
}

// Judge returns in which ways an answer does not fit; none where it does.
func (q *Question) Judge(answer any) []string {
	if q.Schema == nil {
		return nil
	}
	var problems []string
	for _, v := range q.Schema.Validate(answer) {
		problems = append(problems, v.Message)
	}
	return problems
}
