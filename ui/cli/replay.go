package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/wire/broker"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/record"
)

// replayFlags are what the user of "weft replay" said.
type replayFlags struct {
	server, to, speed, filter, credential string
	create                                bool
	limit                                 int
	timeout                               time.Duration
}

func newReplay() *cobra.Command {
	f := &replayFlags{}
	cmd := &cobra.Command{
		Use:   "replay RECORDING --server URL",
		Short: "put recorded messages back on a wire",
		Long: `Put the messages that weft record kept back on a wire, as they were: bytes, key,
headers and the time they were sent, in their order and, unless --speed says
otherwise, with the pauses between them.

What the server does not carry, as a key where there are none, is an error; what
belonged only to the server they came from, as a partition, is left out.`,
		Example: `  weft replay orders.jsonl --server kafka://127.0.0.1:9092
  weft replay orders.jsonl --server kafka://127.0.0.1:9092 --to orders.test --speed full --create
  weft replay orders.jsonl --server amqp://127.0.0.1:5672 --speed 10 --filter '$message.payload#/id == 7'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one recording, as in: weft replay orders.jsonl --server kafka://127.0.0.1:9092")
			}
			return nil
		},
		RunE: action(f.run),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.server, "server", "", "the `URL` of the server to send to")
	flags.StringVar(&f.to, "to", "", "the `ADDRESS` to send all to (default: where each came from)")
	flags.StringVar(&f.speed, "speed", "1", "how many times as `FAST` as recorded, or full for no pauses")
	flags.StringVar(&f.filter, "filter", "", "send only messages for which this `CONDITION` holds")
	flags.IntVar(&f.limit, "limit", 0, "end after this many messages")
	flags.StringVar(&f.credential, "credential", "", "how to enter the server, `[USER@]REF`; REF is env:NAME or file:PATH")
	flags.BoolVar(&f.create, "create", false, "make topics and queues that are missing")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long to wait for the server to answer")
	return cmd
}

// paceOf reads --speed.
func paceOf(speed string) (record.Pace, error) {
	if speed == "full" {
		return record.Pace{}, nil
	}
	times, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSuffix(speed, "x"), "×"), 64)
	if err != nil || !(times > 0) || times > 1e9 || times < 1e-6 {
		return record.Pace{}, usage("--speed %q is no speed: write 1 for as it was, 10 for ten times as fast, or full", speed)
	}
	return record.Pace{Speed: times}, nil
}

func (f *replayFlags) run(cmd *cobra.Command, args []string) error {
	pace, err := paceOf(f.speed)
	if err != nil {
		return err
	}
	filter, err := parseFilter(f.filter)
	if err != nil {
		return err
	}
	recording, err := f.recording(cmd.InOrStdin(), args[0])
	if err != nil {
		return err
	}
	defer recording.Close()
	reader, err := record.NewReader(recording)
	if errors.Is(err, record.ErrNoRecording) {
		return fmt.Errorf("%s is no recording; weft record makes one of what is on a wire", args[0])
	}
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if !strings.Contains(f.server, "://") {
		return usage("say where to send to, as in: --server kafka://127.0.0.1:9092")
	}
	config := broker.Config{ConnectTimeout: f.timeout, Timeout: f.timeout}
	if f.credential != "" {
		if config.User, config.Password, err = reference(f.credential); err != nil {
			return usage("--credential takes a reference to a secret, not the secret: write USER@env:NAME or USER@file:PATH")
		}
	}
	talk := newTalk(cmd.ErrOrStderr())
	config.OnEvent = talk.event
	b, err := broker.Open(cmd.Context(), f.server, config)
	if err != nil {
		return err
	}
	defer closeBroker(b)
	talk.say(dim, "replaying %s at %s", args[0], shown(b.Server()))
	return f.send(cmd.Context(), reader, pace, filter, b, talk)
}

func closeBroker(b *broker.Broker) {
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	_ = b.Close(ctx)
}

func (f *replayFlags) recording(stdin io.Reader, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(stdin), nil
	}
	return os.Open(name)
}

// errEnough ends a replay that reached its limit.
var errEnough = errors.New("enough")

// maxReplayed bounds to how many addresses one replay sends.
const maxReplayed = 1000

func (f *replayFlags) send(ctx context.Context, reader *record.Reader, pace record.Pace, filter *filter, b *broker.Broker, talk *talk) error {
	begun := time.Now()
	senders := map[string]*broker.Sender{}
	left := f.limit
	keep := func(e record.Entry) bool {
		return filter.passes(arrival{rejected: &endpoint.Rejected{Raw: e.Message}, time: e.At})
	}
	sent, passed, err := record.Replay(ctx, reader, pace, keep, func(ctx context.Context, e record.Entry) error {
		if f.limit > 0 && left == 0 {
			return errEnough
		}
		left--
		m := *e.Message
		m.Params = nil // they belong to the server that it came from
		if f.to != "" {
			m.Address = f.to
		}
		sender, err := f.sender(ctx, b, senders, m.Address)
		if err != nil {
			return err
		}
		return sender.Send(ctx, &m)
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	text := fmt.Sprintf("sent %s to %s in %s", plural(sent, "message"), shown(b.Server()), short(time.Since(begun)))
	if passed > 0 {
		text += fmt.Sprintf("; %d more did not pass the filter", passed)
	}
	talk.say(dim, "%s", text)
	return err
}

func (f *replayFlags) sender(ctx context.Context, b *broker.Broker, senders map[string]*broker.Sender, address string) (*broker.Sender, error) {
	if known := senders[address]; known != nil {
		return known, nil
	}
	if len(senders) >= maxReplayed {
		return nil, fmt.Errorf("the recording has more than %d addresses; --to sends all to one", maxReplayed)
	}
	opt := driver.SenderOptions{Address: address}
	if f.create {
		opt.Create = &driver.AddressSpec{}
	}
	sender, err := b.Sender(ctx, opt)
	if err != nil {
		return nil, err
	}
	senders[address] = sender
	return sender, nil
}
