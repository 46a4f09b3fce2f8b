package driver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
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

// IsUnreachable reports whether no connection came about, so that nothing was
// sent. A dial that took too long is one too.
func IsUnreachable(err error) bool {
	var dns *net.DNSError
	var op *net.OpError
	if errors.As(err, &dns) || errors.Is(err, syscall.ECONNREFUSED) {
		return true
	}
	return errors.As(err, &op) && op.Op == "dial"
}

// IsTimeout reports whether an answer took longer than the network or a context
// waits for it.
func IsTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// IsHangup reports whether the other side ended a connection without a word.
func IsHangup(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
