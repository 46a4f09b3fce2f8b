package web

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

// Enter puts what proves who we are into a request, and reports whether that
// is anything. Secrets are asked for each time and kept nowhere.
func (s *Server) Enter(where *url.URL, header http.Header) (bool, error) {
	login, err := s.Authorization()
	if err != nil {
		return false, err
	}
	if login != "" {
		header.Set("Authorization", login)
	}
	query := where.Query()
	for _, key := range s.Keys {
		value, err := key.Value()
		if err != nil {
			return false, InvalidError{fmt.Errorf("the key %s: %w", key.Name, err)}
		}
		switch key.In {
		case "query":
			query.Set(key.Name, value)
		case "cookie":
			if err := addCookie(header, key.Name, value); err != nil {
				return false, InvalidError{err}
			}
		default:
			if !isLine(value) {
				return false, InvalidError{fmt.Errorf("the key %s has a line break", key.Name)}
			}
			header.Set(key.Name, value)
		}
	}
	where.RawQuery = query.Encode()
	return login != "" || len(s.Keys) > 0, nil
}

func addCookie(header http.Header, name, value string) error {
	cookie := &http.Cookie{Name: name, Value: value}
	if cookie.Valid() != nil {
		return fmt.Errorf("the key %s cannot be a cookie", name)
	}
	pair, before := cookie.Name+"="+cookie.Value, header.Get("Cookie")
	if before != "" {
		pair = before + "; " + pair
	}
	header.Set("Cookie", pair)
	return nil
}

// checkKey refuses a key that has no place in a request.
func checkKey(key driver.APIKey, reserved func(canonical string) bool) error {
	switch {
	case key.In != "header" && key.In != "query" && key.In != "cookie":
		return fmt.Errorf("an API key is in header, query or cookie, not in %q", key.In)
	case key.Name == "" || key.In != "query" && !IsToken(key.Name):
		return fmt.Errorf("%q is no name for an API key in the %s", key.Name, key.In)
	case key.In == "header" && reserved(http.CanonicalHeaderKey(key.Name)):
		return fmt.Errorf("the header %q cannot be chosen", key.Name)
	}
	return nil
}

func isLine(text string) bool { return !strings.ContainsAny(text, "\r\n\x00") }

// Authorization is the value of the header by which we enter, or "".
func (s *Server) Authorization() (string, error) {
	secret, ok, err := s.Secret()
	switch {
	case err != nil || !ok:
		return "", err
	case s.User == "":
		return "Bearer " + secret, nil
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(s.User+":"+secret)), nil
}

// Secret is the password, or the token, which fits into a header; false where
// there is none.
func (s *Server) Secret() (secret string, ok bool, err error) {
	if s.Password == nil {
		if s.User != "" {
			return "", false, InvalidError{errors.New("there is a user, but no password")}
		}
		return "", false, nil
	}
	if secret, err = s.Password(); err != nil {
		var known *driver.Error
		if errors.As(err, &known) {
			return "", false, err
		}
		return "", false, InvalidError{fmt.Errorf("the password: %w", err)}
	}
	if s.User == "" && !isLine(secret) {
		return "", false, InvalidError{errors.New("the token has a line break")}
	}
	return secret, true, nil
}
