package diff_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/internal/cputime"
)

// Documents with bytes changed, lost and repeated are compared without a crash,
// in time, and never differ from themselves.
func TestDamagedDocuments(t *testing.T) {
	t.Parallel()
	seeds := []string{
		contract("send", nil), contract("send", payload("{type: object, properties: {id: {type: integer}}, required: [id]}")),
		contract("receive", part{"message": "        headers: {type: object}"}),
		contract("send", payload("{oneOf: [{type: string, pattern: '^a+$'}, {$ref: '#/channels'}]}")),
		contract("receive", part{"bindings": "{kafka: {partitions: 3}}", "op": "    reply: {channel: {$ref: '#/channels/orders'}}"}),
	}
	read := 0
	for seed := range uint64(5000) {
		rng := rand.New(rand.NewPCG(seed, 3))
		before, after := damage(rng, seeds[rng.IntN(len(seeds))]), damage(rng, seeds[rng.IntN(len(seeds))])
		a, ok := fromText(before)
		if !ok {
			continue
		}
		read++
		again, _ := fromText(before)
		if r := diff.Compare(a, again, diff.Options{}); len(r.Changes) > 0 {
			t.Errorf("seed %d: it differs from itself\n%s\n%s", seed, before, told(r))
		}
		if b, ok := fromText(after); ok {
			start := cputime.Start(t)
			checkShape(t, "damaged", diff.Compare(a, b, diff.Options{}))
			if took := start(); took > 2*time.Second {
				t.Errorf("seed %d took %s", seed, took)
			}
		}
	}
	if read < 500 {
		t.Errorf("only %d documents could be read", read)
	}
}

func damage(rng *rand.Rand, text string) string {
	b := []byte(text)
	for range 1 + rng.IntN(3) {
		i, j := rng.IntN(len(b)), rng.IntN(len(b))
		switch rng.IntN(4) {
		case 0:
			b[i] = "{}[]:,'\"&*-# abc019"[rng.IntN(19)]
		case 1:
			b = append(b[:i:i], b[i+1:]...)
		case 2:
			piece := string(b[j:min(len(b), j+rng.IntN(30))])
			b = append(append(b[:i:i], piece...), b[i:]...)
		case 3:
			b = append(b[:i:i], b[min(len(b), i+rng.IntN(20)):]...)
		}
		if len(b) == 0 {
			return text
		}
	}
	return string(b)
}
