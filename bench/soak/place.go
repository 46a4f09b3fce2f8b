package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/internal/freeport"
)

// Where the brokers of a run are: in a directory that one run has at a time, at
// ports that are free today. Ports that stand in a file meet those of another
// run, of another user of the machine, or of a test that found them free.

// hold makes the directory ours until the process ends.
func (h *house) hold() error {
	if h.held != nil {
		return nil
	}
	if err := os.MkdirAll(h.dir, 0o750); err != nil {
		return fmt.Errorf("make the directory of the brokers: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(h.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("make the directory of the brokers ours: %w", err)
	}
	if !lock(file) {
		return errors.Join(fmt.Errorf("another soak has its brokers in %s: wait for its end, or name another directory with -dir", h.dir), file.Close())
	}
	h.held = file
	return nil
}

// settle finds ports for a broker. One that a run before us left behind, since
// it was killed, is stopped first: at its own ports, by which it is asked to.
func (h *house) settle(ctx context.Context, p *protocol) error {
	note := filepath.Join(h.dir, p.broker+".port")
	text, err := os.ReadFile(note)
	if err == nil {
		if p.number, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
			return fmt.Errorf("%s is no port: remove it: %w", note, err)
		}
		if _, err := h.ask(ctx, "down", *p); err != nil {
			return err
		}
	}
	first, ok := freeport.Row(p.ports)
	if !ok {
		return fmt.Errorf("no %d ports in a row are free", p.ports)
	}
	p.number = first
	if err := os.WriteFile(note, []byte(strconv.Itoa(first)+"\n"), 0o600); err != nil {
		return fmt.Errorf("note the port: %w", err)
	}
	return nil
}
