package driver

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
)

// IsCertificate reports whether err is about certificates: we do not trust the
// server's, or it does not take ours or misses one. What the other side says of
// it is an alert, which crypto/tls has no exported type for.
func IsCertificate(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var alert tls.AlertError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &alert) ||
		err != nil && strings.Contains(err.Error(), "remote error: tls:")
}
