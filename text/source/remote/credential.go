package remote

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/text/source"
)

// Credential is what one host is told to prove who asks.
type Credential struct {
	// Host is the host, with its port unless that is the usual one. With
	// "http://" before it the credential may also be sent without encryption;
	// to this machine it always may.
	Host string
	// User is the name of the user. Without one the secret is a bearer token.
	User string
	// Secret is the password or the token. It is sent to the host, and shown
	// to nobody.
	Secret string
}

// authorizing sends credentials, each to its own host. It decides for every
// request, redirected ones too, and knows nothing of where the request before
// went.
type authorizing struct {
	base        http.RoundTripper
	credentials []Credential
}

// RoundTrip implements http.RoundTripper.
func (a *authorizing) RoundTrip(request *http.Request) (*http.Response, error) {
	c := credentialFor(a.credentials, request.URL)
	if c == nil {
		return a.base.RoundTrip(request)
	}
	if !c.mayBeSent(request.URL) {
		return nil, refusal(request.URL.String(), source.ErrNotAllowed, "credentials are not sent over http, where others could read them",
			"refer to https, or give them with http:// before the host")
	}
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", c.header())
	return a.base.RoundTrip(request)
}

func (c *Credential) header() string {
	if c.User == "" {
		return "Bearer " + c.Secret
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.User+":"+c.Secret))
}

// split takes the host of a credential apart.
func (c *Credential) split() (scheme, host, port string) {
	scheme, rest, found := strings.Cut(c.Host, "://")
	if !found {
		scheme, rest = "", c.Host
	}
	host, port = splitEntry(rest)
	return strings.ToLower(scheme), host, port
}

// credentialFor returns the credential of the host that an address names. A
// port that is not the usual one must be named too: another port is another
// server.
func credentialFor(list []Credential, u *url.URL) *Credential {
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	for i := range list {
		scheme, host, wanted := list[i].split()
		if wanted == "" {
			wanted = port(&url.URL{Scheme: u.Scheme})
		}
		if host == name && wanted == port(u) && (scheme == "" || scheme == u.Scheme) {
			return &list[i]
		}
	}
	return nil
}

func (c *Credential) mayBeSent(u *url.URL) bool {
	scheme, host, _ := c.split()
	return u.Scheme == "https" || scheme == "http" || isLocalhost(host) || isLoopback(host)
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// hostOf is the name by which the credential of an address is given.
func hostOf(u *url.URL) string {
	if u.Port() == "" {
		return u.Hostname()
	}
	return net.JoinHostPort(u.Hostname(), u.Port())
}
