package emulator

import (
	"crypto/md5" //nolint:gosec // the protocol's checksum, not a defence
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// attribute is one attribute of a message: text, a number, or bytes.
type attribute struct {
	DataType    string  `json:"DataType"`
	StringValue *string `json:"StringValue,omitempty"`
	BinaryValue []byte  `json:"BinaryValue,omitempty"`
}

// The most of a message's attributes, and of one's name.
const (
	maxAttributes    = 10
	maxAttributeName = 256
)

func (a attribute) kind() string {
	kind, _, _ := strings.Cut(a.DataType, ".")
	return kind
}

func (a attribute) value() []byte {
	if a.kind() == "Binary" {
		return a.BinaryValue
	}
	if a.StringValue == nil {
		return nil
	}
	return []byte(*a.StringValue)
}

func sum(text string) string {
	d := md5.Sum([]byte(text)) //nolint:gosec // as above
	return hex.EncodeToString(d[:])
}

// sumOf is the checksum of attributes: each by name, as length and bytes of its
// name, of its type, what it is, then length and bytes of its value.
func sumOf(attrs map[string]attribute) string {
	if len(attrs) == 0 {
		return ""
	}
	h := md5.New() //nolint:gosec // as above
	part := func(b []byte) {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b)))) //nolint:gosec // bounded by the size of a request
		h.Write(b)
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		a := attrs[name]
		part([]byte(name))
		part([]byte(a.DataType))
		kind := byte(1)
		if a.kind() == "Binary" {
			kind = 2
		}
		h.Write([]byte{kind})
		part(a.value())
	}
	return hex.EncodeToString(h.Sum(nil))
}

// checkAttributes refuses attributes that the services refuse.
func checkAttributes(attrs map[string]attribute) *failure {
	if len(attrs) > maxAttributes {
		return badValue("Number of message attributes [%d] exceeds the allowed maximum [%d].", len(attrs), maxAttributes)
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		a := attrs[name]
		switch {
		case !isAttributeName(name):
			return badValue("The message attribute name %q is invalid.", name)
		case a.kind() != "String" && a.kind() != "Number" && a.kind() != "Binary":
			return badValue("The message attribute %q has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.", name)
		case len(a.value()) == 0:
			return badValue("The message attribute %q must contain a non-empty message attribute value.", name)
		case a.kind() != "Binary" && !isText(*a.StringValue):
			return badValue("The message attribute %q has invalid characters.", name)
		}
	}
	return nil
}

func isAttributeName(name string) bool {
	lower := strings.ToLower(name)
	if name == "" || len(name) > maxAttributeName || strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon.") {
		return false
	}
	if name[0] == '.' || name[len(name)-1] == '.' || strings.Contains(name, "..") {
		return false
	}
	for _, c := range []byte(name) {
		if !isWord(c) && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// isText reports whether a body is made of the characters that XML has.
func isText(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, r := range text {
		switch {
		case r == '\t', r == '\n', r == '\r', r >= 0x20 && r <= 0xd7ff, r >= 0xe000 && r <= 0xfffd, r >= 0x10000:
		default:
			return false
		}
	}
	return true
}

func sizeOf(body string, attrs map[string]attribute) int {
	size := len(body)
	for name, a := range attrs {
		size += len(name) + len(a.DataType) + len(a.value())
	}
	return size
}

// pick returns the attributes that a receiver asked for.
func pick(attrs map[string]attribute, names []string) map[string]attribute {
	some := make(map[string]attribute)
	for name, a := range attrs {
		if slices.ContainsFunc(names, func(want string) bool { return wanted(name, want) }) {
			some[name] = a
		}
	}
	return some
}

func wanted(name, want string) bool {
	prefix, any := strings.CutSuffix(want, ".*")
	return want == "All" || want == ".*" || want == name || any && strings.HasPrefix(name, prefix)
}
