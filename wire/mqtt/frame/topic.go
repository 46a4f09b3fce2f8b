package frame

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxText is the longest text of the protocol, in bytes.
const MaxText = 65535

// CheckTopic returns an error for what no message can be sent to.
func CheckTopic(topic string) error {
	if topic == "" {
		return errors.New("the topic is empty")
	}
	if strings.ContainsAny(topic, "+#") {
		return fmt.Errorf("the topic %q has a wildcard: messages are sent to one topic", topic)
	}
	return CheckText(topic)
}

// CheckFilter returns an error for what nobody can subscribe to.
func CheckFilter(filter string) error {
	if filter == "" {
		return errors.New("the topic is empty")
	}
	for level, rest, more := "", filter, true; more; {
		level, rest, more = strings.Cut(rest, "/")
		switch {
		case level == "#" && more:
			return fmt.Errorf("in %q the wildcard # is not the last level", filter)
		case len(level) > 1 && strings.ContainsAny(level, "+#"):
			return fmt.Errorf("in %q the level %q is more than a wildcard", filter, level)
		}
	}
	return CheckText(filter)
}

// CheckText returns an error for what the protocol's texts cannot hold.
func CheckText(text string) error {
	switch {
	case len(text) > MaxText:
		return fmt.Errorf("it has %d bytes, at most %d are possible", len(text), MaxText)
	case !Carries(text):
		return errors.New("it has characters that MQTT does not carry: control characters, or none of Unicode")
	}
	return nil
}

// Carries reports whether every server takes a text as it is: those that are
// strict close the connection over a control character (MQTT 5, 1.5.4).
func Carries(text string) bool {
	for i := 0; i < len(text); {
		if c := text[i]; c >= 0x20 && c < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || r < 0xa0 || r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef {
			return false
		}
		i += size
	}
	return true
}

// Matches reports whether a message of a topic goes to a filter. Wildcards at
// the first level leave out topics that begin with $ (MQTT 5, 4.7.2).
func Matches(filter, topic string) bool {
	if strings.HasPrefix(topic, "$") && !strings.HasPrefix(filter, "$") {
		return false
	}
	for {
		level, restOfFilter, moreFilter := strings.Cut(filter, "/")
		if level == "#" {
			return true
		}
		name, restOfTopic, moreTopic := strings.Cut(topic, "/")
		if level != "+" && level != name {
			return false
		}
		if !moreTopic {
			return !moreFilter || restOfFilter == "#"
		}
		if !moreFilter {
			return false
		}
		filter, topic = restOfFilter, restOfTopic
	}
}
