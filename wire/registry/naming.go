package registry

import (
	"errors"
	"fmt"
)

// Naming is how producers of a topic name the subject of a schema.
type Naming string

// The three namings that clients of all registries know.
const (
	// TopicName: one type of message on a topic. "orders.created-value"
	TopicName Naming = "topic"
	// RecordName: the same type on any topic. "com.example.OrderCreated"
	RecordName Naming = "record"
	// TopicRecordName: several types on a topic, each judged by itself there.
	// "orders.created-com.example.OrderCreated"
	TopicRecordName Naming = "topic-record"
)

// Namings returns the namings, that of most clients' default first.
func Namings() []string {
	return []string{string(TopicName), string(RecordName), string(TopicRecordName)}
}

// Subject is the name of the subject of a topic's keys or values. Record is the
// full name of what the schema describes.
func (n Naming) Subject(topic, record string, key bool) (string, error) {
	switch {
	case n != RecordName && topic == "":
		return "", fmt.Errorf("naming by %s needs the name of the topic", n)
	case n != TopicName && record == "":
		return "", fmt.Errorf("naming by %s needs a schema with a name: a record's name in Avro, a message in Protobuf, a title in JSON Schema", n)
	}
	switch n {
	case TopicName:
		if key {
			return topic + "-key", nil
		}
		return topic + "-value", nil
	case RecordName:
		return record, nil
	case TopicRecordName:
		return topic + "-" + record, nil
	}
	return "", errors.New("there is no such naming")
}
