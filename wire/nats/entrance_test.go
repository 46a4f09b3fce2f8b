package nats_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
)

// secured starts a server that wants to know who comes in.
func secured(t *testing.T, opts natsserver.Options) string {
	t.Helper()
	opts.Host, opts.Port, opts.NoLog, opts.NoSigs = "127.0.0.1", natsserver.RANDOM_PORT, true, true
	s, err := natsserver.NewServer(&opts)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(drivertest.Patience) {
		t.Fatal("the server does not listen")
	}
	return s.Addr().String()
}

// enters opens a server and expects to be let in, or an error of a kind.
func enters(t *testing.T, url string, cfg broker.Config, kind error, secrets ...string) {
	t.Helper()
	cfg.Attempts, cfg.ConnectTimeout = 1, drivertest.Patience
	b, err := broker.Open(context.Background(), url, cfg)
	if !errors.Is(err, kind) {
		t.Fatalf("open: %v, want %v", err, kind)
	}
	if err == nil {
		drivertest.RoundTrip(t, b, nil)
		return
	}
	for _, secret := range secrets {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
}

const password, wrong = "correct-horse-battery", "wrong-secret-value"

func TestUserAndPassword(t *testing.T) {
	host := secured(t, natsserver.Options{Username: "ada", Password: password})
	t.Setenv("WEFT_TEST_PASSWORD", password)
	t.Setenv("WEFT_TEST_WRONG", wrong)
	enters(t, "nats://ada@"+host, broker.Config{Password: "env:WEFT_TEST_PASSWORD"}, nil)
	enters(t, "nats://"+host, broker.Config{User: "ada", Password: "env:WEFT_TEST_PASSWORD", SASL: "PLAIN"}, nil)
	enters(t, "nats://ada@"+host, broker.Config{Password: "env:WEFT_TEST_WRONG"}, driver.ErrAuth, password, wrong)
	enters(t, "nats://"+host, broker.Config{}, driver.ErrAuth)
	enters(t, "nats://ada@"+host, broker.Config{}, driver.ErrInvalid)
	enters(t, "nats://ada@"+host, broker.Config{Password: "env:WEFT_TEST_PASSWORD", SASL: "SCRAM-SHA-256"}, driver.ErrInvalid, password)
	enters(t, "nats://ada@"+host+"?creds=env:WEFT_TEST_WRONG", broker.Config{Password: "env:WEFT_TEST_PASSWORD"}, driver.ErrInvalid, password, wrong)
}

func TestToken(t *testing.T) {
	host := secured(t, natsserver.Options{Authorization: password})
	t.Setenv("WEFT_TEST_TOKEN", password)
	t.Setenv("WEFT_TEST_WRONG", wrong)
	enters(t, "nats://"+host, broker.Config{Password: "env:WEFT_TEST_TOKEN"}, nil)
	enters(t, "nats://"+host, broker.Config{Password: "env:WEFT_TEST_WRONG"}, driver.ErrAuth, password, wrong)
}

func TestNKey(t *testing.T) {
	ours, other := newSeed(t), newSeed(t)
	public, err := ours.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	host := secured(t, natsserver.Options{Nkeys: []*natsserver.NkeyUser{{Nkey: public}}})
	file := secretFile(t, seedOf(t, ours))
	t.Setenv("WEFT_TEST_SEED", seedOf(t, other))
	enters(t, "nats://"+host+"?nkey=file:"+file, broker.Config{}, nil)
	enters(t, "nats://"+host+"?nkey=env:WEFT_TEST_SEED", broker.Config{}, driver.ErrAuth, seedOf(t, ours), seedOf(t, other))
	t.Setenv("WEFT_TEST_SEED", wrong)
	enters(t, "nats://"+host+"?nkey=env:WEFT_TEST_SEED", broker.Config{}, driver.ErrInvalid, wrong)
}

func newSeed(t *testing.T) nkeys.KeyPair {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func seedOf(t *testing.T, pair nkeys.KeyPair) string {
	t.Helper()
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	return string(seed)
}

func secretFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestCredentials enters as the user of an account whose operator signed it.
func TestCredentials(t *testing.T) {
	operator, account, user := newOperator(t), newAccount(t), newSeed(t)
	public := func(pair nkeys.KeyPair) string {
		text, err := pair.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	accountClaims := jwt.NewAccountClaims(public(account))
	accountJWT, err := accountClaims.Encode(operator)
	if err != nil {
		t.Fatal(err)
	}
	userJWT, err := jwt.NewUserClaims(public(user)).Encode(account)
	if err != nil {
		t.Fatal(err)
	}
	resolver := &natsserver.MemAccResolver{}
	if err := resolver.Store(public(account), accountJWT); err != nil {
		t.Fatal(err)
	}
	host := secured(t, natsserver.Options{TrustedKeys: []string{public(operator)}, AccountResolver: resolver})
	creds, err := jwt.FormatUserConfig(userJWT, []byte(seedOf(t, user)))
	if err != nil {
		t.Fatal(err)
	}
	enters(t, "nats://"+host+"?creds=file:"+secretFile(t, string(creds)), broker.Config{}, nil)
	foreign := strings.Replace(string(creds), seedOf(t, user), seedOf(t, newSeed(t)), 1)
	enters(t, "nats://"+host+"?creds=file:"+secretFile(t, foreign), broker.Config{}, driver.ErrAuth, seedOf(t, user))
	enters(t, "nats://"+host+"?creds=file:"+secretFile(t, "nothing"), broker.Config{}, driver.ErrInvalid)
}

func newOperator(t *testing.T) nkeys.KeyPair {
	t.Helper()
	pair, err := nkeys.CreateOperator()
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func newAccount(t *testing.T) nkeys.KeyPair {
	t.Helper()
	pair, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// TestPermissions is about a user who may enter and not do everything.
func TestPermissions(t *testing.T) {
	host := secured(t, natsserver.Options{Users: []*natsserver.User{{
		Username: "ada", Password: password,
		Permissions: &natsserver.Permissions{
			Publish:   &natsserver.SubjectPermission{Deny: []string{"secret"}},
			Subscribe: &natsserver.SubjectPermission{Deny: []string{"secret"}},
		},
	}}})
	t.Setenv("WEFT_TEST_PASSWORD", password)
	b, err := broker.Open(t.Context(), "nats://ada@"+host, broker.Config{Password: "env:WEFT_TEST_PASSWORD"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = b.Close(context.Background()) }()
	sender, err := b.Sender(t.Context(), driver.SenderOptions{Address: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err = sender.Send(t.Context(), &driver.Message{Body: []byte("a")})
		if !errors.Is(err, driver.ErrAuth) || !strings.Contains(err.Error(), `"secret"`) {
			t.Errorf("send: %v, want %v", err, driver.ErrAuth)
		}
	}
	if _, err := b.Receiver(t.Context(), driver.ReceiverOptions{Address: "secret"}); !errors.Is(err, driver.ErrAuth) {
		t.Errorf("receive: %v, want %v", err, driver.ErrAuth)
	}
	other, err := b.Sender(t.Context(), driver.SenderOptions{Address: "open"})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Send(t.Context(), &driver.Message{Body: []byte("a")}); err != nil {
		t.Errorf("send what may be sent: %v", err)
	}
}

// authority signs certificates for both ends.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	ref  broker.Ref
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert, a.key = template, newKey(t)
	der := a.sign(t, template, a.key)
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a.cert = parsed
	a.ref = broker.Ref("file:" + secretFile(t, pemOf("CERTIFICATE", der)))
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) sign(t *testing.T, template *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// issue makes a certificate that is good until a time.
func (a *authority) issue(t *testing.T, until time.Time) (cert, key string) {
	t.Helper()
	k := newKey(t)
	der := a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, k)
	text, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return pemOf("CERTIFICATE", der), pemOf("PRIVATE KEY", text)
}

func (a *authority) serverConfig(t *testing.T, until time.Time) *tls.Config {
	t.Helper()
	cert, key := a.issue(t, until)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, MinVersion: tls.VersionTLS12}
}

func TestTLS(t *testing.T) {
	a := newAuthority(t)
	soon := time.Now().Add(time.Hour)
	plain := natsserver.Options{TLS: true, TLSTimeout: 2, TLSConfig: a.serverConfig(t, soon)}
	host := secured(t, plain)
	old := secured(t, natsserver.Options{TLS: true, TLSTimeout: 2, TLSConfig: a.serverConfig(t, time.Now().Add(-time.Hour))})
	mutual := a.serverConfig(t, soon)
	mutual.ClientAuth = tls.RequireAndVerifyClientCert
	both := secured(t, natsserver.Options{TLS: true, TLSTimeout: 2, TLSConfig: mutual})
	first := secured(t, natsserver.Options{TLS: true, TLSTimeout: 2, TLSConfig: a.serverConfig(t, soon), TLSHandshakeFirst: true})
	none := secured(t, natsserver.Options{})
	cert, key := a.issue(t, soon)
	ours := &broker.TLS{CA: a.ref, Cert: broker.Ref("file:" + secretFile(t, cert)), Key: broker.Ref("file:" + secretFile(t, key))}
	for name, test := range map[string]struct {
		url  string
		tls  *broker.TLS
		kind error
	}{
		"trusted":                    {"nats://" + host, &broker.TLS{CA: a.ref}, nil},
		"by protocol name":           {"nats-secure://" + host, &broker.TLS{CA: a.ref}, nil},
		"unknown CA":                 {"nats-secure://" + host, nil, driver.ErrAuth},
		"wrong name":                 {"nats://" + host, &broker.TLS{CA: a.ref, ServerName: "elsewhere"}, driver.ErrAuth},
		"expired":                    {"nats://" + old, &broker.TLS{CA: a.ref}, driver.ErrAuth},
		"client certificate":         {"nats://" + both, ours, nil},
		"missing client certificate": {"nats://" + both, &broker.TLS{CA: a.ref}, driver.ErrAuth},
		"handshake first":            {"nats-secure://" + first + "?tls=first", &broker.TLS{CA: a.ref}, nil},
		"a server without TLS":       {"nats-secure://" + none, &broker.TLS{CA: a.ref}, driver.ErrProtocol},
	} {
		t.Run(name, func(t *testing.T) { enters(t, test.url, broker.Config{TLS: test.tls}, test.kind) })
	}
}

func startJetless(t *testing.T) string { t.Helper(); return secured(t, natsserver.Options{}) }
