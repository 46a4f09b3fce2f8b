package googlepubsub

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/credentials/oauth"
	"google.golang.org/grpc/keepalive"

	"github.com/weft-dev/weft/wire/driver"
)

const (
	// scope is what we ask to be allowed.
	scope = "https://www.googleapis.com/auth/pubsub"
	// service is where Pub/Sub is for those who do not ask for a region.
	service = "pubsub.googleapis.com:443"
	// maxAnswer bounds an answer, in bytes: a message of the largest kind, and
	// what comes along with it.
	maxAnswer = 32 << 20
)

// settings is what the URL says.
type settings struct {
	host      string
	project   string
	subscribe bool
	adc       bool
	plain     bool // without TLS
}

func settingsOf(server driver.Server) (*settings, error) {
	given := make(map[string]string, len(server.Params))
	for name, values := range server.Params {
		given[name] = values[len(values)-1]
	}
	if err := driver.CheckParams(given, "credentials", "project", "subscribe", "tls"); err != nil {
		return nil, err
	}
	if len(server.Hosts) != 1 {
		return nil, errors.New("a server is one host, as googlepubsub://pubsub.googleapis.com/PROJECT")
	}
	s := &settings{host: server.Hosts[0], project: given["project"]}
	path := strings.TrimPrefix(strings.Trim(server.Path, "/"), "projects/")
	if named := strings.TrimSuffix(s.host, ":443"); named == "cloud.google.com" || named == "pubsub.googleapis.com" {
		s.host = service
		if path == "pubsub" {
			path = ""
		}
	}
	if path != "" {
		if s.project != "" && s.project != path {
			return nil, errors.New("the URL names two projects: leave out one of them")
		}
		s.project = path
	}
	if strings.ContainsAny(s.project, "/ ") {
		return nil, fmt.Errorf("%q is no project: write googlepubsub://%s/PROJECT", s.project, server.Hosts[0])
	}
	if _, _, err := net.SplitHostPort(s.host); err != nil {
		s.host = net.JoinHostPort(s.host, "443")
	}
	if err := s.choose(given); err != nil {
		return nil, err
	}
	return s, s.secure(server, given["tls"])
}

// choose reads the parameters that are one of a few words.
func (s *settings) choose(given map[string]string) error {
	switch given["subscribe"] {
	case "", "never":
	case "allow":
		s.subscribe = true
	default:
		return fmt.Errorf("subscribe is %q: there is allow, never", given["subscribe"])
	}
	switch given["credentials"] {
	case "":
	case "adc":
		s.adc = true
	default:
		return errors.New("credentials in the URL can only be adc: give a key or a token as a password, by reference")
	}
	return nil
}

// secure decides between TLS and plain text, which is for emulators.
func (s *settings) secure(server driver.Server, asked string) error {
	local := isLoopback(s.host)
	switch asked {
	case "":
		s.plain = local && server.TLS == nil
	case "on":
	case "off":
		if server.TLS != nil {
			return errors.New("tls is off in the URL, and certificates are given: leave out one of them")
		}
		if !local {
			return errors.New("plain text is for an emulator on loopback: leave out tls=off")
		}
		s.plain = true
	default:
		return fmt.Errorf("tls is %q: there is on, off", asked)
	}
	known := server.Password != nil || s.adc
	switch {
	case server.User != "" || server.SASL != "":
		return errors.New("there are no users here: give a service account's key or an access token as a password without a user, by reference")
	case server.Password != nil && s.adc:
		return errors.New("there are two credentials: leave out ?credentials=adc or the password")
	case s.plain && known:
		return errors.New("credentials are not sent in plain text: leave them out for an emulator, or use TLS")
	case !local && !known:
		return errors.New("there are no credentials: give a service account's key or an access token as a password, by reference, or write ?credentials=adc in the URL to use what this machine is logged in with")
	}
	return nil
}

func isLoopback(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// enter makes the clients that reach and enter a server.
func (c *conn) enter(ctx context.Context) error {
	s, err := settingsOf(c.server)
	if err != nil {
		return invalidError{err}
	}
	options, err := c.dialOptions(ctx, s)
	if err != nil {
		return err
	}
	if c.line, err = grpc.NewClient(s.host, options...); err != nil {
		return invalidError{err}
	}
	c.project, c.subscribe = s.project, s.subscribe
	if c.topics, err = pubsub.NewTopicAdminClient(ctx, option.WithGRPCConn(c.line)); err == nil {
		c.subscriptions, err = pubsub.NewSubscriptionAdminClient(ctx, option.WithGRPCConn(c.line))
	}
	if err != nil {
		return errors.Join(invalidError{err}, c.line.Close())
	}
	// Those above know whether a second time does harm, and how long there is.
	*c.topics.CallOptions = pubsub.TopicAdminCallOptions{}
	*c.subscriptions.CallOptions = pubsub.SubscriptionAdminCallOptions{}
	return nil
}

func (c *conn) dialOptions(ctx context.Context, s *settings) ([]grpc.DialOption, error) {
	options := []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer), grpc.MaxCallSendMsgSize(maxAnswer)),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 2 * time.Second},
			MinConnectTimeout: 5 * time.Second,
		}),
		// The service takes no more signs of life than this; the streams of
		// receivers have their own.
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 5 * time.Minute}),
		grpc.WithDisableServiceConfig(),
	}
	if c.server.Client != "" {
		options = append(options, grpc.WithUserAgent(c.server.Client))
	}
	if s.plain {
		return append(options, grpc.WithTransportCredentials(insecure.NewCredentials())), nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.server.TLS != nil {
		config = c.server.TLS.Clone()
	}
	options = append(options, grpc.WithTransportCredentials(credentials.NewTLS(config)))
	known, err := c.credentials(ctx, s)
	if err != nil || known == nil {
		return options, err
	}
	return append(options, grpc.WithPerRPCCredentials(known)), nil
}

// credentials are how requests say who we are; nil where they do not.
func (c *conn) credentials(ctx context.Context, s *settings) (credentials.PerRPCCredentials, error) {
	if s.adc {
		found, err := google.FindDefaultCredentials(ctx, scope)
		if err != nil {
			return nil, loginError{err}
		}
		return oauth.TokenSource{TokenSource: found.TokenSource}, nil
	}
	if c.server.Password == nil {
		return nil, nil
	}
	secret, err := c.server.Password()
	if err != nil {
		return nil, loginError{err}
	}
	if !strings.HasPrefix(strings.TrimSpace(secret), "{") {
		return oauth.TokenSource{TokenSource: token(c.server.Password)}, nil
	}
	var kind struct {
		Type string `json:"type"`
	}
	// What is in there is not repeated in an error.
	if err := json.Unmarshal([]byte(secret), &kind); err != nil || kind.Type != "service_account" {
		return nil, loginError{errors.New("the password is JSON, but not the key of a service account: for others log in on this machine and write ?credentials=adc")}
	}
	source, err := google.JWTAccessTokenSourceWithScope([]byte(secret), scope)
	if err != nil {
		return nil, loginError{errors.New("the key of the service account cannot be read")}
	}
	return oauth.TokenSource{TokenSource: source}, nil
}

// token is an access token that is asked for at each request, since whoever
// gives it may give another one by then.
type token func() (string, error)

// Token returns the access token of today.
func (t token) Token() (*oauth2.Token, error) {
	text, err := t()
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: strings.TrimSpace(text), TokenType: "Bearer"}, nil
}
