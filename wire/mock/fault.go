package mock

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/text/diag"
)

// Faults are what goes wrong on purpose with what an application sends, so that
// its counterpart can show what it makes of it. A share is a number from 0,
// never, to 1, always. Which messages are met is decided by the seed and the
// number of the message in its operation, so a run can be repeated.
type Faults struct {
	// Delay is how late a delayed message is; those after it wait.
	Delay   time.Duration
	Delayed float64
	// Duplicate sends a message twice, with the same id.
	Duplicate float64
	// Reorder sends a message after the next one of its operation, or when none
	// follows for a second.
	Reorder float64
	// Drop does not send a message; a request over HTTP is hung up on.
	Drop float64
	// Malformed sends bytes that are nothing the contract knows.
	Malformed float64
}

// faultNames are in the order in which they are told.
func faultNames() []string { return []string{"delay", "duplicate", "reorder", "drop", "malformed"} }

// ParseFaults reads faults as people write them:
// "delay=200ms@10%,duplicate=5%,drop=0.01". A delay without a share is always.
func ParseFaults(text string) (Faults, error) {
	var f Faults
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if err := f.set(name, value); err != nil {
			return Faults{}, err
		}
	}
	return f, nil
}

func (f *Faults) set(name, value string) (err error) {
	switch name {
	case "delay":
		late, share, some := strings.Cut(value, "@")
		if f.Delay, err = time.ParseDuration(late); err != nil || f.Delay <= 0 {
			return fmt.Errorf("delay=%s is no time: write delay=200ms, or delay=200ms@10%%", value)
		}
		if f.Delayed = 1; some {
			f.Delayed, err = ParseShare(share)
		}
	case "duplicate":
		f.Duplicate, err = ParseShare(value)
	case "reorder":
		f.Reorder, err = ParseShare(value)
	case "drop":
		f.Drop, err = ParseShare(value)
	case "malformed":
		f.Malformed, err = ParseShare(value)
	default:
		return fmt.Errorf("there is no fault %q; the faults are %s%s", name, strings.Join(faultNames(), ", "), nearest(name, faultNames()))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func nearest(name string, known []string) string {
	if hint := diag.DidYouMean(name, known); hint != "" {
		return "; " + hint
	}
	return ""
}

// ParseShare reads "5%" or "0.05".
func ParseShare(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if percent {
		share /= 100
	}
	if err != nil || !(share >= 0 && share <= 1) {
		return 0, fmt.Errorf("%q is no share: write 5%% or 0.05", text)
	}
	return share, nil
}

// OnlyMessages are the names of the faults asked for that an answer over HTTP
// cannot have, since it goes back on the connection of its request.
func (f Faults) OnlyMessages() []string {
	var list []string
	if f.Duplicate > 0 {
		list = append(list, "duplicate")
	}
	if f.Reorder > 0 {
		list = append(list, "reorder")
	}
	return list
}

// fate is what becomes of one message.
type fate struct {
	delay                               time.Duration
	duplicate, reorder, drop, malformed bool
}

// fateOf decides. Each fault takes one draw whether or not it is asked for, so
// that asking for one more leaves the others where they are.
func (f Faults) fateOf(seed, number uint64) fate {
	if f == (Faults{}) {
		return fate{}
	}
	draw := rand.New(rand.NewPCG(seed, number)) //nolint:gosec // it must be the same again
	var out fate
	if draw.Float64() < f.Delayed {
		out.delay = f.Delay
	}
	out.duplicate = draw.Float64() < f.Duplicate
	out.reorder = draw.Float64() < f.Reorder
	out.drop = draw.Float64() < f.Drop
	out.malformed = draw.Float64() < f.Malformed
	return out
}

// fateNamed is that of a message for which one fault is asked by name.
func fateNamed(name string, delay time.Duration) fate {
	return fate{
		delay: delay, duplicate: name == "duplicate", reorder: name == "reorder", drop: name == "drop", malformed: name == "malformed",
	}
}

// words say what was done to a message; empty where nothing was.
func (f fate) words() string {
	var list []string
	add := func(asked bool, word string) {
		if asked {
			list = append(list, word)
		}
	}
	add(f.delay > 0, "late")
	add(f.duplicate, "twice")
	add(f.reorder, "out of order")
	add(f.malformed, "malformed")
	return strings.Join(list, ", ")
}

// broken is half of a body and a byte that no UTF-8 has.
func broken(body []byte) []byte { return append(slices.Clone(body[:len(body)/2]), 0xFF) }
