package driver_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
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

func TestWhatTheNetworkSaysIsSorted(t *testing.T) {
	type kinds struct{ unreachable, timeout, hangup bool }
	for name, test := range map[string]struct {
		err  error
		want kinds
	}{
		"no such name":        {fmt.Errorf("open: %w", &net.DNSError{Err: "no such host", Name: "nowhere", IsNotFound: true}), kinds{unreachable: true}},
		"refused":             {syscall.ECONNREFUSED, kinds{unreachable: true}},
		"dial":                {&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, kinds{unreachable: true}},
		"dial took too long":  {&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, kinds{unreachable: true, timeout: true}},
		"read took too long":  {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, kinds{timeout: true}},
		"deadline":            {fmt.Errorf("send: %w", context.DeadlineExceeded), kinds{timeout: true}},
		"deadline beside all": {errors.Join(&net.OpError{Op: "read", Err: io.EOF}, context.DeadlineExceeded), kinds{timeout: true, hangup: true}},
		"end":                 {io.EOF, kinds{hangup: true}},
		"end in the middle":   {io.ErrUnexpectedEOF, kinds{hangup: true}},
		"reset":               {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, kinds{hangup: true}},
		"write to who left":   {&net.OpError{Op: "write", Err: syscall.EPIPE}, kinds{hangup: true}},
		"cancelled":           {context.Canceled, kinds{}},
		"closed on our side":  {net.ErrClosed, kinds{}},
		"nothing was wrong":   {nil, kinds{}},
		"the server's answer": {errors.New("no"), kinds{}},
	} {
		got := kinds{driver.IsUnreachable(test.err), driver.IsTimeout(test.err), driver.IsHangup(test.err)}
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}
