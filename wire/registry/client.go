package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/broker"
)

// maxAnswer bounds what a registry may answer: a list of a hundred thousand
// subjects fits.
const maxAnswer = 32 << 20

// DefaultTimeout is how long a call may take where nothing else is said.
const DefaultTimeout = 15 * time.Second

// Options say which registry and how to be known to it.
type Options struct {
	// URL is where the registry is, as "https://registry.example.com".
	URL string
	// User and Password are for basic authentication.
	User     string
	Password broker.Ref
	// Token is for bearer authentication.
	Token broker.Ref
	TLS   broker.TLS
	// Timeout bounds each call; 0 means DefaultTimeout.
	Timeout time.Duration
}

// Client asks a registry. It is safe for concurrent use.
type Client struct {
	base      *url.URL
	http      *http.Client
	transport *http.Transport
	authorize func(*http.Request)
	timeout   time.Duration
}

// NewClient makes a client. It reads the secrets, and asks the registry nothing.
func NewClient(o Options) (*Client, error) {
	base, err := baseOf(o.URL)
	if err != nil {
		return nil, err
	}
	authorize, err := o.authorization()
	if err != nil {
		return nil, fmt.Errorf("the credential for the registry: %w", err)
	}
	config, err := o.TLS.Config()
	if err != nil {
		return nil, fmt.Errorf("TLS of the registry: %w", err)
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: config, ForceAttemptHTTP2: true,
		DialContext:         (&net.Dialer{Timeout: o.Timeout}).DialContext,
		TLSHandshakeTimeout: o.Timeout, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
	}
	return &Client{
		base: base, authorize: authorize, timeout: o.Timeout, transport: transport,
		http: &http.Client{
			Transport: transport,
			// A redirect would carry the schema, and perhaps the secret, to
			// whom the user did not name.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// baseOf reads an address as people write it. It does not repeat one that may
// hold a secret.
func baseOf(text string) (*url.URL, error) {
	if text == "" {
		return nil, errors.New("no registry is named")
	}
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("the address of the registry cannot be read: write it as https://HOST:PORT")
	case u.User != nil:
		return nil, errors.New("the address of the registry must not hold a password: name a credential, as USER@env:NAME")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("the address of the registry must begin with http:// or https:// and a host")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the address of the registry must end before ? and #")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

func (o Options) authorization() (func(*http.Request), error) {
	switch {
	case o.Password != "" && o.Token != "":
		return nil, errors.New("give a password or a token, not both")
	case o.Token != "":
		token, err := o.Token.Resolve()
		if err != nil {
			return nil, err
		}
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }, headerSafe(token)
	case o.Password != "":
		password, err := o.Password.Resolve()
		if err != nil {
			return nil, err
		}
		return func(r *http.Request) { r.SetBasicAuth(o.User, password) }, nil
	}
	return func(*http.Request) {}, nil
}

func headerSafe(token string) error {
	if token == "" || strings.ContainsFunc(token, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return errors.New("the token is empty or holds characters that no token has")
	}
	return nil
}

// Close lets go of the connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Address is where the registry is, without secrets.
func (c *Client) Address() string { return c.base.String() }

// query are the parameters of a call, without those that are off.
type query map[string]bool

// path makes the address of a call of parts that may hold any character.
func (c *Client) path(parts []string, q query) string {
	u := c.base.String()
	for _, part := range parts {
		u += "/" + url.PathEscape(part)
	}
	values := url.Values{}
	for name, on := range q {
		if on {
			values.Set(name, "true")
		}
	}
	if len(values) > 0 {
		u += "?" + values.Encode()
	}
	return u
}

// call asks and reads the answer into a value.
func (c *Client) call(ctx context.Context, method string, parts []string, q query, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(encode(body))
	}
	request, err := http.NewRequestWithContext(ctx, method, c.path(parts, q), reader)
	if err != nil {
		return errors.New("the address of the call cannot be made of the subject's name")
	}
	request.Header.Set("Accept", ContentType+", application/vnd.schemaregistry+json;q=0.9, application/json;q=0.8")
	if body != nil {
		request.Header.Set("Content-Type", ContentType)
	}
	request.Header.Set("User-Agent", "weft")
	c.authorize(request)
	answer, err := c.http.Do(request)
	if err != nil {
		return c.unreachable(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil:
		return c.unreachable(err)
	case len(data) > maxAnswer:
		return fmt.Errorf("the registry %s answered with more than %d MB; ask for less, or is it no registry?", c.base.Host, maxAnswer>>20)
	case answer.StatusCode >= 300:
		return c.failed(answer, data)
	}
	return c.read(data, into)
}

func (c *Client) read(data []byte, into any) error {
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s did not answer as a schema registry does (%.60q); check the address", c.base.Host, shorten(data))
	}
	return nil
}

func shorten(data []byte) string { return strings.Join(strings.Fields(string(data)), " ") }

// unreachable says what kept an answer away. The errors of net/http hold the
// whole address, which is said already.
func (c *Client) unreachable(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the registry %s did not answer within %v", c.base.Host, c.timeout)
	}
	return fmt.Errorf("the registry %s cannot be reached: %w", c.base.Host, err)
}

// failed turns an answer that is no success into an error.
func (c *Client) failed(answer *http.Response, data []byte) error {
	var told struct {
		Code    int    `json:"error_code"`
		Message string `json:"message"`
	}
	isJSON := json.Unmarshal(data, &told) == nil && (told.Code != 0 || told.Message != "")
	e := &Error{Status: answer.StatusCode, Code: told.Code, Message: told.Message}
	if e.Message == "" {
		e.Message = http.StatusText(e.Status)
	}
	switch {
	case e.Status < 400:
		return fmt.Errorf("the registry %s sends on to another address, which is not followed; name that one%s", c.base.Host, destination(answer))
	case e.Status == http.StatusUnauthorized:
		return fmt.Errorf("the registry %s does not know who asks; check the credential: %w", c.base.Host, e)
	case e.Status == http.StatusForbidden:
		return fmt.Errorf("the registry %s does not allow it with this credential: %w", c.base.Host, e)
	case e.Status == http.StatusTooManyRequests:
		return fmt.Errorf("the registry %s is asked too often; try again %s: %w", c.base.Host, retryTime(answer), e)
	case e.Status == http.StatusNotFound && !isJSON:
		return fmt.Errorf("%s is no schema registry, or its API is below another path; check the address: %w", c.base.Host, e)
	case e.Status >= 500:
		return fmt.Errorf("the registry %s failed (HTTP %d): %w", c.base.Host, e.Status, e)
	}
	return fmt.Errorf("the registry %s refuses it (HTTP %d): %w", c.base.Host, e.Status, e)
}

func destination(answer *http.Response) string {
	u, err := answer.Location()
	if err != nil || u.Host == "" {
		return ""
	}
	return ": " + u.Scheme + "://" + u.Host
}

func retryTime(answer *http.Response) string {
	if after := answer.Header.Get("Retry-After"); after != "" && len(after) < 40 {
		return "after " + after + " s"
	}
	return "later"
}

// IsNotFound reports whether a registry said that there is no such thing.
func IsNotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound && e.Code >= 40400
}

// IsIncompatible reports whether a registry refused a schema because of those
// before it.
func IsIncompatible(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusConflict
}
