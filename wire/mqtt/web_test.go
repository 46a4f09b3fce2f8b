package mqtt_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	mqttserver "github.com/weft-dev/weft/wire/mqtt/server"
)

func TestOverWebSockets(t *testing.T) {
	certificate := drivertest.NewCertificate(t, "server", time.Now().Add(time.Hour))
	hosts := map[string]string{
		"mqtt embedded":  "mqtt://" + serve(t, mqttserver.Options{}) + "/mqtt",
		"mqtt3 embedded": "mqtt3://" + serve(t, mqttserver.Options{}) + "/mqtt",
		"mqtts embedded": "mqtts://" + serve(t, mqttserver.Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate.Pair}}}) + "/mqtt",
	}
	if host := os.Getenv("WEFT_MOSQUITTO_WS"); host != "" {
		hosts["mqtt Mosquitto"], hosts["mqtt3 Mosquitto"] = "mqtt://"+host+"/mqtt", "mqtt3://"+host+"/mqtt"
	}
	for name, url := range hosts {
		t.Run(name, func(t *testing.T) {
			cfg := broker.Config{}
			if strings.HasPrefix(url, "mqtts") {
				cfg.TLS = &broker.TLS{CA: certificate.Cert}
			}
			b, err := broker.Open(t.Context(), url, cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close(t.Context())
			receiver, err := b.Receiver(t.Context(), driver.ReceiverOptions{Address: "web/" + strings.ReplaceAll(name, " ", "")})
			if err != nil {
				t.Fatal(err)
			}
			defer receiver.Close()
			sender, err := b.Sender(t.Context(), driver.SenderOptions{Address: "web/" + strings.ReplaceAll(name, " ", "")})
			if err != nil {
				t.Fatal(err)
			}
			sizes := []int{1, 3 << 20} // the second is in many messages
			if strings.HasSuffix(name, "Mosquitto") {
				sizes[1] = 60 << 10 // 2.0 stops in the middle of what does not fit its socket at once
			}
			for _, size := range sizes {
				ctx, cancel := context.WithTimeout(t.Context(), drivertest.Patience)
				defer cancel()
				if err := sender.Send(ctx, &driver.Message{Body: make([]byte, size)}); err != nil {
					t.Fatal(err)
				}
				got, err := receiver.Receive(ctx, 1)
				if err != nil || len(got[0].Body) != size {
					t.Fatalf("%d bytes: %v", size, err)
				}
			}
		})
	}
}

func TestNoWebSocketIsTold(t *testing.T) {
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	host := strings.TrimPrefix(web.URL, "http://")
	_, err := broker.Open(t.Context(), "mqtt://"+host+"/mqtt", broker.Config{Attempts: 1})
	if !errors.Is(err, driver.ErrProtocol) || !strings.Contains(err.Error(), "no WebSocket at /mqtt") || !strings.Contains(err.Error(), host) {
		t.Errorf("open: %v", err)
	}
}

func TestFaultsOverWebSockets(t *testing.T) {
	drivertest.Faults{Scheme: "mqtt", Query: "/mqtt"}.Run(t)
}

func TestLimitsOverWebSockets(t *testing.T) {
	drivertest.Limits{
		URL:    "mqtt://" + serve(t, mqttserver.Options{}) + "/mqtt",
		Silent: &driver.SenderOptions{Address: "silent"},
	}.Run(t)
}
