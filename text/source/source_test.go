package source_test

import (
	"testing"

	"github.com/weft-dev/weft/text/source"
)

func TestPositionsCountCharactersFromOne(t *testing.T) {
	t.Parallel()
	f := source.NewFile("memory:///a", "a", []byte("é: 1\r\nb: ü2\n\nend"))
	tests := []struct {
		offset, line, column int
	}{{0, 1, 1}, {2, 1, 2}, {7, 2, 1}, {10, 2, 4}, {12, 2, 5}, {14, 3, 1}, {15, 4, 1}, {18, 4, 4}, {99, 4, 4}, {-1, 1, 1}}
	for _, test := range tests {
		if got := f.Position(test.offset); got != (source.Position{Line: test.line, Column: test.column}) {
			t.Errorf("offset %d is %+v, want line %d, column %d", test.offset, got, test.line, test.column)
		}
	}
	for i, want := range []string{"", "é: 1", "b: ü2", "", "end", ""} {
		if got := string(f.Line(i)); got != want {
			t.Errorf("line %d is %q, want %q", i, got, want)
		}
	}
	if f.Lines() != 4 || f.LineStart(2) != 7 {
		t.Errorf("%d lines, the second at %d; want 4, at 7", f.Lines(), f.LineStart(2))
	}
}

func TestSpansOutsideOfTheFileAreBroughtInside(t *testing.T) {
	t.Parallel()
	f := source.NewFile("memory:///a", "a", []byte("abc"))
	for _, test := range []struct {
		start, end int
		want       string
	}{{0, 3, "abc"}, {1, 2, "b"}, {-5, 99, "abc"}, {2, 1, ""}, {5, 9, ""}} {
		if got := string(source.Span{File: f, Start: test.start, End: test.end}.Text()); got != test.want {
			t.Errorf("%d..%d is %q, want %q", test.start, test.end, got, test.want)
		}
	}
	if (source.Span{}).IsValid() || (source.Span{}).Text() != nil {
		t.Error("the zero span is somewhere")
	}
}
