package broker

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

// Target is a server's URL taken apart.
type Target struct {
	Protocol string
	User     string
	Hosts    []string
	Path     string
	Params   url.Values
}

// ParseURL reads "protocol://[user@]host[:port][,host[:port]…][/path][?params]".
// It is not net/url's reading because a cluster has several hosts. A password
// is refused: it would end up in shell histories and logs.
func ParseURL(text string) (Target, error) {
	protocol, rest, ok := strings.Cut(text, "://")
	if !ok || protocol == "" || strings.ContainsAny(protocol, "/@ ") {
		return Target{}, invalidURL(errors.New("a server's URL looks like kafka://127.0.0.1:9092"))
	}
	t := Target{Protocol: strings.ToLower(protocol)}
	rest, query, _ := strings.Cut(rest, "?")
	params, err := url.ParseQuery(query)
	if err != nil {
		return Target{}, invalidURL(errors.New("its parameters cannot be read"))
	}
	t.Params = params
	authority, path, _ := strings.Cut(rest, "/")
	t.Path = path
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		if strings.Contains(authority[:at], ":") {
			return Target{}, invalidURL(errors.New("it holds a password: give a reference such as env:NAME or file:PATH instead"))
		}
		if t.User, err = url.PathUnescape(authority[:at]); err != nil {
			return Target{}, invalidURL(errors.New("its user cannot be read"))
		}
		authority = authority[at+1:]
	}
	t.Hosts, err = splitHosts(authority)
	if err != nil {
		return Target{}, invalidURL(err)
	}
	return t, nil
}

// splitHosts reads the list of hosts. Nothing that was given is repeated in an
// error, since it may hold what was meant to be secret.
func splitHosts(authority string) ([]string, error) {
	if authority == "" {
		return nil, errors.New("it has no host")
	}
	hosts := strings.Split(authority, ",")
	for _, host := range hosts {
		switch {
		case host == "":
			return nil, errors.New("one of its hosts is empty")
		case strings.ContainsAny(host, " \t\r\n#\\"):
			return nil, errors.New("one of its hosts has characters that no host has")
		}
	}
	return hosts, nil
}

func invalidURL(err error) error {
	return &driver.Error{Kind: driver.ErrInvalid, Op: "open", Err: fmt.Errorf("the server's URL: %w", err)}
}
