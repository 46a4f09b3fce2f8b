package nats

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/weft-dev/weft/wire/driver"
)

var (
	_ driver.Surveyor   = (*streams)(nil)
	_ driver.Overhearer = (*conn)(nil)
)

// Everything is a subscription to all subjects: without streams a server keeps
// no list of them, and tells nobody who subscribes.
func (*conn) Everything() (driver.ReceiverOptions, bool) {
	return driver.ReceiverOptions{Address: ">"}, true
}

// maxSubjects bounds how many subjects of one stream are told apart; of one that
// has more, those that it is configured for are listed.
const maxSubjects = 1000

// Survey lists the subjects that streams store, and the consumers that are kept
// for them: durable ones.
func (c *streams) Survey(ctx context.Context, recent int) ([]driver.Holding, error) {
	const op = "survey"
	listing := c.js.ListStreams(ctx)
	var list []driver.Holding
	for info := range listing.Info() {
		found, err := c.look(ctx, info.Config, recent)
		if err != nil {
			return nil, c.fail(err, op, info.Config.Name)
		}
		list = append(list, found...)
	}
	if err := listing.Err(); err != nil {
		return nil, c.fail(err, op, "")
	}
	slices.SortFunc(list, func(a, b driver.Holding) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Store, b.Store))
	})
	return list, nil
}

// look lists what one stream stores.
func (c *streams) look(ctx context.Context, config jetstream.StreamConfig, recent int) ([]driver.Holding, error) {
	stream, err := c.js.Stream(ctx, config.Name)
	if err != nil {
		return nil, err
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(">"))
	if err != nil {
		return nil, err
	}
	counts := info.State.Subjects
	if len(counts) == 0 || len(counts) > maxSubjects {
		counts = map[string]uint64{}
		for _, subject := range config.Subjects {
			counts[subject] = info.State.Msgs // of all subjects, where there are several
		}
	}
	consumers, err := consumersOf(ctx, stream)
	if err != nil {
		return nil, err
	}
	list := make([]driver.Holding, 0, len(counts))
	for subject, n := range counts {
		h := driver.Holding{Address: subject, Store: config.Name, Messages: int64(n), Start: driver.StartBeginning()}
		if len(counts) > 1 && len(info.State.Subjects) != len(counts) {
			h.Messages = -1
		}
		h.Sample = int(min(max(h.Messages, 0), int64(recent)))
		h.Groups = readersOf(consumers, config.Name, subject)
		list = append(list, h)
	}
	return list, nil
}

func consumersOf(ctx context.Context, stream jetstream.Stream) ([]*jetstream.ConsumerInfo, error) {
	listing := stream.ListConsumers(ctx)
	var list []*jetstream.ConsumerInfo
	for info := range listing.Info() {
		if info.Config.Durable != "" {
			list = append(list, info)
		}
	}
	slices.SortFunc(list, func(a, b *jetstream.ConsumerInfo) int { return cmp.Compare(a.Name, b.Name) })
	return list, listing.Err()
}

// readersOf are the consumers that read a subject. What a consumer of several
// subjects has yet to read of this one the server does not tell.
func readersOf(consumers []*jetstream.ConsumerInfo, stream, subject string) []driver.Readership {
	var list []driver.Readership
	for _, info := range consumers {
		filters := info.Config.FilterSubjects
		if info.Config.FilterSubject != "" {
			filters = append(slices.Clone(filters), info.Config.FilterSubject)
		}
		lag := int64(info.NumPending) + int64(info.NumAckPending)
		switch {
		case slices.Equal(filters, []string{subject}) || lag == 0:
		case len(filters) > 0 && !slices.ContainsFunc(filters, func(f string) bool { return covers(f, subject) }):
			continue
		default:
			lag = -1
		}
		list = append(list, driver.Readership{Group: info.Name, As: strings.TrimSuffix(info.Name, "-"+stream), Members: -1, Lag: lag})
	}
	return list
}
