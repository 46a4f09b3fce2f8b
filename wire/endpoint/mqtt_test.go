package endpoint_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/embedded"
	"github.com/weft-dev/weft/wire/endpoint"
	_ "github.com/weft-dev/weft/wire/mqtt"
)

const mqttDocument = `
asyncapi: 3.0.0
info: {title: t, version: '1'}
servers:
  house:
    host: localhost:1883
    protocol: mqtt
    bindings:
      mqtt:
        clientId: lamp/1
        cleanSession: false
        keepAlive: 5
        sessionExpiryInterval: 600
        maximumPacketSize: {type: integer, default: 100000}
        lastWill: {topic: house/gone, qos: 1, message: the lamp is gone, retain: true}
        bindingVersion: 0.2.0
channels:
  light:
    address: house/{room}/light
    parameters: {room: {}}
    messages:
      m:
        contentType: application/json
        payload: {type: object}
        bindings: {mqtt: {payloadFormatIndicator: 1, contentType: text/plain, responseTopic: house/answers, correlationData: {type: string}, bindingVersion: 0.2.0}}
  gone: {address: house/gone, messages: {m: {contentType: text/plain}}}
operations:
  light:
    action: receive
    channel: {$ref: '#/channels/light'}
    bindings: {mqtt: {qos: 2, retain: true, messageExpiryInterval: {type: integer, const: 60}, bindingVersion: 0.2.0}}
  gone: {action: send, channel: {$ref: '#/channels/gone'}}
`

func mqttServer(t *testing.T) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(t.Context(), "mqtt", embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func mqttHub(t *testing.T, url string) *endpoint.Hub {
	t.Helper()
	hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: url, Embedded: true}}})
	t.Cleanup(func() {
		if err := hub.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return hub
}

// TestMQTTBindings is about what a contract says of MQTT: the group that a kept
// session makes, a parameter without a value, how messages are sent.
func TestMQTTBindings(t *testing.T) {
	server, source := mqttServer(t), loadText(t, "mqtt.yaml", mqttDocument)
	hub := mqttHub(t, server.URL)
	lamp, err := hub.Receiver(t.Context(), source, target(t, source, "light", endpoint.Receive), endpoint.ReceiverOptions{AsApplication: true})
	if err != nil {
		t.Fatal(err)
	}
	if lamp.Group() != "lamp-1" || lamp.Address() != "house/+/light" {
		t.Errorf("received by %q from %q, want lamp-1 from house/+/light", lamp.Group(), lamp.Address())
	}
	light, err := hub.Sender(t.Context(), source, target(t, source, "light", endpoint.Send), endpoint.SenderOptions{Parameters: map[string]string{"room": "kitchen"}})
	if err != nil {
		t.Fatal(err)
	}
	sent, err := light.Send(t.Context(), endpoint.Outgoing{Payload: map[string]any{"on": true}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"payload.format": "1", "response.topic": "house/answers"}
	if !maps.Equal(sent.Raw.Params, want) {
		t.Errorf("sent with the parameters %v, want %v", sent.Raw.Params, want)
	}
	m := mqttReceive(t, lamp)
	if m.Address != "house/kitchen/light" || m.ReplyTo != "house/answers" || m.Raw.Params["payload.format"] != "1" || m.Raw.Params["message.expiry"] == "" {
		t.Errorf("received from %q, reply to %q, parameters %v", m.Address, m.ReplyTo, m.Raw.Params)
	}
	if m.ContentType != "application/json" {
		t.Errorf("received the content type %q", m.ContentType)
	}
	if err := lamp.Ack(t.Context(), m); err != nil {
		t.Error(err)
	}
	if value, _ := mqttRetained(t, server.URL, "house/kitchen/light"); value == "" {
		t.Error("the message was not retained")
	}
}

func mqttReceive(t *testing.T, r *endpoint.Receiver) *endpoint.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	messages, err := r.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	return messages[0]
}

// mqttRetained returns what a topic has retained.
func mqttRetained(t *testing.T, url, topic string) (string, error) {
	t.Helper()
	b, err := broker.Open(t.Context(), url, broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(context.Background())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := b.Receiver(ctx, driver.ReceiverOptions{Address: topic, Params: map[string]string{"retained": "true"}})
	if err != nil {
		t.Fatal(err)
	}
	messages, err := r.Receive(ctx, 1)
	if err != nil {
		return "", err
	}
	return string(messages[0].Body), nil
}

// TestMQTTLastWillIsTheApplications: only who plays the application has one.
func TestMQTTLastWillIsTheApplications(t *testing.T) {
	server, source := mqttServer(t), loadText(t, "mqtt.yaml", mqttDocument)
	gone := target(t, source, "gone", endpoint.Send)
	for _, asApplication := range []bool{false, true} {
		hub := mqttHub(t, server.URL)
		if _, err := hub.Sender(t.Context(), source, gone, endpoint.SenderOptions{AsApplication: asApplication}); err != nil {
			t.Fatal(err)
		}
		// A second client of the name makes the server end the first.
		rival, err := broker.Open(t.Context(), server.URL+"?client.id=lamp/1", broker.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if !asApplication {
			watcher, err := rival.Receiver(t.Context(), driver.ReceiverOptions{Address: "house/gone", Params: map[string]string{"retained": "true"}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			if messages, err := watcher.Receive(ctx, 1); err == nil {
				t.Errorf("the counterpart left the last will %q", messages[0].Body)
			}
			cancel()
		} else if will, err := mqttRetained(t, server.URL, "house/gone"); err != nil || will != "the lamp is gone" {
			t.Errorf("the application left %q, %v", will, err)
		}
		if err := rival.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
}

// TestMQTTVersion: the document's protocol version chooses, the URL's name wins.
func TestMQTTVersion(t *testing.T) {
	old := strings.Replace(mqttDocument, "protocol: mqtt\n", "protocol: mqtt\n    protocolVersion: 3.1.1\n", 1)
	source := loadText(t, "mqtt.yaml", old)
	light := target(t, source, "light", endpoint.Send)
	for url, want := range map[string]string{
		"":                   "mqtt3://localhost:1883",
		"mqtt://a:1":         "mqtt3://a:1",
		"mqtts://a:1":        "mqtt3s://a:1",
		"mqtt5://a:1":        "mqtt5://a:1",
		"secure-mqtt://a:1":  "mqtt3s://a:1",
		"mqtt3://a:1?qos=no": "mqtt3://a:1?qos=no",
	} {
		hub := endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: url}}})
		if got, err := hub.ServerOf(source, light); err != nil || got != want {
			t.Errorf("%q is reached at %q, %v, want %q", url, got, err, want)
		}
	}
	source = loadText(t, "mqtt.yaml", mqttDocument)
	hub := endpoint.NewHub(endpoint.HubOptions{})
	if got, err := hub.ServerOf(source, target(t, source, "light", endpoint.Send)); err != nil || got != "mqtt://localhost:1883" {
		t.Errorf("without a version it is reached at %q, %v", got, err)
	}
}

func TestMQTTFindings(t *testing.T) {
	for name, test := range map[string]struct {
		replace [2]string
		want    []string
	}{
		"as it is": {want: []string{
			"info: the application's sending connection has this name; each receiver has a connection and a name of its own",
			"info: the correlation data is not held against this schema",
			`warning: messages are sent with the content type of the message, "application/json"`,
		}},
		"3.1.1": {replace: [2]string{"protocol: mqtt\n", "protocol: mqtt\n    protocolVersion: 3.1.1\n"}, want: []string{
			"info: MQTT 3.1.1 does not tell the server of maximumPacketSize",
			"info: MQTT 3.1.1 does not tell the server of sessionExpiryInterval",
			"info: the application's sending connection has this name; each receiver has a connection and a name of its own",
			"warning: MQTT 3.1.1 has no contentType: messages are sent without",
			"warning: MQTT 3.1.1 has no correlationData: messages are sent without",
			"warning: MQTT 3.1.1 has no message expiry: messages are sent without",
			"warning: MQTT 3.1.1 has no payloadFormatIndicator: messages are sent without",
			"warning: MQTT 3.1.1 has no responseTopic: messages are sent without",
		}},
		"no name": {replace: [2]string{"clientId: lamp/1", "clientId: ''"}, want: []string{
			"info: the application's sending connection has this name; each receiver has a connection and a name of its own",
			"info: the correlation data is not held against this schema",
			"warning: a session that is kept needs a clientId to be found again: the application starts without one",
			`warning: messages are sent with the content type of the message, "application/json"`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			text := mqttDocument
			if test.replace[0] != "" {
				text = strings.Replace(text, test.replace[0], test.replace[1], 1)
			}
			source := loadText(t, "mqtt.yaml", text)
			found := endpoint.NewHub(endpoint.HubOptions{}).Check(source, target(t, source, "light", endpoint.Send))
			var got []string
			for _, d := range found {
				if d.Code != endpoint.CodeBinding || d.Severity == diag.Error {
					t.Errorf("unexpected: %+v", d)
				}
				got = append(got, d.Severity.String()+": "+d.Message)
			}
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}
