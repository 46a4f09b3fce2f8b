package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/contract"
)

func gridOn(s screen, heading []string, rows [][]string) string {
	var out bytes.Buffer
	s.Writer = &out
	grid(&s, heading, rows)
	return out.String()
}

// TestATableIsAsWideAsTheTerminal and leaves nothing out.
func TestATableIsAsWideAsTheTerminal(t *testing.T) {
	t.Parallel()
	heading := []string{"ADDRESS", "STATE", "READ BY", "DESCRIBED BY"}
	rows := [][]string{
		{"orders.created", "documented", "billing (0), shipping (12, undeclared), analytics (absent)", "order-producer#ordersCreated, order-consumer#ordersCreated"},
		{"kurz", "undocumented", "", "日本語の文書#注文が作成されたときに送られるメッセージのためのチャンネル"},
	}
	for _, width := range []int{60, 80, 120} {
		shown := gridOn(screen{terminal: true, width: width}, heading, rows)
		joined := strings.NewReplacer(" ", "", "\n", "").Replace(shown)
		for line := range strings.Lines(shown) {
			if got := diag.Columns(strings.TrimSuffix(line, "\n")); got > width {
				t.Errorf("a line has %d of %d columns:\n%s", got, width, shown)
			}
		}
		for _, row := range rows {
			for _, cell := range row {
				for _, c := range strings.ReplaceAll(cell, " ", "") {
					if !strings.ContainsRune(joined, c) {
						t.Fatalf("%q is cut:\n%s", cell, shown)
					}
				}
			}
		}
	}
	piped := gridOn(screen{width: 80}, heading, rows)
	if strings.Count(piped, "\n") != 3 || !strings.Contains(piped, rows[0][2]+"  "+rows[0][3]) {
		t.Errorf("a pipe has a line for each row:\n%s", piped)
	}
	if fits := gridOn(screen{terminal: true, width: 400}, heading, rows); fits != piped {
		t.Errorf("what fits stays:\n%s", fits)
	}
}

func TestATextIsFoldedWhereItHasJoints(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		width int
		want  []string
	}{
		{"billing (0), shipping (12)", 14, []string{"billing (0),", "shipping (12)"}},
		{"billing (0)", 11, []string{"billing (0)"}},
		{"order-producer#ordersCreated", 16, []string{"order-producer#", "ordersCreated"}},
		{"xxxxxxxxxxxx", 5, []string{"xxxxx", "xxxxx", "xx"}},
		{"a xxxxxxxxxxxx", 8, []string{"a xxxxxx", "xxxxxx"}},
		{"日本語", 3, []string{"日", "本", "語"}},
		{"日本", 1, []string{"日", "本"}},
		{"", 4, []string{""}},
	} {
		if got := fold(test.text, test.width); !slices.Equal(got, test.want) {
			t.Errorf("%q in %d columns is %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

// TestADumpFitsTheTerminal at its usual width, and at half of it.
func TestADumpFitsTheTerminal(t *testing.T) {
	t.Parallel()
	const dump = "00000010  7b 22 61 22 3a 38 38 31 2c 22 77 65 66 74 55 6e  {\"a\":881,\"weftUn\n" +
		"00000020  6b 6e 6f 77 6e 22 7d                             known\"}\n"
	for _, test := range []struct {
		width int
		want  string
	}{
		{pipeWidth, dump},
		{72, strings.ReplaceAll(dump, "00000", "0")},
		{60, "0010  7b 22 61 22 3a 38 38 31  {\"a\":881\n0018  2c 22 77 65 66 74 55 6e  ,\"weftUn\n0020  6b 6e 6f 77 6e 22 7d     known\"}\n"},
	} {
		if got := strings.Join(hexLines(dump, test.width), "\n") + "\n"; got != test.want {
			t.Errorf("in %d columns:\n%s", test.width, got)
		}
	}
	if far := hexLines("00010000  7b  {\n", 8); far[0] != "00010000  7b  {" {
		t.Errorf("an offset is cut: %q", far)
	}
	e := &contract.Evidence{Address: "orders", Size: 23, Offset: 16, Hex: dump}
	for _, line := range evidenceLines(e, 80-6) {
		if len(line) > 80-6 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}

// TestACommandIsBrokenSoThatItCanBePasted between its flags.
func TestACommandIsBrokenSoThatItCanBePasted(t *testing.T) {
	t.Parallel()
	const command = "weft publish examples/order-fulfilment/producer.yaml --server kafka://127.0.0.1:41234 --registry http://127.0.0.1:41235 --operation publishOrderCreated"
	narrow := &screen{terminal: true, width: 80}
	lines := shellLines(command, narrow)
	for _, line := range lines {
		if len(line) > narrow.width-2 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	if got := strings.Join(strings.Fields(strings.ReplaceAll(strings.Join(lines, "\n"), " \\\n", " ")), " "); got != command || len(lines) < 2 {
		t.Errorf("a shell reads %q", got)
	}
	if whole := shellLines(command, &screen{width: 80}); len(whole) != 1 || whole[0] != command {
		t.Errorf("for a pipe it is %q", whole)
	}
}
