package webhook

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

// errStranger says no more than it must.
var errStranger = errors.New("the credentials are missing or wrong")

// letIn checks who posts to us, by what lets us in elsewhere.
func (s *settings) letIn(r *http.Request) error {
	login, err := s.Authorization()
	if err != nil || login != "" && !same(normal(r.Header.Get("Authorization")), login) {
		return errStranger
	}
	for _, key := range s.Keys {
		want, err := key.Value()
		if err != nil || want == "" || !same(keyOf(key, r), want) {
			return errStranger
		}
	}
	return nil
}

// normal writes the name of an authorization's scheme, which has no case, as we
// write it.
func normal(authorization string) string {
	scheme, rest, _ := strings.Cut(authorization, " ")
	if len(scheme) < 2 {
		return authorization
	}
	return strings.ToUpper(scheme[:1]) + strings.ToLower(scheme[1:]) + " " + strings.TrimLeft(rest, " ")
}

// same compares without telling how much is right.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func keyOf(key driver.APIKey, r *http.Request) string {
	switch key.In {
	case "header":
		return r.Header.Get(key.Name)
	case "query":
		return r.URL.Query().Get(key.Name)
	}
	if cookie, err := r.Cookie(key.Name); err == nil {
		return cookie.Value
	}
	return ""
}

func (s *settings) checkSignature(header http.Header, body []byte) error {
	keys, err := s.secrets()
	if err != nil {
		return errStranger
	}
	if len(keys) == 0 {
		return nil
	}
	return verify(header, keys, body, time.Now(), s.tolerance)
}
