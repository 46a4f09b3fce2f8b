package drivertest

import (
	"context"
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// RoundTrip sees that a broker which let us in also works: a message goes to the
// address "orders", made as create says, and comes back. Then it is closed.
func RoundTrip(t *testing.T, b *broker.Broker, create *driver.AddressSpec) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	receiver, err := b.Receiver(ctx, driver.ReceiverOptions{Address: "orders", Create: create})
	if err != nil {
		t.Fatal(err)
	}
	sender, err := b.Sender(ctx, driver.SenderOptions{Address: "orders", Create: create})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(ctx, &driver.Message{Body: []byte("a")}); err != nil {
		t.Fatal(err)
	}
	messages, err := receiver.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Ack(ctx, messages...); err != nil {
		t.Errorf("ack: %v", err)
	}
	if err := b.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}
