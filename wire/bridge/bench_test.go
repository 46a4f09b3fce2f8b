package bridge_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/weft-dev/weft/wire/bridge"
	"github.com/weft-dev/weft/wire/duel"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/sqs/emulator"
)

// A bridge beside what somebody would write for this one journey with the two
// client libraries: the same lanes and batches, structs for the messages, no
// contract. Both take turns with the same orders, which wait on Kafka.
//
//	go test -run '^$' -bench . -benchtime 7x ./wire/bridge

const (
	turnSize  = 20_000 // messages in one turn
	benchKeys = 200
	handLanes = 8
	handBatch = 10 // as many as SQS takes
)

// BenchmarkBridgeJSON is Avro on Kafka to JSON on a FIFO queue of SQS.
func BenchmarkBridgeJSON(b *testing.B) {
	w := newWorld(b)
	w.publishMany(turnSize)
	hand := newHand(b, w)
	turn := 0
	var carrying *bridge.Bridge
	var lost sync.Once
	ours := duel.Side{
		Before: func() {
			turn++
			carrying = w.open(bridge.Options{
				Mapping: mapping(b, conversion), Group: "ours" + strconv.Itoa(turn), Limit: turnSize,
				OnEvent: func(e bridge.Event) { lost.Do(func() { b.Error(e) }) },
			})
		},
		Turn: func() {
			if err := carrying.Run(context.Background()); err != nil {
				b.Fatal(err)
			}
		},
		After: func() { hand.emptied(turnSize) },
	}
	duel.Run(b, turnSize, ours, duel.Side{
		Before: func() { hand.open() },
		Turn:   func() { hand.carry(turnSize) },
		After:  func() { hand.client.Close(); hand.emptied(turnSize) },
	})
}

func (w *world) publishMany(n int) {
	w.Helper()
	for first := 0; first < n; first += 1000 {
		list := make([]endpoint.Outgoing, 1000)
		for i := range list {
			list[i] = order(fmt.Sprint("customer-", (first+i)%benchKeys), first+i)
		}
		w.publish(list...)
	}
}

// hand is the bridge as one would write it by hand.
type hand struct {
	*testing.B
	kafka  string
	avro   *avro.Schema
	queues *awssqs.Client
	url    string
	seed   maphash.Seed
	turn   int
	group  string
	client *kgo.Client
}

func newHand(b *testing.B, w *world) *hand {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	b.Cleanup(transport.CloseIdleConnections)
	h := &hand{
		B: b, kafka: hostOf(b, w.urls["shop"]), seed: maphash.MakeSeed(),
		url: "http://" + hostOf(b, w.urls["store"]) + "/" + emulator.Account + "/order-events.fifo",
	}
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
	})
	h.queues = awssqs.New(awssqs.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://" + hostOf(b, w.urls["store"])),
		Credentials: credentials, HTTPClient: &http.Client{Transport: transport},
	})
	var err error
	if h.avro, err = avro.Parse(orderSchema); err != nil {
		b.Fatal(err)
	}
	return h
}

func hostOf(b *testing.B, text string) string {
	b.Helper()
	u, err := url.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	return u.Host
}

// open begins again, in a new group.
func (h *hand) open() {
	h.Helper()
	h.turn++
	h.group = "theirs" + strconv.Itoa(h.turn)
	var err error
	h.client, err = kgo.NewClient(kgo.SeedBrokers(h.kafka), kgo.ConsumerGroup(h.group), kgo.ConsumeTopics("orders.created"),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.DisableAutoCommit(), kgo.DisableClientMetrics())
	if err != nil {
		h.Fatal(err)
	}
}

// carry polls, sends, and commits what was confirmed, a batch after the other;
// each key in one lane.
func (h *hand) carry(n int) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for done := 0; done < n; {
		fetches := h.client.PollRecords(ctx, 1000)
		if err := fetches.Err(); err != nil {
			h.Fatalf("%d of %d were carried: %v", done, n, err)
		}
		var lanes [handLanes][]*kgo.Record
		for _, record := range fetches.Records() {
			lane := maphash.Bytes(h.seed, record.Key) % handLanes
			lanes[lane] = append(lanes[lane], record)
			done++
		}
		var work sync.WaitGroup
		for _, lane := range lanes {
			work.Go(func() { h.send(lane) })
		}
		work.Wait()
		if err := h.client.CommitRecords(ctx, fetches.Records()...); err != nil {
			h.Fatal(err)
		}
	}
}

func (h *hand) send(records []*kgo.Record) {
	for first := 0; first < len(records); first += handBatch {
		in := &awssqs.SendMessageBatchInput{QueueUrl: &h.url}
		for i, record := range records[first:min(first+handBatch, len(records))] {
			in.Entries = append(in.Entries, h.entry(i, record))
		}
		out, err := h.queues.SendMessageBatch(context.Background(), in)
		if err != nil || len(out.Failed) > 0 {
			h.Errorf("%v: %v", err, out)
			return
		}
	}
}

const orderSchema = `{"type":"record","name":"OrderCreated","fields":[
  {"name":"order_id","type":"string"}, {"name":"number","type":"long"},
  {"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}},
  {"name":"created_at","type":{"type":"long","logicalType":"timestamp-millis"}},
  {"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
    {"name":"sku","type":"string"},{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}}]}}}]}`

// What is read, and what is written.
type (
	created struct {
		ID        string    `avro:"order_id"`
		Number    int64     `avro:"number"`
		Total     *big.Rat  `avro:"total"`
		CreatedAt time.Time `avro:"created_at"`
		Items     []struct {
			SKU   string   `avro:"sku"`
			Price *big.Rat `avro:"price"`
		} `avro:"items"`
	}
	storeOrder struct {
		ID        string      `json:"id"`
		Number    int64       `json:"number"`
		Total     string      `json:"total"`
		CreatedAt time.Time   `json:"createdAt"`
		Lines     []storeLine `json:"lines"`
	}
	storeLine struct {
		SKU   string `json:"sku"`
		Price string `json:"price"`
	}
)

func (h *hand) entry(i int, record *kgo.Record) types.SendMessageBatchRequestEntry {
	var in created
	if len(record.Value) < 5 || record.Value[0] != 0 || binary.BigEndian.Uint32(record.Value[1:]) == 0 {
		h.Fatal("there is no schema id")
	}
	if _, err := h.avro.Decode(record.Value[5:], &in); err != nil {
		h.Fatal(err)
	}
	out := storeOrder{ID: in.ID, Number: in.Number, Total: in.Total.FloatString(2), CreatedAt: in.CreatedAt.UTC()}
	for _, item := range in.Items {
		out.Lines = append(out.Lines, storeLine{item.SKU, item.Price.FloatString(2)})
	}
	body, err := json.Marshal(out)
	if err != nil {
		h.Fatal(err)
	}
	attributes := make(map[string]types.MessageAttributeValue, len(record.Headers))
	for _, header := range record.Headers {
		attributes[header.Key] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(string(header.Value))}
	}
	return types.SendMessageBatchRequestEntry{
		Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(body)), MessageAttributes: attributes,
		MessageGroupId: aws.String(string(record.Key)), MessageDeduplicationId: aws.String(fmt.Sprintf("%s-%d-%d", h.group, record.Partition, record.Offset)),
	}
}

// emptied wants so many messages in the queue, and takes them away.
func (h *hand) emptied(n int) {
	h.Helper()
	out, err := h.queues.GetQueueAttributes(context.Background(), &awssqs.GetQueueAttributesInput{
		QueueUrl: &h.url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages},
	})
	if err != nil {
		h.Fatal(err)
	}
	if got := out.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)]; got != strconv.Itoa(n) {
		h.Fatalf("%s of %d messages are in the queue", got, n)
	}
	if _, err := h.queues.PurgeQueue(context.Background(), &awssqs.PurgeQueueInput{QueueUrl: &h.url}); err != nil {
		h.Fatal(err)
	}
}
