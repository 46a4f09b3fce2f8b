package drivertest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// Limits are what a server that works does not do. What a driver says of them is
// the same on every protocol: within its deadline, at which server and address,
// and what to do.
type Limits struct {
	// URL is where the server is, and Config how to enter. Its Timeout is the
	// deadline of a send; Patience where it has none.
	URL    string
	Config broker.Config
	// Missing is an address that is not there, and must be; nil where the
	// protocol has none.
	Missing *driver.SenderOptions
	// MissingSource is an address that is not there to receive from, where only
	// that tells.
	MissingSource *driver.ReceiverOptions
	// Full is an address that has room for a few messages of FullBytes; nil
	// where the protocol does not tell. Fill makes it so; it may be nil.
	Full      *driver.SenderOptions
	FullBytes int
	Fill      func(t *testing.T)
	// FullSays is what the error says.
	FullSays string
	// Large is an address that takes no message of LargeBytes.
	Large      *driver.SenderOptions
	LargeBytes int
	// Silent is an address at a server that is there and then answers nothing,
	// as behind a connection that is open at one end only.
	Silent *driver.SenderOptions
}

// Run tries those that there are.
func (l Limits) Run(t *testing.T) {
	t.Helper()
	if l.Config.Timeout == 0 {
		l.Config.Timeout = Patience
	}
	if l.Config.Attempts == 0 {
		l.Config.Attempts = 2
	}
	if l.Missing != nil {
		t.Run("an address that is missing", func(t *testing.T) { l.missing(t) })
	}
	if l.MissingSource != nil {
		t.Run("a source that is missing", func(t *testing.T) { l.missingSource(t) })
	}
	if l.Full != nil {
		t.Run("an address that is full", func(t *testing.T) { l.full(t) })
	}
	if l.Large != nil {
		t.Run("a message that is too large", func(t *testing.T) { l.large(t) })
	}
	if l.Silent != nil {
		t.Run("a server that answers nothing more", func(t *testing.T) { l.silent(t) })
	}
}

func (l Limits) missing(t *testing.T) {
	b := l.open(t, l.URL)
	l.judge(t, hostOf(l.URL), *l.Missing, driver.ErrNoSuchAddress, func(ctx context.Context) error {
		sender, err := b.Sender(ctx, *l.Missing)
		if err != nil {
			return err
		}
		return sender.Send(ctx, &driver.Message{Body: []byte("a")})
	})
}

func (l Limits) missingSource(t *testing.T) {
	b := l.open(t, l.URL)
	opts := *l.MissingSource
	l.judge(t, hostOf(l.URL), driver.SenderOptions{Address: opts.Address}, driver.ErrNoSuchAddress, func(ctx context.Context) error {
		_, err := b.Receiver(ctx, opts)
		return err
	})
}

// mostUntilFull is how many messages are sent to what has room for a few.
const mostUntilFull = 50

func (l Limits) full(t *testing.T) {
	b := l.open(t, l.URL)
	sender := l.sender(t, b, *l.Full)
	if l.Fill != nil {
		l.Fill(t)
	}
	var full error
	for n := 0; full == nil && n < mostUntilFull; n++ {
		Within(t, l.Config.Timeout, func() {
			full = sender.Send(t.Context(), &driver.Message{Body: make([]byte, l.FullBytes)})
		})
	}
	l.judge(t, hostOf(l.URL), *l.Full, driver.ErrServer, func(context.Context) error { return full })
	if full != nil && (!strings.Contains(full.Error(), l.FullSays) || !driver.Retryable(full)) {
		t.Errorf("%q does not say %q, or not that it may pass", full, l.FullSays)
	}
}

func (l Limits) large(t *testing.T) {
	b := l.open(t, l.URL)
	sender := l.sender(t, b, *l.Large)
	l.judge(t, hostOf(l.URL), *l.Large, driver.ErrTooLarge, func(ctx context.Context) error {
		return sender.Send(ctx, &driver.Message{Body: make([]byte, l.LargeBytes)})
	})
	if err := sender.Send(t.Context(), &driver.Message{Body: []byte("a")}); err != nil {
		t.Errorf("a small message after it: %v", err)
	}
}

func (l Limits) silent(t *testing.T) {
	relay := NewRelay(t, hostOf(l.URL))
	l.Config.Timeout = Haste
	b := l.open(t, strings.Replace(l.URL, hostOf(l.URL), relay.Host, 1))
	t.Cleanup(relay.HangUp) // before the broker is closed, which would wait for it
	var sender *broker.Sender
	Insist(t, func() (err error) {
		sender, err = b.Sender(t.Context(), *l.Silent)
		return err
	})
	Insist(t, func() error { return sender.Send(t.Context(), &driver.Message{Body: []byte("a")}) })
	relay.Silent.Store(true)
	l.judge(t, relay.Host, *l.Silent, driver.ErrTimeout, func(ctx context.Context) error {
		return sender.Send(ctx, &driver.Message{Body: []byte("a")})
	})
}

func (l Limits) open(t *testing.T, url string) *broker.Broker {
	t.Helper()
	b, err := broker.Open(t.Context(), url, l.Config)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		_ = b.Close(ctx)
	})
	return b
}

func (l Limits) sender(t *testing.T, b *broker.Broker, opts driver.SenderOptions) *broker.Sender {
	t.Helper()
	sender, err := b.Sender(t.Context(), opts)
	if err != nil {
		t.Fatalf("open a sender: %v", err)
	}
	return sender
}

// judge wants an error of a kind that names server and address and says what to
// do, in time.
func (l Limits) judge(t *testing.T, host string, opts driver.SenderOptions, kind error, do func(context.Context) error) {
	t.Helper()
	var err error
	Within(t, l.Config.Timeout, func() { err = do(t.Context()) })
	if !errors.Is(err, kind) {
		t.Fatalf("%v, want %v", err, kind)
	}
	var known *driver.Error
	if !errors.As(err, &known) || known.Hint == "" {
		t.Errorf("%q does not say what to do", err)
	}
	for _, want := range []string{host, opts.Address} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
}
