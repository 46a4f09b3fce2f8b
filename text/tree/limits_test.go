package tree_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// bomb is a document in which each level names the one before nine times.
func bomb(levels int) string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i <= levels; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	return b.String()
}

// mergeBomb repeats the members of a large object in many.
func mergeBomb(members, objects int) string {
	var b strings.Builder
	b.WriteString("base: &base\n")
	for i := range members {
		fmt.Fprintf(&b, "  k%d: 1\n", i)
	}
	for i := range objects {
		fmt.Fprintf(&b, "o%d: {<<: *base}\n", i)
	}
	return b.String()
}

func TestEachLimitHasItsOwnFinding(t *testing.T) {
	t.Parallel()
	deepAlias := "a0: &a0 x\n"
	for i := 1; i < 400; i++ {
		deepAlias += fmt.Sprintf("a%d: &a%d [*a%d]\n", i, i, i-1)
	}
	tests := []struct {
		name, file, text string
		code             diag.Code
	}{
		{"an alias bomb", "x.yaml", bomb(9), tree.CodeAliasExpansion},
		{"an alias bomb in one mapping", "x.yaml", "a: &a {k: &b [1,2,3,4,5,6,7,8,9,0], l: *b}\n" + "b: [" + strings.Repeat("*a, ", 20_000) + "]\n", tree.CodeAliasExpansion},
		{"a bomb of merge keys", "x.yaml", mergeBomb(2000, 1000), tree.CodeAliasExpansion},
		{"an alias of what holds it", "x.yaml", "a: &a\n  b: {c: *a}\n", tree.CodeAliasCycle},
		{"a merge of what holds it", "x.yaml", "a: &a\n  <<: *a\n", tree.CodeAliasCycle},
		{"deep flow", "x.yaml", strings.Repeat("[", 10_000), tree.CodeTooDeep},
		{"deep flow that is closed", "x.txt", "x: " + strings.Repeat("{a: ", 10_000) + strings.Repeat("}", 10_000), tree.CodeTooDeep},
		{"deep blocks", "x.yaml", strings.Repeat("- ", 10_000) + "x", tree.CodeTooDeep},
		{"deep JSON", "x.json", strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), tree.CodeTooDeep},
		{"deep JSON objects", "x.json", strings.Repeat(`{"a":`, 100_000), tree.CodeTooDeep},
		{"deep blocks and flow", "x.yaml", strings.Repeat("- ", 200) + strings.Repeat("[", 200) + strings.Repeat("]", 200), tree.CodeTooDeep},
		{"deep through aliases", "x.yaml", deepAlias, tree.CodeTooDeep},
		{"very many values", "x.yaml", "[" + strings.Repeat(",", 5_000_000) + "]", tree.CodeTooManyValues},
		{"many values in JSON", "x.json", "[" + strings.Repeat("1,", 2_000_000) + "1]", tree.CodeTooManyValues},
		{"too large", "x.yaml", strings.Repeat("x", source.MaxSize+1), tree.CodeTooLarge},
		{"not UTF-8", "x.yaml", "a: b\nc: \xff\n", tree.CodeEncoding},
		{"UTF-16", "x.json", "\xff\xfe{\x00}\x00", tree.CodeEncoding},
		{"a huge number", "x.yaml", "a: " + strings.Repeat("9", 1_000_000), tree.CodeNumber},
		{"a huge number in base 16", "x.yaml", "a: 0x" + strings.Repeat("f", 1_000_000), tree.CodeNumber},
		{"a huge number in JSON", "x.json", strings.Repeat("9", 1_000_000), tree.CodeNumber},
		{"nothing", "x.yaml", "", tree.CodeEmpty},
		{"only comments", "x.yaml", "# a\n---\n# b\n", tree.CodeEmpty},
		{"nothing in JSON", "x.json", " \n", tree.CodeEmpty},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			start := cputime.Start(t)
			root, findings := parse(t, test.file, test.text)
			if took := start(); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			if len(findings) != 1 || findings[0].Code != test.code || findings[0].Help == "" || findings[0].Severity != diag.Error {
				t.Fatalf("found %v, want one %s", findings, test.code)
			}
			switch test.code {
			case tree.CodeAliasCycle, tree.CodeNumber: // the rest can be read
				if root == nil {
					t.Error("no root")
				}
			default:
				if root != nil {
					t.Error("there is a root beyond the limit")
				}
			}
		})
	}
}

func TestTheNumberOfValuesOfOptionsHoldsForBothFormats(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"x.yaml": "a: [" + strings.Repeat("1, ", 96) + "]\n", // with its key, the array and the root: 99
		"x.json": `{"a": [` + strings.Repeat("1, ", 95) + "1]}",
		"y.yaml": "- &a [1, 2]\n- *a\n" + strings.Repeat("- x\n", 94),
	} {
		f := source.NewFile("memory:///"+name, name, []byte(text))
		if root, findings := tree.Parse(f, tree.Options{MaxNodes: 99}); root == nil || len(findings) > 0 {
			t.Errorf("%s: of 99 values %v", name, findings)
		}
		if root, findings := tree.Parse(f, tree.Options{MaxNodes: 98}); root != nil || len(findings) != 1 || findings[0].Code != tree.CodeTooManyValues {
			t.Errorf("%s: beyond 98 values %v", name, findings)
		}
	}
}

func TestOrdinaryUseOfAliasesIsWithinLimits(t *testing.T) {
	t.Parallel()
	text := "common: &common {a: 1, b: 2, c: 3}\nlist:\n" + strings.Repeat("- *common\n", 10_000) + "objects:\n" + strings.Repeat("- {<<: *common, d: 4}\n", 5_000)
	root := mustParse(t, "x.yaml", text)
	if got := root.At("/objects/4999/b").Value(); fmt.Sprint(got) != "2" {
		t.Errorf("the last merged value is %v", got)
	}
}

func TestManyFindingsAreCutOff(t *testing.T) {
	t.Parallel()
	_, findings := parse(t, "x.yaml", strings.Repeat("a: 1\n", 10_000))
	if len(findings) != 201 || findings[200].Code != tree.CodeManyFindings {
		t.Errorf("%d findings, the last %s", len(findings), findings[len(findings)-1].Code)
	}
}

func TestTheDepthOfOptionsHoldsForAllKindsOfNesting(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"[[[x]]]", "- - - x", "a: {b: [x]}", `{"a": {"b": [1]}}`} {
		f := source.NewFile("memory:///x", "x", []byte(text))
		if root, findings := tree.Parse(f, tree.Options{MaxDepth: 3}); root == nil || len(findings) > 0 {
			t.Errorf("%s within 3 levels: %v", text, findings)
		}
		if root, findings := tree.Parse(f, tree.Options{MaxDepth: 2}); root != nil || len(findings) != 1 || findings[0].Code != tree.CodeTooDeep {
			t.Errorf("%s within 2 levels: %v", text, findings)
		}
	}
}

func TestALargeDocumentIsReadInLittleMemory(t *testing.T) {
	text := []byte(large(2000))
	f := source.NewFile("memory:///large.yaml", "large.yaml", text)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	root, findings := tree.Parse(f, tree.Options{})
	runtime.ReadMemStats(&after)
	if root == nil || len(findings) > 0 {
		t.Fatal(findings)
	}
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 120 {
		t.Errorf("reading %d KB allocates %d MB", len(text)>>10, used)
	}
}
