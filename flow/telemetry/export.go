// Package telemetry tells an OpenTelemetry collector of runs: a span for the
// run, for each step, each attempt and each call and message, with the ids that
// went out with them (wire/trace), so that they join the spans of the services
// on both sides.
//
// It speaks OTLP over HTTP in JSON itself: the exporter of OpenTelemetry's SDK
// brings gRPC with it, 4 MB, and text/template where a build tag is forgotten.
//
// It must not change what a run does: it never waits for a collector, and what
// cannot be told is counted and dropped. No payload becomes part of a span.
package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// The bounds of what waits to be told.
const (
	maxQueue = 8192 // spans
	maxBatch = 512  // spans of one request
	every    = 2 * time.Second
	attempts = 4
	maxPause = 5 * time.Second // between two attempts

	firstPause = 200 * time.Millisecond
)

// Exporter sends spans to a collector, beside the runs.
type Exporter struct {
	config   *Config
	client   *http.Client
	resource []attribute
	ctx      context.Context
	stop     context.CancelFunc
	wake     chan struct{}
	done     chan struct{}

	mu      sync.Mutex
	queue   []*span
	ending  bool
	dropped int
	why     error
}

// New makes an exporter. Close ends it.
func New(c *Config) (*Exporter, error) {
	httpClient, err := c.client()
	if err != nil {
		return nil, err
	}
	e := &Exporter{config: c, client: httpClient, wake: make(chan struct{}, 1), done: make(chan struct{})}
	e.ctx, e.stop = context.WithCancel(context.Background())
	for _, name := range slices.Sorted(maps.Keys(c.Resource)) {
		e.resource = append(e.resource, attribute{name, c.Resource[name]})
	}
	go e.run()
	return e, nil
}

// add queues a span. It never waits.
func (e *Exporter) add(s *span) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.queue) >= maxQueue || e.ending {
		e.dropped++
		if e.why == nil {
			e.why = errors.New("more came than it took")
		}
		return
	}
	e.queue = append(e.queue, s)
	if len(e.queue) >= maxBatch {
		e.rouse()
	}
}

func (e *Exporter) rouse() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func (e *Exporter) run() {
	defer close(e.done)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-e.wake:
		}
		for {
			batch, ending := e.take()
			if len(batch) == 0 && ending {
				return
			}
			if len(batch) == 0 {
				break
			}
			e.send(batch)
		}
	}
}

func (e *Exporter) take() (batch []*span, ending bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := min(len(e.queue), maxBatch)
	batch = e.queue[:n:n]
	e.queue = e.queue[n:]
	return batch, e.ending
}

// send tells the collector, and once more where it says that it could not.
func (e *Exporter) send(batch []*span) {
	body, err := encode(e.resource, batch)
	if err == nil && e.config.Gzip {
		body, err = zipped(body)
	}
	for i := 0; err == nil; i++ {
		pause, refused := e.post(body)
		if refused == nil {
			return
		}
		if pause == 0 || i+1 == attempts || !e.sleep(min(pause<<i, maxPause)) {
			err = refused
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dropped += len(batch)
	if e.why == nil {
		e.why = err
	}
}

func (e *Exporter) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-e.ctx.Done():
		return false
	}
}

// post sends one request. With an error it says after which time another may
// succeed; 0 is never.
func (e *Exporter) post(body []byte) (time.Duration, error) {
	request, err := http.NewRequestWithContext(e.ctx, http.MethodPost, e.config.Endpoint, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("its URL cannot be used")
	}
	for name, value := range e.config.Headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/json")
	if e.config.Gzip {
		request.Header.Set("Content-Encoding", "gzip")
	}
	answer, err := e.client.Do(request)
	if err != nil {
		var inner interface{ Unwrap() error }
		if errors.As(err, &inner) && inner.Unwrap() != nil {
			err = inner.Unwrap() // without the URL, which may hold a secret
		}
		if e.isEnding() {
			return 0, err // nobody is there, and somebody waits for us
		}
		return firstPause, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	switch answer.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		pause := firstPause
		if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
			pause = time.Duration(min(seconds, 60)) * time.Second
		}
		return pause, fmt.Errorf("it answered %d", answer.StatusCode)
	}
	if answer.StatusCode/100 != 2 {
		return 0, fmt.Errorf("it answered %d", answer.StatusCode)
	}
	return 0, nil
}

func (e *Exporter) isEnding() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ending
}

func zipped(body []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(body)
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Close sends what is left, until ctx ends. The error says that spans were lost
// and why; nobody's run is the worse for it.
func (e *Exporter) Close(ctx context.Context) error {
	e.mu.Lock()
	e.ending = true
	e.mu.Unlock()
	e.rouse()
	select {
	case <-e.done:
	case <-ctx.Done():
		e.stop()
		<-e.done
	}
	e.stop()
	e.client.CloseIdleConnections()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.dropped == 0 {
		return nil
	}
	spans := "spans were"
	if e.dropped == 1 {
		spans = "span was"
	}
	return fmt.Errorf("%d %s not taken by %s: %w", e.dropped, spans, e.config.shown(), e.why)
}
