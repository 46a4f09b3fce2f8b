package kafka

import (
	"context"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/weft-dev/weft/wire/driver"
)

var _ driver.Surveyor = (*conn)(nil)

// Survey lists the topics that are not the broker's own, and the groups that have
// committed an offset or are assigned a partition. Where transactions or
// compaction left gaps, there are fewer messages than offsets.
func (c *conn) Survey(ctx context.Context, recent int) ([]driver.Holding, error) {
	const op = "survey"
	topics, err := c.admin.ListTopics(ctx)
	if err != nil {
		return nil, c.fail(err, op, "")
	}
	if err := topics.Error(); err != nil {
		return nil, c.fail(err, op, "")
	}
	names := slices.DeleteFunc(topics.Names(), func(name string) bool { return strings.HasPrefix(name, "__") })
	if len(names) == 0 {
		return nil, nil
	}
	starts, err := c.admin.ListStartOffsets(ctx, names...)
	if err != nil {
		return nil, c.fail(err, op, "")
	}
	ends, err := c.admin.ListEndOffsets(ctx, names...)
	if err != nil {
		return nil, c.fail(err, op, "")
	}
	groups, err := c.readers(ctx)
	if err != nil {
		return nil, c.fail(err, op, "")
	}
	list := make([]driver.Holding, 0, len(names))
	for _, name := range names {
		first, err := offsetsOf(starts, name, nil)
		if err != nil {
			return nil, c.fail(err, op, name)
		}
		last, err := offsetsOf(ends, name, nil)
		if err != nil {
			return nil, c.fail(err, op, name)
		}
		h := holding(name, first, last, recent)
		h.Groups = groups[name]
		list = append(list, h)
	}
	return list, nil
}

// holding is a topic by the offsets of its partitions, from where on as many of
// the last offsets are read as make recent: the same number of each partition, or
// all that it has.
func holding(topic string, first, last map[int32]int64, recent int) driver.Holding {
	h := driver.Holding{Address: topic, Partitions: len(last)}
	for p, end := range last {
		h.Messages += end - first[p]
	}
	from := make([]driver.Position, 0, len(last))
	for share := int64(1); ; share *= 2 {
		h.Sample, from = 0, from[:0]
		for p, end := range last {
			begin := max(first[p], end-share)
			h.Sample += int(end - begin)
			from = append(from, position(topic, p, begin))
		}
		if h.Sample >= recent || int64(h.Sample) >= h.Messages {
			break
		}
	}
	slices.Sort(from)
	h.Start = driver.StartAt(from...)
	return h
}

// readers are the groups by the topics that they read.
func (c *conn) readers(ctx context.Context) (map[string][]driver.Readership, error) {
	listed, err := c.admin.ListGroups(ctx)
	if err != nil {
		return nil, err
	}
	if len(listed) == 0 {
		return nil, nil
	}
	lags, err := c.admin.Lag(ctx, listed.Groups()...)
	if err != nil {
		return nil, err
	}
	byTopic := map[string][]driver.Readership{}
	for _, group := range lags.Sorted() {
		if err := group.Error(); err != nil {
			return nil, err
		}
		for topic, partitions := range group.Lag {
			byTopic[topic] = append(byTopic[topic], readership(group.Group, partitions))
		}
	}
	return byTopic, nil
}

func readership(group string, partitions map[int32]kadm.GroupMemberLag) driver.Readership {
	r := driver.Readership{Group: group}
	members := map[string]bool{}
	for _, p := range partitions {
		if p.Member != nil {
			members[p.Member.MemberID] = true
		}
		if p.Lag < 0 {
			r.Lag = -1
		} else if r.Lag >= 0 {
			r.Lag += p.Lag
		}
	}
	r.Members = len(members)
	return r
}
