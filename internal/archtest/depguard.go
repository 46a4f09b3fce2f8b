package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// depguard prints the table as the settings of golangci-lint's depguard, so
// that an editor says at once what this package's test says later. The two
// are kept equal by a test; only Ours and Theirs are told, not Never.
func depguard(table []Room) string {
	var b strings.Builder
	for _, room := range table {
		fmt.Fprintf(&b, "        %s:\n", strings.ReplaceAll(room.Path, "/", "-"))
		b.WriteString("          list-mode: strict\n")
		fmt.Fprintf(&b, "          files: [\"**/%s/*.go\", \"!$test\"]\n", room.Path)
		b.WriteString("          allow:\n            - $gostd\n")
		for _, target := range oursOf(room, table) {
			fmt.Fprintf(&b, "            - %s/%s\n", module, exactly(target))
		}
		if slices.ContainsFunc(allTheirs(room), func(path string) bool { return strings.HasPrefix(path, "go.") }) {
			// depguard looks only at the nearest entry before an import, which
			// for "go/ast" would be "go.example.org" and not its own "go".
			b.WriteString("            - go/\n")
		}
		for _, target := range allTheirs(room) {
			fmt.Fprintf(&b, "            - %s\n", target)
		}
	}
	return b.String()
}

// oursOf is what a room may import of ours, with what all rooms may.
func oursOf(room Room, table []Room) []string {
	open := slices.Clone(room.Ours)
	for _, other := range table {
		if other.ForAll && other.Path != room.Path {
			open = append(open, other.Path)
		}
	}
	return open
}

// exactly writes a pattern as depguard does: a prefix, or with "$" one package.
func exactly(pattern string) string {
	if whole, ok := strings.CutSuffix(pattern, "/..."); ok {
		return whole
	}
	return pattern + "$"
}

func allTheirs(room Room) []string {
	if !room.ForTests {
		return room.Theirs
	}
	return append(append([]string(nil), room.Theirs...), testLibraries...)
}

// The lines of .golangci.yml between which the table stands.
const (
	tableBegins = "        # From internal/archtest/table.go; go test ./internal/archtest -update writes it.\n"
	tableEnds   = "        # End of what the table says.\n"
)

// withTable returns a linter configuration whose depguard rules are the table.
func withTable(config string, table []Room) (string, error) {
	before, rest, begins := strings.Cut(config, tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return "", fmt.Errorf(".golangci.yml lacks the line %q or, after it, %q", strings.TrimSpace(tableBegins), strings.TrimSpace(tableEnds))
	}
	return before + tableBegins + depguard(table) + tableEnds + after, nil
}
