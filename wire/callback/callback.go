// Package callback delivers events to webhooks: as CloudEvents 1.0 in
// structured mode over HTTP, signed, tried again with growing pauses, and put
// aside as dead letters when nobody takes them. An event is delivered at least
// once, and each time with the same id.
//
// Requests carry the headers of the Standard Webhooks specification:
// webhook-id, webhook-timestamp (seconds) and, where there is a secret,
// webhook-signature: "v1," and the base64 of the HMAC-SHA256 of
// "id.timestamp.body". A receiver that refuses old timestamps cannot be
// deceived by a request that is played again.
//
// It must not know workflows or channels: it has events and URLs.
package callback

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/weft-dev/weft/wire/cloudevents"
)

// Event is something to be delivered.
type Event struct {
	// ID is the event's id, the same for every delivery.
	ID string
	// URL is where it goes.
	URL string
	// Type, Source and Subject are the attributes of CloudEvents; Subject may
	// be "".
	Type, Source, Subject string
	Time                  time.Time
	// Data is plain data.
	Data any
}

// Options say how to deliver.
type Options struct {
	// Secret signs; without one nothing is signed.
	Secret []byte
	// Attempts is how often an event is sent at most; 0 is DefaultAttempts.
	Attempts int
	// Pause is how long to wait after the first failure, doubled after each
	// further one up to MaxPause; 0 is DefaultPause.
	Pause time.Duration
	// Timeout bounds one request; 0 is DefaultTimeout.
	Timeout time.Duration
	// Now is the clock; nil is the system's.
	Now func() time.Time
	// Transport makes the requests; nil is HTTP as usual.
	Transport http.RoundTripper
}

// The defaults.
const (
	DefaultAttempts = 8
	DefaultPause    = time.Second
	MaxPause        = 10 * time.Minute
	DefaultTimeout  = 15 * time.Second
)

// Deliverer delivers events. It may be used by several goroutines.
type Deliverer struct {
	opts   Options
	client *http.Client
}

// New returns a deliverer.
func New(opts Options) *Deliverer {
	if opts.Attempts <= 0 {
		opts.Attempts = DefaultAttempts
	}
	if opts.Pause <= 0 {
		opts.Pause = DefaultPause
	}
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Transport == nil {
		opts.Transport = &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second}
	}
	return &Deliverer{opts: opts, client: &http.Client{
		Transport: opts.Transport,
		// A webhook is where it was registered: a redirect could lead an event
		// to somebody else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close lets connections go that are kept.
func (d *Deliverer) Close() { d.client.CloseIdleConnections() }

// DeadError means that an event was given up: it is a dead letter.
type DeadError struct {
	Attempts int
	// Last is why the last attempt failed.
	Last error
}

// Error implements error.
func (e *DeadError) Error() string {
	return fmt.Sprintf("given up after %d attempts: %s", e.Attempts, e.Last)
}

// Unwrap returns why the last attempt failed.
func (e *DeadError) Unwrap() error { return e.Last }

// Deliver sends an event until it is taken, and tells each failure; failed may
// be nil. It fails with a *DeadError when it gives up, or with the context's
// error.
func (d *Deliverer) Deliver(ctx context.Context, e Event, failed func(attempt int, next time.Duration, err error)) error {
	body, err := encode(&e)
	if err != nil {
		return &DeadError{0, err}
	}
	pause := d.opts.Pause
	for attempt := 1; ; attempt++ {
		wait, err := d.attempt(ctx, &e, body)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if attempt >= d.opts.Attempts || errors.Is(err, errRefused) {
			return &DeadError{attempt, err}
		}
		wait = min(max(wait, pause), MaxPause)
		if failed != nil {
			failed(attempt, wait, err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		pause = min(2*pause, MaxPause)
	}
}

// errRefused is an answer that no repetition will change.
var errRefused = errors.New("the webhook is gone")

// maxAnswer bounds how much of an answer is read, so that a connection can be
// used again.
const maxAnswer = 64 << 10

// attempt sends once. Where the receiver says when to try again, it returns
// that.
func (d *Deliverer) attempt(ctx context.Context, e *Event, body []byte) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, d.opts.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errRefused, err)
	}
	stamp := strconv.FormatInt(d.opts.Now().Unix(), 10)
	request.Header.Set("Content-Type", cloudevents.MediaType)
	request.Header.Set("webhook-id", e.ID)
	request.Header.Set("webhook-timestamp", stamp)
	if len(d.opts.Secret) > 0 {
		request.Header.Set("webhook-signature", Sign(d.opts.Secret, e.ID, stamp, body))
	}
	answer, err := d.client.Do(request)
	if err != nil {
		return 0, unwrapURL(err)
	}
	defer func() { _ = answer.Body.Close() }() // nothing was promised of it
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)
	switch {
	case answer.StatusCode/100 == 2:
		return 0, nil
	case answer.StatusCode == http.StatusGone:
		return 0, fmt.Errorf("%w: it answered 410", errRefused)
	}
	seconds, _ := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 16)
	return time.Duration(seconds) * time.Second, fmt.Errorf("it answered %d", answer.StatusCode)
}

// unwrapURL takes the URL out of an error, which may have a secret in it.
func unwrapURL(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// Sign returns the signature of a request.
func Sign(secret []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	_, _ = fmt.Fprintf(mac, "%s.%s.", id, timestamp) // a hash never fails
	_, _ = mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func encode(e *Event) ([]byte, error) {
	attributes := map[string]any{
		"specversion": cloudevents.SpecVersion, "id": e.ID, "type": e.Type, "source": e.Source,
		"datacontenttype": "application/json", "data": e.Data,
	}
	if e.Subject != "" {
		attributes["subject"] = e.Subject
	}
	if !e.Time.IsZero() {
		attributes["time"] = e.Time.UTC().Format(time.RFC3339Nano)
	}
	return json.Marshal(attributes)
}
