package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Extra is what the parameters of an address add to its requests.
type Extra struct {
	Query  url.Values
	Header http.Header
}

// NewExtra makes an Extra that adds nothing.
func NewExtra() Extra { return Extra{Query: url.Values{}, Header: http.Header{}} }

// Read takes a parameter that is called query.NAME or header.NAME, and reports
// false for all others. Reserved are headers that nobody may choose.
func (e Extra) Read(name, value string, reserved func(canonical string) bool) (bool, error) {
	group, rest, _ := strings.Cut(name, ".")
	switch {
	case group == "query" && rest != "":
		e.Query.Set(rest, value)
	case group == "header" && IsToken(rest) && !reserved(http.CanonicalHeaderKey(rest)):
		if strings.ContainsAny(value, "\r\n\x00") {
			return false, fmt.Errorf("the header %s has a line break", rest)
		}
		e.Header.Set(rest, value)
	case group == "header" && rest != "":
		return false, fmt.Errorf("the header %q cannot be chosen", rest)
	default:
		return false, nil
	}
	return true, nil
}
