package emulator

import (
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
)

// topic copies what is published to it to its subscriptions.
type topic struct {
	name  string
	arn   string
	fifo  bool
	attrs map[string]string
	tags  map[string]string
	subs  []*subscription // in the order they were made

	content  bool
	seen     *queue // remembers deduplication ids, as a queue does
	sequence uint64
}

// subscription is one endpoint of a topic.
type subscription struct {
	arn      string
	topic    *topic
	protocol string // sqs, http, https
	endpoint string
	attrs    map[string]string
	raw      bool
	filter   *filter // nil takes everything
	inBody   bool    // the filter looks at the body
}

func noTopic() *failure {
	return &failure{code: "NotFound", message: "Topic does not exist", status: 404}
}

func badParameter(message string) *failure {
	return &failure{code: "InvalidParameter", message: "Invalid parameter: " + message}
}

// topicAt returns the topic that an ARN names.
func (s *State) topicAt(arn string) (*topic, *failure) {
	if arn == "" {
		return nil, badParameter("TopicArn")
	}
	name, ok := cutARN(arn, "sns")
	t := s.topics[name]
	if !ok || t == nil {
		return nil, noTopic()
	}
	return t, nil
}

func (s *State) subscriptionAt(arn string) (*subscription, *failure) {
	for _, t := range s.topics {
		for _, sub := range t.subs {
			if sub.arn == arn {
				return sub, nil
			}
		}
	}
	return nil, &failure{code: "NotFound", message: "Subscription does not exist", status: 404}
}

// topicAttributes are those that may be set.
var topicAttributes = []string{
	"DisplayName", "Policy", "DeliveryPolicy", "FifoTopic", "ContentBasedDeduplication", "KmsMasterKeyId",
	"SignatureVersion", "TracingConfig", "ArchivePolicy", "FifoThroughputScope", "DataProtectionPolicy",
}

func (s *Server) createTopic(in *query) (any, *failure) {
	name := in.text("Name")
	if checkName(name, 256) != nil {
		return nil, badParameter("Topic Name")
	}
	attrs := in.pairs("Attributes.entry", "key", "value")
	fifo := strings.HasSuffix(name, ".fifo")
	for _, attribute := range slices.Sorted(maps.Keys(attrs)) {
		if !slices.Contains(topicAttributes, attribute) {
			return nil, badParameter("Attributes Reason: Unknown attribute " + attribute)
		}
	}
	if fifo != (attrs["FifoTopic"] == "true") {
		return nil, badParameter("Topic Name: it ends in .fifo when the attribute FifoTopic is true, and only then")
	}
	t, ok := s.state.topics[name]
	if !ok {
		if len(s.state.topics) >= maxTopics {
			return nil, &failure{code: "TopicLimitExceeded", message: "There are too many topics.", status: 403}
		}
		t = &topic{name: name, arn: s.arn("sns", name), fifo: fifo, attrs: map[string]string{}, tags: map[string]string{}}
		t.seen = newQueue(name, t.arn, now(), new(int))
		s.state.topics[name] = t
	}
	for attribute, value := range attrs {
		if ok && t.attrs[attribute] != value {
			return nil, badParameter("Attributes Reason: Topic already exists with different attributes")
		}
		t.set(attribute, value)
	}
	maps.Copy(t.tags, in.pairs("Tags.member", "Key", "Value"))
	return element{"TopicArn", t.arn}, nil
}

func (t *topic) set(name, value string) {
	t.attrs[name] = value
	t.content = t.attrs["ContentBasedDeduplication"] == "true"
	t.seen.perGroup = t.attrs["FifoThroughputScope"] == "MessageGroup"
}

func (s *Server) deleteTopic(in *query) (any, *failure) {
	if name, ok := cutARN(in.text("TopicArn"), "sns"); ok {
		delete(s.state.topics, name)
	}
	return nil, nil
}

// page is how many of a list there are in one answer.
const page = 100

// paged returns one page of a list: the token is the last name before it.
func paged[T any](in *query, name string, all map[string]T, show func(T) any) (any, *failure) {
	var members elements
	next := ""
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if key <= in.text("NextToken") {
			continue
		}
		if len(members) == page {
			return elements{{name, members}, {"NextToken", next}}, nil
		}
		members = append(members, element{"member", show(all[key])})
		next = key
	}
	return element{name, members}, nil
}

func (s *Server) listTopics(in *query) (any, *failure) {
	return paged(in, "Topics", s.state.topics, func(t *topic) any { return element{"TopicArn", t.arn} })
}

func (s *Server) getTopicAttributes(in *query) (any, *failure) {
	t, f := s.state.topicAt(in.text("TopicArn"))
	if f != nil {
		return nil, f
	}
	all := map[string]string{
		"TopicArn": t.arn, "Owner": Account, "SubscriptionsConfirmed": itoa(len(t.subs)), "SubscriptionsPending": "0", "SubscriptionsDeleted": "0",
		"DisplayName": "",
	}
	maps.Copy(all, t.attrs)
	return element{"Attributes", entries(all)}, nil
}

func (s *Server) setTopicAttributes(in *query) (any, *failure) {
	t, f := s.state.topicAt(in.text("TopicArn"))
	if f != nil {
		return nil, f
	}
	name := in.text("AttributeName")
	if !slices.Contains(topicAttributes, name) || name == "FifoTopic" {
		return nil, badParameter("AttributeName")
	}
	t.set(name, in.text("AttributeValue"))
	return nil, nil
}

func (s *Server) tagTopic(in *query) (any, *failure) {
	t, f := s.state.topicAt(in.text("ResourceArn"))
	if f != nil {
		return nil, f
	}
	maps.Copy(t.tags, in.pairs("Tags.member", "Key", "Value"))
	return nil, nil
}

func (s *Server) subscribe(in *query) (any, *failure) {
	t, f := s.state.topicAt(in.text("TopicArn"))
	if f != nil {
		return nil, f
	}
	sub := &subscription{
		arn: t.arn + ":" + newID(), topic: t, protocol: in.text("Protocol"), endpoint: in.text("Endpoint"), attrs: map[string]string{},
	}
	if f := s.checkEndpoint(sub); f != nil {
		return nil, f
	}
	attrs := in.pairs("Attributes.entry", "key", "value")
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		if f := sub.set(name, attrs[name]); f != nil {
			return nil, f
		}
	}
	for _, old := range t.subs {
		if old.protocol == sub.protocol && old.endpoint == sub.endpoint {
			if maps.Equal(old.attrs, sub.attrs) || len(attrs) == 0 {
				return element{"SubscriptionArn", old.arn}, nil
			}
			return nil, badParameter("Attributes Reason: Subscription already exists with different attributes")
		}
	}
	if len(t.subs) >= maxSubscribed {
		return nil, &failure{code: "SubscriptionLimitExceeded", message: "There are too many subscriptions.", status: 403}
	}
	t.subs = append(t.subs, sub)
	return element{"SubscriptionArn", sub.arn}, nil
}

// checkEndpoint takes queues of ours, and http on loopback: an emulator must not
// be a way to reach other machines.
func (s *Server) checkEndpoint(sub *subscription) *failure {
	switch sub.protocol {
	case "sqs":
		q := s.state.queueOf(sub.endpoint)
		if q == nil {
			return badParameter("Endpoint: there is no such queue here")
		}
		if q.fifo && !sub.topic.fifo {
			return badParameter("Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
		}
		return nil
	case "http", "https":
		u, err := url.Parse(sub.endpoint)
		if err != nil || u.Scheme != sub.protocol {
			return badParameter("Endpoint")
		}
		if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
			return badParameter("Endpoint: this emulator calls nobody but 127.0.0.1")
		}
		if sub.topic.fifo {
			return badParameter("Endpoint Reason: a FIFO topic is for queues")
		}
		return nil
	}
	return badParameter("Protocol: this emulator has sqs, http and https")
}

// set checks and sets one attribute of a subscription.
func (sub *subscription) set(name, value string) *failure {
	switch name {
	case "RawMessageDelivery":
		if value != "true" && value != "false" {
			return badParameter("Attributes Reason: RawMessageDelivery: must be true or false")
		}
		sub.raw = value == "true"
	case "FilterPolicy":
		filter, f := parseFilter(value)
		if f != nil {
			return f
		}
		sub.filter = filter
	case "FilterPolicyScope":
		if value != "MessageAttributes" && value != "MessageBody" {
			return badParameter("FilterPolicyScope: Invalid value")
		}
		sub.inBody = value == "MessageBody"
	case "RedrivePolicy", "DeliveryPolicy", "SubscriptionRoleArn": // kept: deliveries here do not fail
	default:
		return badParameter("AttributeName")
	}
	sub.attrs[name] = value
	if value == "" {
		delete(sub.attrs, name)
	}
	return nil
}

func (s *Server) unsubscribe(in *query) (any, *failure) {
	sub, f := s.state.subscriptionAt(in.text("SubscriptionArn"))
	if f != nil {
		return nil, nil // what is not there is unsubscribed
	}
	sub.topic.subs = slices.DeleteFunc(sub.topic.subs, func(other *subscription) bool { return other == sub })
	return nil, nil
}

func (sub *subscription) show() any {
	return elements{
		{"SubscriptionArn", sub.arn},
		{"Owner", Account},
		{"Protocol", sub.protocol},
		{"Endpoint", sub.endpoint},
		{"TopicArn", sub.topic.arn},
	}
}

func (s *Server) listSubscriptions(in *query) (any, *failure) {
	all := map[string]*subscription{}
	for _, t := range s.state.topics {
		for _, sub := range t.subs {
			all[sub.arn] = sub
		}
	}
	return paged(in, "Subscriptions", all, (*subscription).show)
}

func (s *Server) listSubscriptionsByTopic(in *query) (any, *failure) {
	t, f := s.state.topicAt(in.text("TopicArn"))
	if f != nil {
		return nil, f
	}
	all := map[string]*subscription{}
	for _, sub := range t.subs {
		all[sub.arn] = sub
	}
	return paged(in, "Subscriptions", all, (*subscription).show)
}

func (s *Server) getSubscriptionAttributes(in *query) (any, *failure) {
	sub, f := s.state.subscriptionAt(in.text("SubscriptionArn"))
	if f != nil {
		return nil, f
	}
	all := map[string]string{
		"SubscriptionArn": sub.arn, "TopicArn": sub.topic.arn, "Owner": Account, "Protocol": sub.protocol, "Endpoint": sub.endpoint,
		"RawMessageDelivery": "false", "PendingConfirmation": "false", "ConfirmationWasAuthenticated": "true",
	}
	maps.Copy(all, sub.attrs)
	return element{"Attributes", entries(all)}, nil
}

func (s *Server) setSubscriptionAttributes(in *query) (any, *failure) {
	sub, f := s.state.subscriptionAt(in.text("SubscriptionArn"))
	if f != nil {
		return nil, f
	}
	return nil, sub.set(in.text("AttributeName"), in.text("AttributeValue"))
}
