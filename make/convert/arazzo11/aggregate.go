package arazzo11

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/text/tree"
)

// An aggregation that waits for all its answers is said in 1.1 by a receive
// for each, on all of which the next step depends. Since one "dependsOn" makes
// a graph of what was a list, every step says then which it comes after.

// gathering is an aggregation that becomes receives.
type gathering struct {
	step *arazzo.Step
	// names are those of the receives, in the order of the channels.
	names []string
	// outputs say of which channel an output is, and where in its answer.
	outputs map[string]answer
}

type answer struct {
	channel int
	path    string // of the message: "$message.payload#/a"
}

// gatherings finds the aggregations of a workflow that 1.1 can say. Of the
// others it tells why not.
func (c *converter) gatherings(w *arazzo.Workflow) []*gathering {
	var list []*gathering
	for _, s := range w.Steps {
		if s.Aggregate == nil {
			continue
		}
		g := &gathering{step: s, outputs: map[string]answer{}}
		if reason := c.unsaid(w, g); reason != "" {
			c.kept(s.Aggregate.Node, "aggregation of answers such as this one ("+reason+")")
			continue
		}
		list = append(list, g)
		c.groups[s.Aggregate.Group] = true
	}
	return list
}

// unsaid is why an aggregation must stay an extension, or "".
func (c *converter) unsaid(w *arazzo.Workflow, g *gathering) string {
	a := g.step.Aggregate
	if a.Strategy != arazzo.StrategyAll {
		return fmt.Sprintf("its strategy is %q, and not to wait for all", a.Strategy)
	}
	if reason := jumps(w); reason != "" {
		return reason
	}
	for i, ch := range a.Channels {
		channel := findChannel(c.asyncAPI(c.sourceOf(ch.Channel.Str())), ch.Channel.Str())
		switch {
		case channel == nil:
			return fmt.Sprintf("no document describes the channel %q", clip(ch.Channel.Str()))
		case ch.CorrelationMatch != nil && len(locationsOf(channel)) == 0:
			return fmt.Sprintf("the messages of the channel %q do not say where their \"correlationId\" is", clip(ch.Channel.Str()))
		}
		g.names = append(g.names, nameFor(w, g.step, ch.OutputAs, i))
	}
	if len(a.Channels) == 0 {
		return "it names no channels"
	}
	if reason := g.judged(); reason != "" {
		return reason
	}
	return g.used(w)
}

// clip keeps a name short that may be anything.
func clip(text string) string {
	const most = 60
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// jumps is why the steps of a workflow do not simply follow one another.
func jumps(w *arazzo.Workflow) string {
	lists := [][]*arazzo.Action{w.SuccessActions, w.FailureActions}
	for _, s := range w.Steps {
		if len(s.DependsOn) > 0 {
			return "its workflow has a \"dependsOn\" already"
		}
		lists = append(lists, s.OnSuccess, s.OnFailure)
	}
	for _, list := range lists {
		if len(list) > 0 {
			return "its workflow has actions, which would have to jump into a graph"
		}
	}
	return ""
}

// nameFor is the id of a receive: what its answer is called or, where a step
// has that name, with the aggregation's before it.
func nameFor(w *arazzo.Workflow, s *arazzo.Step, name string, i int) string {
	taken := slices.ContainsFunc(w.Steps, func(o *arazzo.Step) bool { return o.ID == name })
	plain := name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
	for _, ch := range s.Aggregate.Channels[:i] {
		taken = taken || ch.OutputAs == name
	}
	switch {
	case plain && !taken:
		return name
	case plain:
		return s.ID + "-" + name + "-" + strconv.Itoa(i+1)
	}
	return s.ID + "-" + strconv.Itoa(i+1)
}

// judged reads what the aggregation makes of the answers: outputs that are
// parts of one, and the criterion that all are there.
func (g *gathering) judged() string {
	n := g.step.Node
	complete := false
	for _, item := range itemsOf(n.Get("successCriteria")) {
		if strings.Join(strings.Fields(item.Get("condition").Str()), "") != "$x-async-aggregate.completed==true" {
			return "it has a criterion of its own"
		}
		complete = true
	}
	if g.step.Aggregate.HasTimeout && !complete {
		return "it goes on with some of the answers where not all come in time"
	}
	for _, m := range membersOf(n.Get("outputs")) {
		rest, ok := strings.CutPrefix(m.Value.Str(), "$x-async-aggregate.responses.")
		name, path, deeper := strings.Cut(rest, ".")
		i := slices.IndexFunc(g.step.Aggregate.Channels, func(ch *arazzo.AggregateChannel) bool { return ch.OutputAs == name })
		if !ok || i < 0 || strings.ContainsAny(path, "[]{}()#/~ ") {
			return fmt.Sprintf("the output %q is computed", clip(m.Key.Text))
		}
		at := "$message.payload"
		if deeper {
			at += "#/" + strings.ReplaceAll(path, ".", "/")
		}
		g.outputs[m.Key.Text] = answer{i, at}
	}
	return ""
}

func itemsOf(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Sequence) {
		return nil
	}
	return n.Items
}

func membersOf(n *tree.Node) []tree.Member {
	if !n.Is(tree.Mapping) {
		return nil
	}
	return n.Members
}

// used is what else refers to the aggregation than by its outputs.
func (g *gathering) used(w *arazzo.Workflow) string {
	reason := ""
	eachString(w.Node, func(n *tree.Node) {
		if _, left := g.moved(n.Text); left && !within(n, g.step.Node) {
			reason = fmt.Sprintf("%q refers to it", clip(n.Text))
		}
	})
	return reason
}

func within(n, outer *tree.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// moved writes a text with the outputs of the receives in the place of those of
// the aggregation. It reports whether something is left that means the latter.
func (g *gathering) moved(text string) (now string, left bool) {
	prefix := "$steps." + g.step.ID + "."
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, prefix)
		b.WriteString(before)
		if !found {
			break
		}
		name, isOutput := strings.CutPrefix(rest, "outputs.")
		end := strings.IndexFunc(name, func(c rune) bool {
			return c != '_' && c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z')
		})
		if end < 0 {
			end = len(name)
		}
		a, known := g.outputs[name[:end]]
		if !isOutput || !known {
			return "", true
		}
		b.WriteString("$steps." + g.names[a.channel] + ".outputs." + name[:end])
		text = name[end:]
	}
	return b.String(), strings.Contains(b.String(), "$x-async-aggregate.")
}

// gather puts the receives in the place of the aggregations, and says of every
// step which it comes after.
func (c *converter) gather(w *arazzo.Workflow, list []*gathering) {
	workflow := c.Now(w.Node)
	steps := workflow.Get("steps")
	if len(list) == 0 || !steps.Is(tree.Sequence) {
		return
	}
	out := tree.NewArray()
	out.Comments = steps.Comments
	var before []string
	for _, s := range w.Steps {
		n := c.Now(s.Node)
		i := slices.IndexFunc(list, func(g *gathering) bool { return g.step == s })
		if i < 0 {
			follow(n, before)
			out.Append(n)
			if !waits(s) {
				before = []string{s.ID}
			}
			continue
		}
		for j, receive := range c.receives(list[i]) {
			if j == 0 {
				rewrite.Comment(receive, n)
			}
			follow(receive, before)
			out.Append(receive)
		}
		before = list[i].names
	}
	workflow.Set("steps", out)
	eachString(workflow, func(n *tree.Node) {
		for _, g := range list {
			if now, left := g.moved(n.Text); !left {
				n.Text = now
			}
		}
	})
}

// waits reports whether a step is a receive: in a list the steps after it go on
// while it waits.
func waits(s *arazzo.Step) bool {
	return s.Action == arazzo.Receive || s.Async != nil && s.Async.Type == arazzo.Receive
}

// follow says which steps a step comes after.
func follow(n *tree.Node, before []string) {
	if len(before) == 0 {
		return
	}
	list := tree.NewArray()
	for _, id := range before {
		list.Append(tree.NewString(id))
	}
	n.Set("dependsOn", list)
}

// receives are the steps that wait for the answers.
func (c *converter) receives(g *gathering) []*tree.Node {
	var steps []*tree.Node
	for i, ch := range g.step.Aggregate.Channels {
		address := ch.Channel.Str()
		source := c.sourceOf(address)
		n := tree.NewObject()
		n.Set("stepId", tree.NewString(g.names[i]))
		if d := g.step.Description; d != "" {
			n.Set("description", tree.NewString(d))
		}
		n.Set("channelPath", tree.NewString(place(source, c.channelPointer(source, address, ch.Channel))))
		n.Set("action", tree.NewString("receive"))
		if g.step.Aggregate.HasTimeout {
			n.Set("timeout", &tree.Node{Kind: tree.Number, Text: strconv.FormatInt(g.step.Aggregate.Timeout.Milliseconds(), 10)})
		}
		if match := c.Now(ch.CorrelationMatch); match != nil {
			n.Set("correlationId", match)
		}
		outputs := tree.NewObject()
		for _, m := range membersOf(g.step.Node.Get("outputs")) {
			if a := g.outputs[m.Key.Text]; a.channel == i {
				outputs.Set(m.Key.Text, tree.NewString(a.path))
			}
		}
		if outputs.Len() > 0 {
			n.Set("outputs", outputs)
		}
		steps = append(steps, n)
	}
	return steps
}
