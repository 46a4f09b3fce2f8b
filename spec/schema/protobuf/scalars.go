package protobuf

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weft-dev/weft/text/diag"
)

// kindName is the word of the text that a value of a field goes by.
func kindName(f protoreflect.FieldDescriptor) string {
	switch {
	case f.Message() != nil:
		return "message"
	case f.Enum() != nil:
		return "enum"
	}
	return f.Kind().String()
}

// kindWord describes the values of a field.
func kindWord(f protoreflect.FieldDescriptor) string {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return "true or false"
	case protoreflect.StringKind:
		return "a string"
	case protoreflect.BytesKind:
		return "bytes in base64"
	case protoreflect.EnumKind:
		return "a value of " + string(f.Enum().Name())
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return messageWord(f.Message())
	}
	return numberWord(f.Kind())
}

func messageWord(m protoreflect.MessageDescriptor) string {
	switch m.FullName() {
	case "google.protobuf.Timestamp":
		return timestampWord
	case "google.protobuf.Duration":
		return durationWord
	case "google.protobuf.ListValue":
		return "an array"
	}
	return "an object"
}

func numberWord(kind protoreflect.Kind) string {
	switch kind {
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return "a number"
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return "a whole number of 32 bits"
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return "a whole number of 32 bits that is not negative"
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return "a whole number of 64 bits that is not negative"
	}
	return "a whole number of 64 bits"
}

// scalarFault says why a value is none of a field that holds no message, or "".
func scalarFault(value any, f protoreflect.FieldDescriptor) string {
	wrong := "must be " + kindWord(f) + ", is " + describe(value)
	switch f.Kind() {
	case protoreflect.BoolKind:
		if _, ok := value.(bool); ok {
			return ""
		}
		return wrong
	case protoreflect.StringKind:
		text, ok := value.(string)
		if ok && utf8.ValidString(text) {
			return ""
		}
		return wrong
	case protoreflect.BytesKind:
		if text, ok := value.(string); ok && isBase64(text) {
			return ""
		}
		return wrong
	case protoreflect.EnumKind:
		return enumFault(value, f.Enum())
	}
	return numeric(value, f.Kind(), wrong)
}

// numeric judges a number, which may be written as a string.
func numeric(value any, kind protoreflect.Kind, wrong string) string {
	text := ""
	switch v := value.(type) {
	case json.Number:
		text = v.String()
	case string:
		if special(v) {
			if kind == protoreflect.FloatKind || kind == protoreflect.DoubleKind {
				return ""
			}
			return wrong
		}
		text = v
	default:
		return wrong
	}
	if numberFault(text, kind) != "" {
		return wrong
	}
	return ""
}

func special(s string) bool { return s == "NaN" || s == "Infinity" || s == "-Infinity" }

// numberFault says what a text should be to be a number of a kind, or "".
func numberFault(text string, kind protoreflect.Kind) string {
	if !isJSONNumber(text) {
		return numberWord(kind)
	}
	switch kind {
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		bits := 64
		if kind == protoreflect.FloatKind {
			bits = 32
		}
		if _, err := strconv.ParseFloat(text, bits); err != nil {
			return numberWord(kind)
		}
		return ""
	}
	n := integer(text)
	if n == nil {
		return numberWord(kind)
	}
	low, high := bounds(kind)
	if n.Cmp(low) < 0 || n.Cmp(high) > 0 {
		return numberWord(kind)
	}
	return ""
}

// isJSONNumber reports whether a text is a number by the grammar of JSON.
func isJSONNumber(text string) bool {
	rest := strings.TrimPrefix(text, "-")
	whole := digits(rest)
	if whole == 0 || whole > 1 && rest[0] == '0' {
		return false
	}
	rest = rest[whole:]
	if fraction, ok := strings.CutPrefix(rest, "."); ok {
		n := digits(fraction)
		if n == 0 {
			return false
		}
		rest = fraction[n:]
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	rest = rest[1:]
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	return rest != "" && digits(rest) == len(rest)
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// integer returns a number that has no fraction, as 1e2 and 1.0 have none, or
// nil. Numbers that no integer type could hold are nil too, so that a long
// exponent costs nothing.
func integer(text string) *big.Int {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	fraction = strings.TrimRight(fraction, "0")
	power := 0
	if exponent != "" {
		var err error
		if power, err = strconv.Atoi(exponent); err != nil {
			power = math.MinInt16
		}
	}
	all := strings.TrimLeft(whole+fraction, "0")
	if all == "" {
		return new(big.Int)
	}
	power -= len(fraction)
	for power < 0 && strings.HasSuffix(all, "0") {
		all, power = all[:len(all)-1], power+1
	}
	if power < 0 || power+len(all) > 20 {
		return nil
	}
	n, ok := new(big.Int).SetString(all+strings.Repeat("0", power), 10)
	if !ok {
		return nil
	}
	if strings.HasPrefix(mantissa, "-") {
		n.Neg(n)
	}
	return n
}

func bounds(kind protoreflect.Kind) (low, high *big.Int) {
	switch kind {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return big.NewInt(math.MinInt32), big.NewInt(math.MaxInt32)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return new(big.Int), big.NewInt(math.MaxUint32)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return new(big.Int), new(big.Int).SetUint64(math.MaxUint64)
	}
	return big.NewInt(math.MinInt64), big.NewInt(math.MaxInt64)
}

// isBase64 reports whether a text is in base64, in either alphabet, with or
// without padding.
func isBase64(text string) bool {
	encoding := base64.StdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.URLEncoding
	}
	if len(text)%4 != 0 {
		encoding = encoding.WithPadding(base64.NoPadding)
	}
	_, err := encoding.DecodeString(text)
	return err == nil && !strings.ContainsAny(text, "\r\n")
}

// enumFault says why a value is none of an enum. An open enum takes numbers
// that have no name.
func enumFault(value any, e protoreflect.EnumDescriptor) string {
	values := e.Values()
	switch v := value.(type) {
	case nil:
		if e.FullName() == "google.protobuf.NullValue" {
			return ""
		}
	case string:
		if values.ByName(protoreflect.Name(v)) != nil {
			return ""
		}
		var names []string
		for i := range min(values.Len(), maxSuggested) {
			names = append(names, string(values.Get(i).Name()))
		}
		if hint := diag.DidYouMean(v, names); hint != "" {
			return quote(v) + " is no value of " + string(e.Name()) + "; " + hint
		}
		return "must be " + someOf(names) + ", is " + quote(v)
	case json.Number:
		n := integer(v.String())
		if n == nil || !n.IsInt64() || n.Int64() < math.MinInt32 || n.Int64() > math.MaxInt32 {
			break
		}
		if e.IsClosed() && values.ByNumber(protoreflect.EnumNumber(n.Int64())) == nil {
			return "no value of " + string(e.Name()) + " has the number " + n.String()
		}
		return ""
	}
	return "must be a value of " + string(e.Name()) + ", is " + describe(value)
}

func someOf(names []string) string {
	const most = 8
	if len(names) > most {
		names = append(append([]string(nil), names[:most]...), strconv.Itoa(len(names)-most)+" others")
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// plainScalar is a value of a field in the JSON mapping.
func plainScalar(f protoreflect.FieldDescriptor, v protoreflect.Value) any {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return v.Bool()
	case protoreflect.StringKind:
		return v.String()
	case protoreflect.BytesKind:
		return base64.StdEncoding.EncodeToString(v.Bytes())
	case protoreflect.EnumKind:
		if f.Enum().FullName() == "google.protobuf.NullValue" {
			return nil
		}
		if named := f.Enum().Values().ByNumber(v.Enum()); named != nil {
			return string(named.Name())
		}
		return json.Number(strconv.Itoa(int(v.Enum())))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return json.Number(strconv.FormatInt(v.Int(), 10))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return json.Number(strconv.FormatUint(v.Uint(), 10))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return strconv.FormatUint(v.Uint(), 10)
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return plainFloat(v.Float(), f.Kind())
	}
	return strconv.FormatInt(v.Int(), 10)
}

func plainFloat(n float64, kind protoreflect.Kind) any {
	switch {
	case math.IsNaN(n):
		return "NaN"
	case math.IsInf(n, 1):
		return "Infinity"
	case math.IsInf(n, -1):
		return "-Infinity"
	}
	bits := 64
	if kind == protoreflect.FloatKind {
		bits = 32
	}
	return json.Number(strconv.FormatFloat(n, 'g', -1, bits))
}
