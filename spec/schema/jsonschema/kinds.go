package jsonschema

import "encoding/json"

// kinds is a set of the kinds of value that "type" can name.
type kinds uint8

const (
	nullKind kinds = 1 << iota
	booleanKind
	numberKind
	integerKind
	stringKind
	arrayKind
	objectKind
)

// kindNames are in the order of the bits, which is that of messages.
var kindNames = [...]string{"null", "boolean", "number", "integer", "string", "array", "object"}

func kindNamed(name string) kinds {
	for i, known := range kindNames {
		if name == known {
			return 1 << i
		}
	}
	return 0
}

func (k kinds) names() []string {
	var list []string
	for i, name := range kindNames {
		if k&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}

// kindOf returns the kind of a value, or 0 for what JSON has not.
func kindOf(v any) kinds {
	switch v.(type) {
	case string:
		return stringKind
	case json.Number:
		return numberKind
	case map[string]any:
		return objectKind
	case []any:
		return arrayKind
	case bool:
		return booleanKind
	case nil:
		return nullKind
	case float64, int, int64, float32, int8, int16, int32, uint, uint8, uint16, uint32, uint64:
		return numberKind
	}
	return 0
}

func isInteger(v any) bool {
	n, ok := exactOf(v)
	return ok && n.isInteger()
}
