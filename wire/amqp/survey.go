package amqp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

// paramManagement is the parameter of a server's URL that says where RabbitMQ's
// management API is.
const paramManagement = "management"

var _ driver.Surveyor = (*conn)(nil)

// managementOf reads that parameter; nil where it is not there.
func managementOf(server driver.Server) (*url.URL, error) {
	values := server.Params[paramManagement]
	if len(values) == 0 {
		return nil, nil //nolint:nilnil // nothing said is nothing wrong
	}
	u, err := url.Parse(values[0])
	if err != nil || len(values) > 1 || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return nil, errors.New("management in the URL must be the URL of RabbitMQ's management API, as http://localhost:15672, without user and password")
	}
	return u, nil
}

// Survey lists queues with who consumes them, and exchanges with the queues that
// are bound to them, as the management API tells. What waits in a queue is not
// read: who receives it takes it from others.
func (c *conn) Survey(ctx context.Context, _ int) ([]driver.Holding, error) {
	const op = "survey"
	base, err := managementOf(c.server)
	if err != nil {
		return nil, c.fail(invalidError{err}, op, "")
	}
	if base == nil {
		return nil, &driver.Error{
			Kind: driver.ErrUnsupported, Op: op, Server: c.server.String(), NotSent: true,
			Hint: "over AMQP a broker does not tell which queues and exchanges it has: name RabbitMQ's management API, as in management=http://localhost:15672",
		}
	}
	m, err := newManagement(base, c.server)
	if err != nil {
		return nil, c.fail(invalidError{err}, op, "")
	}
	defer m.client.CloseIdleConnections()
	list, err := m.survey(ctx)
	return list, c.fail(err, op, "")
}

// management is RabbitMQ's API over HTTP.
type management struct {
	base   *url.URL
	vhost  string
	server driver.Server
	client *http.Client
}

func newManagement(base *url.URL, server driver.Server) (*management, error) {
	vhost, _, err := settings(server)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{}
	if server.TLS != nil {
		transport.TLSClientConfig = server.TLS.Clone()
		transport.TLSClientConfig.ServerName = "" // it may be another host than the broker's
	}
	return &management{base: base, vhost: vhost, server: server, client: &http.Client{
		Transport: transport,
		// Wherever it leads, the password is not for it.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// What the API tells, as far as it is read.
type (
	toldQueue struct {
		Name       string `json:"name"`
		Messages   *int64 `json:"messages"`
		Durable    bool   `json:"durable"`
		Exclusive  bool   `json:"exclusive"`
		AutoDelete bool   `json:"auto_delete"`
		Arguments  struct {
			DeadLetterExchange *string `json:"x-dead-letter-exchange"`
			DeadLetterKey      string  `json:"x-dead-letter-routing-key"`
		} `json:"arguments"`
	}
	toldExchange struct {
		Name       string `json:"name"`
		Type       string `json:"type"`
		Durable    bool   `json:"durable"`
		AutoDelete bool   `json:"auto_delete"`
		Internal   bool   `json:"internal"`
	}
	toldBinding struct {
		Source      string `json:"source"`
		Destination string `json:"destination"`
		Kind        string `json:"destination_type"`
		Key         string `json:"routing_key"`
	}
	toldConsumer struct {
		Queue struct {
			Name string `json:"name"`
		} `json:"queue"`
		Tag     string `json:"consumer_tag"`
		Channel struct {
			User string `json:"user"`
			Host string `json:"peer_host"`
		} `json:"channel_details"`
	}
)

func (m *management) survey(ctx context.Context) ([]driver.Holding, error) {
	var (
		queues    []toldQueue
		exchanges []toldExchange
		bindings  []toldBinding
		consumers []toldConsumer
	)
	for _, ask := range []struct {
		what string
		into any
	}{{"queues", &queues}, {"exchanges", &exchanges}, {"bindings", &bindings}, {"consumers", &consumers}} {
		if err := m.get(ctx, ask.what, ask.into); err != nil {
			return nil, err
		}
	}
	var list []driver.Holding
	for _, q := range queues {
		if !q.Exclusive { // that of one connection, which goes with it
			list = append(list, queueHeld(q, bindings, consumers))
		}
	}
	for _, e := range exchanges {
		if h, ok := exchangeHeld(e, queues, bindings, consumers); ok {
			list = append(list, h)
		}
	}
	for _, q := range queues {
		noteBurials(list, q)
	}
	slices.SortFunc(list, func(a, b driver.Holding) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Params[paramExchange], b.Params[paramExchange]))
	})
	return list, nil
}

// queueHeld is a queue and who consumes it, by user and host.
func queueHeld(q toldQueue, bindings []toldBinding, consumers []toldConsumer) driver.Holding {
	h := driver.Holding{
		Address: q.Name, Messages: -1, Start: driver.StartNow(),
		Params: map[string]string{"durable": strconv.FormatBool(q.Durable), "auto-delete": strconv.FormatBool(q.AutoDelete)},
	}
	if q.Messages != nil { // a server that has just started does not know yet
		h.Messages = *q.Messages
	}
	for _, b := range bindings {
		if b.Source != "" && b.Kind == "queue" && b.Destination == q.Name {
			h.Feeds = append(h.Feeds, "exchange "+b.Source+withKey(b.Key))
		}
	}
	slices.Sort(h.Feeds)
	members := map[string]int{}
	for _, c := range consumers {
		if c.Queue.Name == q.Name {
			members[consumerName(c)]++
		}
	}
	for name, n := range members {
		h.Groups = append(h.Groups, driver.Readership{Group: name, Members: n, Lag: h.Messages})
	}
	slices.SortFunc(h.Groups, func(a, b driver.Readership) int { return cmp.Compare(a.Group, b.Group) })
	return h
}

func consumerName(c toldConsumer) string {
	switch {
	case c.Channel.User == "":
		return cmp.Or(c.Tag, "somebody")
	case c.Channel.Host == "":
		return c.Channel.User
	}
	return c.Channel.User + "@" + c.Channel.Host
}

func withKey(key string) string {
	if key == "" {
		return ""
	}
	return " by " + key
}

// exchangeHeld is an exchange; the queues that are bound to it are who reads it.
// The server's own are told where something is bound to them.
func exchangeHeld(e toldExchange, queues []toldQueue, bindings []toldBinding, consumers []toldConsumer) (driver.Holding, bool) {
	h := driver.Holding{
		Address: e.Name, Messages: -1, Start: driver.StartNow(),
		Params: map[string]string{
			paramExchange: e.Name, "exchange.type": e.Type,
			"exchange.durable": strconv.FormatBool(e.Durable), "exchange.auto-delete": strconv.FormatBool(e.AutoDelete),
		},
	}
	bound := map[string]bool{}
	for _, b := range bindings {
		if b.Source != e.Name {
			continue
		}
		if !slices.Contains(h.Keys, b.Key) {
			h.Keys = append(h.Keys, b.Key)
		}
		if b.Kind == "queue" {
			bound[b.Destination] = true
		}
	}
	slices.Sort(h.Keys)
	own := e.Internal || e.Name == "" || strings.HasPrefix(e.Name, "amq.")
	if e.Name == "" || own && len(h.Keys) == 0 {
		return h, false
	}
	for _, q := range queues {
		if !bound[q.Name] {
			continue
		}
		r := driver.Readership{Group: q.Name, Lag: -1}
		if q.Messages != nil {
			r.Lag = *q.Messages
		}
		for _, c := range consumers {
			if c.Queue.Name == q.Name {
				r.Members++
			}
		}
		h.Groups = append(h.Groups, r)
	}
	slices.SortFunc(h.Groups, func(a, b driver.Readership) int { return cmp.Compare(a.Group, b.Group) })
	return h, true
}

// noteBurials notes where a queue's dead letters go.
func noteBurials(list []driver.Holding, q toldQueue) {
	dead := q.Arguments.DeadLetterExchange
	if dead == nil {
		return
	}
	for i := range list {
		exchange := list[i].Params[paramExchange]
		if exchange == "" && *dead == "" && list[i].Address == q.Arguments.DeadLetterKey || exchange != "" && exchange == *dead {
			list[i].Feeds = append(list[i].Feeds, "the dead letters of "+q.Name)
		}
	}
}

// maxTold bounds an answer of the API, in bytes.
const maxTold = 64 << 20

// get asks for everything of a kind in our virtual host.
func (m *management) get(ctx context.Context, what string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, m.base.JoinPath("api", what, url.PathEscape(m.vhost)).String(), nil)
	if err != nil {
		return err
	}
	user, password := m.server.User, "guest"
	if user == "" {
		user = "guest"
	}
	if m.server.Password != nil {
		if password, err = m.server.Password(); err != nil {
			return invalidError{fmt.Errorf("the password: %w", err)}
		}
	}
	request.SetBasicAuth(user, password)
	response, err := m.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return m.refused(response.StatusCode, what)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxTold+1))
	if err != nil {
		return err
	}
	if len(body) > maxTold {
		return fmt.Errorf("the management API tells more than %d bytes of %s", maxTold, what)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return &driver.Error{
			Kind: driver.ErrProtocol, Op: "survey", Server: m.base.Redacted(), Err: fmt.Errorf("its %s: %w", what, err),
			Hint: "check that RabbitMQ's management API is there",
		}
	}
	return nil
}

// refused is the error of an answer that is none.
func (m *management) refused(status int, what string) error {
	e := &driver.Error{
		Kind: driver.ErrServer, Op: "survey", Server: m.base.Redacted(), NotSent: true,
		Err: fmt.Errorf("%d %s for %s", status, http.StatusText(status), what),
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Kind = driver.ErrAuth
		e.Hint = "check user and password, and that the user has the tag management or monitoring"
	case http.StatusNotFound:
		e.Hint = "check that RabbitMQ's management API is there, and the virtual host"
	default:
		e.Retry = status >= http.StatusInternalServerError
	}
	return e
}
