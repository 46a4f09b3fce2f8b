package kafka

import (
	"context"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
)

// TestReceiverReadsPartitionsAddedLater looks inside in order not to wait a
// minute for the client to look for partitions again.
func TestReceiverReadsPartitionsAddedLater(t *testing.T) {
	server, err := embedded.Start(t.Context(), "kafka", embedded.Options{Addresses: []string{"grows"}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	opened, err := Driver{}.Connect(t.Context(), driver.Server{Protocol: "kafka", Hosts: []string{server.URL[len("kafka://"):]}})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	c := opened.(*conn)
	subscribed, err := c.OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "grows"})
	if err != nil {
		t.Fatal(err)
	}
	r := subscribed.(*receiver)
	if _, err := c.admin.UpdatePartitions(t.Context(), 3, "grows"); err != nil {
		t.Fatal(err)
	}
	// A client of its own knows the new partitions at once.
	sender, err := c.OpenSender(t.Context(), driver.SenderOptions{Address: "grows", Params: map[string]string{"client.id": "new"}})
	if err != nil {
		t.Fatal(err)
	}
	m := &driver.Message{Body: []byte("a"), Params: map[string]string{"partition": "2"}}
	if err := sender.Send(t.Context(), []*driver.Message{m}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
	defer cancel()
	for {
		r.client.ForceMetadataRefresh()
		short, stop := context.WithTimeout(ctx, 50*time.Millisecond)
		got, err := r.Receive(short, 1)
		stop()
		if err == nil {
			if got[0].Position != "grows/2@0" {
				t.Errorf("received %s, want grows/2@0", got[0].Position)
			}
			return
		}
		if ctx.Err() != nil {
			t.Fatal("the message in the new partition never came")
		}
	}
}
