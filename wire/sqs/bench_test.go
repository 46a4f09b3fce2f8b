package sqs_test

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/duel"
	"github.com/weft-dev/weft/wire/sqs/emulator"
)

// The driver beside its own client library, which does what a program would do
// by hand: batches of ten, one after the other. The two take turns within one
// benchmark, so that what else the machine does hits both; the ratio is the
// median of all rounds: 1 is as fast as the client, 0.5 half as fast.
//
//	go test -run '^$' -bench . -benchtime 7x ./wire/sqs

const (
	bodySize = 200
	turnSize = 2000 // messages in one turn
)

type rivals struct {
	broker *broker.Broker
	client *awssqs.Client
	url    string
}

func newRivals(b *testing.B) *rivals {
	b.Helper()
	s := start(b, emulator.Options{})
	if err := s.server.MakeQueue("bench"); err != nil {
		b.Fatal(err)
	}
	opened, err := broker.Open(context.Background(), "sqs://"+s.server.Host(), broker.Config{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = opened.Close(context.Background()) })
	transport := &http.Transport{}
	b.Cleanup(transport.CloseIdleConnections)
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
	})
	client := awssqs.New(awssqs.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://" + s.server.Host()), Credentials: credentials, HTTPClient: &http.Client{Transport: transport},
	})
	return &rivals{broker: opened, client: client, url: "http://" + s.server.Host() + "/" + emulator.Account + "/bench"}
}

func benchMessages() []*driver.Message {
	list := make([]*driver.Message, turnSize)
	for i := range list {
		list[i] = &driver.Message{Headers: []driver.Header{{Name: "kind", Value: []byte("bench")}}, Body: bytes.Repeat([]byte("x"), bodySize)}
	}
	return list
}

func (r *rivals) sendByHand(b *testing.B, messages []*driver.Message) {
	for first := 0; first < len(messages); first += 10 {
		in := &awssqs.SendMessageBatchInput{QueueUrl: &r.url}
		for i, m := range messages[first : first+10] {
			in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{
				Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(m.Body)),
				MessageAttributes: map[string]types.MessageAttributeValue{"kind": {DataType: aws.String("String"), StringValue: aws.String("bench")}},
			})
		}
		if _, err := r.client.SendMessageBatch(context.Background(), in); err != nil {
			b.Fatal(err)
		}
	}
}

func (r *rivals) purge(b *testing.B) {
	if _, err := r.client.PurgeQueue(context.Background(), &awssqs.PurgeQueueInput{QueueUrl: &r.url}); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkSend(b *testing.B) {
	r, messages := newRivals(b), benchMessages()
	sender, err := r.broker.Sender(context.Background(), driver.SenderOptions{Address: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	purge := func() { r.purge(b) }
	duel.Run(b, turnSize, duel.Side{Turn: func() {
		if err := sender.Send(context.Background(), messages...); err != nil {
			b.Fatal(err)
		}
	}, After: purge}, duel.Side{Turn: func() { r.sendByHand(b, messages) }, After: purge})
}

// BenchmarkReceive receives and settles.
func BenchmarkReceive(b *testing.B) {
	r, messages := newRivals(b), benchMessages()
	fill := func() { r.sendByHand(b, messages) }
	var receiver *broker.Receiver
	duel.Run(b, turnSize, duel.Side{
		Before: func() {
			fill()
			var err error
			if receiver, err = r.broker.Receiver(context.Background(), driver.ReceiverOptions{Address: "bench"}); err != nil {
				b.Fatal(err)
			}
		},
		Turn: func() {
			for got := 0; got < turnSize; {
				list, err := receiver.Receive(context.Background(), 0)
				if err != nil {
					b.Fatal(err)
				}
				if err := receiver.Ack(context.Background(), list...); err != nil {
					b.Fatal(err)
				}
				got += len(list)
			}
		},
		After: func() { _ = receiver.Close() },
	}, duel.Side{Before: fill, Turn: func() { r.receiveByHand(b) }})
}

func (r *rivals) receiveByHand(b *testing.B) {
	for got := 0; got < turnSize; {
		out, err := r.client.ReceiveMessage(context.Background(), &awssqs.ReceiveMessageInput{
			QueueUrl: &r.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			b.Fatal(err)
		}
		in := &awssqs.DeleteMessageBatchInput{QueueUrl: &r.url}
		for i, m := range out.Messages {
			in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: m.ReceiptHandle})
		}
		if _, err := r.client.DeleteMessageBatch(context.Background(), in); err != nil {
			b.Fatal(err)
		}
		got += len(out.Messages)
	}
}
