package arazzo11

import (
	"strconv"
	"strings"

	"github.com/weft-dev/weft/make/convert/rewrite"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// mustStay reports whether "x-async-operation" says what 1.1 cannot, and tells.
func (c *converter) mustStay(op *arazzo.AsyncOperation) bool {
	switch {
	case op.Group != "" && !c.groups[op.Group]:
		c.kept(op.Node.Get("x-track-for-aggregation"), "aggregation of answers")
	case op.Callbacks != nil:
		c.kept(op.Callbacks.Node, "callbacks after the end of a workflow")
	case op.TrackingID != nil:
		c.kept(op.TrackingID.Node, "identifier for callbacks")
	case op.Type == arazzo.DirectionNone:
		c.kept(op.Node, "operation that neither sends nor receives")
	default:
		return false
	}
	return true
}

// asyncStep says by the fields of 1.1 what the extension said.
func (c *converter) asyncStep(s *arazzo.Step, n *tree.Node) {
	op := s.Async
	field, target, channel := c.asyncTarget(op)
	if field == "" {
		c.kept(op.Node, "channel without a document that describes it")
		return
	}
	head := tree.NewObject()
	extension := n.Get("x-async-operation")
	for _, m := range n.Members {
		switch m.Key.Text {
		case "operationId", "operationPath", "workflowId", "channelPath": // a placeholder
			if !head.Has(field) {
				c.asyncHead(head, op, field, target)
			}
		case "x-async-operation":
			if !head.Has(field) {
				c.asyncHead(head, op, field, target)
			}
			rewrite.Comment(head.Get(field), extension)
		case "action", "timeout", "correlationId": // said by the extension
		default:
			rewrite.Put(head, m.Key, m.Value)
		}
	}
	n.Fill(head.Members)
	c.correlate(s, n, channel)
	c.replaceNames(s, n)
}

func (c *converter) asyncHead(n *tree.Node, op *arazzo.AsyncOperation, field, target string) {
	n.Set(field, tree.NewString(target))
	action := tree.NewString(op.Type.String())
	rewrite.Comment(action, op.Node.Get("type"))
	n.Set("action", action)
	if op.HasTimeout {
		ms := &tree.Node{Kind: tree.Number, Text: strconv.FormatInt(op.Timeout.Milliseconds(), 10)}
		if written := op.Node.Get("timeout"); written.Comments != nil {
			ms.Comments = &tree.Comments{Head: written.Comments.Head, Foot: written.Comments.Foot, Line: strings.ReplaceAll(written.Comments.Line, "seconds", "milliseconds")}
		}
		n.Set("timeout", ms)
	}
	if op.Type == arazzo.Receive && op.Correlation != nil {
		n.Set("correlationId", tree.NewString("")) // its place; awaited fills it
	}
}

// asyncTarget names the operation, or else the place of the channel.
func (c *converter) asyncTarget(op *arazzo.AsyncOperation) (field, target string, channel *asyncapi.Channel) {
	address := op.Channel.Str()
	if op.Operation.Kind == arazzo.TargetOperation {
		return "operationId", op.Operation.Raw, c.operationChannel(op.Operation, address)
	}
	source := c.sourceOf(address)
	if source == "" || address == "" {
		return "", "", nil
	}
	channel = findChannel(c.asyncAPI(source), address)
	return "channelPath", place(source, c.channelPointer(source, address, op.Channel)), channel
}

func (c *converter) operationChannel(t arazzo.Target, address string) *asyncapi.Channel {
	d := c.asyncAPI(c.onlySource(t, arazzo.SourceAsyncAPI))
	if d == nil {
		return nil
	}
	if o, err := d.Operation(t.Name); err == nil {
		return o.Channel
	}
	return findChannel(d, address)
}

// sourceOf is the source that has a channel of that address: the only one of
// AsyncAPI, or the only one whose document has it.
func (c *converter) sourceOf(address string) string {
	if name := c.onlySource(arazzo.Target{}, arazzo.SourceAsyncAPI); name != "" {
		return name
	}
	name := ""
	for _, s := range c.model.Sources {
		if findChannel(c.asyncAPI(s.Name), address) == nil {
			continue
		}
		if name != "" {
			return ""
		}
		name = s.Name
	}
	return name
}

// correlate says which message is meant.
func (c *converter) correlate(s *arazzo.Step, n *tree.Node, channel *asyncapi.Channel) {
	op := s.Async
	switch {
	case op.Type == arazzo.Receive && op.Correlation != nil:
		c.awaited(op, n, channel)
	case op.Type == arazzo.Send && op.CorrelationID != nil:
		c.marked(op, n, channel)
	}
}

// awaited compares where the extension looks for the id with where the
// document says it is: 1.1 goes by the document.
func (c *converter) awaited(op *arazzo.AsyncOperation, n *tree.Node, channel *asyncapi.Channel) {
	id := c.Now(op.Correlation.Node.Get("id"))
	match := c.Now(op.Correlation.Match).Str()
	if id == nil {
		n.Remove("correlationId")
		return
	}
	switch locations := locationsOf(channel); {
	case channel != nil && !contains(locations, match):
		filter := tree.NewString(match + " == " + id.Text)
		rewrite.Comment(filter, op.Correlation.Node)
		n.Set("x-message-filter", filter)
		n.Remove("correlationId")
		c.Say(CodeGuessed, diag.Info, op.Correlation.Node, "give the message a \"correlationId\" with that location, and write correlationId: "+id.Text,
			"the AsyncAPI document does not say that the id is at %s; the message is told by a condition, which is an extension", match)
		return
	case channel == nil:
		c.Say(CodeGuessed, diag.Info, op.Correlation.Node, "see that the message has a \"correlationId\" with that location",
			"1.1 looks for the id where the AsyncAPI document says; whether that is %s could not be looked up", match)
	}
	rewrite.Comment(id, op.Correlation.Node)
	n.Set("correlationId", id)
}

// locationsOf are the places of the ids of a channel's messages, as they are
// and as dots would say it.
func locationsOf(channel *asyncapi.Channel) []string {
	var list []string
	if channel == nil {
		return nil
	}
	for _, m := range channel.Messages {
		if m.Correlation != nil {
			list = append(list, m.Correlation.Location)
		}
	}
	return list
}

func contains(locations []string, match string) bool {
	for _, l := range locations {
		if normal(l) == normal(match) {
			return true
		}
	}
	return false
}

// normal writes the places of a message alike: "$message.payload#/a".
func normal(place string) string {
	place = strings.Replace(place, "$message.body", "$message.payload", 1)
	if rest, ok := strings.CutPrefix(place, "$message.payload."); ok {
		return "$message.payload#/" + strings.ReplaceAll(rest, ".", "/")
	}
	if rest, ok := strings.CutPrefix(place, "$message.header."); ok {
		return "$message.header#/" + rest
	}
	return place
}

// marked puts the id into the message that is sent, where it is not.
func (c *converter) marked(op *arazzo.AsyncOperation, n *tree.Node, channel *asyncapi.Channel) {
	id := c.Now(op.CorrelationID.Node)
	if id == nil {
		return
	}
	key := op.CorrelationKey
	payload := n.Get("requestBody").Get("payload")
	if key != "" && payload.Is(tree.Mapping) {
		if !payload.Has(key) {
			payload.Set(key, id)
		}
		return
	}
	for _, location := range locationsOf(channel) {
		if header, ok := strings.CutPrefix(location, "$message.header#/"); ok {
			c.header(n, tree.UnescapePointer(header), id)
			return
		}
		if field, ok := strings.CutPrefix(location, "$message.payload#/"); ok && !strings.Contains(field, "/") && payload.Is(tree.Mapping) {
			if field = tree.UnescapePointer(field); !payload.Has(field) {
				payload.Set(field, id)
			}
			return
		}
	}
	c.Say(CodeLost, diag.Warning, op.CorrelationID.Node, "set it with \"parameters\", or in the payload",
		"nothing says where the message carries its id %s; it is lost", id.Text)
}

// header sends a header with the message.
func (c *converter) header(n *tree.Node, name string, value *tree.Node) {
	list := n.Get("parameters")
	if !list.Is(tree.Sequence) {
		list = tree.NewArray()
		n.Set("parameters", list)
	}
	for _, item := range list.Items {
		if item.Get("name").Str() == name && item.Get("in").Str() == "header" {
			return
		}
	}
	p := tree.NewObject()
	p.Set("name", tree.NewString(name))
	p.Set("in", tree.NewString("header"))
	p.Set("value", value)
	list.Append(p)
}

// replaceNames takes the names away that only the extension gives.
func (c *converter) replaceNames(s *arazzo.Step, n *tree.Node) {
	id := rawOr(s.Async.CorrelationID, "")
	if s.Async.Correlation != nil {
		id = s.Async.Correlation.Node.Get("id").Str()
	}
	c.dropReceived(n)
	eachString(n, func(text *tree.Node) {
		if id != "" {
			text.Text = strings.ReplaceAll(text.Text, "$x-async.correlationId", id)
		}
		if strings.Contains(text.Text, "$x-async.") {
			c.Say(CodeLost, diag.Warning, s.Async.Node, "write what is meant in another way", "%q has no meaning in 1.1", text.Text)
		}
	})
}

// dropReceived removes criteria that say what a received message says itself.
func (c *converter) dropReceived(n *tree.Node) {
	list := n.Get("successCriteria")
	if !list.Is(tree.Sequence) {
		return
	}
	kept := tree.NewArray()
	kept.Comments = list.Comments
	for _, item := range list.Items {
		if strings.Join(strings.Fields(item.Get("condition").Str()), "") != "$x-async.messageReceived==true" {
			kept.Append(item)
		}
	}
	if kept.Len() == 0 {
		n.Remove("successCriteria")
		return
	}
	n.Set("successCriteria", kept)
}

func eachString(n *tree.Node, visit func(*tree.Node)) {
	if n.Is(tree.String) {
		visit(n)
		return
	}
	if n == nil {
		return
	}
	for _, m := range n.Members {
		eachString(m.Value, visit)
	}
	for _, item := range n.Items {
		eachString(item, visit)
	}
}
