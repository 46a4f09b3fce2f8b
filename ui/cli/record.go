package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/wire/record"
)

// recordFlags are what the user of "weft record" said.
type recordFlags struct {
	tailFlags
	output string
	most   int64
}

func newRecord() *cobra.Command {
	f := &recordFlags{}
	cmd := &cobra.Command{
		Use:   "record FILE -o RECORDING",
		Short: "keep the messages of a contract's channels as they are on the wire",
		Long: `Keep the messages on the channels of an AsyncAPI document in a file as they are on
the wire: bytes, key, headers, address and times, until Ctrl-C. Messages that are
none of the contract's are kept, too. weft replay puts them back.

The file is text, one JSON object a line, with base64 for bytes. It holds whatever
the messages hold: only its owner can read it.`,
		Example: `  weft record orders.yaml -o orders.jsonl --for 5m
  weft record orders.yaml -o orders.jsonl --channel orders --from beginning --limit 1000`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one contract, as in: weft record orders.yaml -o orders.jsonl")
			}
			return nil
		},
		RunE: action(f.run),
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.output, "output", "o", "", "the `RECORDING` to write; - is standard output")
	flags.StringArrayVar(&f.operations, "operation", nil, "keep what is on the channel and the reply of the operation of this `ID`; repeat it for more")
	flags.StringArrayVar(&f.channels, "channel", nil, "keep what is on the channel of this `NAME` or address; repeat it for more")
	flags.StringVar(&f.from, "from", "now", "where to begin, where messages are kept: beginning, now, a time as 2026-01-31T12:00:00Z, or how long ago as `10m`")
	flags.StringVar(&f.tailFlags.filter, "filter", "", "keep only messages for which this `CONDITION` holds")
	flags.IntVar(&f.limit, "limit", 0, "end after this many messages")
	flags.DurationVar(&f.duration, "for", 0, "end after this time")
	flags.Int64Var(&f.most, "max-size", 1024, "end when the recording has this many `MiB`")
	flags.BoolVar(&f.take, "take", false, "record queues, too: what is kept is taken out of them, and nobody else gets it")
	f.contractFlags.flags(cmd)
	return cmd
}

func (f *recordFlags) run(cmd *cobra.Command, args []string) error {
	if f.output == "" {
		return usage("name the file to keep the messages in, as in: weft record orders.yaml -o orders.jsonl")
	}
	if f.limit < 0 || f.duration < 0 || f.most < 1 {
		return usage("--limit and --for are not negative, and --max-size is at least 1")
	}
	t := &tailing{flags: &f.tailFlags, talk: newTalk(cmd.ErrOrStderr()), arrivals: make(chan arrival), failures: make(chan error, 1)}
	var err error
	if t.start, err = parseFrom(f.from, time.Now()); err != nil {
		return err
	}
	if t.filter, err = parseFilter(f.tailFlags.filter); err != nil {
		return err
	}
	if t.contract, err = f.open(cmd, args[0], t.talk.event); err != nil {
		return err
	}
	defer t.contract.close()
	targets, err := f.targets(t.contract)
	if err != nil {
		return err
	}
	if err := t.open(cmd.Context(), targets); err != nil {
		return err
	}
	return f.keep(cmd, t)
}

// keep writes what arrives until it is enough.
func (f *recordFlags) keep(cmd *cobra.Command, t *tailing) (err error) {
	out, done, err := f.created(cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer func() {
		if failed := done(); err == nil {
			err = failed
		}
	}()
	w, err := record.NewWriter(out, time.Now().UTC())
	if err != nil {
		return err
	}
	stopped, stop := context.WithCancel(cmd.Context())
	if f.duration > 0 {
		stopped, stop = context.WithTimeout(cmd.Context(), f.duration)
	}
	t.over = stopped.Done() // nobody receives before this
	var readers sync.WaitGroup
	for _, watch := range t.watches {
		t.talk.say(dim, "recording %s at %s", watch.receiver.Address(), shown(watch.receiver.Server()))
		readers.Go(func() { t.read(stopped, watch) })
	}
	err = f.write(stopped, t, w)
	stop()
	readers.Wait()
	t.talk.say(dim, "%s, %s", plural(t.shown, "message"), plural(int(w.Size()), "byte"))
	return err
}

func (f *recordFlags) write(ctx context.Context, t *tailing, w *record.Writer) error {
	for (f.limit == 0 || t.shown < f.limit) && w.Size() < f.most<<20 {
		select {
		case <-ctx.Done():
			return nil
		case err := <-t.failures:
			return err
		case a := <-t.arrivals:
			if t.filter.passes(a) {
				t.shown++
				if err := w.Write(record.Entry{At: a.time, Message: a.wire()}); err != nil {
					return err
				}
			}
			if err := settled(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// created opens the file. Only its owner may read what messages held.
func (f *recordFlags) created(stdout io.Writer) (io.Writer, func() error, error) {
	if f.output == "-" {
		return stdout, func() error { return nil }, nil
	}
	file, err := os.OpenFile(f.output, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, nil, err
	}
	buffered := bufio.NewWriter(file)
	return buffered, func() error {
		if err := buffered.Flush(); err != nil {
			_ = file.Close()
			return fmt.Errorf("%s: %w", f.output, err)
		}
		return file.Close()
	}, nil
}
