package googlepubsub_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/extra/googlepubsub/emulator"
	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

func TestFaultsOfServersAreTold(t *testing.T) {
	t.Setenv("WEFT_TEST_TOKEN", token)
	brief := broker.Config{ConnectTimeout: 2 * time.Second, Attempts: 2}
	known := brief // a token goes to no server in plain text, and nobody enters another without
	known.Password = "env:WEFT_TEST_TOKEN"
	at := func(host string) string { return "googlepubsub://" + host + "/shop" }
	web := drivertest.Answers("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
	drivertest.Doors(t, []drivertest.Door{
		{Name: "accepts and never answers", URL: at(drivertest.Listen(t, drivertest.FallsSilent(""))), Config: brief, Kind: driver.ErrTimeout, Says: "check"},
		{Name: "sends a web page", URL: at(drivertest.Listen(t, web)), Config: brief, Kind: driver.ErrProtocol, Or: driver.ErrTimeout, Says: "check"},
		{Name: "hangs up", URL: at(drivertest.Listen(t, func(c net.Conn) { _ = c.Close() })), Config: brief, Kind: driver.ErrProtocol, Or: driver.ErrTimeout, Says: "check"},
		{Name: "refuses", URL: at(drivertest.Refusing(t)), Config: brief, Kind: driver.ErrUnreachable, Or: driver.ErrTimeout, Says: "check"},
		{Name: "has no such name", URL: at("no-such-host.invalid:443"), Config: known, Kind: driver.ErrUnreachable, Or: driver.ErrTimeout, Says: "check"},
	}, token)
}

const token = "an-access-token-of-somebody"

func TestServersThatCannotBe(t *testing.T) {
	t.Setenv("WEFT_TEST_TOKEN", token)
	known := broker.Config{Password: "env:WEFT_TEST_TOKEN"}
	for url, test := range map[string]struct {
		cfg  broker.Config
		want string
	}{
		"googlepubsub://pubsub.googleapis.com/shop":                        {broker.Config{}, "there are no credentials"},
		"googlepubsub://cloud.google.com/pubsub":                           {broker.Config{}, "there are no credentials"},
		"googlepubsub://pubsub.googleapis.com/shop?tls=off":                {known, "plain text is for an emulator"},
		"googlepubsub://127.0.0.1:1/shop":                                  {known, "not sent in plain text"},
		"googlepubsub://127.0.0.1:1/shop?tls=maybe":                        {broker.Config{}, "on, off"},
		"googlepubsub://127.0.0.1:1/shop/orders":                           {broker.Config{}, "is no project"},
		"googlepubsub://127.0.0.1:1/shop?project=other":                    {broker.Config{}, "two projects"},
		"googlepubsub://127.0.0.1:1,127.0.0.1:2/shop":                      {broker.Config{}, "one host"},
		"googlepubsub://127.0.0.1:1/shop?porject=x":                        {broker.Config{}, "porject"},
		"googlepubsub://127.0.0.1:1/shop?subscribe=perhaps":                {broker.Config{}, "allow, never"},
		"googlepubsub://127.0.0.1:1/shop?credentials=key.json":             {broker.Config{}, "can only be adc"},
		"googlepubsub://anna@pubsub.googleapis.com/shop":                   {known, "there are no users"},
		"googlepubsub://pubsub.googleapis.com/shop?credentials=adc&tls=on": {known, "two credentials"},
	} {
		test.cfg.ConnectTimeout = drivertest.Patience
		_, err := broker.Open(context.Background(), url, test.cfg)
		if !errors.Is(err, driver.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want one that is invalid and says %q", url, err, test.want)
		}
	}
}

// secure is an emulator with TLS that lets one token in.
func secure(t *testing.T, judge func(string) error) (*service, broker.Ref) {
	t.Helper()
	c := drivertest.NewCertificate(t, "service", time.Now().Add(time.Hour))
	return start(t, emulator.Options{TLS: &tls.Config{Certificates: []tls.Certificate{c.Pair}}, Authorize: judge}), c.Cert
}

// tryOpen opens a server and sends one message; what is wrong may show only then.
func tryOpen(url string, cfg broker.Config) error {
	ctx, cancel := context.WithTimeout(context.Background(), drivertest.Patience)
	defer cancel()
	b, err := broker.Open(ctx, url, cfg)
	if err != nil {
		return err
	}
	defer b.Close(ctx)
	return b.Create(ctx, "orders", driver.AddressSpec{})
}

func TestLogin(t *testing.T) {
	key, public := serviceAccount(t)
	s, ca := secure(t, func(given string) error {
		if given == token || isSigned(given, public) {
			return nil
		}
		return errors.New("who is that")
	})
	t.Setenv("WEFT_TEST_TOKEN", token)
	t.Setenv("WEFT_TEST_WRONG", "a-wrong-token")
	t.Setenv("WEFT_TEST_OTHER", `{"type": "external_account", "credential_source": {"executable": {"command": "rm"}}}`)
	other, _ := serviceAccount(t)
	for name, test := range map[string]struct {
		password broker.Ref
		kind     error
	}{
		"token":                {"env:WEFT_TEST_TOKEN", nil},
		"service account":      {key, nil},
		"wrong token":          {"env:WEFT_TEST_WRONG", driver.ErrAuth},
		"another's key":        {other, driver.ErrAuth},
		"nothing":              {"", driver.ErrAuth},
		"no service account":   {"env:WEFT_TEST_OTHER", driver.ErrAuth},
		"nothing is there":     {"env:WEFT_TEST_ABSENT", driver.ErrInvalid},
		"the secret as it is ": {token, driver.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			err := tryOpen("googlepubsub://"+s.server.Addr()+"/shop", broker.Config{Password: test.password, TLS: &broker.TLS{CA: ca}, ConnectTimeout: drivertest.Patience})
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
			if err != nil && (strings.Contains(err.Error(), "token-of-somebody") || strings.Contains(err.Error(), "a-wrong-token")) {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestTLS(t *testing.T) {
	s, ca := secure(t, nil)
	for name, test := range map[string]struct {
		params string
		tls    *broker.TLS
		kind   error
	}{
		"trusted":    {"", &broker.TLS{CA: ca}, nil},
		"unknown CA": {"?tls=on", nil, driver.ErrAuth},
		"wrong name": {"", &broker.TLS{CA: ca, ServerName: "elsewhere"}, driver.ErrAuth},
		"plain text": {"", nil, driver.ErrProtocol},
	} {
		t.Run(name, func(t *testing.T) {
			err := tryOpen("googlepubsub://"+s.server.Addr()+"/shop"+test.params, broker.Config{TLS: test.tls, ConnectTimeout: drivertest.Patience, Attempts: 1})
			if !errors.Is(err, test.kind) {
				t.Fatalf("open: %v, want %v", err, test.kind)
			}
		})
	}
}

// serviceAccount makes a key as the service gives it out, and what to know its
// signatures by.
func serviceAccount(t *testing.T) (broker.Ref, *rsa.PublicKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "shop", "private_key_id": "1", "client_email": "weft@shop.invalid",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return broker.Ref("file:" + path), &key.PublicKey
}

// isSigned judges a token that a service account has made for itself.
func isSigned(token string, key *rsa.PublicKey) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
}
