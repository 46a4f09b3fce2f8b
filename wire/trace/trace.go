// Package trace continues traces over messages and calls, as W3C Trace Context
// says (https://www.w3.org/TR/trace-context/): what was caused by something
// belongs to its trace, and has an id of its own in it. It exists so that the
// services on both sides of weft find one trace and not two.
//
// It records nothing and sends nothing to collectors. It must not know
// messages, headers or protocols; and it has no chance of its own: ids are made
// of those that callers have already, so that what is repeated is the same.
package trace

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Context is where in a trace something happened. The zero Context is none.
type Context struct {
	// Parent is a traceparent (section 3.2), State a tracestate (3.3) or "".
	Parent, State string
}

// Where the parts of a traceparent are, in bytes: version-trace-parent-flags.
const (
	traceAt  = 3
	parentAt = traceAt + 32 + 1
	flagsAt  = parentAt + 16 + 1
	size     = flagsAt + 2
)

// sampled are the flags of a trace that begins here: services that record only
// what their caller records shall record it.
const sampled = "01"

// Read reads a context as it came. One that is not well-formed is none, and a
// tracestate that is not is left out, as the specification wants it.
func Read(parent, state string) Context {
	if !isParent(parent) {
		return Context{}
	}
	if !isState(state) {
		state = ""
	}
	return Context{Parent: parent, State: state}
}

// IsZero reports whether there is no context.
func (c Context) IsZero() bool { return c.Parent == "" }

// Next is the context of what is caused by what happened at c. The id is its
// own, the same for each repetition; without one it cannot be told from its
// cause, and has the cause's context. Where there is no cause a trace begins.
func (c Context) Next(id string) Context {
	if id == "" {
		return c
	}
	sum := sha256.Sum256([]byte(c.Parent + "\x00" + id))
	own := hex.EncodeToString(sum[16:24])
	if c.IsZero() {
		return Context{Parent: "00-" + hex.EncodeToString(sum[:16]) + "-" + own + "-" + sampled}
	}
	return Context{Parent: "00-" + c.Parent[traceAt:parentAt] + own + "-" + flags(c.Parent[flagsAt:size]), State: c.State}
}

// flags are those of a traceparent that are known: the first says sampled. All
// others are for later versions, and are not passed on (section 3.2.2.5).
func flags(text string) string {
	if strings.ContainsRune("13579bdf", rune(text[1])) {
		return sampled
	}
	return "00"
}

// isParent reports whether a text is a traceparent of version 00, or begins
// like one in a later version (section 3.2.2 and 4.3).
func isParent(text string) bool {
	if len(text) < size || text[2] != '-' || text[parentAt-1] != '-' || text[flagsAt-1] != '-' {
		return false
	}
	version, trace, parent := text[:2], text[traceAt:parentAt-1], text[parentAt:flagsAt-1]
	switch {
	case !isHex(version) || version == "ff" || !isHex(text[flagsAt:size]):
		return false
	case version == "00" && len(text) > size || len(text) > size && text[size] != '-':
		return false
	case len(text) > maxParent:
		return false
	}
	return isHex(trace) && isHex(parent) && strings.Trim(trace, "0") != "" && strings.Trim(parent, "0") != ""
}

// maxParent is the longest traceparent of a later version that is read, in
// bytes; version 00 has 55.
const maxParent = 256

func isHex(text string) bool { return isOf(text, "0123456789abcdef") }

// isOf reports whether a text has no other characters.
func isOf(text, characters string) bool {
	for i := range len(text) {
		if strings.IndexByte(characters, text[i]) < 0 {
			return false
		}
	}
	return true
}
