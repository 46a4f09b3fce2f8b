// Package web is what the drivers have in common that begin with a request of
// HTTP: where a server is and how to enter it, what its refusals mean, and what
// waits for a receiver.
//
// It must not know what is sent: WebSocket and HTTP messages are packages of
// their own.
package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

// Server is where requests go, and how they enter.
type Server struct {
	Host  string
	Base  string // path before each address, without a slash at its end
	Query url.Values
	TLS   *tls.Config // nil for plain text
	// User and Password are credentials; a password without a user is a token.
	User     string
	Password func() (string, error)
	Keys     []driver.APIKey
}

// ReadServer takes a server's URL apart. Parameters that begin with the prefix
// are the driver's own, and are returned; the others go to the server. Reserved
// are headers that no key may be in.
func ReadServer(server driver.Server, prefix string, secure bool, reserved func(canonical string) bool) (*Server, map[string]string, error) {
	if len(server.Hosts) != 1 {
		return nil, nil, fmt.Errorf("it needs exactly one host, has %d", len(server.Hosts))
	}
	if server.SASL != "" && !strings.EqualFold(server.SASL, "PLAIN") {
		return nil, nil, fmt.Errorf("the login %q is not supported: the protocol takes a user and a password, or a token", server.SASL)
	}
	s := &Server{
		Host: server.Hosts[0], Base: strings.TrimSuffix("/"+strings.Trim(server.Path, "/"), "/"), Query: url.Values{},
		User: server.User, Password: server.Password, Keys: server.APIKeys, TLS: server.TLS,
	}
	for _, key := range s.Keys {
		if err := checkKey(key, reserved); err != nil {
			return nil, nil, err
		}
	}
	if s.TLS == nil && secure {
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	own := map[string]string{}
	for name, values := range server.Params {
		if !strings.HasPrefix(name, prefix) {
			s.Query[name] = values
			continue
		}
		if len(values) != 1 {
			return nil, nil, fmt.Errorf("the parameter %q is given %d times", name, len(values))
		}
		own[name] = values[0]
	}
	return s, own, nil
}

// URL is where an address is, as HTTP sees it. An address is a path and may have
// a query of its own; query is added to it.
func (s *Server) URL(address string, query url.Values) (*url.URL, error) {
	u := &url.URL{Scheme: "http", Host: s.Host}
	if s.TLS != nil {
		u.Scheme = "https"
	}
	if strings.ContainsAny(address, "#\r\n") {
		return nil, fmt.Errorf("the address %q is not a path", address)
	}
	path, own, _ := strings.Cut(address, "?")
	given, err := url.ParseQuery(own)
	if err != nil {
		return nil, errors.New("the query of the address cannot be read")
	}
	u.Path = s.Base + "/" + strings.TrimPrefix(path, "/")
	all := url.Values{}
	for _, values := range []url.Values{s.Query, given, query} {
		for name, list := range values {
			all[name] = list
		}
	}
	u.RawQuery = all.Encode()
	return u, nil
}

// DialAddress is the host with its port.
func (s *Server) DialAddress() string {
	if _, _, err := net.SplitHostPort(s.Host); err == nil {
		return s.Host
	}
	port := "80"
	if s.TLS != nil {
		port = "443"
	}
	return net.JoinHostPort(strings.Trim(s.Host, "[]"), port)
}

// Client is a client that keeps credentials from following to where a server
// sends them.
func Client(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Probe asks for a sign of life. The server need not say anything at its base,
// so that any answer will do but one about the credentials.
func (s *Server) Probe(ctx context.Context, client *http.Client, method string) error {
	where, err := s.URL("/", nil)
	if err != nil {
		return InvalidError{err}
	}
	request, err := http.NewRequestWithContext(ctx, method, where.String(), nil)
	if err != nil {
		return InvalidError{errors.New("the URL cannot be asked for")}
	}
	entered, err := s.Enter(request.URL, request.Header)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return WithoutURL(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusUnauthorized && entered {
		return AnswerError{Status: response.StatusCode}
	}
	return nil
}

// ProbeTCP sees that a server accepts connections.
func (s *Server) ProbeTCP(ctx context.Context) error {
	var connection net.Conn
	var err error
	if s.TLS != nil {
		connection, err = (&tls.Dialer{Config: s.TLS}).DialContext(ctx, "tcp", s.DialAddress())
	} else {
		connection, err = (&net.Dialer{}).DialContext(ctx, "tcp", s.DialAddress())
	}
	if err != nil {
		return err
	}
	return connection.Close()
}
