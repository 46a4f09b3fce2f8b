package amqp1

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/Azure/go-amqp"
)

// The types of values that stand in header-types: all but string and binary,
// which show by themselves.
const (
	typeString = "string"
	typeBinary = "binary"
	typeList   = "list"
	typeMap    = "map"
	typeNull   = "null"
)

// typed is a text as a value of that type; without one it is a string, or
// binary where it is not UTF-8.
func typed(name string, text []byte, kind string) (any, error) {
	value, err := valueOf(text, kind)
	if err != nil {
		return nil, fmt.Errorf("header %s cannot be sent as %s: %w", name, kind, err)
	}
	return value, nil
}

func valueOf(text []byte, kind string) (any, error) {
	switch kind {
	case "":
		if utf8.Valid(text) {
			return string(text), nil
		}
		return slices.Clone(text), nil
	case typeString:
		return string(text), nil
	case typeBinary:
		return slices.Clone(text), nil
	case "symbol":
		return amqp.Symbol(text), nil
	case typeNull:
		return nil, nil
	case "boolean":
		return strconv.ParseBool(string(text))
	case "timestamp":
		return time.Parse(time.RFC3339, string(text))
	case "uuid":
		return parseUUID(string(text))
	case typeList, typeMap:
		return fromJSON(text, kind)
	case "float":
		n, err := strconv.ParseFloat(string(text), 32)
		return float32(n), err
	case "double":
		return strconv.ParseFloat(string(text), 64)
	}
	return integer(string(text), kind)
}

// integer is a whole number of a type.
func integer(text, kind string) (any, error) {
	bits, ok := map[string]int{
		"byte": 8, "short": 16, "int": 32, "long": 64, "ubyte": 8, "ushort": 16, "uint": 32, "ulong": 64,
	}[kind]
	if !ok {
		return nil, errors.New("there is no such type; there is boolean, byte, short, int, long, ubyte, ushort, uint, ulong, float, double, timestamp, uuid, binary, string, symbol, null")
	}
	if strings.HasPrefix(kind, "u") {
		n, err := strconv.ParseUint(text, 10, bits)
		switch bits {
		case 8:
			return uint8(n), err
		case 16:
			return uint16(n), err
		case 32:
			return uint32(n), err
		}
		return n, err
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

func parseUUID(text string) (amqp.UUID, error) {
	var id amqp.UUID
	data, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(data) != len(id) {
		return id, errors.New("it is no UUID")
	}
	copy(id[:], data)
	return id, nil
}

// fromJSON reads a list or a map that was written as JSON.
func fromJSON(text []byte, kind string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, errors.New("it is no JSON")
	}
	value = plain(value)
	_, isMap := value.(map[string]any)
	_, isList := value.([]any)
	if kind == typeMap && !isMap || kind == typeList && !isList {
		return nil, errors.New("it is another type in JSON")
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
		for name := range v {
			v[name] = plain(v[name])
		}
	}
	return value
}

// textOf writes a value as text, and says its type.
func textOf(value any) (text []byte, kind string) {
	switch v := value.(type) {
	case nil:
		return nil, typeNull
	case string:
		return []byte(v), typeString
	case amqp.Symbol:
		return []byte(v), "symbol"
	case []byte:
		return v, typeBinary
	case bool:
		return strconv.AppendBool(nil, v), "boolean"
	case float32:
		return strconv.AppendFloat(nil, float64(v), 'g', -1, 32), "float"
	case float64:
		return strconv.AppendFloat(nil, v, 'g', -1, 64), "double"
	case time.Time:
		return v.UTC().AppendFormat(nil, time.RFC3339Nano), "timestamp"
	case amqp.UUID:
		return []byte(v.String()), "uuid"
	case map[string]any, map[any]any, map[amqp.Symbol]any:
		return asJSON(v), typeMap
	}
	if text, kind := wholeText(value); kind != "" {
		return text, kind
	}
	return asJSON(value), typeList
}

func wholeText(value any) (text []byte, kind string) {
	switch v := value.(type) {
	case int8:
		return strconv.AppendInt(nil, int64(v), 10), "byte"
	case int16:
		return strconv.AppendInt(nil, int64(v), 10), "short"
	case int32:
		return strconv.AppendInt(nil, int64(v), 10), "int"
	case int64:
		return strconv.AppendInt(nil, v, 10), "long"
	case uint8:
		return strconv.AppendUint(nil, uint64(v), 10), "ubyte"
	case uint16:
		return strconv.AppendUint(nil, uint64(v), 10), "ushort"
	case uint32:
		return strconv.AppendUint(nil, uint64(v), 10), "uint"
	case uint64:
		return strconv.AppendUint(nil, v, 10), "ulong"
	}
	return nil, ""
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
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, item := range v {
			m[name] = jsonable(item)
		}
		return m
	case map[any]any:
		m := make(map[string]any, len(v))
		for name, item := range v {
			text, _ := textOf(name)
			m[string(text)] = jsonable(item)
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
	case time.Time, amqp.UUID:
		text, _ := textOf(v)
		return string(text)
	}
	return value
}
