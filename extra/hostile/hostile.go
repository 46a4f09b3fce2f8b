// Package hostile is what tests of drivers are hard on them with, beside what
// wire/drivertest has: behaviours of servers, and certificates for whole logins.
//
// It must not know protocols.
package hostile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
)

// Silent takes everything and says nothing.
func Silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// Hangup ends the connection at once.
func Hangup(c net.Conn) { _ = c.Close() }

// Says answers the first words with a text, and then nothing.
func Says(text string) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, text)
		Silent(c)
	}
}

// WebPage is what a server of HTTP says to what it does not understand.
const WebPage = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"

// RefusedPort returns an address where nobody listens.
func RefusedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// Certificate is a certificate for loopback that is its own authority, and
// references to it and its key.
type Certificate struct {
	Pair    tls.Certificate
	Pool    *x509.CertPool
	CA, Key broker.Ref
}

// NewCertificate makes one that is valid for an hour.
func NewCertificate(t *testing.T) Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	c := Certificate{Pair: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, Pool: x509.NewCertPool()}
	c.Pool.AddCert(parsed)
	c.CA = write(t, "ca.pem", "CERTIFICATE", der)
	c.Key = write(t, "key.pem", "PRIVATE KEY", private)
	return c
}

func write(t *testing.T, name, kind string, der []byte) broker.Ref {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return broker.Ref("file:" + path)
}
