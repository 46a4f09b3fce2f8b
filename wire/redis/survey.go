package redis

import (
	"cmp"
	"context"
	"slices"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
)

var (
	_ driver.Surveyor   = (*streamConn)(nil)
	_ driver.Surveyor   = (*channelConn)(nil)
	_ driver.Overhearer = (*channelConn)(nil)
)

// Everything is a subscription to all channels.
func (*channelConn) Everything() (driver.ReceiverOptions, bool) {
	return driver.ReceiverOptions{Address: "*"}, true
}

// Survey lists the channels that somebody is subscribed to by name: there is no
// list of others. Who that is the server does not tell, only how many.
func (c *channelConn) Survey(ctx context.Context, _ int) ([]driver.Holding, error) {
	const op = "survey"
	channels, err := c.main.PubSubChannels(ctx, "*").Result()
	if err != nil || len(channels) == 0 {
		return nil, c.fail(err, op, "")
	}
	slices.Sort(channels)
	counts, err := c.main.PubSubNumSub(ctx, channels...).Result()
	if err != nil {
		return nil, c.fail(err, op, "")
	}
	list := make([]driver.Holding, 0, len(channels))
	for _, channel := range channels {
		list = append(list, driver.Holding{
			Address: channel, Messages: -1, Start: driver.StartNow(),
			Groups: []driver.Readership{{Group: "subscribers", Members: int(counts[channel]), Lag: -1}},
		})
	}
	return list, nil
}

// maxStreams bounds how many streams are looked at.
const maxStreams = 10_000

// Survey lists the streams among the keys and their groups.
func (c *streamConn) Survey(ctx context.Context, recent int) ([]driver.Holding, error) {
	const op = "survey"
	names := map[string]bool{} // a scan may name a key twice
	for cursor := uint64(0); ; {
		keys, next, err := c.main.ScanType(ctx, cursor, "*", page, "stream").Result()
		if err != nil {
			return nil, c.fail(err, op, "")
		}
		for _, key := range keys {
			names[key] = true
		}
		if cursor = next; cursor == 0 || len(names) >= maxStreams {
			break
		}
	}
	var list []driver.Holding
	for name := range names {
		h, err := c.look(ctx, name, recent)
		if goredis.HasErrorPrefix(err, "ERR no such key") || goredis.HasErrorPrefix(err, "WRONGTYPE") {
			continue // it went since
		}
		if err != nil {
			return nil, c.fail(err, op, name)
		}
		list = append(list, h)
	}
	slices.SortFunc(list, func(a, b driver.Holding) int { return cmp.Compare(a.Address, b.Address) })
	return list, nil
}

func (c *streamConn) look(ctx context.Context, stream string, recent int) (driver.Holding, error) {
	h := driver.Holding{Address: stream, Start: driver.StartBeginning()}
	var err error
	if h.Messages, err = c.main.XLen(ctx, stream).Result(); err != nil {
		return h, err
	}
	h.Sample = int(min(h.Messages, int64(recent)))
	if h.Messages > int64(recent) {
		entries, err := c.main.XRevRangeN(ctx, stream, "+", "-", int64(recent)).Result()
		if err != nil {
			return h, err
		}
		if h.Sample = len(entries); h.Sample > 0 {
			id, err := parseID(entries[h.Sample-1].ID)
			if err != nil {
				return h, err
			}
			h.Start = driver.StartAt(position(stream, id))
		}
	}
	groups, err := c.main.XInfoGroups(ctx, stream).Result()
	if err != nil {
		return h, err
	}
	for _, g := range groups {
		lag, err := c.unsettled(ctx, stream, g)
		if err != nil {
			return h, err
		}
		h.Groups = append(h.Groups, driver.Readership{Group: g.Name, Members: int(g.Consumers), Lag: lag})
	}
	return h, nil
}

// lagPage is how many entries a group may be behind for them to be counted.
const lagPage = 100

// unsettled is what a group was not given yet, and what it was given and has not
// settled. The first is counted where it is little, since servers before 7.0 do
// not know it, and others not always.
func (c *streamConn) unsettled(ctx context.Context, stream string, g goredis.XInfoGroup) (int64, error) {
	id, err := parseID(g.LastDeliveredID)
	if err != nil {
		return 0, err
	}
	entries, err := c.main.XRangeN(ctx, stream, id.next().String(), "+", lagPage).Result()
	switch {
	case err != nil:
		return 0, err
	case len(entries) < lagPage:
		return int64(len(entries)) + g.Pending, nil
	case g.Lag < lagPage:
		return -1, nil
	}
	return g.Lag + g.Pending, nil
}
