package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

// A process inherits the largest size that the one which starts it ever had, as
// Linux counts it, and this program holds large documents. So it starts itself
// again, small, and that process starts what is measured and says what it took.

// launchFile is the environment variable with the file for the launcher's
// answer; where it is set, this process is a launcher.
const launchFile = "WEFT_BENCH_LAUNCH"

// launchLook is set where the launcher is to look at the memory of the process.
const launchLook = "WEFT_BENCH_LOOK"

// launched is what a launcher says of a process.
type launched struct {
	Elapsed, CPU time.Duration
	// RSS is the most memory that the process held, and Private what of it was in
	// no file, where that was looked at; in bytes.
	RSS, Private int64
	// Err is why there was no process, and Code its exit code.
	Err  string
	Code int
}

// launch starts a process, waits for its end, and writes what it took to a
// file. It returns the exit code of the launcher.
func launch(words []string, file string) int {
	// An interrupt is for what is measured; it reaches the whole group.
	signal.Ignore(os.Interrupt)
	look := os.Getenv(launchLook) != ""
	if err := errors.Join(os.Unsetenv(launchFile), os.Unsetenv(launchLook)); err != nil {
		return 3
	}
	ctx, cancel := context.WithTimeout(context.Background(), limitOfProcess)
	defer cancel()
	process := exec.CommandContext(ctx, words[0], words[1:]...)
	process.Stdout, process.Stderr = os.Stdout, os.Stderr
	begin := time.Now()
	private, err := runWatched(process, look)
	l := launched{Elapsed: time.Since(begin), Private: private}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		l.Code, l.Err = 3, fmt.Sprintf("it did not end within %s", limitOfProcess)
	case errors.As(err, &exit):
		l.Code, l.Err = max(exit.ExitCode(), 1), exit.Error()
	case err != nil:
		l.Code, l.Err = 3, err.Error()
	}
	if state := process.ProcessState; state != nil {
		l.CPU, l.RSS = state.UserTime()+state.SystemTime(), maxRSS(state)
	}
	data, err := json.Marshal(l)
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		return 3
	}
	return 0
}

// runWatched runs a process to its end and looks at its memory meanwhile, where
// that is asked for.
func runWatched(process *exec.Cmd, look bool) (private int64, err error) {
	if !look {
		return 0, process.Run()
	}
	if err := process.Start(); err != nil {
		return 0, err
	}
	done, most := make(chan struct{}), make(chan int64)
	go func() { most <- watchPrivate(process.Process.Pid, done) }()
	err = process.Wait()
	close(done)
	return <-most, err
}
