package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weft-dev/weft/wire/driver"
)

// streams is a connection to NATS and its JetStream.
type streams struct {
	*link
	js  jetstream.JetStream
	api string // what the subjects of JetStream's requests begin with
}

var (
	_ driver.Conn       = (*streams)(nil)
	_ driver.Admin      = (*streams)(nil)
	_ driver.Positioner = (*streams)(nil)
)

// maxPending is how many messages may wait for their confirmation at once, over
// all senders of a connection.
const maxPending = 32 << 10

func newStreams(ctx context.Context, l *link) (*streams, error) {
	c := &streams{link: l, api: "$JS.API."}
	var err error
	if domain := l.server.Params["domain"]; len(domain) == 1 && domain[0] != "" {
		c.api = "$JS." + domain[0] + ".API."
		c.js, err = jetstream.NewWithDomain(l.client, domain[0], jetstream.WithPublishAsyncMaxPending(maxPending))
	} else {
		c.js, err = jetstream.New(l.client, jetstream.WithPublishAsyncMaxPending(maxPending))
	}
	if err != nil {
		return nil, invalidError{err}
	}
	// Without a reply nobody there knows of JetStream.
	_, err = c.js.AccountInfo(ctx)
	return c, err
}

// storing returns the names of the streams that store a subject, or some of
// those that match it, sorted.
func (c *streams) storing(ctx context.Context, subject string) ([]string, error) {
	list := c.js.StreamNames(ctx, jetstream.WithStreamListSubject(subject))
	var names []string
	for name := range list.Name() {
		names = append(names, name)
	}
	if err := list.Err(); err != nil && !errors.Is(err, jetstream.ErrEndOfData) {
		return nil, err
	}
	slices.Sort(names)
	return names, nil
}

// ensure returns the streams of a subject. When there is none it is made, if
// spec allows that.
func (c *streams) ensure(ctx context.Context, subject string, spec *driver.AddressSpec) ([]string, error) {
	if err := checkSubject(subject, true); err != nil {
		return nil, invalidError{err}
	}
	if err := c.await(ctx); err != nil {
		return nil, err
	}
	names, err := c.storing(ctx, subject)
	if err != nil || len(names) > 0 {
		return names, err
	}
	if spec == nil {
		return nil, missingError{errors.New("no stream stores the subject")}
	}
	config, err := streamConfig(subject, spec)
	if err != nil {
		return nil, invalidError{err}
	}
	if err := c.make(ctx, config); err != nil {
		// Somebody else may have made it, or one that stores the subject too.
		if names, again := c.storing(ctx, subject); again == nil && len(names) > 0 {
			return names, nil
		}
		return nil, err
	}
	return []string{config.Name}, nil
}

// make makes a stream. Servers before 2.10 remove their directory with the last
// stream, under the feet of whoever just makes another: that is tried again.
func (c *streams) make(ctx context.Context, config jetstream.StreamConfig) error {
	for attempt := 1; ; attempt++ {
		_, err := c.js.CreateStream(ctx, config)
		var answer *jetstream.APIError
		if attempt == 5 || !errors.As(err, &answer) || answer.ErrorCode != codeNoStore {
			return err
		}
		timer := time.NewTimer(time.Duration(attempt) * 10 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// Create makes a stream for a subject unless one stores it.
func (c *streams) Create(ctx context.Context, subject string, spec driver.AddressSpec) error {
	_, err := c.ensure(ctx, subject, &spec)
	return c.fail(err, "create", subject)
}

// Delete removes the stream of a subject; from one that stores other subjects
// too it removes only the messages.
func (c *streams) Delete(ctx context.Context, subject string) error {
	names, err := c.ensure(ctx, subject, nil)
	for _, name := range names {
		if err == nil {
			err = c.remove(ctx, name, subject)
		}
	}
	return c.fail(err, "delete", subject)
}

func (c *streams) remove(ctx context.Context, name, subject string) error {
	stream, err := c.js.Stream(ctx, name)
	if err != nil {
		return err
	}
	for _, stored := range stream.CachedInfo().Config.Subjects {
		if !covers(subject, stored) {
			return stream.Purge(ctx, jetstream.WithPurgeSubject(subject))
		}
	}
	return c.js.DeleteStream(ctx, name)
}

// Positions returns where the next message will be stored, one place for each
// stream that stores the subject.
func (c *streams) Positions(ctx context.Context, subject string) ([]driver.Position, error) {
	names, err := c.ensure(ctx, subject, nil)
	positions := make([]driver.Position, len(names))
	for i, name := range names {
		if err == nil {
			var next uint64
			next, err = c.end(ctx, name)
			positions[i] = position(name, next)
		}
	}
	if err != nil {
		return nil, c.fail(err, "take positions of", subject)
	}
	return positions, nil
}

// end returns the sequence of the message that a stream will store next.
func (c *streams) end(ctx context.Context, name string) (uint64, error) {
	stream, err := c.js.Stream(ctx, name)
	if err != nil {
		return 0, err
	}
	return stream.CachedInfo().State.LastSeq + 1, nil
}

func position(stream string, sequence uint64) driver.Position {
	return driver.NewPosition(stream, strconv.FormatUint(sequence, 10))
}

// streamConfig says how a stream is made for a subject.
func streamConfig(address string, spec *driver.AddressSpec) (jetstream.StreamConfig, error) {
	subject := address
	if wider := spec.Params["subject"]; wider != "" {
		subject = wider
	}
	if err := checkSubject(subject, true); err != nil {
		return jetstream.StreamConfig{}, err
	}
	if !covers(subject, address) {
		return jetstream.StreamConfig{}, fmt.Errorf("the subject %q of the stream does not match %q", subject, address)
	}
	config := jetstream.StreamConfig{Name: nameOf(subject), Subjects: []string{subject}, Replicas: max(1, spec.Replicas)}
	for name, value := range spec.Params {
		if err := setStream(&config, name, value); err != nil {
			return config, err
		}
	}
	return config, nil
}

// streamParams are the parameters to create a stream with.
var streamParams = []string{
	"stream", "subject", "storage", "retention", "discard", "max_msgs", "max_msgs_per_subject", "max_bytes", "max_msg_size", "max_age", "duplicate_window",
}

func setStream(config *jetstream.StreamConfig, name, value string) error {
	if err := driver.CheckParams(map[string]string{name: ""}, streamParams...); err != nil {
		return err
	}
	var err error
	switch name {
	case "subject": // read before
	case "stream":
		config.Name = value
	case "storage":
		config.Storage, err = oneOf(value, map[string]jetstream.StorageType{"file": jetstream.FileStorage, "memory": jetstream.MemoryStorage})
	case "retention":
		config.Retention, err = oneOf(value, map[string]jetstream.RetentionPolicy{
			"limits": jetstream.LimitsPolicy, "interest": jetstream.InterestPolicy, "workqueue": jetstream.WorkQueuePolicy,
		})
	case "discard":
		config.Discard, err = oneOf(value, map[string]jetstream.DiscardPolicy{"old": jetstream.DiscardOld, "new": jetstream.DiscardNew})
	case "max_msgs":
		config.MaxMsgs, err = strconv.ParseInt(value, 10, 64)
	case "max_msgs_per_subject":
		config.MaxMsgsPerSubject, err = strconv.ParseInt(value, 10, 64)
	case "max_bytes":
		config.MaxBytes, err = strconv.ParseInt(value, 10, 64)
	case "max_msg_size":
		var size int64
		size, err = strconv.ParseInt(value, 10, 32)
		config.MaxMsgSize = int32(size)
	case "max_age":
		config.MaxAge, err = time.ParseDuration(value)
	case "duplicate_window":
		config.Duplicates, err = time.ParseDuration(value)
	}
	if err != nil {
		return fmt.Errorf("%s is %q, which it cannot be: %w", name, value, err)
	}
	return nil
}

func oneOf[T any](value string, known map[string]T) (T, error) {
	found, ok := known[value]
	if !ok {
		return found, fmt.Errorf("there is %s", listed(known))
	}
	return found, nil
}
