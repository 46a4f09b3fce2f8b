package tree

import (
	"bytes"
	"slices"
)

// acceptYAML12 returns a text whose "%YAML 1.2" the library takes: it knows
// the directive of YAML 1.1 only, though it reads the language of 1.2. The
// text keeps its length, so that every place stays what it was.
func acceptYAML12(text []byte) []byte {
	for start := 0; start < len(text); {
		end := lineEnd(text, start)
		line := text[start:end]
		switch {
		case bytes.HasPrefix(line, []byte("%YAML")):
			return lowerVersion(text, start, end)
		case len(line) == 0, line[0] == '#', line[0] == '%':
		default:
			return text // directives stand before everything else
		}
		if end == len(text) {
			break
		}
		start = end + breakSize(text, end)
	}
	return text
}

func lowerVersion(text []byte, start, end int) []byte {
	fields := bytes.Fields(text[start:end])
	if len(fields) < 2 || len(fields[1]) != 3 || !bytes.HasPrefix(fields[1], []byte("1.")) {
		return text
	}
	digit := start + bytes.Index(text[start:end], fields[1]) + 2
	if text[digit] < '0' || text[digit] > '9' {
		return text
	}
	text = slices.Clone(text)
	text[digit] = '1'
	return text
}
