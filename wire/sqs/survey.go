package sqs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/weft-dev/weft/wire/driver"
)

var (
	_ driver.Surveyor = (*conn)(nil)
	_ driver.Surveyor = (*topicConn)(nil)
)

const (
	// maxSurveyed bounds how many queues or topics are looked at.
	maxSurveyed = 10_000
	// asking is how many of them are asked for their attributes at a time.
	asking = 8
)

// Survey lists the queues with what waits in them and which queues they bury
// for. Who receives SQS does not tell, and nothing is read: a message that is
// received is hidden from others.
func (c *conn) Survey(ctx context.Context, _ int) ([]driver.Holding, error) {
	const op = "survey"
	if err := c.check(op, ""); err != nil {
		return nil, err
	}
	var urls []string
	in := &awssqs.ListQueuesInput{MaxResults: aws.Int32(1000)}
	for {
		out, err := c.sqs.ListQueues(ctx, in)
		if err != nil {
			return nil, c.fail(err, op, "")
		}
		urls = append(urls, out.QueueUrls...)
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" || len(urls) >= maxSurveyed {
			break
		}
	}
	seen := make([]*seenQueue, len(urls))
	if err := each(len(urls), func(i int) error {
		var err error
		seen[i], err = c.look(ctx, urls[i])
		return err
	}); err != nil {
		return nil, c.fail(err, op, "")
	}
	list := holdingsOf(seen)
	slices.SortFunc(list, func(a, b driver.Holding) int { return cmp.Compare(a.Address, b.Address) })
	return list, nil
}

// seenQueue is what a queue tells of itself.
type seenQueue struct {
	driver.Holding
	arn, dead string
}

// look asks one queue; nil is one that went since.
func (c *conn) look(ctx context.Context, address string) (*seenQueue, error) {
	out, err := c.sqs.GetQueueAttributes(ctx, &awssqs.GetQueueAttributesInput{
		QueueUrl: &address, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	q := &seenQueue{Holding: driver.Holding{Address: address[strings.LastIndex(address, "/")+1:], Messages: -1, Start: driver.StartNow()}}
	if denied(err) {
		return q, nil
	}
	if err != nil {
		if errors.Is(classify(err), driver.ErrNoSuchAddress) {
			return nil, nil //nolint:nilnil // that is what nil says
		}
		return nil, err
	}
	q.arn = out.Attributes["QueueArn"]
	q.Messages = 0
	for _, part := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		n, _ := strconv.ParseInt(out.Attributes[part], 10, 64) // a service that does not know says nothing
		q.Messages += n
	}
	var policy struct{ DeadLetterTargetArn string }
	_ = json.Unmarshal([]byte(out.Attributes["RedrivePolicy"]), &policy) // none is no JSON
	q.dead = policy.DeadLetterTargetArn
	return q, nil
}

// holdingsOf notes with each queue whose dead letters it takes.
func holdingsOf(seen []*seenQueue) []driver.Holding {
	buries := map[string][]string{}
	for _, q := range seen {
		if q != nil && q.dead != "" {
			buries[q.dead] = append(buries[q.dead], "the dead letters of "+q.Address)
		}
	}
	var list []driver.Holding
	for _, q := range seen {
		if q != nil {
			q.Feeds = buries[q.arn]
			slices.Sort(q.Feeds)
			list = append(list, q.Holding)
		}
	}
	return list
}

// each does n things, a few at a time, and returns the first error.
func each(n int, do func(i int) error) error {
	var (
		work  sync.WaitGroup
		mu    sync.Mutex
		first error
	)
	turns := make(chan struct{}, asking)
	for i := range n {
		mu.Lock()
		failed := first != nil
		mu.Unlock()
		if failed {
			break
		}
		turns <- struct{}{}
		work.Go(func() {
			defer func() { <-turns }()
			if err := do(i); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if first == nil {
					first = err
				}
			}
		})
	}
	work.Wait()
	return first
}

// Survey lists the topics and what is subscribed to them.
func (c *topicConn) Survey(ctx context.Context, _ int) ([]driver.Holding, error) {
	const op = "survey"
	if err := c.check(op, ""); err != nil {
		return nil, err
	}
	topics, err := c.topics(ctx)
	if err != nil {
		return nil, c.fail(err, op, "")
	}
	readers, err := c.subscriptions(ctx)
	if err != nil {
		return nil, c.fail(err, op, "")
	}
	list := make([]driver.Holding, 0, len(topics))
	for _, arn := range topics {
		_, name, _ := splitARN(arn)
		h := driver.Holding{Address: name, Messages: -1, Start: driver.StartNow(), Groups: readers[arn]}
		slices.SortFunc(h.Groups, func(a, b driver.Readership) int { return cmp.Compare(a.Group, b.Group) })
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b driver.Holding) int { return cmp.Compare(a.Address, b.Address) })
	return list, nil
}

func (c *topicConn) topics(ctx context.Context) ([]string, error) {
	var list []string
	var next *string
	for len(list) < maxSurveyed {
		out, err := c.sns.ListTopics(ctx, &awssns.ListTopicsInput{NextToken: next})
		if err != nil {
			return nil, err
		}
		for _, t := range out.Topics {
			list = append(list, aws.ToString(t.TopicArn))
		}
		if next = out.NextToken; aws.ToString(next) == "" {
			break
		}
	}
	return list, nil
}

// subscriptions are the subscriptions by topic.
func (c *topicConn) subscriptions(ctx context.Context) (map[string][]driver.Readership, error) {
	byTopic := map[string][]driver.Readership{}
	var next *string
	for count := 0; count < maxSurveyed; {
		out, err := c.sns.ListSubscriptions(ctx, &awssns.ListSubscriptionsInput{NextToken: next})
		if err != nil {
			return nil, err
		}
		for _, s := range out.Subscriptions {
			topic := aws.ToString(s.TopicArn)
			byTopic[topic] = append(byTopic[topic], driver.Readership{Group: subscriberName(s), Members: -1, Lag: -1})
		}
		count += len(out.Subscriptions)
		if next = out.NextToken; aws.ToString(next) == "" {
			break
		}
	}
	return byTopic, nil
}

// subscriberName says who subscribed. Of people it is told that they did, and of
// URLs the host: the rest may be a secret.
func subscriberName(s snstypes.Subscription) string {
	protocol, endpoint := aws.ToString(s.Protocol), aws.ToString(s.Endpoint)
	if _, name, ok := splitARN(endpoint); ok {
		return protocol + " " + name
	}
	if u, err := url.Parse(endpoint); err == nil && u.Host != "" {
		return protocol + " " + u.Host
	}
	return protocol
}
