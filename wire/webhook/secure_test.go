package webhook_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/webhook"
)

// signature is how others sign, by the example of the Standard Webhooks.
func signature(key []byte, id string, at time.Time, body string) http.Header {
	stamp := fmt.Sprint(at.Unix())
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, id+"."+stamp+"."+body)
	return http.Header{
		"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {"v1a,b3RoZXI= v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}
}

func TestWebhooksAreSignedAndVerified(t *testing.T) {
	key := []byte("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	t.Setenv("WEFT_TEST_HOOK_SECRET", "another whsec_"+base64.StdEncoding.EncodeToString(key))
	server := here(t)
	server.Params["http.secret"] = []string{"env:WEFT_TEST_HOOK_SECRET"}
	conn := connect(t, server)
	receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/hooks"})
	if err := senderAt(t, conn, driver.SenderOptions{Address: "/hooks", Compression: "gzip"}).Send(t.Context(), []*driver.Message{{Body: []byte("ours")}}); err != nil {
		t.Fatal(err)
	}
	if got := receiveOne(t, receiver); string(got.Body) != "ours" || !strings.HasPrefix(got.ID, "msg_") || len(got.Headers) != 0 {
		t.Errorf("received %q, id %q, headers %v", got.Body, got.ID, got.Headers)
	}
	now := time.Now()
	changed := signature(key, "msg_1", now, "body")
	changed.Set("Webhook-Id", "msg_2")
	for name, test := range map[string]struct {
		header http.Header
		want   int
	}{
		"right":             {signature(key, "msg_1", now, "body"), http.StatusAccepted},
		"by another secret": {signature([]byte("another"), "msg_1", now, "body"), http.StatusAccepted},
		"by a wrong secret": {signature([]byte("wrong"), "msg_1", now, "body"), http.StatusUnauthorized},
		"of another body":   {signature(key, "msg_1", now, "bodx"), http.StatusUnauthorized},
		"of another id":     {changed, http.StatusUnauthorized},
		"too old":           {signature(key, "msg_1", now.Add(-6*time.Minute), "body"), http.StatusUnauthorized},
		"from the future":   {signature(key, "msg_1", now.Add(6*time.Minute), "body"), http.StatusUnauthorized},
		"none":              {nil, http.StatusUnauthorized},
	} {
		if response := post(t, "http://"+server.Hosts[0]+"/hooks", test.header, []byte("body")); response.StatusCode != test.want {
			t.Errorf("%s: answered with %s, want %d", name, response.Status, test.want)
		}
	}
}

// certificates are an authority and what it has signed: a server's and a client's.
func certificates(t *testing.T) (pool *x509.CertPool, server, client tls.Certificate) {
	t.Helper()
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(template *x509.Certificate) tls.Certificate {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.CreateCertificate(rand.Reader, template, authority, &key.PublicKey, authorityKey)
		if err != nil {
			t.Fatal(err)
		}
		return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	leaf := func(n int64, usage x509.ExtKeyUsage) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(n), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
			ExtKeyUsage: []x509.ExtKeyUsage{usage}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		}
	}
	return pool, signed(leaf(2, x509.ExtKeyUsageServerAuth)), signed(leaf(3, x509.ExtKeyUsageClientAuth))
}

func TestWebhooksComeByTLSFromThoseWithACertificate(t *testing.T) {
	pool, ours, theirs := certificates(t)
	server := here(t)
	server.Protocol = "webhooks"
	server.TLS = &tls.Config{Certificates: []tls.Certificate{ours}, RootCAs: pool, MinVersion: tls.VersionTLS12}
	receiver := receiverAt(t, connect(t, server), driver.ReceiverOptions{Address: "/hooks"})
	client := driver.Server{
		Protocol: "https", Hosts: server.Hosts, Params: map[string][]string{},
		TLS: &tls.Config{Certificates: []tls.Certificate{theirs}, RootCAs: pool, MinVersion: tls.VersionTLS12},
	}
	if err := senderAt(t, connect(t, client), driver.SenderOptions{Address: "/hooks"}).Send(t.Context(), []*driver.Message{{Body: []byte("in")}}); err != nil {
		t.Fatal(err)
	}
	if got := receiveOne(t, receiver); string(got.Body) != "in" {
		t.Errorf("received %q", got.Body)
	}
	client.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	// Who hangs up at once may take with it what it has just said.
	if _, err := (webhook.Driver{}).Connect(t.Context(), client); !errors.Is(err, driver.ErrAuth) && !errors.Is(err, driver.ErrProtocol) {
		t.Errorf("without a certificate: %v, want %v", err, driver.ErrAuth)
	}
	client.TLS = nil
	if _, err := (webhook.Driver{}).Connect(t.Context(), client); !errors.Is(err, driver.ErrAuth) || !strings.Contains(err.Error(), "CA certificates") {
		t.Errorf("without their authority: %v, want %v", err, driver.ErrAuth)
	}
	bare := here(t)
	bare.Protocol = "webhooks"
	if _, err := connect(t, bare).OpenReceiver(t.Context(), driver.ReceiverOptions{Address: "/x"}); !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("listen with TLS and no certificate: %v, want %v", err, driver.ErrInvalid)
	}
}

// TestHTTP2CarriesMessagesAndEvents has a server that tells by which version it
// was asked, behind TLS.
func TestHTTP2CarriesMessagesAndEvents(t *testing.T) {
	seen := make(chan string, 10)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Method + " " + r.Proto
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: a\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	conn := connect(t, driver.Server{
		Protocol: "https", Hosts: []string{server.Listener.Addr().String()}, TLS: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	})
	if got := receiveOne(t, receiverAt(t, conn, driver.ReceiverOptions{Address: "/x"})); string(got.Body) != "a" {
		t.Errorf("received %q", got.Body)
	}
	if err := senderAt(t, conn, driver.SenderOptions{Address: "/x", Params: map[string]string{"method": "PUT"}}).Send(t.Context(), []*driver.Message{{Body: []byte("b")}}); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"HEAD HTTP/2.0", "GET HTTP/2.0", "PUT HTTP/2.0"} {
		if got := <-seen; got != want {
			t.Errorf("the server was asked by %s, want %s", got, want)
		}
	}
}

func TestWrongCredentialsAreToldAndNotRepeated(t *testing.T) {
	const hush = "hush-hush"
	server := served(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+hush {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	delete(server.Params, "http.probe")
	server.Password = func() (string, error) { return hush, nil }
	connect(t, server)
	server.Password = func() (string, error) { return "wrong-" + hush, nil }
	_, err := webhook.Driver{}.Connect(t.Context(), server)
	if !errors.Is(err, driver.ErrAuth) || !strings.Contains(err.Error(), "check user and password") || strings.Contains(err.Error(), hush) {
		t.Errorf("with a wrong token: %v, want %v", err, driver.ErrAuth)
	}
}

// TestCredentialsStayWithTheServer has a server that sends us to another one.
func TestCredentialsStayWithTheServer(t *testing.T) {
	reached := make(chan struct{}, 10)
	other := served(t, func(http.ResponseWriter, *http.Request) { reached <- struct{}{} })
	server := served(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+other.Hosts[0]+"/", http.StatusTemporaryRedirect)
	})
	server.Password = func() (string, error) { return "hush", nil }
	conn := connect(t, server)
	if err := senderAt(t, conn, driver.SenderOptions{Address: "/x"}).Send(t.Context(), []*driver.Message{{Body: []byte("x")}}); !errors.Is(err, driver.ErrProtocol) {
		t.Errorf("send: %v, want %v", err, driver.ErrProtocol)
	}
	if len(reached) > 0 {
		t.Error("the other server was asked")
	}
}

// TestAnswersAreMessages is how servers work that answer at once.
func TestAnswersAreMessages(t *testing.T) {
	server := served(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(body) > 0 {
			w.Header().Set("Content-Type", "text/plain")
			fmt.Fprintf(w, "re: %s", body)
		}
	})
	conn := connect(t, server)
	receiver := receiverAt(t, conn, driver.ReceiverOptions{Address: "/ask", Params: map[string]string{"answers": "true"}})
	sender := senderAt(t, conn, driver.SenderOptions{Address: "/ask"})
	if err := sender.Send(t.Context(), []*driver.Message{{}, {Body: []byte("what"), CorrelationID: "c-1"}}); err != nil {
		t.Fatal(err)
	}
	got := receiveOne(t, receiver)
	contentType, _ := got.Header("content-type")
	if string(got.Body) != "re: what" || got.CorrelationID != "c-1" || got.Params["status"] != "200" || string(contentType) != "text/plain" {
		t.Errorf("received %+v", got)
	}
}
