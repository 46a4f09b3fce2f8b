package cli

import (
	"errors"

	"github.com/spf13/pflag"

	"github.com/weft-dev/weft/flow/engine"
)

// unmatchedFlag is --unmatched: what becomes of messages of queues that no run
// waits for.
type unmatchedFlag struct {
	text    string
	fate    engine.Unmatched
	address string
	alone   bool // a run on its own has nobody to keep a message for
}

func (f *unmatchedFlag) flags(flags *pflag.FlagSet, usual engine.Unmatched) {
	f.text, f.fate, f.alone = string(usual), usual, usual != engine.Park
	park := "park keeps them for a run that comes, "
	if f.alone {
		park = ""
	}
	flags.Var(f, "unmatched", "what becomes of messages of queues that no run waits for: "+park+
		"requeue gives them back after a pause, deadletter=ADDRESS brings them there (`FATE`)")
}

// String implements pflag.Value.
func (f *unmatchedFlag) String() string { return f.text }

// Type implements pflag.Value.
func (f *unmatchedFlag) Type() string { return "string" }

// Set implements pflag.Value.
func (f *unmatchedFlag) Set(text string) error {
	fate, address, err := engine.ParseUnmatched(text)
	if err == nil && f.alone && fate == engine.Park {
		return errors.New("a run on its own keeps nothing for others: write requeue or deadletter=ADDRESS, or park with weft serve")
	}
	if err == nil {
		f.text, f.fate, f.address = text, fate, address
	}
	return err
}

// into makes it the world's.
func (f *unmatchedFlag) into(w *engine.World) { w.Unmatched, w.DeadLetter = f.fate, f.address }
