package avro

import (
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// Kind is one of the kinds of schema that Avro has.
type Kind uint8

// The kinds. Zero is that of a schema that could not be read.
const (
	Null Kind = iota + 1
	Boolean
	Int
	Long
	Float
	Double
	Bytes
	String
	Record
	Enum
	Array
	Map
	Fixed
	Union
)

var kindNames = [...]string{
	"", "null", "boolean", "int", "long", "float", "double", "bytes", "string", "record", "enum", "array", "map", "fixed", "union",
}

// String returns the kind as schemas name it.
func (k Kind) String() string { return kindNames[k] }

// primitive returns the kind of a primitive type by its name, or 0.
func primitive(name string) Kind {
	for k := Null; k <= String; k++ {
		if kindNames[k] == name {
			return k
		}
	}
	return 0
}

// Named reports whether schemas of the kind have names.
func (k Kind) Named() bool { return k == Record || k == Enum || k == Fixed }

// Logical is a logical type: what the values of a type mean beyond their form.
type Logical string

// The logical types (specification 1.12, "Logical Types").
const (
	Decimal              Logical = "decimal"
	BigDecimal           Logical = "big-decimal"
	UUID                 Logical = "uuid"
	Date                 Logical = "date"
	TimeMillis           Logical = "time-millis"
	TimeMicros           Logical = "time-micros"
	TimestampMillis      Logical = "timestamp-millis"
	TimestampMicros      Logical = "timestamp-micros"
	TimestampNanos       Logical = "timestamp-nanos"
	LocalTimestampMillis Logical = "local-timestamp-millis"
	LocalTimestampMicros Logical = "local-timestamp-micros"
	LocalTimestampNanos  Logical = "local-timestamp-nanos"
	Duration             Logical = "duration"
)

// Type is a schema as it is meant. A named type is one Type wherever it is
// used; types may be recursive.
type Type struct {
	Kind Kind
	// Node is where the type is written; for a named type, its definition. It
	// is nil for a type that was made by a program.
	Node *tree.Node
	// Name is the full name of a named type: "com.example.Order".
	Name string
	// Aliases are further full names of a named type.
	Aliases []string
	Doc     string
	// Fields are those of a record, in the order of the bytes.
	Fields []*Field
	// Symbols are those of an enum.
	Symbols []string
	// Default is the symbol that an enum's readers take for one that they do
	// not know; "" for none.
	Default string
	// Size is the number of bytes of a fixed.
	Size int
	// Items is the type of an array's items or of a map's values.
	Items *Type
	// Branches are those of a union.
	Branches []*Type
	// Logical is the logical type; "" for none, and where it is to be ignored.
	Logical Logical
	// Precision and Scale are the digits of a decimal, in all and after the
	// point.
	Precision, Scale int

	fields  map[string]int // by name
	symbols map[string]int
}

// Field is a field of a record.
type Field struct {
	Name string
	// Node is the object that declares the field.
	Node    *tree.Node
	Type    *Type
	Aliases []string
	Doc     string
	// Order says how the field sorts records: "ascending" where nothing is
	// said, "descending" or "ignore".
	Order string
	// HasDefault says that there is a default, which Default then is, in the
	// form that Schema.Validate accepts.
	HasDefault bool
	Default    any
}

// Field returns a record's field by its name, or nil.
func (t *Type) Field(name string) *Field {
	if i, ok := t.fields[name]; ok {
		return t.Fields[i]
	}
	return nil
}

// Symbol returns the place of an enum's symbol, or -1.
func (t *Type) Symbol(name string) int {
	if i, ok := t.symbols[name]; ok {
		return i
	}
	return -1
}

// String names the type for people: "string", "record com.example.Order",
// "long (timestamp-millis)".
func (t *Type) String() string {
	switch {
	case t.Kind == 0:
		return "unknown"
	case t.Kind.Named():
		return t.Kind.String() + " " + shorten(t.Name)
	case t.Logical != "":
		return t.Kind.String() + " (" + string(t.Logical) + ")"
	case t.Kind == Union:
		names := make([]string, 0, len(t.Branches))
		for _, b := range t.Branches[:min(len(t.Branches), 8)] {
			names = append(names, b.branchName())
		}
		if more := len(t.Branches) - len(names); more > 0 {
			names = append(names, "…")
		}
		return "union of " + strings.Join(names, ", ")
	}
	return t.Kind.String()
}

// branchName is what a type is called in a union: its full name, or its kind
// (specification, "JSON Encoding").
func (t *Type) branchName() string {
	if t.Kind.Named() {
		return t.Name
	}
	return t.Kind.String()
}

// short is a name without its namespace.
func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// space is the namespace of a full name.
func space(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[:i]
	}
	return ""
}
