package drivertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/broker"
)

// Certificate is for loopback, for servers and for clients, and is its own
// authority.
type Certificate struct {
	Pair tls.Certificate // with its Leaf
	Pool *x509.CertPool  // who trusts it
	// Cert and Key are references to it and to its key; Cert is also its CA.
	Cert, Key broker.Ref
}

// NewCertificate makes one with a name that ends at a time.
func NewCertificate(t *testing.T, name string, end time.Time) Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(end.UnixNano()), NotBefore: end.Add(-48 * time.Hour), NotAfter: end, Subject: pkix.Name{CommonName: name},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := Certificate{Pair: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, Pool: x509.NewCertPool()}
	c.Pool.AddCert(leaf)
	dir := t.TempDir()
	c.Cert = writePEM(t, filepath.Join(dir, "cert.pem"), &pem.Block{Type: "CERTIFICATE", Bytes: der})
	c.Key = writePEM(t, filepath.Join(dir, "key.pem"), &pem.Block{Type: "PRIVATE KEY", Bytes: private})
	return c
}

func writePEM(t *testing.T, path string, block *pem.Block) broker.Ref {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return broker.Ref("file:" + path)
}
