package sqs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/weft-dev/weft/wire/driver"
)

// topicConn is the way in to topics. Its receivers read from queues.
type topicConn struct{ *conn }

var (
	_ driver.Conn  = (*topicConn)(nil)
	_ driver.Admin = (*topicConn)(nil)
)

// ownPrefix is how the names of queues begin that are made for receivers.
const ownPrefix = "weft-sub-"

// errNoTopic is how a missing topic is told, as the service tells it.
func errNoTopic() error {
	return &types.NotFoundException{Message: aws.String("there is no such topic")}
}

// Ping asks for one page of topics.
func (c *topicConn) Ping(ctx context.Context) error {
	if err := c.check("ping", ""); err != nil {
		return err
	}
	_, err := c.sns.ListTopics(ctx, &awssns.ListTopicsInput{})
	return c.fail(admitted(err), "ping", "")
}

// maxPages bounds the search for a topic by its name, a hundred to a page.
const maxPages = 300

// findTopic returns the ARN of the topic that an address means. By name it is
// looked for among all there are.
func (c *topicConn) findTopic(ctx context.Context, address string) (string, error) {
	if _, _, ok := splitARN(address); ok {
		_, err := c.sns.GetTopicAttributes(ctx, &awssns.GetTopicAttributesInput{TopicArn: &address})
		return address, admitted(err)
	}
	if err := checkName(address, 256); err != nil {
		return "", err
	}
	var next *string
	for range maxPages {
		out, err := c.sns.ListTopics(ctx, &awssns.ListTopicsInput{NextToken: next})
		if denied(err) {
			return "", invalidError{errors.New("topics may not be listed: give the topic's ARN as its address")}
		}
		if err != nil {
			return "", err
		}
		for _, t := range out.Topics {
			if _, name, ok := splitARN(aws.ToString(t.TopicArn)); ok && name == address {
				return *t.TopicArn, nil
			}
		}
		if next = out.NextToken; next == nil {
			return "", errNoTopic()
		}
	}
	return "", invalidError{errors.New("there are too many topics to look for one by name: give its ARN as its address")}
}

// ensureTopic finds a topic, or makes it where spec allows that.
func (c *topicConn) ensureTopic(ctx context.Context, address string, spec *driver.AddressSpec) (string, error) {
	arn, err := c.findTopic(ctx, address)
	var missing *types.NotFoundException
	if spec == nil || !errors.As(err, &missing) {
		return arn, err
	}
	if _, name, ok := splitARN(address); ok {
		address = name
	}
	in := &awssns.CreateTopicInput{Name: &address, Attributes: map[string]string{}}
	var subscriptions []string
	for _, name := range slices.Sorted(maps.Keys(spec.Params)) {
		value := spec.Params[name]
		if strings.HasPrefix(name, ParamSubscription) {
			subscriptions = append(subscriptions, value)
			continue
		}
		if tag, ok := strings.CutPrefix(name, ParamTag); ok {
			in.Tags = append(in.Tags, types.Tag{Key: &tag, Value: &value})
			continue
		}
		in.Attributes[name] = value
	}
	delete(in.Attributes, "FifoTopic")
	if strings.HasSuffix(address, fifoSuffix) {
		in.Attributes["FifoTopic"] = "true"
	}
	out, err := c.sns.CreateTopic(ctx, in)
	if err != nil {
		return "", err
	}
	for _, text := range subscriptions {
		if err := c.subscribeTo(ctx, aws.ToString(out.TopicArn), text); err != nil {
			return "", err
		}
	}
	return aws.ToString(out.TopicArn), nil
}

// ParamSubscription is the parameter of something that is subscribed to a topic
// when it is made, followed by anything: JSON with protocol (sqs, http, https),
// endpoint, attributes, and deadLetterQueue.
const ParamSubscription = "subscription:"

type subscription struct {
	Protocol        string            `json:"protocol"`
	Endpoint        string            `json:"endpoint"`
	Attributes      map[string]string `json:"attributes"`
	DeadLetterQueue string            `json:"deadLetterQueue"`
}

// subscribeTo subscribes something to a topic. A queue that is missing is made.
func (c *topicConn) subscribeTo(ctx context.Context, topic, text string) error {
	var s subscription
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return invalidError{fmt.Errorf("a %s is not JSON: %w", strings.TrimSuffix(ParamSubscription, ":"), err)}
	}
	policy, err := deliveryPolicy(topic)
	if err != nil {
		return err
	}
	spec := &driver.AddressSpec{Params: map[string]string{"Policy": policy}}
	if s.Protocol == "sqs" {
		q, err := c.openQueue(ctx, s.Endpoint, spec)
		if err != nil {
			return fmt.Errorf("the queue %s of the subscription: %w", s.Endpoint, err)
		}
		s.Endpoint = q.arn
	}
	if s.DeadLetterQueue != "" {
		q, err := c.openQueue(ctx, s.DeadLetterQueue, spec)
		if err != nil {
			return fmt.Errorf("the dead letter queue %s of the subscription: %w", s.DeadLetterQueue, err)
		}
		redrive, err := json.Marshal(map[string]string{"deadLetterTargetArn": q.arn})
		if err != nil {
			return err
		}
		s.Attributes = maps.Clone(s.Attributes)
		s.Attributes["RedrivePolicy"] = string(redrive)
	}
	_, err = c.sns.Subscribe(ctx, &awssns.SubscribeInput{TopicArn: &topic, Protocol: &s.Protocol, Endpoint: &s.Endpoint, Attributes: s.Attributes})
	return err
}

// Create makes a topic unless it is there.
func (c *topicConn) Create(ctx context.Context, address string, spec driver.AddressSpec) error {
	if err := c.check("create", address); err != nil {
		return err
	}
	_, err := c.ensureTopic(ctx, address, &spec)
	return c.fail(err, "create", address)
}

// Delete removes a topic, and the queues that were made for receivers of it.
func (c *topicConn) Delete(ctx context.Context, address string) error {
	if err := c.check("delete", address); err != nil {
		return err
	}
	arn, err := c.findTopic(ctx, address)
	if err == nil {
		err = c.deleteQueues(ctx, arn)
	}
	if err == nil {
		_, err = c.sns.DeleteTopic(ctx, &awssns.DeleteTopicInput{TopicArn: &arn})
	}
	return c.fail(err, "delete", address)
}

func (c *topicConn) deleteQueues(ctx context.Context, arn string) error {
	var next *string
	for {
		out, err := c.sns.ListSubscriptionsByTopic(ctx, &awssns.ListSubscriptionsByTopicInput{TopicArn: &arn, NextToken: next})
		if err != nil {
			return admitted(err)
		}
		for _, s := range out.Subscriptions {
			endpoint := aws.ToString(s.Endpoint)
			if _, name, ok := splitARN(endpoint); !ok || !strings.HasPrefix(name, ownPrefix) {
				continue
			}
			var missing *sqstypes.QueueDoesNotExist
			if err := c.conn.Delete(ctx, endpoint); err != nil && !errors.As(err, &missing) {
				return err
			}
			if _, err := c.sns.Unsubscribe(ctx, &awssns.UnsubscribeInput{SubscriptionArn: s.SubscriptionArn}); err != nil {
				return err
			}
		}
		if next = out.NextToken; next == nil {
			return nil
		}
	}
}

// OpenSender finds the topic, so that a missing one is told now.
func (c *topicConn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	const op = "send to"
	if err := c.check(op, opts.Address); err != nil {
		return nil, err
	}
	if err := checkSender(opts); err != nil {
		return nil, c.fail(invalidError{err}, op, opts.Address)
	}
	s, err := c.topicSender(ctx, opts)
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	return c.keepSender(s)
}

func (c *topicConn) topicSender(ctx context.Context, opts driver.SenderOptions) (*sender, error) {
	arn, err := c.ensureTopic(ctx, opts.Address, opts.Create)
	if err != nil {
		return nil, err
	}
	fifo := strings.HasSuffix(arn, fifoSuffix)
	content := false
	if fifo {
		out, err := c.sns.GetTopicAttributes(ctx, &awssns.GetTopicAttributesInput{TopicArn: &arn})
		if err := admitted(err); err != nil {
			return nil, err
		}
		content = out != nil && out.Attributes["ContentBasedDeduplication"] == "true"
	}
	return newSender(c.conn, opts, fifo, content, c.toTopic(arn)), nil
}

// toTopic publishes to a topic.
func (c *topicConn) toTopic(arn string) request {
	return func(ctx context.Context, batch []*entry) []error {
		in := &awssns.PublishBatchInput{TopicArn: &arn, PublishBatchRequestEntries: make([]types.PublishBatchRequestEntry, len(batch))}
		for i, e := range batch {
			in.PublishBatchRequestEntries[i] = types.PublishBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), Message: &e.body, MessageAttributes: topicAttributes(e.attrs),
				MessageGroupId: optional(e.group), MessageDeduplicationId: optional(e.dedup),
			}
			if e.delay != 0 {
				return spread(invalidError{fmt.Errorf("a topic does not delay: %s is for queues", ParamDelay)}, len(batch))
			}
		}
		out, err := c.sns.PublishBatch(ctx, in)
		errs := spread(err, len(batch))
		if err == nil {
			for _, f := range out.Failed {
				note(errs, f.Id, f.Code, f.Message)
			}
			unanswered(errs, len(out.Successful)+len(out.Failed))
		}
		return errs
	}
}

func topicAttributes(attrs map[string]attribute) map[string]types.MessageAttributeValue {
	if len(attrs) == 0 {
		return nil
	}
	out := make(map[string]types.MessageAttributeValue, len(attrs))
	for name, a := range attrs {
		value := types.MessageAttributeValue{DataType: aws.String(a.kind()), BinaryValue: a.data}
		if !a.binary {
			value.StringValue = aws.String(a.text)
		}
		out[name] = value
	}
	return out
}

// OpenReceiver reads from a queue that is subscribed to the topic: one that is
// named, else one of its own, which it makes where it may. A group shares one
// that stays; a receiver alone takes its queue with it when it closes.
func (c *topicConn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	const op = "receive from"
	if err := c.check(op, opts.Address); err != nil {
		return nil, err
	}
	r, err := c.newReceiver(opts, c.topicSender, ParamQueue)
	if err != nil {
		return nil, c.fail(invalidError{err}, op, opts.Address)
	}
	if err := c.openTopic(ctx, r); err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	return r, nil
}

func (c *topicConn) openTopic(ctx context.Context, r *receiver) error {
	arn, err := c.ensureTopic(ctx, r.opts.Address, r.opts.Create)
	if err != nil {
		return err
	}
	if r.opts.Params[ParamEnvelope] != "" && r.opts.Params[ParamQueue] == "" {
		return invalidError{fmt.Errorf("%s has no effect without %s: a queue of the receiver's own gets messages as they are", ParamEnvelope, ParamQueue)}
	}
	if name := r.opts.Params[ParamQueue]; name != "" {
		q, err := c.openQueue(ctx, name, nil)
		if err != nil {
			return fmt.Errorf("the queue %s: %w", name, err)
		}
		return r.begin(ctx, q)
	}
	if r.opts.Create == nil && !c.subscribe {
		return invalidError{fmt.Errorf("a topic is received from through a queue: name one that is subscribed to it by the parameter %s, or allow one to be made, by creating what is missing or ?subscribe=allow in the URL", ParamQueue)}
	}
	q, subscription, err := c.subscribed(ctx, arn, r.opts.Group)
	if err != nil {
		return err
	}
	leave := func(ctx context.Context) error {
		_, unsubscribed := c.sns.Unsubscribe(ctx, &awssns.UnsubscribeInput{SubscriptionArn: &subscription})
		_, deleted := c.sqs.DeleteQueue(ctx, &awssqs.DeleteQueueInput{QueueUrl: &q.url})
		return errors.Join(unsubscribed, deleted)
	}
	if r.opts.Group == "" {
		r.leave = leave
	}
	if err := r.begin(ctx, q); err != nil {
		if r.leave != nil {
			err = errors.Join(err, leave(ctx))
		}
		return err
	}
	return nil
}

// subscribed makes a queue that gets all messages of a topic as they are.
func (c *topicConn) subscribed(ctx context.Context, topic, group string) (*queue, string, error) {
	name := queueFor(topic, group)
	policy, err := deliveryPolicy(topic)
	if err != nil {
		return nil, "", err
	}
	spec := &driver.AddressSpec{Params: map[string]string{"Policy": policy, ParamTag + "weft": "subscription"}}
	q, err := c.openQueue(ctx, name, spec)
	if err != nil {
		return nil, "", fmt.Errorf("the queue %s of the subscription: %w", name, err)
	}
	if q.arn == "" {
		return nil, "", invalidError{fmt.Errorf("the attributes of the queue %s may not be read: a subscription needs its ARN", name)}
	}
	out, err := c.sns.Subscribe(ctx, &awssns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &q.arn, ReturnSubscriptionArn: true,
		Attributes: map[string]string{"RawMessageDelivery": "true"},
	})
	if err != nil {
		return nil, "", err
	}
	return q, aws.ToString(out.SubscriptionArn), nil
}

// queueFor names the queue of a group, or of one receiver. What does not fit
// into a name is told apart by its digest.
func queueFor(topic, group string) string {
	_, name, _ := splitARN(topic)
	name, fifo := strings.CutSuffix(name, fifoSuffix)
	id := random()
	if group != "" {
		digest := sha256.Sum256([]byte(topic + "\x00" + group))
		id = hex.EncodeToString(digest[:16])
	}
	name = ownPrefix + name[:min(len(name), 30)] + "-" + id
	if fifo {
		name += fifoSuffix
	}
	return name
}

// deliveryPolicy lets a topic, and nobody else, send to a queue.
func deliveryPolicy(topic string) (string, error) {
	statement := map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*",
		"Condition": map[string]any{"ArnEquals": map[string]string{"aws:SourceArn": topic}},
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	return string(text), err
}
