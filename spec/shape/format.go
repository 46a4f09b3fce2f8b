package shape

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"
)

// formatFault says what a string of that format should be, or "" where it is.
func formatFault(format, text string) string {
	switch format {
	case "uri":
		if !isURI(text) {
			return "an absolute URL such as https://example.com/"
		}
	case "uri-reference":
		if !isReference(text) {
			return "a URL or a relative reference"
		}
	case "uri-template":
		if !isTemplate(text) {
			return "an address whose {parameters} are closed and have names"
		}
	case "email":
		if !isEmail(text) {
			return "an e-mail address"
		}
	case "regex":
		if !isRegex(text) {
			return "a regular expression"
		}
	default:
		panic("shape: unknown format " + format)
	}
	return ""
}

func isURI(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.IsAbs() && !strings.ContainsAny(text, "\\ ")
}

func isReference(text string) bool {
	_, err := url.Parse(text)
	return err == nil && !strings.Contains(text, "\\")
}

// isTemplate checks the braces of a URI template (RFC 6570), and leaves the
// text between them to the rules of the protocol.
func isTemplate(text string) bool {
	open := -1
	for i := range len(text) {
		switch text[i] {
		case '{':
			if open >= 0 {
				return false
			}
			open = i
		case '}':
			if open < 0 || open == i-1 {
				return false
			}
			open = -1
		}
	}
	return open < 0
}

func isEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	if at < 1 || at == len(text)-1 || strings.ContainsAny(text, " <>") {
		return false
	}
	_, err := mail.ParseAddress(text)
	return err == nil
}

// isRegex is wrong only for the few forms of ECMA 262 that RE2 does not have:
// those are accepted here and judged where the pattern is used.
func isRegex(text string) bool {
	if _, err := regexp.Compile(text); err == nil {
		return true
	}
	return strings.Contains(text, "(?") || strings.Contains(text, `\`)
}
