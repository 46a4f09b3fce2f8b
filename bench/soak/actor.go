package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// actor is a process that plays a part: it is started again whenever it ends,
// and weighed while it runs.
type actor struct {
	name string
	args []string // the program first
	dir  string   // where its log goes
	// said reads what it prints; nil lets that go.
	said func(io.Reader)

	mu      sync.Mutex
	process *os.Process // nil while none runs
	since   time.Time
	killed  bool // the one that runs, by us
	spoke   bool // it printed something, so that it had begun
	kills   int
	falls   int // ends that nobody asked for
	reason  error
	weights []weight
}

const (
	// grown is how old a process is before its weight counts.
	grown = 10 * time.Second
	// leaving is how long one may take to end when it is asked to.
	leaving = 30 * time.Second
)

// play keeps it running until ctx ends; then it is asked to end.
func (a *actor) play(ctx context.Context) {
	for ctx.Err() == nil {
		err := a.once(ctx)
		a.mu.Lock()
		// One that finds a server away when it begins may say so and end.
		if ctx.Err() == nil && !a.killed && a.spoke {
			a.falls++
			a.reason = err
		}
		a.mu.Unlock()
		pause(ctx, 200*time.Millisecond)
	}
}

// once runs it to its end.
func (a *actor) once(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(a.dir, a.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of %s: %w", a.name, err)
	}
	defer func() { _ = log.Close() }()
	command := exec.CommandContext(ctx, a.args[0], a.args[1:]...) //nolint:gosec // our own programs
	command.Dir, command.Stderr = a.dir, log
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = leaving
	apart(command)
	out, err := command.StdoutPipe()
	if err != nil {
		return fmt.Errorf("hear %s: %w", a.name, err)
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("start %s: %w", a.name, err)
	}
	a.mu.Lock()
	a.process, a.since, a.killed, a.spoke = command.Process, time.Now(), false, false
	a.mu.Unlock()
	a.hear(out)
	err = command.Wait()
	a.mu.Lock()
	a.process = nil
	a.mu.Unlock()
	return err
}

// hear reads all that it prints.
func (a *actor) hear(from io.Reader) {
	lines := bufio.NewReader(from)
	if _, err := lines.Peek(1); err != nil {
		return
	}
	a.mu.Lock()
	a.spoke = true
	a.mu.Unlock()
	if a.said != nil {
		a.said(lines)
	}
	_, _ = io.Copy(io.Discard, lines)
}

// kill ends it as a power cut would; false where none runs.
func (a *actor) kill() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.process == nil || a.process.Kill() != nil {
		return false
	}
	a.killed = true
	a.kills++
	return true
}

// weigh notes what the one that runs weighs.
func (a *actor) weigh(at time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.process == nil || time.Since(a.since) < grown {
		return
	}
	if bytes := resident(strconv.Itoa(a.process.Pid)); bytes > 0 {
		a.weights = append(a.weights, weight{at: at, resident: bytes})
	}
}

// trend judges the weights of all its processes, young and old: whoever leaks
// is heavier the longer it runs. Buffers that fill while a broker is away are no
// leak, and may be much of a small process.
func (a *actor) trend() trend {
	a.mu.Lock()
	defer a.mu.Unlock()
	warm := a.weights[int(float64(len(a.weights))*warmUp):]
	return judge(a.name, warm, func(w weight) float64 { return w.resident }, 0.30, 16e6)
}
