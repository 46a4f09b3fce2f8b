package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/weft-dev/weft/wire/driver"
)

// Create makes a topic unless it is there.
func (c *conn) Create(ctx context.Context, topic string, spec driver.AddressSpec) error {
	_, err := c.ensure(ctx, "create", topic, &spec)
	return err
}

// Delete removes a topic.
func (c *conn) Delete(ctx context.Context, topic string) error {
	_, err := c.admin.DeleteTopic(ctx, topic)
	return c.fail(err, "delete", topic)
}

// ensure returns how many partitions a topic has. When it is missing it is
// made, if spec allows that.
func (c *conn) ensure(ctx context.Context, op, topic string, spec *driver.AddressSpec) (int, error) {
	if topic == "" {
		return 0, c.fail(invalidError{errors.New("the topic is empty")}, op, "")
	}
	n, err := c.partitions(ctx, topic)
	if err == nil || spec == nil || !errors.Is(err, kerr.UnknownTopicOrPartition) {
		return n, c.fail(err, op, topic)
	}
	if err := c.create(ctx, topic, spec); err != nil {
		return 0, c.fail(err, "create", topic)
	}
	n, err = c.await(ctx, topic)
	return n, c.fail(err, op, topic)
}

// partitions looks a topic up, past the client's cache: a topic that was
// missing a moment ago may have been made since.
func (c *conn) partitions(ctx context.Context, topic string) (int, error) {
	request := kmsg.NewPtrMetadataRequest()
	wanted := kmsg.NewMetadataRequestTopic()
	wanted.Topic = &topic
	request.Topics = append(request.Topics, wanted)
	answer, err := request.RequestWith(ctx, c.main)
	if err != nil {
		return 0, err
	}
	if len(answer.Topics) != 1 {
		return 0, kerr.UnknownTopicOrPartition
	}
	found := answer.Topics[0]
	if err := kerr.ErrorForCode(found.ErrorCode); err != nil {
		return 0, err
	}
	for _, p := range found.Partitions {
		if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
			return 0, err
		}
	}
	return len(found.Partitions), nil
}

func (c *conn) create(ctx context.Context, topic string, spec *driver.AddressSpec) error {
	partitions, replicas := int32(-1), int16(-1)
	if spec.Partitions > 0 {
		partitions = int32(spec.Partitions)
	}
	if spec.Replicas > 0 {
		replicas = int16(spec.Replicas)
	}
	configs := make(map[string]*string, len(spec.Params))
	for name, value := range spec.Params {
		configs[name] = &value
	}
	answer, err := c.admin.CreateTopic(ctx, partitions, replicas, configs, topic)
	if errors.Is(err, kerr.TopicAlreadyExists) {
		return nil
	}
	if err != nil && answer.ErrMessage != "" {
		return fmt.Errorf("%w: %s", err, answer.ErrMessage)
	}
	return err
}

// await waits until a topic that was just made can be used: a broker answers
// the request before each of its peers has heard of it.
func (c *conn) await(ctx context.Context, topic string) (int, error) {
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		n, err := c.partitions(ctx, topic)
		if err == nil || !isSettling(err) {
			return n, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return 0, errors.Join(ctx.Err(), err)
		}
	}
}

func isSettling(err error) bool {
	return errors.Is(err, kerr.UnknownTopicOrPartition) || errors.Is(err, kerr.LeaderNotAvailable) ||
		errors.Is(err, kerr.UnknownTopicID)
}

// Positions returns the end of each partition of a topic.
func (c *conn) Positions(ctx context.Context, topic string) ([]driver.Position, error) {
	const op = "take positions of"
	if _, err := c.ensure(ctx, op, topic, nil); err != nil {
		return nil, err
	}
	ends, err := c.ends(ctx, topic)
	if err != nil {
		return nil, c.fail(err, op, topic)
	}
	positions := make([]driver.Position, 0, len(ends))
	for partition, offset := range ends {
		positions = append(positions, position(topic, partition, offset))
	}
	slices.Sort(positions)
	return positions, nil
}

func (c *conn) ends(ctx context.Context, topic string) (map[int32]int64, error) {
	listed, err := c.admin.ListEndOffsets(ctx, topic)
	return offsetsOf(listed, topic, err)
}

// since returns the first offsets whose messages are not older than t.
func (c *conn) since(ctx context.Context, topic string, t time.Time) (map[int32]int64, error) {
	listed, err := c.admin.ListOffsetsAfterMilli(ctx, t.UnixMilli(), topic)
	return offsetsOf(listed, topic, err)
}

func offsetsOf(listed kadm.ListedOffsets, topic string, err error) (map[int32]int64, error) {
	if err != nil {
		return nil, err
	}
	if err := listed.Error(); err != nil {
		return nil, err
	}
	offsets := make(map[int32]int64, len(listed[topic]))
	for partition, o := range listed[topic] {
		offsets[partition] = o.Offset
	}
	return offsets, nil
}

// oldest stands for the first offset that is stored, as in the protocol.
const oldest = -2

// begin resolves where a receiver starts, for each partition. Resolving it now
// is what makes the subscription stand when OpenReceiver returns.
func (c *conn) begin(ctx context.Context, topic string, partitions int, start driver.Start) (map[int32]int64, error) {
	switch start.Kind {
	case driver.Now:
		return c.ends(ctx, topic)
	case driver.AtTime:
		return c.since(ctx, topic, start.Time)
	case driver.Beginning:
		return everywhere(partitions), nil
	case driver.AtPositions:
		offsets := everywhere(partitions)
		return offsets, readPositions(offsets, topic, start.Positions)
	}
	return nil, fmt.Errorf("unknown kind of start %d", start.Kind)
}

func everywhere(partitions int) map[int32]int64 {
	offsets := make(map[int32]int64, partitions)
	for p := range partitions {
		offsets[int32(p)] = oldest
	}
	return offsets
}

func readPositions(offsets map[int32]int64, topic string, positions []driver.Position) error {
	for _, p := range positions {
		partition, offset, err := readPosition(topic, p)
		if err == nil && int(partition) >= len(offsets) {
			err = fmt.Errorf("position %q: the topic has %d partitions", p, len(offsets))
		}
		if err != nil {
			return invalidError{err}
		}
		offsets[partition] = offset
	}
	return nil
}

func position(topic string, partition int32, offset int64) driver.Position {
	return driver.Position(topic + "/" + strconv.Itoa(int(partition)) + "@" + strconv.FormatInt(offset, 10))
}

func readPosition(topic string, p driver.Position) (partition int32, offset int64, err error) {
	number, ok := strings.CutPrefix(p.Source(), topic+"/")
	if !ok {
		return 0, 0, fmt.Errorf("position %q is of another address", p)
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n < 0 {
		return 0, 0, fmt.Errorf("position %q: %q is not a partition", p, number)
	}
	offset, err = strconv.ParseInt(p.Offset(), 10, 64)
	if err != nil || offset < 0 {
		return 0, 0, fmt.Errorf("position %q: %q is not an offset", p, p.Offset())
	}
	return int32(n), offset, nil
}
