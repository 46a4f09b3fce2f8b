// Package cli is weft's command line: it turns words into calls of the layers
// below and their answers into text for people or data for programs. Results
// go to stdout, talk goes to stderr.
//
// It decides nothing about contracts, messages or workflows: a rule that lives
// here cannot be used by the web page, the editor or a library user.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/apart"
	"github.com/weft-dev/weft/wire/broker"
)

// The exit codes of every command. They are API.
const (
	exitFine     = 0 // nothing to complain about
	exitFindings = 1 // findings at the limit, a failed run, a breaking change
	exitUsage    = 2 // the command line itself was wrong
	exitBroken   = 3 // weft could not do its work: unreadable, unreachable, internal

	exitInterrupted = 130 // Ctrl-C, before the work was done; as shells have it
)

// Main runs the command line and returns the exit code of the process.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	return run(ctx, args, stdin, stdout, stderr)
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	for _, p := range apart.Protocols() {
		broker.Default.Expect(apart.Way, p.Schemes...)
	}
	root := newRoot(args)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && ctx.Err() != nil {
		err = cutShort(err)
	}
	return exitCode(cmd, err, stderr)
}

// cutShort is the end of a command that had not done its work when somebody
// ended it. What failed only because of that is no news.
func cutShort(err error) error {
	var end *outcome
	switch {
	case errors.Is(err, context.Canceled):
		return &outcome{code: exitInterrupted, err: errors.New("interrupted")}
	case errors.As(err, &end):
		return &outcome{code: exitInterrupted, err: end.err}
	}
	return &outcome{code: exitInterrupted, err: err}
}

// outcome is an error that already says how the process ends.
type outcome struct {
	code int
	err  error // nil where everything worth saying was said
}

func (o *outcome) Error() string {
	if o.err == nil {
		return fmt.Sprintf("exit code %d", o.code)
	}
	return o.err.Error()
}

func (o *outcome) Unwrap() error { return o.err }

// usage is an error in the command line itself.
func usage(format string, args ...any) error {
	return &outcome{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// ended says that the command did its work and what it found is not fine.
func ended() error { return &outcome{code: exitFindings} }

// exitCode prints an error that ended a command and returns the exit code.
func exitCode(cmd *cobra.Command, err error, stderr io.Writer) int {
	if err == nil {
		return exitFine
	}
	var end *outcome
	if !errors.As(err, &end) {
		// cobra's own errors come before any command runs, so they are about words.
		end = &outcome{code: exitUsage, err: err}
	}
	if end.err == nil {
		return end.code
	}
	complain(stderr, end.err)
	if end.code == exitUsage && cmd != nil {
		fmt.Fprintf(stderr, "See: %s --help\n", cmd.CommandPath())
	}
	return end.code
}

// complain tells an error. What a file or a server put into it does nothing to
// the terminal; line breaks stay, since several errors may be joined.
func complain(stderr io.Writer, err error) {
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		indent := line[:len(line)-len(strings.TrimLeft(line, "\t"))]
		lines[i] = indent + diag.Safe(line[len(indent):])
	}
	fmt.Fprintf(stderr, "weft: %s\n", strings.Join(lines, "\n"))
}

// action adapts a command's work: an error that does not say otherwise means
// that weft could not do it.
func action(work func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := work(cmd, args)
		var end *outcome
		if err == nil || errors.As(err, &end) {
			return err
		}
		return &outcome{code: exitBroken, err: err}
	}
}
