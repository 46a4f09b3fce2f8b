package googlepubsub

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/weft-dev/weft/wire/driver"
)

// conn is a line to the service, which carries all requests and streams.
type conn struct {
	server        driver.Server
	project       string
	subscribe     bool // receivers may make subscriptions
	line          *grpc.ClientConn
	topics        *pubsub.TopicAdminClient
	subscriptions *pubsub.SubscriptionAdminClient

	opened driver.Opened
}

var (
	_ driver.Conn  = (*conn)(nil)
	_ driver.Admin = (*conn)(nil)
)

// anyProject is what is asked for where no project is known: who may not see it
// is known all the same.
const anyProject = "weft-is-anybody-there"

// Ping asks for one topic.
func (c *conn) Ping(ctx context.Context) error {
	if err := c.check("ping", ""); err != nil {
		return err
	}
	project := c.project
	if project == "" {
		project = anyProject
	}
	_, err := c.topics.ListTopics(ctx, &pubsubpb.ListTopicsRequest{Project: "projects/" + project, PageSize: 1}).Next()
	if errors.Is(err, iterator.Done) || c.project == "" && status.Code(err) == codes.NotFound {
		return nil
	}
	return c.fail(admitted(err), "ping", "")
}

// check returns an error when the connection is closed.
func (c *conn) check(op, address string) error {
	if c.opened.IsClosed() {
		return c.fail(errClosed, op, address)
	}
	return nil
}

// OpenSender finds the topic, so that a missing one is told now.
func (c *conn) OpenSender(ctx context.Context, opts driver.SenderOptions) (driver.Sender, error) {
	const op = "send to"
	if err := c.check(op, opts.Address); err != nil {
		return nil, err
	}
	s, err := c.newSender(ctx, opts)
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	if !c.opened.Keep(s) {
		return nil, c.fail(errClosed, op, opts.Address)
	}
	return s, nil
}

// OpenReceiver finds the subscription, or makes it where it may.
func (c *conn) OpenReceiver(ctx context.Context, opts driver.ReceiverOptions) (driver.Receiver, error) {
	const op = "receive from"
	if err := c.check(op, opts.Address); err != nil {
		return nil, err
	}
	r, err := c.newReceiver(ctx, opts)
	if err != nil {
		return nil, c.fail(err, op, opts.Address)
	}
	return r, nil
}

// ensureTopic returns the full name of a topic that is there, or that it makes
// where spec allows that. Who may not look at topics finds out when using it.
func (c *conn) ensureTopic(ctx context.Context, address string, spec *driver.AddressSpec) (string, error) {
	name, err := c.topicName(address)
	if err != nil {
		return "", err
	}
	_, err = c.topics.GetTopic(ctx, &pubsubpb.GetTopicRequest{Topic: name})
	if spec == nil || status.Code(err) != codes.NotFound {
		return name, admitted(err)
	}
	topic, err := topicOf(name, spec)
	if err != nil {
		return "", invalidError{err}
	}
	if _, err = c.topics.CreateTopic(ctx, topic); status.Code(err) == codes.AlreadyExists {
		err = nil // somebody else was faster
	}
	return name, err
}

// The parameters by which topics are made.
const (
	ParamLabel       = "label:" // followed by the label's name
	ParamRetention   = "messageRetentionDuration"
	ParamRegions     = "allowedPersistenceRegions"
	ParamKey         = "kmsKey"
	ParamSchema      = "schema"
	ParamEncoding    = "schemaEncoding"
	ParamFirstSchema = "schemaFirstRevision"
	ParamLastSchema  = "schemaLastRevision"
)

// topicOf says how a topic is made.
func topicOf(name string, spec *driver.AddressSpec) (*pubsubpb.Topic, error) {
	topic := &pubsubpb.Topic{Name: name}
	settings := &pubsubpb.SchemaSettings{}
	for _, param := range slices.Sorted(maps.Keys(spec.Params)) {
		value := spec.Params[param]
		if label, ok := strings.CutPrefix(param, ParamLabel); ok {
			if topic.Labels == nil {
				topic.Labels = map[string]string{}
			}
			topic.Labels[label] = value
			continue
		}
		switch param {
		case ParamRetention:
			d, err := time.ParseDuration(value)
			if err != nil || d < 0 {
				return nil, fmt.Errorf("%s is %q: write seconds, as 86400s", ParamRetention, value)
			}
			topic.MessageRetentionDuration = durationpb.New(d)
		case ParamRegions:
			topic.MessageStoragePolicy = &pubsubpb.MessageStoragePolicy{AllowedPersistenceRegions: strings.Split(value, ",")}
		case ParamKey:
			topic.KmsKeyName = value
		case ParamSchema:
			settings.Schema = value
		case ParamEncoding:
			encoding, ok := pubsubpb.Encoding_value[strings.ToUpper(value)]
			if !ok || encoding == 0 {
				return nil, fmt.Errorf("%s is %q: there is JSON, BINARY", ParamEncoding, value)
			}
			settings.Encoding = pubsubpb.Encoding(encoding)
		case ParamFirstSchema:
			settings.FirstRevisionId = value
		case ParamLastSchema:
			settings.LastRevisionId = value
		default:
			return nil, driver.CheckParams(map[string]string{param: value}, ParamLabel+"NAME", ParamRetention, ParamRegions, ParamKey,
				ParamSchema, ParamEncoding, ParamFirstSchema, ParamLastSchema)
		}
	}
	if settings.Schema == "" {
		return topic, nil
	}
	if !strings.HasPrefix(settings.Schema, "projects/") {
		project, _, _ := strings.Cut(name, "/topics/")
		settings.Schema = project + "/schemas/" + settings.Schema
	}
	topic.SchemaSettings = settings
	return topic, nil
}

// Create makes a topic unless it is there.
func (c *conn) Create(ctx context.Context, address string, spec driver.AddressSpec) error {
	if err := c.check("create", address); err != nil {
		return err
	}
	_, err := c.ensureTopic(ctx, address, &spec)
	return c.fail(err, "create", address)
}

// Delete removes a topic, and the subscriptions that were made for receivers of it.
func (c *conn) Delete(ctx context.Context, address string) error {
	if err := c.check("delete", address); err != nil {
		return err
	}
	name, err := c.topicName(address)
	if err == nil {
		err = c.deleteSubscriptions(ctx, name)
	}
	if err == nil {
		err = c.topics.DeleteTopic(ctx, &pubsubpb.DeleteTopicRequest{Topic: name})
	}
	return c.fail(err, "delete", address)
}

func (c *conn) deleteSubscriptions(ctx context.Context, topic string) error {
	names := c.topics.ListTopicSubscriptions(ctx, &pubsubpb.ListTopicSubscriptionsRequest{Topic: topic})
	for {
		name, err := names.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return admitted(err)
		}
		if _, short, _ := strings.Cut(name, "/subscriptions/"); !strings.HasPrefix(short, ownPrefix) {
			continue
		}
		if err := c.deleteSubscription(ctx, name); err != nil {
			return err
		}
	}
}

// deleteSubscription removes one; that it is gone already is as good.
func (c *conn) deleteSubscription(ctx context.Context, name string) error {
	err := c.subscriptions.DeleteSubscription(ctx, &pubsubpb.DeleteSubscriptionRequest{Subscription: name})
	if status.Code(err) == codes.NotFound {
		return nil
	}
	return err
}

// Close closes all that was opened from the connection.
func (c *conn) Close() error {
	return c.opened.Close(c.line.Close)
}
