package stomp

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// The parameter that says what an address is, and its values.
const (
	paramKind = "kind"
	kindQueue = "queue"
	kindTopic = "topic"
)

const (
	queuePrefix = "/queue/"
	topicPrefix = "/topic/"
	tempPrefix  = "/temp-queue/"
)

// maxAddress is the longest address, in bytes.
const maxAddress = 1024

// place is an address as it was given, and what it is.
type place struct {
	address string
	topic   bool
}

// placeOf reads an address. A destination says by itself what it is, which must
// be what the caller was promised.
func placeOf(address string, params map[string]string) (place, error) {
	p := place{address: address}
	switch {
	case address == "":
		return p, errors.New("the address is empty")
	case len(address) > maxAddress:
		return p, fmt.Errorf("the address has %d bytes, the limit is %d", len(address), maxAddress)
	case !utf8.ValidString(address) || strings.ContainsAny(address, "\x00\r\n"):
		return p, errors.New("the address has characters that no destination has")
	}
	given := params[paramKind]
	switch given {
	case "", kindQueue:
	case kindTopic:
		p.topic = true
	default:
		return p, fmt.Errorf("unknown kind %q: there is %s, %s", given, kindQueue, kindTopic)
	}
	known := literalKind(address)
	if known == "" || (known == kindTopic) == p.topic {
		return p, nil
	}
	return p, fmt.Errorf("%s is a %s: give the parameter kind=%s", address, known, known)
}

// literalKind is what a destination is, or "" where it does not say.
func literalKind(address string) string {
	if !strings.HasPrefix(address, "/") {
		return ""
	}
	for _, prefix := range []string{topicPrefix, "/exchange/", "/temp-topic/"} {
		if strings.HasPrefix(address, prefix) {
			return kindTopic
		}
	}
	for _, prefix := range []string{queuePrefix, "/amq/queue/", tempPrefix, "/reply-queue/", "/remote-temp-queue/"} {
		if strings.HasPrefix(address, prefix) {
			return kindQueue
		}
	}
	return ""
}

// plain reports whether the address is a name and no destination.
func (p place) plain() bool { return !strings.HasPrefix(p.address, "/") }

// on is the destination on a server.
func (p place) on(f flavour) string {
	if !p.plain() {
		return p.address
	}
	prefix := queuePrefix
	if p.topic {
		prefix = topicPrefix
	}
	return prefix + f.encode(p.address)
}

// wild reports whether the address stands for several.
func (p place) wild() bool { return p.topic && strings.ContainsAny(p.address, "*#>") }

// from is where a message came from, in the form in which the receiver's own
// address was given.
func (p place) from(f flavour, destination string) string {
	if !p.wild() || destination == "" {
		return p.address
	}
	if name, ok := strings.CutPrefix(destination, topicPrefix); ok && p.plain() {
		return f.decode(name)
	}
	return destination
}

// replyOn is the destination of a reply address; replyFrom is the reverse, for
// those who name queues plainly themselves.
func replyOn(f flavour, address string) string {
	return place{address: address}.on(f)
}

func (p place) replyFrom(f flavour, destination string) string {
	if name, ok := strings.CutPrefix(destination, queuePrefix); ok && p.plain() {
		return f.decode(name)
	}
	return destination
}

// encode writes a name such that the server does not take it apart.
func (f flavour) encode(name string) string {
	if !f.encoded || !strings.ContainsAny(name, "/%") {
		return name
	}
	return strings.NewReplacer("%", "%25", "/", "%2F").Replace(name)
}

func (f flavour) decode(name string) string {
	if !f.encoded || !strings.Contains(name, "%") {
		return name
	}
	if plain, err := url.PathUnescape(name); err == nil {
		return plain
	}
	return name
}
