package trace

import "strings"

// The bounds of a tracestate: section 3.3.1.1 has at most 32 members, of which
// each has at most 256 bytes for its key and for its value.
const (
	maxMembers = 32
	maxPart    = 256
	maxTenant  = 241
	maxSystem  = 14
)

// isState reports whether a text is a tracestate. Members may be empty and have
// spaces around them; keys are unique.
func isState(text string) bool {
	if len(text) > maxMembers*(2*maxPart+2) {
		return false
	}
	seen := map[string]bool{}
	for member := range strings.SplitSeq(text, ",") {
		if member = strings.Trim(member, " \t"); member == "" {
			continue
		}
		key, value, ok := strings.Cut(member, "=")
		if !ok || seen[key] || len(seen) == maxMembers || !isKey(key) || !isValue(value) {
			return false
		}
		seen[key] = true
	}
	return true
}

// isKey reports whether a text is the key of a member: a name, or tenant@system.
func isKey(key string) bool {
	tenant, system, several := strings.Cut(key, "@")
	if !several {
		return isName(key, maxPart, false)
	}
	return isName(tenant, maxTenant, true) && isName(system, maxSystem, false)
}

// isName reports whether a text is a part of a key; whether it may begin with a
// digit is the tenant's privilege.
func isName(text string, most int, digit bool) bool {
	if text == "" || len(text) > most || !isOf(text, "abcdefghijklmnopqrstuvwxyz0123456789_-*/") {
		return false
	}
	first := text[0]
	return first >= 'a' && first <= 'z' || digit && first >= '0' && first <= '9'
}

// isValue reports whether a text is the value of a member: printable ASCII
// without commas and equals signs. Spaces at its end were trimmed.
func isValue(text string) bool {
	if text == "" || len(text) > maxPart {
		return false
	}
	for _, b := range []byte(text) {
		if b < 0x20 || b > 0x7e || b == ',' || b == '=' {
			return false
		}
	}
	return true
}
