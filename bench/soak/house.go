package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/wire/broker"
)

// house is the brokers of one run: a directory and ports of its own, so that
// nobody else's brokers are restarted.
type house struct {
	dir    string
	script string
	kill   bool
	talk   io.Writer
	held   *os.File // that the directory is ours; nil where nothing was started
}

// open starts the brokers, connects to them and makes the addresses.
func (h *house) open(ctx context.Context, chosen []protocol, opts options) ([]*line, error) {
	var lines []*line
	for _, p := range chosen {
		l := &line{protocol: p, house: h, address: "soak-" + strconv.FormatInt(time.Now().Unix(), 10), ledger: newLedger(total(opts)), kept: kept(opts.rate, opts.lasting, opts.size)}
		lines = append(lines, l)
		if err := h.start(ctx, l); err != nil {
			return lines, fmt.Errorf("%s: %w", p.scheme, err)
		}
	}
	return lines, nil
}

// total is how many messages are sent over one protocol.
func total(opts options) int { return int(float64(opts.rate) * opts.lasting.Seconds()) }

// startPatience bounds how long a broker that just started may refuse.
const startPatience = time.Minute

func (h *house) start(ctx context.Context, l *line) error {
	if err := h.hold(); err != nil {
		return err
	}
	if err := h.settle(ctx, &l.protocol); err != nil {
		return err
	}
	printed, err := h.ask(ctx, "up", l.protocol)
	if err != nil {
		return err
	}
	host, err := variable(printed, l.protocol.variable)
	if err != nil {
		return err
	}
	l.broker, err = broker.Open(ctx, l.protocol.scheme+"://"+host, broker.Config{
		ConnectTimeout: startPatience, Attempts: 1000, OnEvent: func(e broker.Event) { l.noteEvent(e.What) },
	})
	if err != nil {
		return err
	}
	return l.broker.Create(ctx, l.address, l.protocol.spec(l.kept))
}

// ask runs scripts/brokers and returns what it printed.
func (h *house) ask(ctx context.Context, action string, p protocol) (string, error) {
	dir, err := filepath.Abs(h.dir)
	if err != nil {
		return "", fmt.Errorf("find the directory of the brokers: %w", err)
	}
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(ctx, h.script, action, p.broker)
	command.Env = append(os.Environ(), "WEFT_BROKERS_DIR="+dir, p.port+"="+strconv.Itoa(p.number))
	command.Stdout, command.Stderr = &stdout, &stderr
	apart(command)
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s %s %s: %w: %s", h.script, action, p.broker, err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// restart stops a broker and starts it again with what it stored.
func (h *house) restart(ctx context.Context, p protocol) error {
	if h.kill {
		if err := h.murder(p); err != nil {
			return err
		}
		_, err := h.ask(ctx, "up", p)
		return err
	}
	_, err := h.ask(ctx, "restart", p)
	return err
}

// murder ends a broker as a power cut would. The process of the pid file is the
// one that was started; RabbitMQ's is a shell, and its node tells its own.
func (h *house) murder(p protocol) error {
	for _, name := range []string{"erlang.pid", "pid"} {
		text, err := os.ReadFile(filepath.Join(h.dir, p.broker, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read a pid file: %w", err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil || pid < 2 {
			return fmt.Errorf("the pid file of %s has %q", p.broker, text)
		}
		process, err := os.FindProcess(pid)
		if err == nil {
			err = process.Kill()
		}
		if err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("kill %s: %w", p.broker, err)
		}
	}
	return nil
}

// close removes the addresses and stops the brokers.
func (h *house) close(lines []*line) {
	if h.held == nil {
		return
	}
	defer func() { _ = h.held.Close() }()
	for _, l := range lines {
		ctx, cancel := context.WithTimeout(context.Background(), startPatience)
		if l.broker != nil {
			if err := errors.Join(l.broker.Delete(ctx, l.address), l.broker.Close(ctx)); err != nil {
				fmt.Fprintf(h.talk, "soak: %s: %v\n", l.protocol.scheme, err)
			}
		}
		cancel()
		ctx, cancel = context.WithTimeout(context.Background(), patience)
		if _, err := h.ask(ctx, "down", l.protocol); err != nil {
			fmt.Fprintf(h.talk, "soak: %v\n", err)
		}
		cancel()
	}
}

// variable finds NAME=value in lines of "export".
func variable(printed, name string) (string, error) {
	for _, word := range strings.Fields(printed) {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value, nil
		}
	}
	return "", fmt.Errorf("scripts/brokers did not say %s", name)
}
