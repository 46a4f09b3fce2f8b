package driver_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
)

func TestIsCertificate(t *testing.T) {
	alert := &net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}
	for _, err := range []error{&tls.CertificateVerificationError{Err: io.EOF}, x509.UnknownAuthorityError{}, fmt.Errorf("dial: %w", alert)} {
		if !driver.IsCertificate(err) {
			t.Errorf("%v is not seen", err)
		}
	}
	for _, err := range []error{nil, io.EOF, &net.OpError{Op: "dial", Err: io.EOF}, tls.RecordHeaderError{}} {
		if driver.IsCertificate(err) {
			t.Errorf("%v is seen as one about certificates", err)
		}
	}
}
