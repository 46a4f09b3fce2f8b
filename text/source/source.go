// Package source holds the texts weft was given and answers where in them
// something stands. It exists so that every finding, in every language of
// contract, can point at the exact bytes meant.
//
// It knows bytes, lines and where to open more of them. It must not know any
// format: not YAML, not JSON, not a specification.
package source

import (
	"sort"
	"sync"
	"unicode/utf8"
)

// MaxSize is the largest document that weft reads, in bytes. A contract is
// written by people; one beyond this size is a mistake or an attack.
const MaxSize = 32 << 20

// File is one text that was read whole. It never changes after NewFile, so it
// may be shared between goroutines.
type File struct {
	uri  string
	name string
	data []byte

	indexOnce  sync.Once
	lineStarts []int
}

// NewFile wraps data that was read from uri. The name is what people are
// shown; it is usually the path as they typed it.
func NewFile(uri, name string, data []byte) *File {
	return &File{uri: uri, name: name, data: data}
}

// URI is the absolute, canonical address of the file: "file:///…",
// "https://…" or "memory:///…".
func (f *File) URI() string { return f.uri }

// Name is the file's name as people are shown it.
func (f *File) Name() string { return f.name }

// Data returns the bytes of the file. They must not be changed.
func (f *File) Data() []byte { return f.data }

// Span is a range of bytes of one file: Start is its first byte and End the
// byte after its last. The zero Span is nowhere.
type Span struct {
	File  *File
	Start int
	End   int
}

// IsValid reports whether the span lies in a file.
func (s Span) IsValid() bool { return s.File != nil }

// Text returns the bytes that the span covers.
func (s Span) Text() []byte {
	if s.File == nil {
		return nil
	}
	start, end := s.File.clamp(s.Start), s.File.clamp(s.End)
	if end < start {
		return nil
	}
	return s.File.data[start:end]
}

// Range returns the span's two ends as positions for people.
func (s Span) Range() (start, end Position) {
	if s.File == nil {
		return Position{}, Position{}
	}
	return s.File.Position(s.Start), s.File.Position(s.End)
}

// Position is a place for people: lines and columns count from 1, columns
// count characters (Unicode code points). The zero Position is nowhere.
type Position struct {
	Line   int
	Column int
}

// Position turns a byte offset into a line and a column. An offset outside the
// file is brought to the nearest place inside it.
func (f *File) Position(offset int) Position {
	offset = f.clamp(offset)
	starts := f.lines()
	line := sort.SearchInts(starts, offset+1) - 1
	return Position{Line: line + 1, Column: utf8.RuneCount(f.data[starts[line]:offset]) + 1}
}

// Line returns the text of a line that counts from 1, without its line break,
// or nil where there is no such line.
func (f *File) Line(line int) []byte {
	starts := f.lines()
	if line < 1 || line > len(starts) {
		return nil
	}
	end := len(f.data)
	if line < len(starts) {
		end = starts[line] - 1
	}
	text := f.data[starts[line-1]:end]
	if len(text) > 0 && text[len(text)-1] == '\r' {
		text = text[:len(text)-1]
	}
	return text
}

// Lines returns how many lines the file has; an empty file has one.
func (f *File) Lines() int { return len(f.lines()) }

// LineStart returns the offset of the first byte of a line that counts from 1.
func (f *File) LineStart(line int) int {
	starts := f.lines()
	switch {
	case line < 1:
		return 0
	case line > len(starts):
		return len(f.data)
	}
	return starts[line-1]
}

func (f *File) clamp(offset int) int {
	return max(0, min(offset, len(f.data)))
}

func (f *File) lines() []int {
	f.indexOnce.Do(func() {
		starts := make([]int, 1, 1+len(f.data)/32)
		for i, c := range f.data {
			if c == '\n' {
				starts = append(starts, i+1)
			}
		}
		f.lineStarts = starts
	})
	return f.lineStarts
}
