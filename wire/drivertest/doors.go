package drivertest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// Door is a way into a server, and whether it opens.
type Door struct {
	Name   string
	URL    string
	Config broker.Config
	// Kind is the kind of the error where it does not open, nil where it does.
	Kind error
	// Or is what the network may make of it: who hangs up at once may take with
	// it what it has just said. It may be nil.
	Or error
	// Says is what the error says besides the server's name.
	Says string
	// Unnamed says that the error need not name the server: it is about us.
	Unnamed bool
}

// Doors tries them all at once. None may take much longer than its deadline,
// which is Patience where it has none, and no error may tell one of the secrets.
func Doors(t *testing.T, doors []Door, secrets ...string) {
	t.Helper()
	tries := make([]func(*testing.T) (*broker.Broker, error), len(doors))
	for i, d := range doors {
		tries[i] = d.try(t.Context())
	}
	for i, d := range doors {
		t.Run(d.Name, func(t *testing.T) {
			b, err := tries[i](t)
			if d.Kind != nil {
				d.shut(t, err, secrets)
			} else if err != nil {
				t.Fatalf("open: %v", err)
			}
			if err == nil {
				d.leave(t, b)
			}
		})
	}
}

// try begins to open the door; the result waits for what came of it.
func (d Door) try(ctx context.Context) func(*testing.T) (*broker.Broker, error) {
	if d.Config.ConnectTimeout == 0 {
		d.Config.ConnectTimeout = Patience
	}
	var b *broker.Broker
	var err error
	var took time.Duration
	done := make(chan struct{})
	go func() {
		defer close(done)
		start := time.Now()
		b, err = broker.Open(ctx, d.URL, d.Config)
		took = time.Since(start)
	}()
	return func(t *testing.T) (*broker.Broker, error) {
		t.Helper()
		<-done
		if took > d.Config.ConnectTimeout+Patience {
			t.Errorf("it took %v, the deadline is %v", took, d.Config.ConnectTimeout)
		}
		return b, err
	}
}

// shut judges the error of a door that must not open.
func (d Door) shut(t *testing.T, err error, secrets []string) {
	t.Helper()
	if !errors.Is(err, d.Kind) && (d.Or == nil || !errors.Is(err, d.Or)) {
		t.Fatalf("open: %v, want %v", err, d.Kind)
	}
	var known *driver.Error
	if !errors.As(err, &known) {
		t.Fatalf("%v is no driver.Error", err)
	}
	if known.Hint == "" && !d.Unnamed {
		t.Errorf("%q does not say what to do", err)
	}
	if want := hostOf(d.URL); !d.Unnamed && !strings.Contains(err.Error(), want) {
		t.Errorf("%q does not name %s", err, want)
	}
	if !strings.Contains(err.Error(), d.Says) {
		t.Errorf("%q does not say %q", err, d.Says)
	}
	for _, secret := range secrets {
		if strings.Contains(err.Error(), secret) {
			t.Error("the error tells a secret")
		}
	}
}

func hostOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	rest, _, _ = strings.Cut(rest, "?")
	host, _, _ := strings.Cut(rest, "/")
	return host[strings.LastIndexByte(host, '@')+1:]
}

func (d Door) leave(t *testing.T, b *broker.Broker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if err := b.Ping(ctx); err != nil {
		t.Errorf("ping: %v", err)
	}
	if err := b.Close(ctx); err != nil {
		t.Errorf("close: %v", err)
	}
}

// Real is a real server with TLS and logins, as scripts/brokers starts them.
type Real struct {
	Host string // of the variable that was asked for
	User string
	// Password and Wrong are references.
	Password, Wrong broker.Ref
	dir             string
}

// RealServer is the server that a variable names; without it the test is
// skipped.
func RealServer(t *testing.T, variable, name string) Real {
	t.Helper()
	host, dir := os.Getenv(variable), os.Getenv("WEFT_BROKERS_TLS")
	if host == "" || dir == "" {
		t.Skipf(`no real server with TLS: run eval "$(scripts/brokers up %s)", which sets %s=host:port`, name, variable)
	}
	t.Setenv("WEFT_TEST_WRONG", "planted-wrong-secret")
	return Real{Host: host, User: os.Getenv("WEFT_BROKERS_USER"), Password: "env:WEFT_BROKERS_PASSWORD", Wrong: "env:WEFT_TEST_WRONG", dir: dir}
}

// TLS trusts the server; with our certificate where it is wanted.
func (r Real) TLS(certificate bool) *broker.TLS {
	config := &broker.TLS{CA: r.file("ca.pem")}
	if certificate {
		config.Cert, config.Key = r.file("client.pem"), r.file("client-key.pem")
	}
	return config
}

// Stranger is the TLS of somebody who trusts others.
func (r Real) Stranger() *broker.TLS { return &broker.TLS{CA: r.file("other-ca.pem")} }

func (r Real) file(name string) broker.Ref { return broker.Ref("file:" + filepath.Join(r.dir, name)) }

// Login are the doors of a server that wants a user and a password over TLS:
// the right one, and those that must not open. The URL is what leads there,
// without TLS in its name.
func (r Real) Login(url, sasl string) []Door {
	with := func(user string, password broker.Ref, tls *broker.TLS) broker.Config {
		if user == "" {
			return broker.Config{TLS: tls}
		}
		return broker.Config{User: user, Password: password, SASL: sasl, TLS: tls}
	}
	return []Door{
		{Name: "right", URL: url, Config: with(r.User, r.Password, r.TLS(false))},
		{Name: "wrong password", URL: url, Config: with(r.User, r.Wrong, r.TLS(false)), Kind: driver.ErrAuth},
		{Name: "unknown user", URL: url, Config: with("nobody-here", r.Password, r.TLS(false)), Kind: driver.ErrAuth},
		{Name: "unknown CA", URL: url, Config: with(r.User, r.Password, r.Stranger()), Kind: driver.ErrAuth, Says: "CA"},
		{Name: "wrong name", URL: url, Config: with(r.User, r.Password, &broker.TLS{CA: r.file("ca.pem"), ServerName: "elsewhere"}), Kind: driver.ErrAuth, Says: "elsewhere"},
	}
}

// Expired is the door of a server whose certificate has expired.
func Expired(t *testing.T, variable, name, scheme string) []Door {
	t.Helper()
	r := RealServer(t, variable, name)
	return []Door{{Name: "expired certificate", URL: scheme + r.Host, Config: broker.Config{TLS: r.TLS(false)}, Kind: driver.ErrAuth, Says: "expired"}}
}
