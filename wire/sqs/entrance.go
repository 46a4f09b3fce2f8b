package sqs

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
)

// maxAnswer bounds an answer, in bytes: ten messages of the largest kind, each
// byte escaped in JSON.
const maxAnswer = 16 << 20

// enter makes the clients that reach and enter a server.
func (c *conn) enter(topics bool) error {
	params, err := settingsOf(c.server, topics)
	if err != nil {
		return err
	}
	c.transport = &http.Transport{
		Proxy:               params.proxy,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSClientConfig:     params.tls,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}
	client := &http.Client{
		Transport:     bounded{c.transport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	retryer := func() aws.Retryer { return retryer() }
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return params.credentials(c.server) })
	c.sqs = awssqs.New(awssqs.Options{
		Region: params.region, Credentials: credentials, BaseEndpoint: aws.String(params.scheme + params.queues),
		HTTPClient: client, Retryer: retryer(), AppID: c.server.Client,
	})
	if topics {
		c.sns = awssns.New(awssns.Options{
			Region: params.region, Credentials: credentials, BaseEndpoint: aws.String(params.scheme + params.host),
			HTTPClient: client, Retryer: retryer(), AppID: c.server.Client,
		})
	}
	c.region, c.subscribe = params.region, params.subscribe
	return nil
}

// retryer tries again what the service did not do since it was busy. All else is
// for those above, who know whether a second time does harm.
func retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = 4
		o.MaxBackoff = 2 * time.Second
		o.RateLimiter = ratelimit.None
		o.Retryables = []retry.IsErrorRetryable{
			retry.RetryableErrorCode{Codes: retry.DefaultThrottleErrorCodes},
			retry.RetryableHTTPStatusCode{Codes: map[int]struct{}{http.StatusServiceUnavailable: {}}},
		}
	})
}

// settings is what the URL says.
type settings struct {
	scheme, host, queues string
	region               string
	tls                  *tls.Config
	token                broker.Ref
	subscribe            bool
	local                bool
	proxy                func(*http.Request) (*url.URL, error)
}

func settingsOf(server driver.Server, topics bool) (*settings, error) {
	known := []string{"region", "sessionToken", "tls"}
	if topics {
		known = append(known, "queues", "subscribe")
	}
	given := make(map[string]string, len(server.Params))
	for name, values := range server.Params {
		given[name] = values[len(values)-1]
	}
	if err := driver.CheckParams(given, known...); err != nil {
		return nil, err
	}
	if len(server.Hosts) != 1 || strings.Trim(server.Path, "/") != "" {
		return nil, errors.New("a server is one host without a path, as sqs://sqs.eu-west-1.amazonaws.com")
	}
	if server.SASL != "" && !strings.EqualFold(server.SASL, "PLAIN") {
		return nil, fmt.Errorf("there is no login %q here: requests are signed with an access key", server.SASL)
	}
	s := &settings{host: server.Hosts[0], token: broker.Ref(given["sessionToken"])}
	s.local = isLoopback(s.host)
	if !s.local {
		s.proxy = http.ProxyFromEnvironment
	}
	s.queues = given["queues"]
	if s.queues == "" {
		s.queues = s.host
		if topics {
			s.queues = queueHost(s.host)
		}
	}
	if err := s.secure(server, given["tls"]); err != nil {
		return nil, err
	}
	switch given["subscribe"] {
	case "", "never":
	case "allow":
		s.subscribe = true
	default:
		return nil, fmt.Errorf("subscribe is %q: there is allow, never", given["subscribe"])
	}
	return s, s.identify(server, given["region"])
}

// secure decides between TLS and plain text.
func (s *settings) secure(server driver.Server, asked string) error {
	plain := s.local && server.TLS == nil
	switch asked {
	case "":
	case "on":
		plain = false
	case "off":
		if server.TLS != nil {
			return errors.New("tls is off in the URL, and certificates are given: leave out one of them")
		}
		plain = true
	default:
		return fmt.Errorf("tls is %q: there is on, off", asked)
	}
	s.scheme = "http://"
	if plain {
		return nil
	}
	s.scheme, s.tls = "https://", &tls.Config{MinVersion: tls.VersionTLS12}
	if server.TLS != nil {
		s.tls = server.TLS.Clone()
	}
	return nil
}

// identify finds the region and makes sure that there are credentials.
func (s *settings) identify(server driver.Server, region string) error {
	s.region = region
	if s.region == "" {
		s.region = regionOf(s.host)
	}
	if s.region == "" && s.local {
		s.region = "us-east-1"
	}
	switch {
	case s.region == "":
		return fmt.Errorf("the host %s does not say its region: add ?region=eu-west-1, or whichever it is", s.host)
	case s.token != "" && s.token.String() != string(s.token):
		return errors.New("sessionToken is not a reference: write env:NAME or file:PATH")
	case (server.User == "") != (server.Password == nil):
		return errors.New("a login needs the access key id as user and a reference to the secret access key as password")
	case server.User == "" && !s.local:
		return errors.New("it needs credentials: give the access key id as user and the secret access key as password, by reference")
	}
	return nil
}

// credentials are asked for with each request, so that files and environments
// may change. An emulator takes any.
func (s *settings) credentials(server driver.Server) (aws.Credentials, error) {
	if server.Password == nil {
		return aws.Credentials{AccessKeyID: "weft", SecretAccessKey: "weft", Source: "none"}, nil
	}
	secret, err := server.Password()
	if err != nil {
		return aws.Credentials{}, loginError{fmt.Errorf("the secret access key: %w", err)}
	}
	credentials := aws.Credentials{AccessKeyID: server.User, SecretAccessKey: secret, Source: "weft"}
	if s.token != "" {
		if credentials.SessionToken, err = s.token.Resolve(); err != nil {
			return aws.Credentials{}, loginError{fmt.Errorf("the session token: %w", err)}
		}
	}
	return credentials, nil
}

// regionOf reads the region from a host of Amazon's: sqs.eu-west-1.amazonaws.com,
// queue-fips.us-gov-west-1.amazonaws.com, vpce-1-2.sqs.eu-west-1.vpce.amazonaws.com.
func regionOf(host string) string {
	host, _, _ = strings.Cut(host, ":")
	rest, ok := strings.CutSuffix(strings.TrimSuffix(host, ".cn"), ".amazonaws.com")
	if !ok {
		return ""
	}
	labels := strings.Split(strings.TrimSuffix(rest, ".vpce"), ".")
	if last := labels[len(labels)-1]; len(labels) > 1 && strings.Count(last, "-") >= 2 {
		return last
	}
	return ""
}

// queueHost is where the queues of a region are whose topics are at host.
func queueHost(host string) string {
	labels := strings.Split(host, ".")
	if i := slices.Index(labels, "sns"); i >= 0 {
		labels[i] = "sqs"
	}
	return strings.Join(labels, ".")
}

func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// bounded is a transport whose answers end.
type bounded struct{ inner http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.inner.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &boundedBody{ReadCloser: response.Body, left: maxAnswer}
	return response, nil
}

// errAnswerTooLarge ends an answer that no service would give.
var errAnswerTooLarge = errors.New("the answer is too large")

type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errAnswerTooLarge
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
