package amqp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/driver"
)

// The headers that are not the application's.
const (
	headerContentType = "content-type" // the property
	headerMillis      = "timestamp_in_ms"
	headerCC          = "CC"
	headerBCC         = "BCC"
)

// argument is a plain text as the value that it looks like.
func argument(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	switch text {
	case "true":
		return true
	case "false":
		return false
	}
	return text
}

// putHeaders writes headers into a publishing.
func putHeaders(p *amqp091.Publishing, headers []driver.Header, types map[string]string) error {
	for _, h := range headers {
		if len(h.Name) > maxName {
			return fmt.Errorf("the name of a header has %d bytes, the limit is %d", len(h.Name), maxName)
		}
		if strings.EqualFold(h.Name, headerContentType) && len(h.Value) <= maxName && p.ContentType == "" && utf8.Valid(h.Value) {
			p.ContentType = string(h.Value)
			continue
		}
		value, err := typed(h, types[h.Name])
		if err != nil {
			return err
		}
		if p.Headers == nil {
			p.Headers = make(amqp091.Table, len(headers))
		}
		addHeader(p.Headers, h.Name, value)
	}
	return nil
}

// addHeader adds a value; a name that repeats, and one whose value is a list to
// brokers, becomes a list.
func addHeader(t amqp091.Table, name string, value any) {
	before, there := t[name]
	switch list := before.(type) {
	case []any:
		t[name] = append(list, value)
	default:
		switch {
		case there:
			t[name] = []any{before, value}
		case name == headerCC || name == headerBCC:
			t[name] = []any{value}
		default:
			t[name] = value
		}
	}
}

// typed is a header's value as the type of that letter; without one it is a
// string or bytes.
func typed(h driver.Header, letter string) (any, error) {
	text := string(h.Value)
	var value any
	var err error
	switch letter {
	case "":
		if utf8.Valid(h.Value) {
			return text, nil
		}
		return slices.Clone(h.Value), nil
	case "S":
		return text, nil
	case "x":
		return slices.Clone(h.Value), nil
	case "t":
		value, err = strconv.ParseBool(text)
	case "b", "B", "s", "u", "I", "i", "l":
		value, err = integer(text, letter)
	case "f":
		var n float64
		n, err = strconv.ParseFloat(text, 32)
		value = float32(n)
	case "d":
		value, err = strconv.ParseFloat(text, 64)
	case "D":
		value, err = decimal(text)
	case "T":
		value, err = time.Parse(time.RFC3339, text)
	case "V":
		return nil, nil
	case "F", "A":
		value, err = fromJSON(h.Value, letter)
	default:
		return nil, fmt.Errorf("header %s has the unknown type %q", h.Name, letter)
	}
	if err != nil {
		return nil, fmt.Errorf("header %s cannot be sent as type %q", h.Name, letter)
	}
	return value, nil
}

func integer(text, letter string) (any, error) {
	bits := map[string]int{"b": 8, "B": 8, "s": 16, "u": 16, "I": 32, "i": 32, "l": 64}[letter]
	if letter == "B" || letter == "u" || letter == "i" {
		n, err := strconv.ParseUint(text, 10, bits)
		switch letter {
		case "B":
			return uint8(n), err
		case "u":
			return uint16(n), err
		}
		return uint32(n), err
	}
	n, err := strconv.ParseInt(text, 10, bits)
	switch bits {
	case 8:
		return int8(n), err
	case 16:
		return int16(n), err
	case 32:
		return int32(n), err
	}
	return n, err
}

func decimal(text string) (amqp091.Decimal, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole+fraction, 10, 32)
	if len(fraction) > math.MaxUint8 {
		return amqp091.Decimal{}, strconv.ErrRange
	}
	return amqp091.Decimal{Scale: uint8(len(fraction)), Value: int32(n)}, err
}

// fromJSON reads a table or a list that was written as JSON.
func fromJSON(text []byte, letter string) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	value = plain(value)
	_, isTable := value.(amqp091.Table)
	_, isList := value.([]any)
	if letter == "F" && !isTable || letter == "A" && !isList {
		return nil, fmt.Errorf("not of type %s", letter)
	}
	return value, nil
}

func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		n, _ := v.Float64()
		return n
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		t := make(amqp091.Table, len(v))
		for name, item := range v {
			t[name] = plain(item)
		}
		return t
	}
	return value
}

// readHeaders makes headers of a table, but for one that is ours, sorted by name
// as the table has no order, and says which are neither strings nor bytes.
func readHeaders(t amqp091.Table, without string) (headers []driver.Header, types string) {
	var few [16]string // most tables need no other memory
	names := few[:0]
	for name := range t {
		if name != without {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, ""
	}
	slices.Sort(names)
	headers = make([]driver.Header, 0, len(names)+1) // and the content type
	var letters url.Values
	for _, name := range names {
		alone := [1]any{t[name]}
		list, isList := t[name].([]any)
		if !isList || !flat(list) {
			list = alone[:]
		}
		for _, value := range list {
			text, letter := headerText(value)
			headers = append(headers, driver.Header{Name: name, Value: text})
			if letter == "S" || letter == "x" {
				continue
			}
			if letters == nil {
				letters = url.Values{}
			}
			letters.Set(name, letter)
		}
	}
	return headers, letters.Encode()
}

// flat reports whether a list can be a name that repeats: plain values of one
// type, at least one.
func flat(list []any) bool {
	if len(list) == 0 {
		return false
	}
	_, first := headerText(list[0])
	for _, value := range list {
		if _, letter := headerText(value); letter != first {
			return false
		}
	}
	return first != "A" && first != "F" && first != "V"
}

// headerText writes a value as text, and the letter of its type.
func headerText(value any) (text []byte, letter string) {
	switch v := value.(type) {
	case string:
		return []byte(v), "S"
	case []byte:
		return v, "x"
	case bool:
		return strconv.AppendBool(nil, v), "t"
	case int8:
		return strconv.AppendInt(nil, int64(v), 10), "b"
	case uint8:
		return strconv.AppendInt(nil, int64(v), 10), "B"
	case int16:
		return strconv.AppendInt(nil, int64(v), 10), "s"
	case uint16:
		return strconv.AppendInt(nil, int64(v), 10), "u"
	case int32:
		return strconv.AppendInt(nil, int64(v), 10), "I"
	case uint32:
		return strconv.AppendInt(nil, int64(v), 10), "i"
	case int64:
		return strconv.AppendInt(nil, v, 10), "l"
	case float32:
		return strconv.AppendFloat(nil, float64(v), 'g', -1, 32), "f"
	case float64:
		return strconv.AppendFloat(nil, v, 'g', -1, 64), "d"
	case amqp091.Decimal:
		return decimalText(v), "D"
	case time.Time:
		return v.UTC().AppendFormat(nil, time.RFC3339), "T"
	case []any:
		return asJSON(v), "A"
	case amqp091.Table:
		return asJSON(v), "F"
	}
	return nil, "V"
}

func decimalText(d amqp091.Decimal) []byte {
	digits := strconv.FormatInt(int64(d.Value), 10)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if missing := int(d.Scale) + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	if d.Scale == 0 {
		return []byte(sign + digits)
	}
	point := len(digits) - int(d.Scale)
	return []byte(sign + digits[:point] + "." + digits[point:])
}

func asJSON(value any) []byte {
	text, err := json.Marshal(jsonable(value))
	if err != nil {
		return []byte(fmt.Sprint(value)) // a number that is none in JSON
	}
	return text
}

// jsonable writes what JSON has no type for as text.
func jsonable(value any) any {
	switch v := value.(type) {
	case amqp091.Table:
		m := make(map[string]any, len(v))
		for name, item := range v {
			m[name] = jsonable(item)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = jsonable(item)
		}
		return list
	case []byte:
		return strings.ToValidUTF8(string(v), "\uFFFD")
	case amqp091.Decimal:
		return json.Number(decimalText(v))
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	}
	return value
}
