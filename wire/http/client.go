package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"time"

	"github.com/weft-dev/weft/spec/openapi"
	"github.com/weft-dev/weft/wire/oauth"
)

// The defaults of Options.
const (
	DefaultMaxResponse = 16 << 20
	DefaultTimeout     = 30 * time.Second
)

// Options bound what calls may cost. The zero Options have the defaults.
type Options struct {
	// MaxResponse is the largest body that is read, in bytes.
	MaxResponse int64
	// Timeout bounds a call whose Request has none of its own.
	Timeout time.Duration
	// Transport carries requests out; nil makes one that keeps connections.
	Transport nethttp.RoundTripper
	// UserAgent is sent as User-Agent; empty is "weft".
	UserAgent string
	// Tokens asks authorization servers for tokens, those that it may; nil asks
	// none.
	Tokens oauth.Client
}

// Client calls operations. It keeps connections open between calls and may be
// used from several goroutines.
type Client struct {
	opt    Options
	client *nethttp.Client
	own    *nethttp.Transport // nil where a transport was given
	tokens tokens
}

// New makes a Client.
func New(opt Options) *Client {
	c := &Client{opt: opt, tokens: tokens{client: opt.Tokens}}
	if c.opt.MaxResponse <= 0 {
		c.opt.MaxResponse = DefaultMaxResponse
	}
	if c.opt.Timeout <= 0 {
		c.opt.Timeout = DefaultTimeout
	}
	if c.opt.UserAgent == "" {
		c.opt.UserAgent = "weft"
	}
	if c.opt.Transport == nil {
		c.own = newTransport()
		c.opt.Transport = c.own
	}
	c.client = &nethttp.Client{
		Transport: c.opt.Transport,
		CheckRedirect: func(*nethttp.Request, []*nethttp.Request) error {
			return nethttp.ErrUseLastResponse // the contract says which status is right
		},
	}
	return c
}

func newTransport() *nethttp.Transport {
	return &nethttp.Transport{
		Proxy:                 nethttp.ProxyFromEnvironment,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          200,
		MaxIdleConnsPerHost:   100,
		IdleConnTimeout:       60 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// Close gives up connections that are kept open.
func (c *Client) Close() {
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

// Parameter is a value for a parameter of an operation.
type Parameter struct {
	Name string
	// In is where it goes; InUnknown means wherever the operation has it.
	In    openapi.Location
	Value any
}

// Request says what to call.
type Request struct {
	Operation *openapi.Operation
	// BaseURL is the server, as BaseURL or a user gave it.
	BaseURL    string
	Parameters []Parameter
	// Body is plain data, sent if HasBody is true: null is a body too.
	Body    any
	HasBody bool
	// ContentType is that of the body; empty takes JSON if the operation
	// offers it, else the first that it offers.
	ContentType string
	// Accept overrides what the operation's responses say.
	Accept string
	// Headers are sent besides parameters: traceparent, an idempotency key.
	Headers map[string]string
	// Credentials are by the name of their security scheme.
	Credentials map[string]Credential
	// Anonymous sends no credentials whatever the operation asks for: mocks
	// check none.
	Anonymous bool
	// Timeout bounds the whole call; 0 is the Client's.
	Timeout time.Duration
}

// Error says that there was no response.
type Error struct {
	// Operation, Method and URL name the call; the URL has no secrets.
	Operation, Method, URL string
	// NotSent says that the request was not made at all.
	NotSent bool
	Err     error
}

// Error implements error.
func (e *Error) Error() string {
	if e.URL == "" {
		return fmt.Sprintf("%s: %v", e.Operation, e.Err)
	}
	return fmt.Sprintf("%s: %s %s: %v", e.Operation, e.Method, e.URL, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Call makes the call and reads the whole response. Any status is a Response.
// The Record is there as soon as the request could be put together, also with
// an error; the error is an *Error.
func (c *Client) Call(ctx context.Context, r Request) (*Response, *Record, error) {
	built, err := build(r, &c.tokens)
	if err != nil {
		return nil, nil, &Error{Operation: nameOf(r.Operation), NotSent: true, Err: err}
	}
	timeout := r.Timeout
	if timeout <= 0 {
		timeout = c.opt.Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	response, err := c.do(ctx, built)
	if err != nil {
		record := built.record
		return nil, record, &Error{Operation: nameOf(r.Operation), Method: record.Method, URL: record.URL, Err: c.explain(ctx, err, timeout)}
	}
	return response, built.record, nil
}

func (c *Client) do(ctx context.Context, b *built) (*Response, error) {
	var body io.Reader
	if b.body != nil {
		body = bytes.NewReader(b.body)
	}
	request, err := nethttp.NewRequestWithContext(ctx, b.record.Method, b.url, body)
	if err != nil {
		return nil, unwrapURL(err)
	}
	request.Header = b.header
	if request.Header.Get("User-Agent") == "" {
		request.Header.Set("User-Agent", c.opt.UserAgent)
	}
	started := time.Now()
	answer, err := c.client.Do(request)
	if err != nil {
		return nil, unwrapURL(err)
	}
	defer answer.Body.Close()
	data, err := c.read(answer)
	if err != nil {
		return nil, err
	}
	return decode(answer, data, time.Since(started)), nil
}

func (c *Client) read(answer *nethttp.Response) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(answer.Body, c.opt.MaxResponse+1))
	if err != nil {
		return nil, fmt.Errorf("the response broke off after %d bytes: %w", len(data), err)
	}
	if int64(len(data)) > c.opt.MaxResponse {
		return nil, fmt.Errorf("the response has more than %d bytes", c.opt.MaxResponse)
	}
	return data, nil
}

func (c *Client) explain(ctx context.Context, err error, timeout time.Duration) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s: %w", timeout, context.DeadlineExceeded)
	}
	return err
}

func nameOf(op *openapi.Operation) string {
	if op.ID != "" {
		return op.ID
	}
	return op.Method + " " + op.Path
}
