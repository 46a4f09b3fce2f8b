package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
)

func TestOrdersAreNumberedByTheirIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]int{
		"shop/publish0/179/0": 0, "shop/publish1/179/17": 17*operations + 1, "shop/publish15/179/2": 2*operations + 15,
		"": -1, "shop/publish16/179/2": -1, "shop/publish1/179/-2": -1, "store/publish1/179/2": -1, "shop/publish1/179/2/3": -1,
	} {
		m := &driver.Message{Headers: []driver.Header{{Name: idHeader, Value: []byte(id)}}}
		if got := orderOf(m); got != want {
			t.Errorf("%q is %d, want %d", id, got, want)
		}
	}
}

func TestOrdersThatComeTooEarlyAreTold(t *testing.T) {
	t.Parallel()
	a := &arrivals{ledger: newLedger(200), latest: map[string]int{}}
	lines := 0
	// 16 comes again, and 35 is of another operation: only 48 of c01 was overtaken.
	a.hear(strings.NewReader("0 c01 16 c01\n16 c01 35 c01 64 c01\n48 c01 32 c02 x c01\n"), func() { lines++ })
	distinct, twice, foreign := a.counts()
	if lines != 3 || distinct != 6 || twice != 1 || foreign != 1 || a.late != 1 || a.disorder != "48 of c01 after 64" {
		t.Errorf("%d lines, %d orders, %d twice, %d foreign, %d late: %s", lines, distinct, twice, foreign, a.late, a.disorder)
	}
	stored := newLedger(200)
	stored.note([]int{0, 16, 32, 35, 48, 64, 80, 199})
	if count, first := stored.beyond(a.ledger); count != 2 || first != "80, 199" {
		t.Errorf("%d are lost: %s", count, first)
	}
}

func TestACrossingThatLostSomethingIsFaulty(t *testing.T) {
	t.Parallel()
	opts := bridgeOptions{rate: 16, lasting: 1, every: 2, kill: 2}
	c := &crossing{
		opts: opts, kafka: &line{protocol: protocols[0]}, mock: &actor{name: "mock"}, consumer: &actor{name: "consumer"},
		stored: newLedger(64), arrived: &arrivals{ledger: newLedger(64), latest: map[string]int{}},
	}
	c.stored.note([]int{1, 2})
	c.arrived.enter(1, "c01")
	var out bytes.Buffer
	if !c.report(&out) || !strings.Contains(out.String(), "lost 2\n") {
		t.Errorf("a lost order is not told:\n%s", &out)
	}
	c.arrived.enter(2, "c01")
	out.Reset()
	if c.report(&out) {
		t.Errorf("nothing is lost, and yet:\n%s", &out)
	}
	c.opts.lasting = 10
	if !c.report(&out) || !strings.Contains(out.String(), "no bridge was killed") {
		t.Errorf("a run without trouble proves nothing:\n%s", &out)
	}
}

// TestAGateThatIsShutBreaksConnections and lets others in once it is open again.
func TestAGateThatIsShutBreaksConnections(t *testing.T) {
	t.Parallel()
	server, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	go func() {
		for {
			guest, err := server.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(guest, guest) }()
		}
	}()
	g, err := newGate(server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer g.shut()
	first := echoed(t, g)
	g.shut()
	if _, err := first.ReadByte(); err == nil {
		t.Error("a connection outlives the gate")
	}
	if _, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", g.address); err == nil {
		t.Error("the gate is shut, and lets in")
	}
	if err := g.open(); err != nil {
		t.Fatal(err)
	}
	echoed(t, g)
}

// echoed says something through the gate and hears it.
func echoed(t *testing.T, g *gate) *bufio.Reader {
	t.Helper()
	guest, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", g.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = guest.Close() })
	if _, err := io.WriteString(guest, "hello\n"); err != nil {
		t.Fatal(err)
	}
	heard := bufio.NewReader(guest)
	if text, err := heard.ReadString('\n'); err != nil || text != "hello\n" {
		t.Fatalf("heard %q: %v", text, err)
	}
	return heard
}

func TestFlagsOfABridgeThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-rate", "3"}, {"-bridges", "0"}, {"now"}, {"-every", "5s", "-away", "5s"}, {"-kill", "0"}} {
		var talk bytes.Buffer
		_, err := run(t.Context(), append([]string{"bridge"}, args...), &talk, &talk)
		if err == nil || !strings.Contains(err.Error(), "usage") {
			t.Errorf("%v: %v", args, err)
		}
	}
}
