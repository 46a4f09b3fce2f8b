// Package freeport finds a port of this machine for a test that must know the
// port before anybody listens at it.
//
// To listen at port 0 and to close again is not enough: the system gives such a
// port to the next that asks for any, a connection or a listener, and another
// test has it before ours comes. The ports here are below those that systems
// give away by themselves, and the tests of all processes share them by a sign:
// who has a port for TCP holds the one for UDP.
//
// It knows nothing of what will listen there.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"testing"
)

const (
	lowest  = 10_000
	rows    = 30_000
	highest = 32_768 // Linux gives away those from here, others those from 49,152
	tries   = 100
)

// Of is a TCP port of 127.0.0.1 at which nobody listens. It is the test's until
// its end, also while nobody listens there.
func Of(t testing.TB) int {
	t.Helper()
	for range tries {
		port := lowest + rand.IntN(rows-lowest)
		if sign := take(port); sign != nil {
			t.Cleanup(func() { _ = sign.Close() })
			return port
		}
	}
	t.Fatalf("none of %d ports is free", tries)
	return 0
}

// Find is Of where there is no test to fail. The port is this process's until
// its end.
func Find() (port int, ok bool) {
	for range tries {
		port := lowest + rand.IntN(rows-lowest)
		if sign := take(port); sign != nil {
			held.Store(port, sign)
			return port, true
		}
	}
	return 0, false
}

// held are the signs of what is taken for good: one that nobody refers to would
// be closed.
var held sync.Map

// Row is the first of n ports in a row at which nobody listens, for servers with
// several that are stopped and started again: Of gives none of them to somebody
// else meanwhile.
func Row(n int) (first int, ok bool) {
	for range tries {
		first := rows + rand.IntN(max(1, highest-rows-n))
		free := true
		for port := first; port < first+n && free; port++ {
			sign := take(port)
			if free = sign != nil; free {
				held.Store(port, sign)
			}
		}
		if free {
			return first, true
		}
	}
	return 0, false
}

// take is the sign that a port is ours, or nil where it is somebody's.
func take(port int) (sign net.PacketConn) {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	sign, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		_ = sign.Close()
		return nil
	}
	_ = listener.Close()
	return sign
}
