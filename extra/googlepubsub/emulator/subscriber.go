package emulator

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
)

// CreateSubscription makes a subscription that is pulled.
func (s *Server) CreateSubscription(_ context.Context, in *pubsubpb.Subscription) (*pubsubpb.Subscription, error) {
	if err := checkSubscription(in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.topic(in.GetTopic())
	if err != nil {
		return nil, err
	}
	if dead := in.GetDeadLetterPolicy().GetDeadLetterTopic(); dead != "" {
		if _, err := s.topic(dead); err != nil {
			return nil, err
		}
	}
	switch {
	case s.subscriptions[in.GetName()] != nil:
		return nil, status.Errorf(codes.AlreadyExists, "Resource already exists in the project (resource=%s)", in.GetName())
	case len(s.subscriptions) >= maxNames:
		return nil, status.Error(codes.ResourceExhausted, "there are too many subscriptions")
	}
	if in.GetAckDeadlineSeconds() == 0 {
		in.AckDeadlineSeconds = 10
	}
	in.State = pubsubpb.Subscription_ACTIVE
	sub := &subscription{proto: in, leased: map[string]*entry{}, keys: map[string]*key{}, changed: make(chan struct{})}
	s.subscriptions[in.GetName()], t.subscriptions[in.GetName()] = sub, sub
	return proto.CloneOf(in), nil
}

func checkSubscription(in *pubsubpb.Subscription) error {
	if err := checkName(in.GetName(), "subscriptions"); err != nil {
		return err
	}
	if d := in.GetAckDeadlineSeconds(); d != 0 && (d < 10 || d > 600) {
		return status.Error(codes.InvalidArgument, "Invalid ack deadline: it is 10 to 600 seconds")
	}
	if ttl := in.GetExpirationPolicy().GetTtl(); ttl != nil && ttl.AsDuration() < 24*time.Hour {
		return status.Error(codes.InvalidArgument, "Invalid expiration policy: it is a day or longer")
	}
	if d := in.GetMessageRetentionDuration(); d != nil && (d.AsDuration() < 10*time.Minute || d.AsDuration() > 31*24*time.Hour) {
		return status.Error(codes.InvalidArgument, "Invalid message retention duration: it is 10 minutes to 31 days")
	}
	if in.GetPushConfig().GetPushEndpoint() != "" || in.GetBigqueryConfig() != nil || in.GetCloudStorageConfig() != nil ||
		in.GetFilter() != "" || in.GetRetainAckedMessages() || len(in.GetMessageTransforms()) > 0 {
		return status.Error(codes.Unimplemented, "this emulator has subscriptions that are pulled, without filters, transforms or retention of what was acknowledged")
	}
	return nil
}

// GetSubscription returns a subscription.
func (s *Server) GetSubscription(_ context.Context, in *pubsubpb.GetSubscriptionRequest) (*pubsubpb.Subscription, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, err := s.find(in.GetSubscription())
	if err != nil {
		return nil, err
	}
	return proto.CloneOf(sub.proto), nil
}

// ListSubscriptions lists the subscriptions of a project.
func (s *Server) ListSubscriptions(_ context.Context, in *pubsubpb.ListSubscriptionsRequest) (*pubsubpb.ListSubscriptionsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names, next := page(s.subscriptions, in.GetPageSize(), in.GetPageToken(), func(name string) bool { return strings.HasPrefix(name, in.GetProject()+"/") })
	out := &pubsubpb.ListSubscriptionsResponse{NextPageToken: next}
	for _, name := range names {
		out.Subscriptions = append(out.Subscriptions, proto.CloneOf(s.subscriptions[name].proto))
	}
	return out, nil
}

// DeleteSubscription removes a subscription and what waits in it.
func (s *Server) DeleteSubscription(_ context.Context, in *pubsubpb.DeleteSubscriptionRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, err := s.find(in.GetSubscription())
	if err != nil {
		return nil, err
	}
	s.forget(sub)
	return &emptypb.Empty{}, nil
}

// Acknowledge settles messages. Only with exactly-once delivery is it told which
// were nobody's.
func (s *Server) Acknowledge(_ context.Context, in *pubsubpb.AcknowledgeRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, err := s.find(in.GetSubscription())
	if err != nil {
		return nil, err
	}
	unknown := s.ack(sub, in.GetAckIds())
	s.deliver(sub)
	if len(unknown) == 0 || !sub.proto.GetEnableExactlyOnceDelivery() {
		return &emptypb.Empty{}, nil
	}
	info := &errdetails.ErrorInfo{Reason: "EXACTLY_ONCE_ACKID_FAILURE", Domain: "pubsub.googleapis.com", Metadata: map[string]string{}}
	for _, id := range unknown {
		info.Metadata[id] = "PERMANENT_FAILURE_INVALID_ACK_ID"
	}
	refused, err := status.New(codes.FailedPrecondition, "Some acknowledgement ids in the request were invalid").WithDetails(info)
	if err != nil {
		return nil, err
	}
	return nil, refused.Err()
}

// ModifyAckDeadline extends leases, or gives messages back.
func (s *Server) ModifyAckDeadline(_ context.Context, in *pubsubpb.ModifyAckDeadlineRequest) (*emptypb.Empty, error) {
	lease, err := leaseOf(in.GetAckDeadlineSeconds())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, err := s.find(in.GetSubscription())
	if err != nil {
		return nil, err
	}
	s.modify(sub, in.GetAckIds(), lease)
	s.deliver(sub)
	return &emptypb.Empty{}, nil
}

func leaseOf(seconds int32) (time.Duration, error) {
	if seconds < 0 || seconds > 600 {
		return 0, status.Error(codes.InvalidArgument, "Invalid ack deadline: it is 0 to 600 seconds")
	}
	return time.Duration(seconds) * time.Second, nil
}

// maxWait is how long a pull waits for messages.
const maxWait = 10 * time.Second

// Pull returns what waits, or waits a while for it.
func (s *Server) Pull(ctx context.Context, in *pubsubpb.PullRequest) (*pubsubpb.PullResponse, error) {
	most := int(in.GetMaxMessages())
	if most <= 0 || most > 1000 {
		return nil, status.Error(codes.InvalidArgument, "max_messages is 1 to 1000")
	}
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	for {
		out, changed, err := s.pullNow(in.GetSubscription(), most)
		if err != nil || len(out.GetReceivedMessages()) > 0 || in.GetReturnImmediately() { //nolint:staticcheck // old clients send it
			return out, err
		}
		select {
		case <-changed:
		case <-timer.C:
			return out, nil
		case <-s.stop:
			return out, nil
		case <-ctx.Done():
			return nil, status.FromContextError(ctx.Err()).Err()
		}
	}
}

func (s *Server) pullNow(name string, most int) (*pubsubpb.PullResponse, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, err := s.find(name)
	if err != nil {
		return nil, nil, err
	}
	out := &pubsubpb.PullResponse{}
	var kept []*entry
	blocked, size := map[string]bool{}, 0
	waiting := sub.pending
	for i, e := range waiting {
		if len(out.ReceivedMessages) == most || size > maxOutboxBytes {
			kept = append(kept, waiting[i:]...)
			break
		}
		k := sub.orderingKey(e)
		if held := sub.keys[k]; k != "" && (blocked[k] || held != nil && held.stream != nil) {
			blocked[k] = true
			kept = append(kept, e)
			continue
		}
		if s.buried(sub, e) {
			continue
		}
		size += e.size
		out.ReceivedMessages = append(out.ReceivedMessages, sub.take(e, s.next(), nil, sub.defaultLease()))
	}
	sub.pending = append(kept, sub.pending[len(waiting):]...)
	return out, sub.changed, nil
}

// StreamingPull gives messages to a client for as long as it wants them.
func (s *Server) StreamingPull(wire pubsubpb.Subscriber_StreamingPullServer) error {
	first, err := wire.Recv()
	if err != nil {
		return err
	}
	lease, err := leaseOf(first.GetStreamAckDeadlineSeconds())
	if err != nil {
		return err
	}
	st := &stream{
		lease: lease, most: int(first.GetMaxOutstandingMessages()), mostBytes: int(first.GetMaxOutstandingBytes()), wake: make(chan struct{}, 1),
	}
	s.mu.Lock()
	sub, err := s.find(first.GetSubscription())
	if err != nil {
		s.mu.Unlock()
		return err
	}
	if st.lease == 0 {
		st.lease = sub.defaultLease()
	}
	sub.streams = append(sub.streams, st)
	s.deliver(sub)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		sub.leave(st)
	}()
	heard := make(chan error, 1)
	s.busy.Go(func() { heard <- s.listen(sub, st, wire, first.GetProtocolVersion() >= 1) })
	return s.write(sub, st, wire, heard)
}

// write sends what is delivered until the client has said its last word.
func (s *Server) write(sub *subscription, st *stream, wire pubsubpb.Subscriber_StreamingPullServer, heard <-chan error) error {
	for {
		s.mu.Lock()
		messages := st.outbox
		st.outbox, st.outboxBytes = nil, 0
		gone := st.gone
		if len(messages) > 0 {
			s.deliver(sub) // there is room again
		}
		deleted, asked := sub.deleted, st.asked
		st.asked = false
		s.mu.Unlock()
		if len(messages) > 0 || asked {
			if err := wire.Send(answer(sub, messages)); err != nil {
				return err
			}
			continue
		}
		if gone {
			return goneError(deleted)
		}
		select {
		case <-st.wake:
		case err := <-heard:
			if err != nil {
				return err
			}
			// No more is delivered; what was goes out.
			s.mu.Lock()
			messages = st.outbox
			st.outbox = nil
			sub.leave(st)
			s.mu.Unlock()
			if len(messages) == 0 {
				return nil
			}
			return wire.Send(answer(sub, messages))
		case <-wire.Context().Done():
			return status.FromContextError(wire.Context().Err()).Err()
		}
	}
}

func goneError(deleted bool) error {
	if deleted {
		return status.Error(codes.NotFound, errDeleted.Error())
	}
	return status.Error(codes.Unavailable, "The server stops")
}

func answer(sub *subscription, messages []*pubsubpb.ReceivedMessage) *pubsubpb.StreamingPullResponse {
	return &pubsubpb.StreamingPullResponse{
		ReceivedMessages: messages,
		SubscriptionProperties: &pubsubpb.StreamingPullResponse_SubscriptionProperties{
			ExactlyOnceDeliveryEnabled: sub.proto.GetEnableExactlyOnceDelivery(),
			MessageOrderingEnabled:     sub.proto.GetEnableMessageOrdering(),
		},
	}
}

// listen does what the client says on its stream. It ends with nil when the
// client has said its last word.
func (s *Server) listen(sub *subscription, st *stream, wire pubsubpb.Subscriber_StreamingPullServer, answers bool) error {
	for {
		in, err := wire.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if len(in.GetModifyDeadlineSeconds()) != len(in.GetModifyDeadlineAckIds()) {
			return status.Error(codes.InvalidArgument, "there must be as many deadlines as ids")
		}
		s.mu.Lock()
		s.ack(sub, in.GetAckIds())
		for i, id := range in.GetModifyDeadlineAckIds() {
			lease, err := leaseOf(in.GetModifyDeadlineSeconds()[i])
			if err == nil {
				s.modify(sub, []string{id}, lease)
			}
		}
		if lease, err := leaseOf(in.GetStreamAckDeadlineSeconds()); err == nil && lease > 0 {
			st.lease = lease
		}
		s.deliver(sub)
		if answers && len(in.GetAckIds()) == 0 && len(in.GetModifyDeadlineAckIds()) == 0 {
			st.asked = true
			st.signal()
		}
		s.mu.Unlock()
	}
}
