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
	highest = 30_000 // Linux gives away those from 32,768, others those from 49,152
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
		port := lowest + rand.IntN(highest-lowest)
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, listener.Close() == nil
		}
	}
	return 0, false
}
