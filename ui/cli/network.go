package cli

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/make/bundle"
	"github.com/weft-dev/weft/text/source/remote"
	"github.com/weft-dev/weft/text/source/subject"
)

// network is what references to the network are fetched with.
type network struct {
	*subject.Opener
	remote *remote.Opener
}

// Close drops connections that are idle.
func (n *network) Close() { n.remote.Close() }

// access is what hosts want to know of whoever asks.
type access struct {
	credentials []string
	ca          string
	cert, key   string

	once   sync.Once
	opened *network
	err    error
}

func (a *access) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&a.credentials, "credential", nil,
		"what a host of --allow-host is told, `HOST[:PORT]=[USER@]REF`; REF is env:NAME or file:PATH; without a user it is a token")
	flags.StringVar(&a.ca, "ca", "", "a `FILE` of certificates to trust, beside those of the system")
	flags.StringVar(&a.cert, "cert", "", "a `FILE` with the certificate to show to hosts that ask for one")
	flags.StringVar(&a.key, "key", "", "the `FILE` with its key (default: the one of --cert)")
}

// web opens what references may be fetched from. It is one for all documents
// of a command, so that each text is fetched once.
func (r *reading) web() (*network, error) {
	r.access.once.Do(func() {
		r.access.opened, r.access.err = r.openWeb()
	})
	return r.access.opened, r.access.err
}

func (r *reading) openWeb() (*network, error) {
	options := remote.Options{AllowHosts: r.hosts, Offline: r.offline}
	if dir, err := os.UserCacheDir(); err == nil {
		options.Cache = remote.NewCache(filepath.Join(dir, "weft", "remote"))
	}
	for _, flag := range r.credentials {
		if c, ok, err := r.hostCredential(flag); err != nil {
			return nil, err
		} else if ok {
			options.Credentials = append(options.Credentials, c)
		}
	}
	var err error
	if options.TLS, err = r.access.tls(); err != nil {
		return nil, err
	}
	web := remote.New(options)
	return &network{subject.New(web, complete), web}, nil
}

// complete puts into a schema what it only names, and its registry keeps
// elsewhere. JSON Schema and Protobuf have references and imports for that.
func complete(kind, text string, known map[string]string) string {
	if kind == "AVRO" {
		return bundle.CompleteAvro(text, known)
	}
	return text
}

// asker calls hosts that references may be fetched from for something else,
// such as a token.
type asker struct{ *reading }

// Do implements oauth.Client.
func (a asker) Do(request *http.Request) (*http.Response, error) {
	web, err := a.web()
	if err != nil {
		return nil, err
	}
	return web.remote.Do(request)
}

// isHost reports whether a credential is for a host that references are
// fetched from, and not for a server of a workflow: the host is one of
// --allow-host.
func (r *reading) isHost(name string) bool {
	_, name, _ = strings.Cut("://"+strings.TrimPrefix(strings.TrimPrefix(name, "http://"), "https://"), "://")
	host := name
	if h, _, err := net.SplitHostPort(name); err == nil {
		host = h
	}
	return slices.ContainsFunc(r.hosts, func(allowed string) bool {
		if strings.HasPrefix(allowed, "*.") {
			return strings.HasSuffix(strings.ToLower(host), strings.ToLower(allowed[1:]))
		}
		return strings.EqualFold(allowed, name) || strings.EqualFold(allowed, host)
	})
}

// hostCredential reads a --credential flag, if it is for a host. It names where
// a secret is, never the secret itself.
func (r *reading) hostCredential(flag string) (c remote.Credential, ok bool, err error) {
	name, value, found := strings.Cut(flag, "=")
	if !found {
		return c, false, usage("--credential names no secret: write HOST=USER@env:NAME, or HOST=env:NAME for a token")
	}
	if !r.isHost(name) {
		if r.sources {
			return c, false, nil
		}
		return c, false, usage("--credential is for the host %q, which references are not fetched from; allow it with --allow-host %s", name, hostName(name))
	}
	user, secret, err := reference(value)
	if err != nil {
		return c, false, err
	}
	text, err := secret.Resolve()
	if err != nil {
		return c, false, fmt.Errorf("the credential for %s: %w", name, err)
	}
	return remote.Credential{Host: name, User: user, Secret: strings.TrimRight(text, "\r\n")}, true, nil
}

func hostName(name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "http://"), "https://")
	if host, _, err := net.SplitHostPort(name); err == nil {
		return host
	}
	return name
}

// forSources are the credentials that are not for hosts of references: those
// of the sources of a workflow.
func (r *reading) forSources() []string {
	var list []string
	for _, flag := range r.credentials {
		if name, _, _ := strings.Cut(flag, "="); !r.isHost(name) {
			list = append(list, flag)
		}
	}
	return list
}

// tls reads the files with certificates; nil where there are none.
func (a *access) tls() (*tls.Config, error) {
	if a.ca == "" && a.cert == "" {
		if a.key != "" {
			return nil, usage("--key has no certificate to go with: name it with --cert")
		}
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if a.ca != "" {
		text, err := os.ReadFile(a.ca)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		if config.RootCAs, err = x509.SystemCertPool(); err != nil {
			config.RootCAs = x509.NewCertPool()
		}
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--ca: %s has no certificates in PEM", a.ca)
		}
	}
	if a.cert != "" {
		key := a.key
		if key == "" {
			key = a.cert
		}
		pair, err := tls.LoadX509KeyPair(a.cert, key)
		if err != nil {
			return nil, fmt.Errorf("--cert: %w", withoutKey(err))
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// withoutKey makes sure that an error about a key holds nothing of it.
func withoutKey(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return err
	}
	return errors.New("the certificate and the key cannot be read, or do not belong together")
}
