package googlepubsub_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/weft-dev/weft/extra/googlepubsub/emulator"
	"github.com/weft-dev/weft/wire/driver"
)

// TestTheClientOfGoogle proves the emulator with the client that programs use.
func TestTheClientOfGoogle(t *testing.T) {
	s := start(t, emulator.Options{})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client, err := pubsub.NewClient(ctx, "shop", option.WithEndpoint(s.server.Addr()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	const topic, subscription = "projects/shop/topics/orders", "projects/shop/subscriptions/clerks"
	if _, err := client.TopicAdminClient.CreateTopic(ctx, &pubsubpb.Topic{Name: topic}); err != nil {
		t.Fatal(err)
	}
	_, err = client.SubscriptionAdminClient.CreateSubscription(ctx, &pubsubpb.Subscription{Name: subscription, Topic: topic, EnableMessageOrdering: true})
	if err != nil {
		t.Fatal(err)
	}
	publisher := client.Publisher(topic)
	publisher.EnableMessageOrdering = true
	const count = 50
	for i := range count {
		publisher.Publish(ctx, &pubsub.Message{Data: fmt.Appendf(nil, "%02d", i), OrderingKey: "k"})
	}
	publisher.Stop()
	var got []string
	again := false
	receiving, enough := context.WithCancel(ctx)
	err = client.Subscriber(subscription).Receive(receiving, func(_ context.Context, m *pubsub.Message) {
		if string(m.Data) == "49" && !again {
			again = true
			m.Nack()
			return
		}
		got = append(got, string(m.Data)) // those of a key come one after the other
		m.Ack()
		if string(m.Data) == "49" {
			enough()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range got {
		if want := fmt.Sprintf("%02d", i); body != want || len(got) != count {
			t.Fatalf("received %s", strings.Join(got, " "))
		}
	}
	if !again {
		t.Error("nothing was given back")
	}
}

// TestTheFakeOfGoogle tries the driver with another server of the protocol, one
// that delivers in any order.
func TestTheFakeOfGoogle(t *testing.T) {
	server := pstest.NewServerWithAddress("127.0.0.1:0")
	defer server.Close()
	conn := connect(t, driver.Server{Protocol: "googlepubsub", Hosts: []string{server.Addr}, Path: "shop", Params: map[string][]string{"subscribe": {"allow"}}})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := conn.(driver.Admin).Create(ctx, "orders", driver.AddressSpec{Params: map[string]string{"label:team": "sales", "messageRetentionDuration": "86400s"}}); err != nil {
		t.Fatal(err)
	}
	receiver, err := conn.OpenReceiver(ctx, driver.ReceiverOptions{Address: "orders", Group: "clerks"})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := conn.OpenSender(ctx, driver.SenderOptions{Address: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	const count = 10
	for i := range count {
		if err := sender.Send(ctx, []*driver.Message{{Key: []byte("k"), Body: fmt.Appendf(nil, "%d", i)}}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range count {
		got, err := receiver.Receive(ctx, 1)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprint(i); string(got[0].Body) != want {
			t.Fatalf("received %s, want %s", got[0].Body, want)
		}
		if err := receiver.Settle(ctx, driver.Settle(driver.Ack, got...)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestASubscriptionOfAnotherTopicIsNone is about a name that is taken.
func TestASubscriptionOfAnotherTopicIsNone(t *testing.T) {
	s := start(t, emulator.Options{})
	place := s.place()
	place.Params = nil // nothing is made unasked
	conn := connect(t, place)
	for _, topic := range []string{"orders", "invoices"} {
		if err := conn.(driver.Admin).Create(t.Context(), topic, driver.AddressSpec{}); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.server.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: "projects/shop/subscriptions/clerks", Topic: "projects/shop/topics/orders"})
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]string{"subscription": "clerks"}
	if _, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "orders", Group: "clerks", Params: named}); err != nil {
		t.Error(err)
	}
	for want, opts := range map[string]driver.ReceiverOptions{
		"is of projects/shop/topics/orders": {Address: "invoices", Group: "clerks", Params: named},
		"subscribe=allow":                   {Address: "orders"},
	} {
		if _, err := conn.OpenReceiver(t.Context(), opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one that says %q", err, want)
		}
	}
}
