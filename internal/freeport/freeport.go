// Package freeport finds a port of this machine for a test that must know the
// port before anybody listens at it.
//
// To listen at port 0 and to close again is not enough: the system gives such a
// port to the next that asks for any, a connection or a listener, and another
// test has it before ours comes. The ports here are below those that systems
// give away by themselves.
//
// It knows nothing of what will listen there.
package freeport

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

const (
	lowest  = 10_000
	rows    = 30_000
	highest = 32_768 // Linux gives away those from here, others those from 49,152
	tries   = 100
)

// Of is a TCP port of 127.0.0.1 at which nobody listens.
func Of(t testing.TB) int {
	t.Helper()
	port, ok := Find()
	if !ok {
		t.Fatalf("none of %d ports is free", tries)
	}
	return port
}

// Find is Of where there is no test to fail.
func Find() (port int, ok bool) {
	for range tries {
		if port := lowest + rand.IntN(rows-lowest); isFree(port) {
			return port, true
		}
	}
	return 0, false
}

// Row is the first of n ports in a row at which nobody listens, for servers with
// several that are stopped and started again: Of gives none of them to somebody
// else meanwhile.
func Row(n int) (first int, ok bool) {
	for range tries {
		first := rows + rand.IntN(max(1, highest-rows-n))
		free := true
		for port := first; port < first+n && free; port++ {
			free = isFree(port)
		}
		if free {
			return first, true
		}
	}
	return 0, false
}

func isFree(port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	return err == nil && listener.Close() == nil
}
