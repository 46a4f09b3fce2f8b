package googlepubsub

import (
	"fmt"
	"strings"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/weft-dev/weft/extra/attributes"
	"github.com/weft-dev/weft/wire/driver"
)

// The parameters of messages.
const (
	ParamOrderingKey = "orderingKey"
	ParamAttribute   = "attribute:" // followed by the attribute's name
)

// limits are what the service takes.
var limits = attributes.Limits{Attributes: 100, Name: 256, Value: 1024, Reserved: "goog", Key: 1024}

// wrap makes a message ready for the service.
func wrap(m *driver.Message) (*pubsubpb.PubsubMessage, error) {
	given, key, err := paramsOf(m)
	if err != nil {
		return nil, err
	}
	form, err := limits.Wrap(m, given, true)
	if err != nil {
		return nil, err
	}
	if len(form.Attributes) == 0 && len(m.Body) == 0 {
		form.Attributes = map[string]string{attributes.Packed: "{}"} // a message must have something
	}
	if m.Key == nil {
		form.Key = key
	}
	return &pubsubpb.PubsubMessage{Data: m.Body, Attributes: form.Attributes, OrderingKey: form.Key}, nil
}

// paramsOf are a message's attributes and its ordering key, if it has no key.
func paramsOf(m *driver.Message) (given map[string]string, key string, err error) {
	for param, value := range m.Params {
		if param == ParamOrderingKey {
			key = value
			continue
		}
		name, ok := strings.CutPrefix(param, ParamAttribute)
		if !ok {
			return nil, "", driver.CheckParams(map[string]string{param: value}, ParamOrderingKey, ParamAttribute+"NAME")
		}
		if given == nil {
			given = make(map[string]string, len(m.Params))
		}
		given[name] = value
	}
	if len(key) > limits.Key {
		return nil, "", fmt.Errorf("the ordering key has %d bytes, the most is %d", len(key), limits.Key)
	}
	return given, key, nil
}

// unwrap makes the message that users see of one that anybody may have sent.
func unwrap(in *pubsubpb.PubsubMessage) *driver.Message {
	m := &driver.Message{Body: in.GetData(), ID: in.GetMessageId(), Timestamp: in.GetPublishTime().AsTime()}
	attributes.Unwrap(m, attributes.Form{Attributes: in.GetAttributes(), Key: in.GetOrderingKey()})
	return m
}
