package kafka

import "github.com/twmb/franz-go/pkg/kgo"

// byKey marks a record whose partition its key decides.
const byKey = -1

// partitioner chooses as the Java client does, so that both put a key into the
// same partition: by the key's hash, and without a key by turns, a batch at a
// time. A record that names its partition goes there.
type partitioner struct{}

func (partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	return &topicPartitioner{usual: kgo.StickyKeyPartitioner(nil).ForTopic(topic)}
}

type topicPartitioner struct{ usual kgo.TopicPartitioner }

func (p *topicPartitioner) RequiresConsistency(r *kgo.Record) bool {
	return r.Partition != byKey || p.usual.RequiresConsistency(r)
}

func (p *topicPartitioner) Partition(r *kgo.Record, n int) int {
	if r.Partition != byKey {
		return int(r.Partition)
	}
	return p.usual.Partition(r, n)
}

// OnNewBatch lets records without a key move on to another partition.
func (p *topicPartitioner) OnNewBatch() {
	if usual, ok := p.usual.(kgo.TopicPartitionerOnNewBatch); ok {
		usual.OnNewBatch()
	}
}
