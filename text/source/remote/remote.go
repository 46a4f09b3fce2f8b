// Package remote opens documents on hosts that a user allowed, over http and
// https, and on no others: a reference in a document is written by somebody
// else, and must not make this machine call where that somebody likes.
//
// It knows addresses and bytes. It must not know any format.
package remote

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/source"
)

// Options say what may be opened. The zero value opens nothing.
type Options struct {
	// AllowHosts are the hosts that may be called: "example.com" on any port,
	// "example.com:8443" on that port, "*.example.com" for all below. A host
	// on a private network must be named in full, one on this machine as
	// "localhost" or by its address; a wildcard never reaches them.
	AllowHosts []string
	// Offline calls nobody: what is in the Cache is opened, and all else is
	// refused with a message that says so.
	Offline bool
	// Timeout is how long one document may take; 0 is 15 s.
	Timeout time.Duration
	// MaxRedirects is how many redirects are followed; 0 is 5.
	MaxRedirects int
	// Credentials are what hosts are told to prove who asks.
	Credentials []Credential
	// TLS says which certificates are trusted and which one is shown, beyond
	// what the system says. It may be nil.
	TLS *tls.Config
	// Cache keeps what was fetched, for Offline. It may be nil.
	Cache *Cache
}

const (
	defaultTimeout      = 15 * time.Second
	defaultMaxRedirects = 5
	maxCached           = 256
)

// Opener opens http and https URIs within its options. Each document is got
// once and kept for the life of the opener. It is safe for concurrent use.
type Opener struct {
	opt    Options
	client *http.Client
	plain  *http.Client // without credentials and redirects

	mu    sync.Mutex
	cache map[string]*source.File
	down  map[string]time.Time // hosts that could not be reached, and when
}

// New returns an opener. Its options must not change after.
func New(opt Options) *Opener {
	if opt.Timeout <= 0 {
		opt.Timeout = defaultTimeout
	}
	if opt.MaxRedirects <= 0 {
		opt.MaxRedirects = defaultMaxRedirects
	}
	o := &Opener{opt: opt, cache: map[string]*source.File{}, down: map[string]time.Time{}}
	base := o.transport()
	o.plain = &http.Client{
		Transport: base,
		// Whoever asks said what goes where: it does not go elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       opt.Timeout,
	}
	o.client = &http.Client{
		Transport:     &authorizing{base: base, credentials: opt.Credentials},
		CheckRedirect: o.checkRedirect,
		Timeout:       opt.Timeout,
	}
	return o
}

// transport calls no proxy: the address that is checked must be the address
// that is called.
func (o *Opener) transport() *http.Transport {
	return &http.Transport{
		DialContext:            o.dial,
		TLSClientConfig:        o.opt.TLS.Clone(),
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        10 * time.Second,
		TLSHandshakeTimeout:    o.opt.Timeout,
		ResponseHeaderTimeout:  o.opt.Timeout,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// Close drops connections that are idle.
func (o *Opener) Close() { o.plain.CloseIdleConnections() }

// Do sends a request that is not for a document, to a host that may be called.
// It adds no credentials and follows no redirect. The caller closes the
// answer's body, and bounds what is read of it.
func (o *Opener) Do(request *http.Request) (*http.Response, error) {
	if err := o.allowed(request.URL); err != nil {
		return nil, err
	}
	return o.plain.Do(request)
}

// Open gets the document at an http or https URI.
func (o *Opener) Open(ctx context.Context, uri string) (*source.File, error) {
	u, err := url.Parse(uri)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, refusal(uri, source.ErrNotSupported, "this form of address cannot be opened here", "use a file's path or an http(s) address")
	}
	if o.opt.Offline {
		return o.offline(uri, u)
	}
	if err := o.allowed(u); err != nil {
		return nil, err
	}
	if f := o.cached(uri); f != nil {
		return f, nil
	}
	if o.isDown(u.Host) {
		return nil, refusal(uri, source.ErrUnavailable, "its host could not be reached a moment ago, and is not asked again", "check the address and the network")
	}
	f, err := o.get(ctx, u)
	if err != nil {
		o.learn(ctx, u.Host, err)
		return nil, o.explain(ctx, uri, err)
	}
	o.keep(uri, f)
	return f, nil
}

// downTime is how long a host is left alone that could not be reached. A
// document with a thousand references to it would wait for each.
const downTime = 30 * time.Second

// learn remembers a host that did not answer at all.
func (o *Opener) learn(ctx context.Context, host string, err error) {
	var answer *source.OpenError
	if ctx.Err() != nil || errors.As(err, &answer) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.down[host] = time.Now()
}

func (o *Opener) isDown(host string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	since, ok := o.down[host]
	return ok && time.Since(since) < downTime
}

// offline opens what was kept of a host that is allowed.
func (o *Opener) offline(uri string, u *url.URL) (*source.File, error) {
	if !o.onList(u.Hostname(), port(u), true) {
		return nil, o.allowed(u)
	}
	if f, _ := o.opt.Cache.get(uri); f != nil {
		return f, nil
	}
	if o.opt.Cache == nil {
		return nil, o.allowed(u)
	}
	return nil, refusal(uri, source.ErrUnavailable, "the network is not used offline, and the document was not kept from an earlier time",
		"run once without --offline, or download the document and refer to the file")
}

func (o *Opener) cached(uri string) *source.File {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cache[uri]
}

func (o *Opener) keep(uri string, f *source.File) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.cache) < maxCached {
		o.cache[uri] = f
	}
	if o.opt.Cache != nil {
		// The document is here; that it cannot be kept for another time is told
		// when it is asked for offline.
		_ = o.opt.Cache.put(uri, f)
	}
}

func (o *Opener) get(ctx context.Context, u *url.URL) (*source.File, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/yaml, application/json, text/yaml, text/plain;q=0.9, */*;q=0.5")
	request.Header.Set("User-Agent", "weft")
	response, err := o.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if err := o.checkStatus(u, response); err != nil {
		return nil, err
	}
	return read(u, response)
}

func (o *Opener) checkStatus(u *url.URL, response *http.Response) error {
	status := response.StatusCode
	switch {
	case status == http.StatusOK:
		return nil
	case status == http.StatusNotFound, status == http.StatusGone:
		return refusal(u.String(), source.ErrNotFound, fmt.Sprintf("the server answers %d: there is no such document", status), "check the address")
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return refusal(u.String(), source.ErrNotAllowed, fmt.Sprintf("the server answers %d: access is denied", status), o.accessHelp(response))
	}
	return refusal(u.String(), source.ErrUnavailable, fmt.Sprintf("the server answers %d", status), "try again later")
}

// accessHelp says what to do where access was denied: by the host that denied
// it, which may be another than the one that was asked.
func (o *Opener) accessHelp(response *http.Response) string {
	host := hostOf(response.Request.URL)
	if credentialFor(o.opt.Credentials, response.Request.URL) != nil {
		return "check the credentials that are given for " + host
	}
	return fmt.Sprintf("give credentials with --credential %s=USER@env:NAME, or =env:NAME for a token; or download the document and refer to the file", host)
}

func read(u *url.URL, response *http.Response) (*source.File, error) {
	if response.ContentLength > source.MaxSize {
		return nil, tooLarge(u)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, source.MaxSize+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > source.MaxSize:
		return nil, tooLarge(u)
	}
	// References in a document are relative to where it was found in the end.
	final := *u
	if response.Request != nil && response.Request.URL != nil {
		final = *response.Request.URL
	}
	final.Fragment, final.RawFragment = "", ""
	return source.NewFile(final.String(), source.DisplayName(u.String()), data), nil
}

func tooLarge(u *url.URL) error {
	return refusal(u.String(), source.ErrTooLarge, fmt.Sprintf("the document is larger than the %d MB that are read", source.MaxSize>>20), "refer to a smaller one")
}

func (o *Opener) checkRedirect(request *http.Request, via []*http.Request) error {
	if len(via) > o.opt.MaxRedirects {
		return refusal(via[0].URL.String(), source.ErrUnavailable, fmt.Sprintf("the server redirects more than %d times", o.opt.MaxRedirects), "refer to where the document is")
	}
	if via[len(via)-1].URL.Scheme == "https" && request.URL.Scheme != "https" {
		return refusal(via[0].URL.String(), source.ErrNotAllowed, "the server redirects from https to http", "refer to where the document is")
	}
	request.Header.Del("Referer") // it would tell one host of the other
	return o.allowed(request.URL)
}

// allowed reports whether an address may be called, as far as its text tells.
func (o *Opener) allowed(u *url.URL) error {
	switch {
	case o.opt.Offline:
		return refusal(u.String(), source.ErrNotAllowed, "the network is not used offline", "download the document and refer to the file, or leave out --offline")
	case u.Scheme != "http" && u.Scheme != "https":
		return refusal(u.String(), source.ErrNotSupported, "only http and https are known", "refer to an http(s) address")
	case !o.onList(u.Hostname(), port(u), true):
		return refusal(u.String(), source.ErrNotAllowed, fmt.Sprintf("the host %s is not on the list of allowed hosts", u.Host),
			fmt.Sprintf("allow it with --allow-host %s, or download the document and refer to the file", u.Hostname()))
	}
	return nil
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

// onList reports whether a host and port are allowed, with or without the
// help of wildcards.
func (o *Opener) onList(host, port string, wildcards bool) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host != "" && slices.ContainsFunc(o.opt.AllowHosts, func(entry string) bool {
		allowedHost, allowedPort := splitEntry(entry)
		switch {
		case allowedPort != "" && allowedPort != port:
			return false
		case strings.HasPrefix(allowedHost, "*."):
			return wildcards && strings.HasSuffix(host, allowedHost[1:])
		}
		return host == allowedHost
	})
}

func splitEntry(entry string) (host, port string) {
	entry = strings.ToLower(strings.TrimSpace(entry))
	if host, port, err := net.SplitHostPort(entry); err == nil {
		return host, port
	}
	return strings.TrimSuffix(strings.Trim(entry, "[]"), "."), ""
}

// dial connects to a host, after checking the address that its name turned
// out to stand for: a name that is allowed may lead to a machine that is not.
func (o *Opener) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, portName, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	named := o.onList(host, portName, false)
	dialer := net.Dialer{Timeout: o.opt.Timeout, Control: func(_, actual string, _ syscall.RawConn) error {
		return checkAddress(host, actual, named)
	}}
	return dialer.DialContext(ctx, network, address)
}

// checkAddress refuses an address that is not public, unless its host is on the
// list by its full name. Even then a name may lead only to a private network:
// whoever runs it could make it lead to this machine, or to where clouds keep
// the credentials of a machine. Those must be on the list as what they are.
func checkAddress(host, actual string, named bool) error {
	to, err := netip.ParseAddrPort(actual)
	if err != nil {
		return refusal(host, source.ErrNotAllowed, "the address cannot be checked", "")
	}
	a := to.Addr().Unmap()
	switch {
	case isPublic(a):
		return nil
	case named && (isLiteral(host) || a.IsLoopback() && isLocalhost(host)):
		return nil
	case named && a.IsPrivate() && !isMetadata(a):
		return nil
	}
	return refusal(host, source.ErrNotAllowed, fmt.Sprintf("the host leads to %s, which is not a public address", a),
		"allow the host by its full name, or by that address, if it is meant")
}

func isLiteral(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil
}

func isLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// isMetadata reports whether an address in a private network is where clouds
// keep the credentials of a machine.
func isMetadata(a netip.Addr) bool { return a == netip.MustParseAddr("fd00:ec2::254") }

// notPublic are the networks that lead to no public host, beyond those that
// package netip knows (IANA special-purpose address registries).
var notPublic = lazy.Of[[]netip.Prefix]{Make: func() []netip.Prefix {
	var list []netip.Prefix
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "fec0::/10", "::/96",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}}

func isPublic(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast() || a.IsMulticast() {
		return false
	}
	return !slices.ContainsFunc(notPublic.Get(), func(p netip.Prefix) bool { return p.Contains(a) })
}

// explain makes one of our errors of what the HTTP client returned, whose own
// messages repeat the address with all that is in it.
func (o *Opener) explain(ctx context.Context, uri string, err error) error {
	var ours *source.OpenError
	if errors.As(err, &ours) {
		shown := *ours
		shown.URI = source.Redact(uri)
		return &shown
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return refusal(uri, source.ErrUnavailable, fmt.Sprintf("the server did not answer within %s", o.opt.Timeout), "try again later")
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return refusal(uri, source.ErrUnavailable, "the server cannot be reached: "+err.Error(), o.reachHelp(uri, err))
}

// reachHelp says what to do where a server cannot be reached.
func (o *Opener) reachHelp(uri string, err error) string {
	var unknown x509.UnknownAuthorityError
	switch _, kept := o.opt.Cache.get(uri); {
	case errors.As(err, &unknown):
		return "name the file with the certificates of its authority with --ca"
	case kept != nil:
		return "check the address and the network, or use --offline: it was fetched at " + kept.Fetched.Format(time.DateTime)
	}
	return "check the address and the network"
}

func refusal(uri string, kind error, reason, help string) error {
	return &source.OpenError{URI: source.Redact(uri), Kind: kind, Reason: reason, Help: help}
}
