package freeport_test

import (
	"net"
	"strconv"
	"testing"

	"github.com/weft-dev/weft/internal/freeport"
)

func TestAPortIsFreeAndOneTestsAlone(t *testing.T) {
	seen := map[int]bool{}
	for range 200 {
		port := freeport.Of(t)
		if seen[port] {
			t.Fatalf("port %d was given twice", port)
		}
		seen[port] = true
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
	}
}
