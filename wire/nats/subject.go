package nats

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// checkSubject returns an error when a text is no subject, or has wildcards
// where none may be. The rules are those of the server, stricter in that * and >
// within a token are refused, since they would be no wildcards there.
func checkSubject(subject string, wildcards bool) error {
	if subject == "" {
		return errors.New("the subject is empty")
	}
	if i := strings.IndexFunc(subject, func(r rune) bool { return r <= ' ' || r == 0x7f }); i >= 0 {
		return fmt.Errorf("the subject %q has a blank or a control character in it", subject)
	}
	rest, more := subject, true
	for more {
		var token string
		token, rest, more = strings.Cut(rest, ".")
		switch {
		case token == "":
			return fmt.Errorf("the subject %q has an empty token: remove a dot", subject)
		case !strings.ContainsAny(token, "*>"):
		case !wildcards:
			return fmt.Errorf("the subject %q has a wildcard, and can only be received from", subject)
		case token == ">" && more:
			return fmt.Errorf("the subject %q goes on after >, which stands for all that follows", subject)
		case len(token) > 1:
			return fmt.Errorf("the subject %q has * or > beside other characters: a wildcard is a token of its own", subject)
		}
	}
	return nil
}

// covers reports whether all subjects that match the second match the first.
func covers(pattern, subject string) bool {
	for {
		p, restP, moreP := strings.Cut(pattern, ".")
		s, restS, moreS := strings.Cut(subject, ".")
		switch {
		case p == ">":
			return true
		case p != s && (p != "*" || s == ">"):
			return false
		case moreP != moreS:
			return false
		case !moreP:
			return true
		}
		pattern, subject = restP, restS
	}
}

// nameOf makes the name of a stream or consumer of a subject or group: dots
// become underscores. Where that could make one name of two texts, something of
// the text's hash follows.
func nameOf(text string) string {
	clean := true
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '-':
			return r
		case r == '.':
			return '_'
		}
		clean = false
		return '_'
	}, text)
	if clean && len(name) <= 80 {
		return name
	}
	sum := sha256.Sum256([]byte(text))
	return name[:min(len(name), 80)] + "-" + hex.EncodeToString(sum[:4])
}
