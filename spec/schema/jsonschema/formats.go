package jsonschema

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"strings"
)

// format is one of the formats that are asserted. All others are annotations.
type format struct {
	name string
	text func(string) bool // nil where it speaks of numbers
	bits int               // of a whole number
}

// formatNamed returns a format of JSON Schema, or one that OpenAPI and
// AsyncAPI add; nil for one that nobody knows, which is an annotation.
func formatNamed(name string) *format {
	switch name {
	case "int32":
		return &format{name: name, bits: 32}
	case "int64":
		return &format{name: name, bits: 64}
	case "regex":
		return &format{name: name, text: isPattern}
	}
	if text := textFormat(name); text != nil {
		return &format{name: name, text: text}
	}
	return nil
}

func textFormat(name string) func(string) bool {
	switch name {
	case "uuid":
		return isUUID
	case "date-time":
		return isDateTime
	case "date":
		return isDate
	case "time":
		return isTime
	case "duration":
		return isDuration
	case "period":
		return isPeriod
	case "email":
		return isEmail
	case "hostname":
		return isHostname
	case "ipv4":
		return isIPv4
	case "ipv6":
		return isIPv6
	case "uri", "iri":
		return isURI
	case "uri-reference", "iri-reference":
		return isURIReference
	case "uri-template":
		return isURITemplate
	case "json-pointer":
		return isPointer
	case "relative-json-pointer":
		return isRelativePointer
	case "semver":
		return isSemver
	case "byte":
		return isBase64
	}
	return nil
}

// HasFormat reports whether a text has a format that schemas are held to; none
// has one that nobody knows, or that speaks of numbers.
func HasFormat(name, text string) bool {
	f := formatNamed(name)
	return f != nil && f.text != nil && f.text(text)
}

// hasFormat reports whether a value has a format. One of another kind has.
func (r *run) hasFormat(f *format, v any) bool {
	if f.bits > 0 {
		return kindOf(v) != numberKind || fitsBits(v, f.bits)
	}
	s, ok := v.(string)
	if !ok {
		return true
	}
	if f.name == "regex" && r.patterns != nil {
		_, err := r.pattern(s)
		return err == nil
	}
	return f.text(s)
}

func fitsBits(v any, bits int) bool {
	n, ok := exactOf(v)
	if !ok || !n.isInteger() {
		return false
	}
	if n.big == nil && n.exp == 0 {
		return bits == 64 || n.coef >= -1<<31 && n.coef < 1<<31
	}
	i := n.rat().Num()
	if !i.IsInt64() {
		return false
	}
	return bits == 64 || i.Int64() >= -1<<31 && i.Int64() < 1<<31
}

func isPattern(s string) bool {
	_, err := compilePattern(s)
	return err == nil
}

func isBase64(s string) bool {
	_, err := base64.StdEncoding.DecodeString(s)
	return err == nil
}

// isUUID follows RFC 4122 section 3.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	if s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	return areHex(s[:8]) && areHex(s[9:13]) && areHex(s[14:18]) && areHex(s[19:23]) && areHex(s[24:])
}

func areHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// leadingDigits returns how many digits a string begins with.
func leadingDigits(s string) int {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// isHostname follows RFC 1123 section 2.1; the root's dot at the end may be
// written.
func isHostname(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return false
		}
	}
	return true
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		if !isDigit(s[i]) && !isLetter(s[i]) && s[i] != '-' {
			return false
		}
	}
	return true
}

// isEmail follows RFC 5321 section 4.1.2, without escapes in a quoted name.
func isEmail(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 0 || len(s) > 254 {
		return false
	}
	return isMailbox(s[:at]) && isMailHost(s[at+1:])
}

func isMailbox(s string) bool {
	if len(s) > 64 {
		return false
	}
	if len(s) > 1 && s[0] == '"' && s[len(s)-1] == '"' {
		return !strings.ContainsAny(s[1:len(s)-1], `"\`)
	}
	if strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") {
		return false
	}
	for i := range len(s) {
		if !isDigit(s[i]) && !isLetter(s[i]) && strings.IndexByte(".!#$%&'*+-/=?^_`{|}~", s[i]) < 0 {
			return false
		}
	}
	return true
}

func isMailHost(s string) bool {
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' {
		return isHostname(s)
	}
	address := s[1 : len(s)-1]
	if six, ok := strings.CutPrefix(address, "IPv6:"); ok {
		return isIPv6(six)
	}
	return isIPv4(address)
}

// isIPv4 wants four decimals without zeros before them.
func isIPv4(s string) bool {
	for i := range 4 {
		n := leadingDigits(s)
		if n == 0 || n > 3 || n > 1 && s[0] == '0' || n == 3 && s[:3] > "255" {
			return false
		}
		s = s[n:]
		if i < 3 {
			if s == "" || s[0] != '.' {
				return false
			}
			s = s[1:]
		}
	}
	return s == ""
}

func isIPv6(s string) bool {
	if strings.IndexByte(s, ':') < 0 || strings.IndexByte(s, '%') >= 0 {
		return false
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}

func parseURI(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, false
	}
	if host := u.Hostname(); strings.Contains(host, ":") {
		return u, strings.Contains(u.Host, "[") && strings.Contains(u.Host, "]") && isIPv6(host)
	}
	return u, true
}

func isURI(s string) bool {
	u, ok := parseURI(s)
	return ok && u.IsAbs()
}

func isURIReference(s string) bool {
	_, ok := parseURI(s)
	return ok && !strings.Contains(s, `\`)
}

// isURITemplate wants the braces of each segment of the path in pairs.
func isURITemplate(s string) bool {
	u, ok := parseURI(s)
	if !ok {
		return false
	}
	for segment := range strings.SplitSeq(u.RawPath, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || !hasPairs(plain) {
			return false
		}
	}
	return true
}

func hasPairs(s string) bool {
	inside := false
	for i := range len(s) {
		if c := s[i]; c == '{' || c == '}' {
			if inside == (c == '{') {
				return false
			}
			inside = !inside
		}
	}
	return !inside
}

// isPointer follows RFC 6901 section 3.
func isPointer(s string) bool {
	if s != "" && s[0] != '/' {
		return false
	}
	for i := range len(s) {
		if s[i] == '~' && (i+1 == len(s) || s[i+1] != '0' && s[i+1] != '1') {
			return false
		}
	}
	return true
}

func isRelativePointer(s string) bool {
	n := leadingDigits(s)
	if n == 0 || n > 1 && s[0] == '0' {
		return false
	}
	return s[n:] == "#" || isPointer(s[n:])
}

// isSemver follows semver.org's grammar.
func isSemver(s string) bool {
	s, build, hasBuild := strings.Cut(s, "+")
	if hasBuild && !areIdentifiers(build, false) {
		return false
	}
	s, release, hasRelease := strings.Cut(s, "-")
	if hasRelease && !areIdentifiers(release, true) {
		return false
	}
	parts := 0
	for part := range strings.SplitSeq(s, ".") {
		if parts++; part == "" || leadingDigits(part) != len(part) || len(part) > 1 && part[0] == '0' {
			return false
		}
	}
	return parts == 3
}

func areIdentifiers(s string, strict bool) bool {
	for part := range strings.SplitSeq(s, ".") {
		digits := leadingDigits(part)
		if part == "" || strict && digits == len(part) && digits > 1 && part[0] == '0' {
			return false
		}
		for i := digits; i < len(part); i++ {
			if !isDigit(part[i]) && !isLetter(part[i]) && part[i] != '-' {
				return false
			}
		}
	}
	return true
}
