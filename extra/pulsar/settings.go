package pulsar

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

// settings is what the URL says.
type settings struct {
	hosts     []string // each with a port
	tenant    string
	namespace string
	tls       *tls.Config // nil for plain text
}

func settingsOf(server driver.Server) (*settings, error) {
	given := make(map[string]string, len(server.Params))
	for name, values := range server.Params {
		given[name] = values[len(values)-1]
	}
	if err := driver.CheckParams(given, "namespace", "tenant"); err != nil {
		return nil, err
	}
	if server.SASL != "" && server.SASL != "PLAIN" {
		return nil, fmt.Errorf("there is no login %q here: there are tokens, users with passwords, and client certificates", server.SASL)
	}
	if server.User != "" && server.Password == nil {
		return nil, errors.New("there is a user without a password: give it by reference")
	}
	if len(server.Hosts) == 0 {
		return nil, errors.New("a server needs a host, as pulsar://127.0.0.1:6650")
	}
	s := &settings{tenant: "public", namespace: "default"}
	if err := s.place(strings.Trim(server.Path, "/"), given); err != nil {
		return nil, err
	}
	s.secure(server)
	port := "6650"
	if s.tls != nil {
		port = "6651"
	}
	for _, host := range server.Hosts {
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(host, port)
		}
		s.hosts = append(s.hosts, host)
	}
	if s.tls != nil && s.tls.ServerName == "" {
		s.tls.ServerName, _, _ = net.SplitHostPort(s.hosts[0])
	}
	return s, nil
}

// place says where topics are that are addressed by their names.
func (s *settings) place(path string, given map[string]string) error {
	tenant, namespace, both := strings.Cut(path, "/")
	switch {
	case strings.Contains(namespace, "/"):
		return fmt.Errorf("the path %q is more than a tenant and a namespace", path)
	case path != "" && len(given) > 0:
		return errors.New("tenant and namespace are in the path already: leave out the parameters")
	case path != "":
		s.tenant = tenant
		if both {
			s.namespace = namespace
		}
	}
	if given["tenant"] != "" {
		s.tenant = given["tenant"]
	}
	if given["namespace"] != "" {
		s.namespace = given["namespace"]
	}
	return errors.Join(checkPart("tenant", s.tenant), checkPart("namespace", s.namespace))
}

// checkPart keeps to what Pulsar takes in the names of tenants and namespaces.
func checkPart(what, name string) error {
	for _, r := range name {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-=:.", r) {
			continue
		}
		return fmt.Errorf("%q is no %s: it has %q, and may have a-z A-Z 0-9 _ - = . : alone", name, what, r)
	}
	if name == "" {
		return fmt.Errorf("the %s is empty", what)
	}
	return nil
}

// secure decides between TLS and plain text.
func (s *settings) secure(server driver.Server) {
	switch {
	case server.TLS != nil:
		s.tls = server.TLS.Clone()
	case strings.HasSuffix(server.Protocol, "+ssl"):
		s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	}
}

// topic returns the full name of the topic that an address means.
func (s *settings) topic(address string, params map[string]string) (string, error) {
	if address == "" {
		return "", errors.New("the address is empty")
	}
	if persistence, rest, full := strings.Cut(address, "://"); full {
		parts := strings.SplitN(rest, "/", 3)
		if checkPersistence(persistence) != nil || len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
			return "", fmt.Errorf("%q is no topic: write persistent://TENANT/NAMESPACE/NAME", address)
		}
		return address, nil
	}
	persistence, namespace := "persistent", s.namespace
	if given := params[ParamPersistence]; given != "" {
		if err := checkPersistence(given); err != nil {
			return "", err
		}
		persistence = given
	}
	if given := params[ParamNamespace]; given != "" {
		if err := checkPart("namespace", given); err != nil {
			return "", err
		}
		namespace = given
	}
	// A name with slashes would be read as one with its place.
	if strings.ContainsAny(address, "/?#\x00") || len(address) > 1000 {
		return "", fmt.Errorf("%q is no name of a topic: it has up to 1000 characters, and none of / ? #", address)
	}
	return persistence + "://" + s.tenant + "/" + namespace + "/" + address, nil
}

func checkPersistence(text string) error {
	if text == "persistent" || text == "non-persistent" {
		return nil
	}
	return fmt.Errorf("%s is %q: there is persistent, non-persistent", ParamPersistence, text)
}

// The parameters of senders and receivers.
const (
	ParamNamespace   = "namespace"
	ParamPersistence = "persistence"
	ParamType        = "subscriptionType"
)
