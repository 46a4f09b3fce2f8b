package mqtt_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.golang/paho"
	paho3 "github.com/eclipse/paho.mqtt.golang"

	"github.com/weft-dev/weft/wire/driver"
	mqttserver "github.com/weft-dev/weft/wire/mqtt/server"
)

// TestForeignClient5 is about the embedded server and a client that others
// wrote: it must not be able to tell the server from a real one.
func TestForeignClient5(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, host string) {
		topic := fresh(t)
		arrived := make(chan *paho.Publish, 10)
		client := foreign5(t, host, arrived)
		if _, err := client.Subscribe(t.Context(), &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: topic + "/+", QoS: 2}}}); err != nil {
			t.Fatal(err)
		}

		// What the driver sends is what the client gets, and the other way round.
		b := open(t, "mqtt://"+host)
		ours := receiver(t, b, driver.ReceiverOptions{Address: topic + "/b", Group: "weft"})
		s, err := b.Sender(t.Context(), driver.SenderOptions{Address: topic + "/a"})
		if err != nil {
			t.Fatal(err)
		}
		m := &driver.Message{Body: []byte("{}"), CorrelationID: "7", ReplyTo: topic + "/b", Headers: []driver.Header{
			{Name: "content-type", Value: []byte("application/json")}, {Name: "h", Value: []byte("1")}, {Name: "h", Value: []byte("2")},
		}}
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		request := <-arrived
		properties := request.Properties
		if string(request.Payload) != "{}" || string(properties.CorrelationData) != "7" || properties.ContentType != "application/json" ||
			fmt.Sprint(properties.User.GetAll("h")) != "[1 2]" {
			t.Errorf("the client got %v", request)
		}
		for _, qos := range []byte{0, 1, 2} {
			answer := &paho.Publish{
				Topic: properties.ResponseTopic, QoS: qos, Payload: []byte("yes"),
				Properties: &paho.PublishProperties{CorrelationData: properties.CorrelationData, User: paho.UserProperties{{Key: "k", Value: "v"}}},
			}
			if _, err := client.Publish(t.Context(), answer); err != nil {
				t.Fatal(err)
			}
			got := receiveRaw(t, ours, 1)
			if string(got[0].Body) != "yes" || got[0].CorrelationID != "7" || len(got[0].Headers) != 1 {
				t.Errorf("we got %+v", got[0])
			}
			if err := ours.Ack(t.Context(), got...); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := client.Unsubscribe(t.Context(), &paho.Unsubscribe{Topics: []string{topic + "/+"}}); err != nil {
			t.Error(err)
		}
	})
}

func foreign5(t testing.TB, host string, arrived chan<- *paho.Publish) *paho.Client {
	t.Helper()
	c, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	client := paho.NewClient(paho.ClientConfig{Conn: c, OnPublishReceived: []func(paho.PublishReceived) (bool, error){
		func(p paho.PublishReceived) (bool, error) {
			arrived <- p.Packet
			return true, nil
		},
	}})
	if _, err := client.Connect(context.Background(), &paho.Connect{ClientID: fmt.Sprint("foreign", time.Now().UnixNano()), KeepAlive: 30, CleanStart: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.Disconnect(&paho.Disconnect{})
		<-client.Done()
	})
	return client
}

// TestForeignClient3 does the same with the client of 3.1.1, which keeps its
// session over a broken connection.
func TestForeignClient3(t *testing.T) {
	t.Parallel()
	p := newProxy(t, serve(t, mqttserver.Options{}))
	arrived := make(chan paho3.Message, 100)
	opts := paho3.NewClientOptions().AddBroker(p.url("tcp")).SetClientID("foreign3").SetCleanSession(false).
		SetConnectRetryInterval(50 * time.Millisecond).SetMaxReconnectInterval(100 * time.Millisecond).SetResumeSubs(true)
	opts.SetDefaultPublishHandler(func(_ paho3.Client, m paho3.Message) { arrived <- m })
	client := paho3.NewClient(opts)
	wait := func(token paho3.Token) {
		t.Helper()
		if !token.WaitTimeout(time.Minute) || token.Error() != nil {
			t.Fatalf("the client: %v", token.Error())
		}
	}
	wait(client.Connect())
	defer client.Disconnect(100)
	wait(client.Subscribe("orders/#", 1, nil))

	b := open(t, "mqtt://"+p.to)
	ours := receiver(t, b, driver.ReceiverOptions{Address: "answers"})
	for _, want := range []string{"orders/1=a", "orders/2=b"} {
		topic, body, _ := strings.Cut(want, "=")
		send(t, b, topic, nil, body)
		for got := ""; got != want; {
			select {
			case m := <-arrived:
				got = m.Topic() + "=" + string(m.Payload())
				// The first comes again where it was not acknowledged in time.
				if got != want && got != "orders/1=a" {
					t.Fatalf("the client got %s, want %s", got, want)
				}
			case <-time.After(time.Minute):
				t.Fatalf("the client never got %s", want)
			}
		}
		if want == "orders/1=a" {
			p.cut()
		}
	}
	for qos := range byte(3) {
		wait(client.Publish("answers", qos, false, "yes"))
		if got := receive(t, ours, 1); got[0] != "answers=yes" {
			t.Errorf("we got %s", got)
		}
	}
}
