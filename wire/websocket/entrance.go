package websocket

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

// enter puts what proves who we are into a handshake, and reports whether that
// is anything. Secrets are asked for each time and kept nowhere.
func (s *settings) enter(where *url.URL, header http.Header) (bool, error) {
	login, err := s.authorization()
	if err != nil {
		return false, err
	}
	if login != "" {
		header.Set("Authorization", login)
	}
	query := where.Query()
	for _, key := range s.keys {
		value, err := key.Value()
		if err != nil {
			return false, invalidError{fmt.Errorf("the key %s: %w", key.Name, err)}
		}
		switch key.In {
		case "query":
			query.Set(key.Name, value)
		case "cookie":
			if err := addCookie(header, key.Name, value); err != nil {
				return false, invalidError{err}
			}
		default:
			if !isLine(value) {
				return false, invalidError{fmt.Errorf("the key %s has a line break", key.Name)}
			}
			header.Set(key.Name, value)
		}
	}
	where.RawQuery = query.Encode()
	return login != "" || len(s.keys) > 0, nil
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

// checkKey refuses a key that has no place in a handshake.
func checkKey(key driver.APIKey) error {
	switch {
	case key.In != "header" && key.In != "query" && key.In != "cookie":
		return fmt.Errorf("an API key is in header, query or cookie, not in %q", key.In)
	case key.Name == "" || key.In != "query" && !isToken(key.Name):
		return fmt.Errorf("%q is no name for an API key in the %s", key.Name, key.In)
	case key.In == "header" && handshakes(key.Name):
		return fmt.Errorf("the header %q cannot be chosen", key.Name)
	}
	return nil
}

func isLine(text string) bool { return !strings.ContainsAny(text, "\r\n\x00") }

// authorization is the value of the header by which we enter, or "".
func (s *settings) authorization() (string, error) {
	if s.password == nil {
		if s.user != "" {
			return "", invalidError{errors.New("there is a user, but no password")}
		}
		return "", nil
	}
	password, err := s.password()
	if err != nil {
		var known *driver.Error
		if errors.As(err, &known) {
			return "", err
		}
		return "", invalidError{fmt.Errorf("the password: %w", err)}
	}
	if s.user == "" {
		if !isLine(password) {
			return "", invalidError{errors.New("the token has a line break")}
		}
		return "Bearer " + password, nil
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(s.user+":"+password)), nil
}
