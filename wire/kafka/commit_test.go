package kafka_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/kafka"
)

// A broker that stops or starts may not know a topic for a moment. What was
// settled meanwhile is committed after it, and nobody is told of an error.
func TestACommitIsTriedAgainWhereTheTopicIsUnknownForAMoment(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	var refused atomic.Int32
	cluster.ControlKey(kmsg.OffsetCommit.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
		if commit := request.(*kmsg.OffsetCommitRequest); commit.Generation >= 0 && refused.Add(1) <= 3 {
			cluster.KeepControl()
			return unknownTopic(commit), nil, true
		}
		cluster.KeepControl()
		return nil, nil, false
	})
	host := cluster.ListenAddrs()[0]
	conn, err := kafka.Driver{}.Connect(t.Context(), server(host))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	receiver, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "t", Group: "g", Start: driver.Start{Kind: driver.Beginning}})
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close()
	sender, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "t"})
	if err != nil {
		t.Fatal(err)
	}
	settleOne := func(body string) {
		t.Helper()
		if err := sender.Send(t.Context(), []*driver.Message{{Body: []byte(body)}}); err != nil {
			t.Fatal(err)
		}
		list, err := receiver.Receive(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := receiver.Settle(t.Context(), driver.Settle(driver.Ack, list...)); err != nil {
			t.Errorf("settle %s: %v", body, err)
		}
	}
	settleOne("a")
	until(t, func() bool { return refused.Load() > 0 })
	settleOne("b")
	client, err := kgo.NewClient(kgo.SeedBrokers(host))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	until(t, func() bool {
		offsets, err := kadm.NewClient(client).FetchOffsets(t.Context(), "g")
		at, _ := offsets.Lookup("t", 0)
		return err == nil && at.At == 2
	})
}

func unknownTopic(commit *kmsg.OffsetCommitRequest) *kmsg.OffsetCommitResponse {
	answer := commit.ResponseKind().(*kmsg.OffsetCommitResponse)
	for _, topic := range commit.Topics {
		to := kmsg.NewOffsetCommitResponseTopic()
		to.Topic, to.TopicID = topic.Topic, topic.TopicID
		for _, partition := range topic.Partitions {
			p := kmsg.NewOffsetCommitResponseTopicPartition()
			p.Partition, p.ErrorCode = partition.Partition, kerr.UnknownTopicOrPartition.Code
			to.Partitions = append(to.Partitions, p)
		}
		answer.Topics = append(answer.Topics, to)
	}
	return answer
}

func until(t *testing.T, holds func() bool) {
	t.Helper()
	for limit := time.Now().Add(drivertest.Patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("it never came to be")
		}
	}
}
