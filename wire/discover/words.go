package discover

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/weft-dev/weft/spec/schema/jsonschema"
)

// formatOf recognises a text that has a format of JSON Schema. What it only
// might have is left out: whatever says something is a host, a path or a time.
func formatOf(text string) string {
	if len(text) > 256 {
		return ""
	}
	format := likelyFormat(text)
	if format == "" || !jsonschema.HasFormat(format, text) {
		return "" // what almost has it would not fit the schema
	}
	return format
}

func likelyFormat(text string) string {
	switch {
	case jsonschema.HasFormat("uuid", text):
		return "uuid"
	case isTime(text, time.RFC3339Nano):
		return "date-time"
	case isTime(text, time.DateOnly):
		return "date"
	case isMail(text):
		return "email"
	case isURI(text):
		return "uri"
	}
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		if a.Is4() {
			return "ipv4"
		}
		return "ipv6"
	}
	return ""
}

func isTime(text, layout string) bool {
	_, err := time.Parse(layout, text)
	return err == nil
}

func isMail(text string) bool {
	name, host, ok := strings.Cut(text, "@")
	return ok && name != "" && strings.Contains(host, ".") && !strings.ContainsAny(text, " \t\r\n<>,;\"") && !strings.Contains(host, "@") &&
		!strings.HasPrefix(host, ".") && !strings.HasSuffix(host, ".")
}

func isURI(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// isData reports whether the name of a field is an id or a number, so that the
// names of its object are data.
func isData(name string) bool {
	if name == "" {
		return false
	}
	return len(name) > 64 || jsonschema.HasFormat("uuid", name) || isMail(name) || isTime(name, time.DateOnly) || strings.Trim(name, "0123456789") == ""
}

// isWord reports whether a text may be shown as one of an enumeration: a plain
// word, and none that could be a secret. What has digits among letters, such as a
// key or a token, is none.
func isWord(text string) bool {
	if text == "" || len(text) > wordSize {
		return false
	}
	letters, digits := 0, 0
	for _, c := range text {
		switch {
		case c > unicode.MaxASCII:
			return false
		case unicode.IsLetter(c):
			letters++
		case unicode.IsDigit(c):
			digits++
		case c != '_' && c != '-' && c != '.' && c != ' ':
			return false
		}
	}
	return letters > 0 && digits <= 2
}

// private are parts of names of fields whose values are not for a document.
func private() []string {
	return []string{
		"password", "passwd", "pwd", "pin", "secret", "token", "credential", "auth", "apikey", "key", "signature", "session", "cookie", "otp",
		"email", "mail", "phone", "mobile", "address", "street", "city", "zip", "postal", "birth", "gender", "ssn", "iban", "bic", "account", "card", "cvv", "cvc",
		"name", "surname", "user", "login", "owner", "person", "customer", "patient", "religion", "diagnosis", "health", "race", "nationality", "ip",
	}
}

// isPrivate reports whether one of the words that a name is made of, as in
// customerName or card_number, is private.
func isPrivate(name string) bool {
	words := wordsOf(name)
	joined := strings.Join(words, "")
	for _, p := range private() {
		if len(p) >= 5 && strings.Contains(joined, p) {
			return true
		}
		for _, word := range words {
			if word == p || word == p+"s" {
				return true
			}
		}
	}
	return false
}

// wordsOf takes a name apart, in lower case.
func wordsOf(name string) []string {
	var b strings.Builder
	lower := false
	for _, c := range name {
		if unicode.IsUpper(c) && lower {
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(c) || unicode.IsDigit(c)
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			c = ' '
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return strings.Fields(b.String())
}
