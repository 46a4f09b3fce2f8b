package emulator

import (
	"context"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// CreateTopic makes a topic.
func (s *Server) CreateTopic(_ context.Context, in *pubsubpb.Topic) (*pubsubpb.Topic, error) {
	if err := checkName(in.GetName(), "topics"); err != nil {
		return nil, err
	}
	if in.GetSchemaSettings() != nil || in.GetIngestionDataSourceSettings() != nil || len(in.GetMessageTransforms()) > 0 {
		return nil, status.Error(codes.Unimplemented, "this emulator has no schemas, ingestion or transforms")
	}
	if d := in.GetMessageRetentionDuration(); d != nil && (d.AsDuration() < 10*time.Minute || d.AsDuration() > 31*24*time.Hour) {
		return nil, status.Error(codes.InvalidArgument, "Invalid message retention duration: it is 10 minutes to 31 days")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.topics[in.GetName()] != nil:
		return nil, status.Errorf(codes.AlreadyExists, "Resource already exists in the project (resource=%s)", in.GetName())
	case len(s.topics) >= maxNames:
		return nil, status.Error(codes.ResourceExhausted, "there are too many topics")
	}
	in.State = pubsubpb.Topic_ACTIVE
	s.topics[in.GetName()] = &topic{proto: in, subscriptions: map[string]*subscription{}}
	return proto.CloneOf(in), nil
}

// topic returns a topic; the caller holds the lock.
func (s *Server) topic(name string) (*topic, error) {
	if t := s.topics[name]; t != nil {
		return t, nil
	}
	if err := checkName(name, "topics"); err != nil {
		return nil, err
	}
	return nil, status.Errorf(codes.NotFound, "Resource not found (resource=%s)", name)
}

// GetTopic returns a topic.
func (s *Server) GetTopic(_ context.Context, in *pubsubpb.GetTopicRequest) (*pubsubpb.Topic, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(in.GetTopic())
	if err != nil {
		return nil, err
	}
	return proto.CloneOf(t.proto), nil
}

// ListTopics lists the topics of a project.
func (s *Server) ListTopics(_ context.Context, in *pubsubpb.ListTopicsRequest) (*pubsubpb.ListTopicsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names, next := page(s.topics, in.GetPageSize(), in.GetPageToken(), func(name string) bool { return strings.HasPrefix(name, in.GetProject()+"/") })
	out := &pubsubpb.ListTopicsResponse{NextPageToken: next}
	for _, name := range names {
		out.Topics = append(out.Topics, proto.CloneOf(s.topics[name].proto))
	}
	return out, nil
}

// ListTopicSubscriptions lists the subscriptions of a topic.
func (s *Server) ListTopicSubscriptions(_ context.Context, in *pubsubpb.ListTopicSubscriptionsRequest) (*pubsubpb.ListTopicSubscriptionsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(in.GetTopic())
	if err != nil {
		return nil, err
	}
	names, next := page(t.subscriptions, in.GetPageSize(), in.GetPageToken(), func(string) bool { return true })
	return &pubsubpb.ListTopicSubscriptionsResponse{Subscriptions: names, NextPageToken: next}, nil
}

// DeleteTopic removes a topic; what waits in its subscriptions stays there.
func (s *Server) DeleteTopic(_ context.Context, in *pubsubpb.DeleteTopicRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(in.GetTopic())
	if err != nil {
		return nil, err
	}
	for _, sub := range t.subscriptions {
		sub.proto.Topic = "_deleted-topic_"
	}
	delete(s.topics, in.GetTopic())
	return &emptypb.Empty{}, nil
}

// Publish takes messages: all of them, or none.
func (s *Server) Publish(_ context.Context, in *pubsubpb.PublishRequest) (*pubsubpb.PublishResponse, error) {
	sizes := make([]int, len(in.GetMessages()))
	if len(sizes) == 0 || len(sizes) > 1000 {
		return nil, status.Error(codes.InvalidArgument, "The value for message_count is out of range: a request has 1 to 1000 messages")
	}
	for i, m := range in.GetMessages() {
		if err := checkMessage(m); err != nil {
			return nil, err
		}
		sizes[i] = proto.Size(m)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(in.GetTopic())
	if err != nil {
		return nil, err
	}
	if s.stored > maxStored {
		return nil, status.Error(codes.ResourceExhausted, "too much is stored and not acknowledged")
	}
	out := &pubsubpb.PublishResponse{MessageIds: make([]string, len(sizes))}
	for i, m := range in.GetMessages() {
		m.MessageId = strconv.FormatUint(s.next(), 10)
		out.MessageIds[i] = m.MessageId
		s.publish(t, m, sizes[i])
	}
	for _, sub := range t.subscriptions {
		s.deliver(sub)
	}
	return out, nil
}

// checkMessage keeps to the limits of the service.
func checkMessage(m *pubsubpb.PubsubMessage) error {
	if len(m.GetData()) == 0 && len(m.GetAttributes()) == 0 {
		return status.Error(codes.InvalidArgument, "One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.")
	}
	size := len(m.GetData())
	for name, value := range m.GetAttributes() {
		size += len(name) + len(value)
		if name == "" || len(name) > 256 || len(value) > 1024 || strings.HasPrefix(name, "goog") {
			return status.Errorf(codes.InvalidArgument, "The attribute %.40q is not valid: a name has 1 to 256 bytes and does not begin with goog, a value has up to 1024", name)
		}
	}
	switch {
	case size > maxMessage:
		return status.Error(codes.InvalidArgument, "The message size is too large")
	case len(m.GetAttributes()) > 100:
		return status.Error(codes.InvalidArgument, "A message has at most 100 attributes")
	case len(m.GetOrderingKey()) > 1024:
		return status.Error(codes.InvalidArgument, "An ordering key has at most 1024 bytes")
	}
	return nil
}
