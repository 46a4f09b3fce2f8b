// Package topic compares addresses made of words with patterns, as brokers of the
// AMQP family do.
//
// It must not know brokers.
package topic

import "strings"

// Words are those of an address or a pattern. An empty one has none.
func Words(address string) []string {
	if address == "" {
		return nil
	}
	return strings.Split(address, ".")
}

// Matches compares the words of a pattern, where * is one word and # any
// number of them, with those of an address. It goes back only to the last #, so
// that no pattern takes long.
func Matches(pattern, address []string) bool {
	p, k := 0, 0
	last, from := -1, 0 // the last #, and where in the address it was tried
	for k < len(address) {
		switch {
		case p < len(pattern) && pattern[p] == "#":
			last, from = p, k
			p++
		case p < len(pattern) && (pattern[p] == "*" || pattern[p] == address[k]):
			p++
			k++
		case last >= 0:
			from++
			p, k = last+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "#" {
		p++
	}
	return p == len(pattern)
}
