package kafka_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/kafka"
)

// eviction puts the member of a group out while it holds what it has fetched
// and has not yet looked at: the worst moment there is.
type eviction struct {
	admin *kadm.Client
	group string
	at    int64 // the offset at which it happens
	once  sync.Once
	t     *testing.T
}

// OnFetchRecordUnbuffered is called before a poll returns.
func (e *eviction) OnFetchRecordUnbuffered(r *kgo.Record, polled bool) {
	if !polled || r.Offset != e.at {
		return
	}
	e.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		before := e.member(ctx)
		if _, err := e.admin.LeaveGroup(ctx, kadm.LeaveGroup(e.group).Reason("a test").InstanceIDs("it")); err != nil {
			e.t.Errorf("the member cannot be put out: %v", err)
		}
		// Where the driver lets it, the member comes back now, and what it has
		// fetched is of a turn that is over. It may also wait for us.
		for range 200 {
			if now := e.member(ctx); now != "" && now != before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
}

// member is the id of the one member; empty while there is none.
func (e *eviction) member(ctx context.Context) string {
	groups, err := e.admin.DescribeGroups(ctx, e.group)
	if err != nil || groups[e.group].State != "Stable" || len(groups[e.group].Members) == 0 {
		return ""
	}
	return groups[e.group].Members[0].MemberID
}

// What was delivered and not settled comes again, though the group was lost and
// came back while later messages were on their way and were settled.
func TestNothingIsCommittedOverWhatAnEarlierTurnHadOpen(t *testing.T) {
	const messages, batch = 10, 5
	b := newBroker(t, embedded.Options{Addresses: []string{"turns"}})
	conn, err := kafka.Driver{}.Connect(t.Context(), server(b.host()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sender, err := conn.OpenSender(t.Context(), driver.SenderOptions{Address: "turns"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range messages {
		if err := sender.Send(t.Context(), []*driver.Message{{Key: []byte("k"), Body: []byte(strconv.Itoa(i))}}); err != nil {
			t.Fatal(err)
		}
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(b.host()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	kafka.Hook(conn, &eviction{admin: kadm.NewClient(client), group: "g", at: batch, t: t})
	open := func(settings map[string]string) driver.Receiver {
		t.Helper()
		r, err := conn.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "turns", Group: "g", Start: driver.Start{Kind: driver.Beginning}, Params: settings})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	first := open(map[string]string{"group.instance.id": "it", "heartbeat.interval.ms": "50"})
	take := func(r driver.Receiver) []*driver.Message {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
		defer cancel()
		list, err := r.Receive(ctx, batch)
		if err != nil {
			t.Fatalf("nothing comes: %v", err)
		}
		return list
	}
	if open := take(first); len(open) != batch || string(open[0].Body) != "0" {
		t.Fatalf("%d messages came first", len(open))
	}
	later := take(first)
	var settled []driver.Settlement
	for _, m := range later {
		settled = append(settled, driver.Settlement{Message: m, Outcome: driver.Ack})
	}
	_ = first.Settle(t.Context(), settled) // it may be told that they are another's now
	_ = first.Close()

	second := open(nil)
	defer second.Close()
	if again := take(second); string(again[0].Body) != "0" {
		t.Errorf("message %s comes first, and those before it are lost", again[0].Body)
	}
}
