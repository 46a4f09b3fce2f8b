package broker

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

// TLS says how to recognise the server and how to be recognised by it. The
// zero TLS trusts what the system trusts.
type TLS struct {
	CA         Ref    // certificates to trust instead of the system's, PEM
	Cert       Ref    // our certificate, PEM
	Key        Ref    // its key, PEM
	ServerName string // name in the server's certificate when it is not the host's
	Insecure   bool   // trusts any server: only for trying things out
}

// fields is the TLS without its String-less pointer, for identities.
func (t TLS) fields() [5]string {
	return [5]string{string(t.CA), string(t.Cert), string(t.Key), t.ServerName, fmt.Sprint(t.Insecure)}
}

// Config reads what the TLS refers to, for connections of other kinds than a
// broker's.
func (t TLS) Config() (*tls.Config, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		ServerName:         t.ServerName,
		InsecureSkipVerify: t.Insecure, //nolint:gosec // asked for by name
	}
	if t.CA != "" {
		pool, err := t.pool()
		if err != nil {
			return nil, fmt.Errorf("the CA certificates: %w", err)
		}
		config.RootCAs = pool
	}
	if t.Cert == "" && t.Key == "" {
		return config, nil
	}
	pair, err := t.pair()
	if err != nil {
		return nil, fmt.Errorf("the client certificate: %w", err)
	}
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}

func (t TLS) pool() (*x509.CertPool, error) {
	text, err := t.CA.Resolve()
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(text)) {
		return nil, errors.New("there is no certificate in PEM form")
	}
	return pool, nil
}

func (t TLS) pair() (tls.Certificate, error) {
	if t.Cert == "" || t.Key == "" {
		return tls.Certificate{}, errors.New("it needs both a certificate and its key")
	}
	cert, err := t.Cert.Resolve()
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := t.Key.Resolve()
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("its key: %w", err)
	}
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		return tls.Certificate{}, errors.New("certificate and key cannot be read or do not belong together")
	}
	return pair, nil
}
