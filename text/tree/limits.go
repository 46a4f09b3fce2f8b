package tree

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

const (
	tooDeepHelp = "split the document and refer to its parts with $ref"
	tooManyHelp = "split the document into several files"
)

func tooDeepMessage(opt Options) string {
	return fmt.Sprintf("the document nests more than %d collections in one another", opt.MaxDepth)
}

func tooManyMessage(opt Options) string {
	return fmt.Sprintf("the document has more than %d keys and values", opt.MaxNodes)
}

// checkBytes refuses what no format could read: too much of it, or not text.
func checkBytes(f *source.File) *diag.Diagnostic {
	data := f.Data()
	problem := diag.Diagnostic{Severity: diag.Error, Span: source.Span{File: f}}
	switch {
	case len(data) > source.MaxSize:
		problem.Code = CodeTooLarge
		problem.Message = fmt.Sprintf("the document has %d bytes; the most that is read is %d", len(data), source.MaxSize)
		problem.Help = tooManyHelp
		return &problem
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		problem.Code = CodeEncoding
		problem.Span.End = 2
		problem.Message = "the document is written in UTF-16 or UTF-32, not in UTF-8"
		problem.Help = "save it as UTF-8"
		return &problem
	}
	at := invalidUTF8(data)
	if at < 0 {
		return nil
	}
	problem.Code = CodeEncoding
	problem.Span.Start, problem.Span.End = at, at+1
	problem.Message = fmt.Sprintf("the byte 0x%02x at offset %d is not valid UTF-8", data[at], at)
	problem.Help = "save the document as UTF-8"
	return &problem
}

// invalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}
