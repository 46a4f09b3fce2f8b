package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

func TestNumbersThatNeverArrivedAreNamed(t *testing.T) {
	t.Parallel()
	l := newLedger(200)
	for n := range 200 {
		if n != 3 && (n < 60 || n > 70) && n != 199 {
			l.note([]int{n})
		}
	}
	l.note([]int{5, 5, 200, -1})
	distinct, twice, foreign := l.counts()
	if distinct != 187 || twice != 2 || foreign != 2 {
		t.Errorf("distinct %d, twice %d, foreign %d, want 187, 2, 2", distinct, twice, foreign)
	}
	if got := l.missing(200); got != 13 {
		t.Errorf("missing %d of 200, want 13", got)
	}
	if got := l.missing(65); got != 6 {
		t.Errorf("missing %d of the first 65, want 6", got)
	}
	if got := l.ranges(200, 10); got != "3, 60-70, 199" {
		t.Errorf("the missing are %q", got)
	}
	if got := l.ranges(200, 1); got != "3" {
		t.Errorf("the first of the missing is %q", got)
	}
}

// weights are samples of a heap, one in two seconds; every tenth is a burst.
func weights(heap func(n int) float64) *memory {
	m := newMemory()
	for n := range 300 {
		w := weight{at: time.Duration(n) * 2 * time.Second, heap: heap(n), goroutines: 50}
		if n%10 == 0 {
			w.heap += 30e6
		}
		m.samples = append(m.samples, w)
	}
	return m
}

func TestMemoryThatGrowsIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		heap func(n int) float64
		flat bool
	}{
		"flat with bursts":                {func(int) float64 { return 20e6 }, true},
		"grows only while it warms up":    {func(n int) float64 { return 20e6 + 1e6*float64(min(n, 70)) }, true},
		"shrinks":                         {func(n int) float64 { return 90e6 - 1e5*float64(n) }, true},
		"a hundred kilobytes in a second": {func(n int) float64 { return 20e6 + 2e5*float64(n) }, false},
	} {
		heap := weights(c.heap).trends()[0]
		if heap.flat() != c.flat {
			t.Errorf("%s: growth %.1f MB of at most %.1f, flat is %t", name, heap.growth/1e6, heap.most/1e6, heap.flat())
		}
	}
}

func TestALineIsFaultyWhereSomethingIsMissing(t *testing.T) {
	t.Parallel()
	opts := options{rate: 10, lasting: time.Second}
	l := &line{protocol: protocols[0], ledger: newLedger(10)}
	l.sent.Store(10)
	l.ledger.note([]int{0, 1, 2, 3, 4, 5, 6, 7, 8})
	var out bytes.Buffer
	if !report(&out, []*line{l}, newMemory(), opts) || !strings.Contains(out.String(), "kafka: lost 9\n") {
		t.Errorf("a lost message is not told:\n%s", &out)
	}
	l.ledger.note([]int{9})
	out.Reset()
	if report(&out, []*line{l}, newMemory(), opts) {
		t.Errorf("nothing is lost, and yet:\n%s", &out)
	}
	opts.every = 100 * time.Millisecond
	if !report(&out, []*line{l}, newMemory(), opts) {
		t.Error("a broker that was never restarted proves nothing")
	}
}

func TestTheRateThatWasReachedIsTold(t *testing.T) {
	t.Parallel()
	opts := options{rate: 10, lasting: time.Second}
	l := &line{protocol: protocols[0], ledger: newLedger(10)}
	l.sent.Store(10)
	l.took.Store(int64(time.Second))
	if got := reached([]*line{l}, opts); got != "10/s over kafka" {
		t.Errorf("at the rate: %q", got)
	}
	l.took.Store(int64(2 * time.Second))
	if got := reached([]*line{l}, opts); got != "5/s over kafka: slower than the 10/s that were asked for" {
		t.Errorf("at half of it: %q", got)
	}
}

// TestABrokerThatWasAwayMakesNobodyLate: what it stored before still comes when
// it is there again, however long that took.
func TestABrokerThatWasAwayMakesNobodyLate(t *testing.T) {
	t.Parallel()
	now := time.Now()
	long, soon := 2*quietEnough, quietEnough/2
	for _, c := range []struct {
		begun, last time.Duration // so long ago
		quiet       bool
	}{{soon, long, false}, {long, soon, false}, {long, long, true}} {
		if got := isQuiet(now, now.Add(-c.begun), now.Add(-c.last).UnixNano()); got != c.quiet {
			t.Errorf("it waits for %v, the last arrived %v ago: quiet is %t", c.begun, c.last, got)
		}
	}
}

func TestADirectoryHasOneSoak(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := &house{dir: dir}, &house{dir: dir}
	if err := first.hold(); err != nil {
		t.Fatal(err)
	}
	err := second.hold()
	if runtime.GOOS != "windows" && (err == nil || !strings.Contains(err.Error(), "-dir")) {
		t.Errorf("a second one: %v", err)
	}
	first.close(nil)
	third := &house{dir: dir}
	if err := third.hold(); err != nil {
		t.Errorf("after the first has ended: %v", err)
	}
	third.close(nil)
}

// TestPortsAreFreeOnes starts no broker: the script is told the ports, and to
// stop what a killed run left behind at the ones it had.
func TestPortsAreFreeOnes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the brokers' script is for Unix")
	}
	dir := t.TempDir()
	script, told := filepath.Join(dir, "script"), filepath.Join(dir, "told")
	text := "#!/bin/sh\necho $1 $2 $WEFT_KAFKA_PORT >>" + told + "\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	h := &house{dir: dir, script: script}
	before, after := protocols[0], protocols[0]
	if err := h.settle(t.Context(), &before); err != nil {
		t.Fatal(err)
	}
	if err := h.settle(t.Context(), &after); err != nil {
		t.Fatal(err)
	}
	if before.number < 30_000 || after.number < 30_000 {
		t.Errorf("ports %d and %d are among those that tests look for", before.number, after.number)
	}
	if got, want := read(t, told), fmt.Sprintf("down kafka %d\n", before.number); got != want {
		t.Errorf("the script was told %q, want %q", got, want)
	}
}

func TestOnlyWhatFailedIsSentAgain(t *testing.T) {
	t.Parallel()
	messages := []*driver.Message{{Body: []byte("a")}, {Body: []byte("b")}, {Body: []byte("c")}}
	left := failed(messages, &driver.BatchError{Errors: []error{nil, driver.ErrTimeout, nil}})
	if len(left) != 1 || string(left[0].Body) != "b" {
		t.Errorf("left are %v", left)
	}
	if left := failed(messages, driver.ErrTimeout); len(left) != 3 {
		t.Errorf("%d of 3 are left after a failure of all", len(left))
	}
}

func TestFlagsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-rate", "0"}, {"-size", "7"}, {"-over", "kafka,pigeon"}, {"now"}, {"-every", "-1s"}} {
		var talk bytes.Buffer
		_, err := run(t.Context(), args, &talk, &talk)
		if err == nil || !strings.Contains(err.Error(), "usage") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestAnAddressKeepsTheWholeOfMinutesAndAPieceOfAnHour(t *testing.T) {
	minutes, hour := kept(1000, time.Minute, 200), kept(1000, time.Hour, 200)
	if sent := 60 * 1000 * 200; minutes < sent {
		t.Errorf("a minute keeps %d bytes of %d", minutes, sent)
	}
	if sent := 3600 * 1000 * 200; hour < minutes || hour > sent/4 {
		t.Errorf("an hour keeps %d bytes of %d, a minute %d", hour, sent, minutes)
	}
	params := kafkaTopic(hour).Params
	if params["segment.bytes"] == params["retention.bytes"] {
		t.Errorf("Kafka forgets by segments: %v", params)
	}
}
