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
	m := newMember(t, kerr.UnknownTopicOrPartition)
	m.settle("a")
	until(t, func() bool { return m.refused.Load() > 0 })
	m.settle("b")
	m.committed(2)
}

// What was settled last has nothing after it that would commit it as well.
func TestACommitThatFailsIsTriedAgainByItself(t *testing.T) {
	m := newMember(t, kerr.RequestTimedOut)
	m.settle("a")
	m.committed(1)
}

// member is the member of a group whose first commits are refused.
type member struct {
	*testing.T
	host     string
	sender   driver.Sender
	receiver driver.Receiver
	refused  *atomic.Int32
}

func newMember(t *testing.T, refusal *kerr.Error) member {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	m := member{T: t, host: cluster.ListenAddrs()[0], refused: new(atomic.Int32)}
	cluster.ControlKey(kmsg.OffsetCommit.Int16(), func(request kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		if commit := request.(*kmsg.OffsetCommitRequest); commit.Generation >= 0 && m.refused.Add(1) <= 3 {
			return refuse(commit, refusal), nil, true
		}
		return nil, nil, false
	})
	conn, err := kafka.Driver{}.Connect(t.Context(), server(m.host))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if m.receiver, err = conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "t", Group: "g", Start: driver.Start{Kind: driver.Beginning}}); err != nil {
		t.Fatal(err)
	}
	if m.sender, err = conn.OpenSender(t.Context(), driver.SenderOptions{Address: "t"}); err != nil {
		t.Fatal(err)
	}
	return m
}

// settle sends a message, receives and settles it.
func (m member) settle(body string) {
	m.Helper()
	if err := m.sender.Send(m.Context(), []*driver.Message{{Body: []byte(body)}}); err != nil {
		m.Fatal(err)
	}
	list, err := m.receiver.Receive(m.Context(), 1)
	if err != nil {
		m.Fatal(err)
	}
	if err := m.receiver.Settle(m.Context(), driver.Settle(driver.Ack, list...)); err != nil {
		m.Errorf("settle %s: %v", body, err)
	}
}

// committed waits until the group is there.
func (m member) committed(offset int64) {
	m.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(m.host))
	if err != nil {
		m.Fatal(err)
	}
	defer client.Close()
	until(m.T, func() bool {
		offsets, err := kadm.NewClient(client).FetchOffsets(m.Context(), "g")
		at, _ := offsets.Lookup("t", 0)
		return err == nil && at.At == offset
	})
}

func refuse(commit *kmsg.OffsetCommitRequest, refusal *kerr.Error) *kmsg.OffsetCommitResponse {
	answer := commit.ResponseKind().(*kmsg.OffsetCommitResponse)
	for _, topic := range commit.Topics {
		to := kmsg.NewOffsetCommitResponseTopic()
		to.Topic, to.TopicID = topic.Topic, topic.TopicID
		for _, partition := range topic.Partitions {
			p := kmsg.NewOffsetCommitResponseTopicPartition()
			p.Partition, p.ErrorCode = partition.Partition, refusal.Code
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
