package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// journey is one thing that users do, and the peer that does the same.
type journey struct {
	name string
	weft command
	// peer is empty where there is none to compare with; why says so.
	peer    command
	peerWhy string
	// The limits of weft's own process; zero means that there is none. Time is the
	// processor's, since a busy machine is no fault of weft. Ratio is the largest
	// allowed time by the clock against the peer's, which met the same machine.
	maxTime  time.Duration
	maxBytes int64
	maxRatio float64
	// minCPU and minMemory are how many times as much the peer takes, at least;
	// memory is what a process has for itself, or all where only that is known.
	minCPU, minMemory float64
}

// command is a process to start: its words, and the text that must stand in
// what it prints, without which it did not do the work.
type command struct {
	words  []string
	prints string
	dir    string
	env    []string // added to this process's own
	// after undoes what the process left behind, for the next round.
	after func() error
}

// with is the command with more words, or none where there is no command.
func (c command) with(prints string, words ...string) command {
	if c.words == nil {
		return c
	}
	c.words = slices.Concat(c.words, words)
	c.prints = prints
	return c
}

// then is the command with something to do after each process.
func (c command) then(after func() error) command {
	if c.words != nil {
		c.after = after
	}
	return c
}

// sample is one process that ended.
type sample struct {
	elapsed time.Duration
	cpu     time.Duration // of all threads, in the program and for it
	rss     int64         // bytes; 0 where the system does not tell
	private int64         // of them, those in no file; 0 where nobody looked
}

// result is what came of a journey's rounds.
type result struct {
	journey          journey
	weft, peer       []sample
	weftErr, peerErr error
	// weftPrivate and peerPrivate are of rounds of their own, in bytes.
	weftPrivate, peerPrivate int64
}

// limitOfProcess ends a process that hangs, in its launcher.
const limitOfProcess = time.Minute

// limitOfPeer is how long the peer is run in all before what was measured has
// to do: one that takes a minute need not take it seven times.
const limitOfPeer = 30 * time.Second

// measure makes a journey several times, weft and peer in turn, so that a
// noisy minute of the machine meets both. A first pair fills the caches and
// does not count.
func measure(ctx context.Context, j journey, rounds int) result {
	r := result{journey: j}
	warm := false
	for range rounds + 1 {
		if r.weftErr == nil {
			r.weft, r.weftErr = keep(ctx, j.weft, r.weft, warm)
		}
		if r.peerErr == nil && j.peer.words != nil && sum(r.peer) < limitOfPeer {
			r.peer, r.peerErr = keep(ctx, j.peer, r.peer, warm)
		}
		warm = true
	}
	r.look(ctx)
	return r
}

// looks are the rounds in which memory is looked at, of which the most counts.
const looks = 2

// look makes the rounds that tell what the programs have for themselves.
func (r *result) look(ctx context.Context) {
	if r.weftErr != nil {
		return
	}
	for range looks {
		if one, err := r.journey.weft.start(ctx, true); err == nil {
			r.weftPrivate = max(r.weftPrivate, one.private)
		}
		if r.peerErr != nil || r.journey.peer.words == nil || r.peerPrivate > 0 && sum(r.peer) >= limitOfPeer {
			continue
		}
		if one, err := r.journey.peer.start(ctx, true); err == nil {
			r.peerPrivate = max(r.peerPrivate, one.private)
		}
	}
}

// keep makes one sample; a cold one does not count, unless it alone took all
// the time that there is.
func keep(ctx context.Context, c command, samples []sample, warm bool) ([]sample, error) {
	one, err := c.start(ctx, false)
	if err != nil || !warm && one.elapsed < limitOfPeer {
		return samples, err
	}
	return append(samples, one), nil
}

// start runs the process to its end and checks that it did its work. Looking at
// its memory while it runs makes it slower.
func (c command) start(ctx context.Context, look bool) (sample, error) {
	taken, output, err := c.launch(ctx, look)
	if c.after != nil {
		err = errors.Join(err, c.after())
	}
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w: %s", strings.Join(c.words, " "), err, tail(output))
	}
	if !strings.Contains(output, c.prints) {
		return sample{}, fmt.Errorf("%s: did not print %q: %s", strings.Join(c.words, " "), c.prints, tail(output))
	}
	return sample{elapsed: taken.Elapsed, cpu: taken.CPU, rss: taken.RSS, private: taken.Private}, nil
}

// launch has a launcher run the process, and returns what it took and printed.
func (c command) launch(ctx context.Context, look bool) (taken launched, output string, err error) {
	self, err := os.Executable()
	if err != nil {
		return taken, "", fmt.Errorf("find this program, to start it again: %w", err)
	}
	answer, err := os.CreateTemp("", "weft-bench-launch-")
	if err != nil {
		return taken, "", fmt.Errorf("make a file for the launcher's answer: %w", err)
	}
	defer func() {
		_ = answer.Close()
		_ = os.Remove(answer.Name())
	}()
	var text bytes.Buffer
	process := exec.CommandContext(ctx, self, c.words...)
	process.Dir = c.dir
	process.Stdout, process.Stderr = &text, &text
	process.Env = slices.Concat(os.Environ(), c.env, []string{launchFile + "=" + answer.Name()})
	if look {
		process.Env = append(process.Env, launchLook+"=1")
	}
	process.WaitDelay = time.Second // what it started may still hold the pipe
	if err := process.Run(); err != nil {
		return taken, text.String(), err
	}
	if err := json.NewDecoder(answer).Decode(&taken); err != nil {
		return taken, text.String(), fmt.Errorf("read the launcher's answer: %w", err)
	}
	if taken.Err != "" {
		return taken, text.String(), errors.New(taken.Err)
	}
	return taken, text.String(), nil
}

// tail is the end of what a process printed, for an error in one line.
func tail(text string) string {
	const most = 400
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > most {
		text = "…" + text[len(text)-most:]
	}
	return text
}

func sum(samples []sample) time.Duration {
	var total time.Duration
	for _, s := range samples {
		total += s.elapsed
	}
	return total
}

func medianTime(samples []sample) time.Duration {
	return median(samples, func(s sample) time.Duration { return s.elapsed })
}

func medianCPU(samples []sample) time.Duration {
	return median(samples, func(s sample) time.Duration { return s.cpu })
}

func median(samples []sample, of func(sample) time.Duration) time.Duration {
	times := make([]time.Duration, len(samples))
	for i, s := range samples {
		times[i] = of(s)
	}
	slices.Sort(times)
	return times[len(times)/2]
}

func mostBytes(samples []sample) int64 {
	var most int64
	for _, s := range samples {
		most = max(most, s.rss)
	}
	return most
}
