// Package oauth gets tokens from an authorization server by the client
// credentials grant (RFC 6749, 4.4), and keeps each for as long as it is good.
//
// It must not know what the tokens are for, nor decide whom to call: whoever
// makes an Issuer gives it a Client that does.
package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

const (
	// timeout bounds one call for a token.
	timeout = 10 * time.Second
	// maxAnswer bounds what an authorization server may answer, in bytes.
	maxAnswer = 64 << 10
	// lifetime is how long a token is believed to be good whose server does not
	// say: short, since asking again does no harm.
	lifetime = time.Minute
	// longest is how long a token is used, whatever its server says.
	longest = 24 * time.Hour
)

// Client calls servers, those that it may.
type Client interface {
	Do(request *http.Request) (*http.Response, error)
}

// Options say whom to ask for tokens, and who asks.
type Options struct {
	TokenURL string
	ClientID string
	Secret   broker.Ref
	// SecretFrom gives the client's secret in place of Secret, for whoever has
	// no reference to it.
	SecretFrom func() (string, error)
	Scopes     []string
	Client     Client
}

// Issuer gives tokens. It is safe for concurrent use.
type Issuer struct {
	opt Options

	mu    sync.Mutex
	token string
	until time.Time
	body  bool // the client's credentials go into the body of the request
}

var _ broker.Issuer = (*Issuer)(nil)

// New makes an issuer. Nobody is asked yet.
func New(opt Options) (*Issuer, error) {
	u, err := url.Parse(opt.TokenURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("its token URL is no address: write https://HOST/PATH")
	case u.User != nil:
		return nil, errors.New("its token URL must not hold a password")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("its token URL begins with http://, and secrets are not sent to %s where others could read them: write https://", u.Host)
	}
	return &Issuer{opt: opt}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Identity implements broker.Issuer.
func (i *Issuer) Identity() string {
	return fmt.Sprintf("%q %q %q %q", i.opt.TokenURL, i.opt.ClientID, string(i.opt.Secret), i.opt.Scopes)
}

// Secret returns a token that is good now. Who comes while one is asked for
// waits for it.
func (i *Issuer) Secret() (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.token != "" && time.Now().Before(i.until) {
		return i.token, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	answer, err := i.fetch(ctx)
	if err != nil {
		return "", i.fail(err)
	}
	i.token, i.until = answer.Token, time.Now().Add(answer.lasts())
	return i.token, nil
}

// granted is what an authorization server answers (RFC 6749, 5.1).
type granted struct {
	Token   string      `json:"access_token"`
	Type    string      `json:"token_type"`
	Expires json.Number `json:"expires_in"`
}

// lasts is how long a token is used: it is renewed some time before it ends, so
// that none ends on its way.
func (g granted) lasts() time.Duration {
	seconds, err := g.Expires.Float64()
	if err != nil || seconds <= 0 {
		return lifetime
	}
	good := time.Duration(min(seconds, longest.Seconds()) * float64(time.Second))
	return good - min(good/5, 30*time.Second)
}

// fetch asks for a token. The client's credentials go into the header, as all
// servers must understand; to one that does not they are said in the body.
func (i *Issuer) fetch(ctx context.Context) (granted, error) {
	answer, err := i.ask(ctx)
	var denied deniedError
	if errors.As(err, &denied) && denied.aboutClient() && !i.body {
		i.body = true
		if again, err := i.ask(ctx); err == nil {
			return again, nil
		}
		i.body = false
	}
	return answer, err
}

func (i *Issuer) ask(ctx context.Context) (granted, error) {
	request, err := i.request(ctx)
	if err != nil {
		return granted{}, err
	}
	response, err := i.opt.Client.Do(request)
	if err != nil {
		return granted{}, withoutURL(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return granted{}, err
	}
	if response.StatusCode != http.StatusOK {
		return granted{}, denial(response.StatusCode, data)
	}
	return read(data)
}

func (i *Issuer) request(ctx context.Context) (*http.Request, error) {
	resolve := i.opt.Secret.Resolve
	if i.opt.SecretFrom != nil {
		resolve = i.opt.SecretFrom
	}
	secret, err := resolve()
	if err != nil {
		return nil, secretError{err}
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(i.opt.Scopes) > 0 {
		form.Set("scope", strings.Join(i.opt.Scopes, " "))
	}
	if i.body {
		form.Set("client_id", i.opt.ClientID)
		form.Set("client_secret", secret)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, i.opt.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, withoutURL(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "weft")
	if !i.body {
		request.SetBasicAuth(url.QueryEscape(i.opt.ClientID), url.QueryEscape(secret))
	}
	return request, nil
}

// read reads a token that was granted. Nothing of the answer is repeated in an
// error.
func read(data []byte) (granted, error) {
	var g granted
	if len(data) > maxAnswer || json.Unmarshal(data, &g) != nil {
		return g, errors.New("it answers with something that is no token")
	}
	switch {
	case g.Token == "" || strings.ContainsFunc(g.Token, func(c rune) bool { return c <= ' ' || c > '~' }):
		return g, errors.New("it answers without a token that could be used")
	case g.Type != "" && !strings.EqualFold(g.Type, "bearer"):
		return g, errors.New("its token is not one for bearers, and others are not supported")
	}
	return g, nil
}

// deniedError is an answer that grants nothing (RFC 6749, 5.2).
type deniedError struct {
	status int
	code   string
}

func (e deniedError) Error() string {
	if e.code == "" {
		return fmt.Sprintf("it answers %d", e.status)
	}
	return fmt.Sprintf("it answers %d, %s", e.status, e.code)
}

func (e deniedError) aboutClient() bool {
	return e.status == http.StatusUnauthorized || e.code == "invalid_client" || e.code == "invalid_request"
}

// denial reads the code of a denial, which is one of the specification's: other
// text may repeat what was sent.
func denial(status int, data []byte) error {
	var body struct {
		Code string `json:"error"`
	}
	_ = json.Unmarshal(data, &body) // the status says enough
	switch body.Code {
	case "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope":
		return deniedError{status, body.Code}
	}
	return deniedError{status, ""}
}

// secretError is a secret of ours that cannot be had.
type secretError struct{ error }

func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// fail says of an error whom it is about, and what to do.
func (i *Issuer) fail(err error) error {
	u, _ := url.Parse(i.opt.TokenURL) // it was read before
	e := &driver.Error{Kind: driver.ErrAuth, Op: "get a token", Server: u.Scheme + "://" + u.Host + u.Path, Err: err, NotSent: true}
	var denied deniedError
	var own secretError
	var network net.Error
	switch {
	case errors.As(err, &own):
		e.Kind, e.Hint = driver.ErrInvalid, "check what the client's secret refers to"
	case errors.As(err, &denied) && denied.status >= 500:
		e.Kind, e.Retry, e.Hint = driver.ErrServer, true, "try again later"
	case errors.As(err, &denied) && denied.code == "invalid_scope":
		e.Hint = "check the scopes that the contract asks for"
	case errors.As(err, &denied):
		e.Hint = "check the client's id and secret, and the token URL"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		e.Kind, e.Retry, e.Hint = driver.ErrTimeout, true, "check that an authorization server answers there"
	case errors.As(err, &network):
		e.Kind, e.Retry, e.Hint = driver.ErrUnreachable, true, "check the token URL, and that the server runs"
	}
	return e
}
