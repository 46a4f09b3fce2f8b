// Package gotype says what a type of Go looks like in messages: which of its
// fields encoding/json writes, under which names, and what becomes of the types
// of the standard library. It exists so that whoever reads types, from source or
// from a program that runs, means the same by them.
//
// It must not know where types come from, nor any language of schemas.
package gotype

// Kind is what the values of a type are in JSON.
type Kind int

// The kinds.
const (
	// Unknown is what nobody can tell from the type; Type.Why says why.
	Unknown Kind = iota
	Bool
	Int
	Uint
	Float
	String
	// Bytes are a slice of bytes: text in base64.
	Bytes
	// Time is an instant: text by RFC 3339.
	Time
	// Duration is a number of nanoseconds.
	Duration
	// Number is a number that keeps its digits: json.Number.
	Number
	// BigInt is an integer without bounds.
	BigInt
	// UUID is text.
	UUID
	// Decimal is a decimal number as text.
	Decimal
	// Text is text of a form of its own, by MarshalText.
	Text
	// Any is any value.
	Any
	Struct
	// List is a slice or an array.
	List
	Map
	Pointer
)

// Place is where something is declared: bytes of a text, [Start, End).
type Place struct{ Start, End int }

// Type is a type of Go.
type Type struct {
	Kind Kind
	// Bits is the size of numbers; int and uint have 64.
	Bits int
	// Name is that of a declared type, and Doc its comment.
	Name, Doc string
	// Elem is the type of the parts of a list or a map, or what a pointer points to.
	Elem *Type
	// Key is the type of the keys of a map.
	Key *Type
	// Len is the length of an array, or -1 of a slice.
	Len int
	// Fields are those of a struct as declared; Members says which are written.
	Fields []*Field
	// Values are the constants of a named type, where it has some.
	Values []Value
	// Unclear is a constant of the type of which the value could not be told, so
	// that there are no Values; nil where there is none.
	Unclear *Unclear
	// Own says that the type writes its own JSON, by MarshalJSON or MarshalText: a
	// struct that embeds it does, too.
	Own bool
	// Why says why the kind is Unknown, for people.
	Why string
	// At is where the type is declared.
	At Place
}

// Field is a field of a struct.
type Field struct {
	// Name is that in Go, and Doc its comment.
	Name, Doc string
	Type      *Type
	// Tag is what the source has between backquotes.
	Tag      string
	Embedded bool
	At       Place
}

// Value is a constant: a string, or an integer in digits.
type Value struct {
	Name, Doc string
	Text      string
}

// Unclear is a constant without a known value, and where it is declared.
type Unclear struct {
	Name string
	At   Place
}

// Standard is what types of the standard library, and a few that everybody
// uses, are in JSON; nil is a type of which that is not known. Pkg is the path
// of the import.
func Standard(pkg, name string) *Type {
	of := func(kind Kind) *Type { return &Type{Kind: kind, Own: true, Len: -1} }
	switch pkg + "." + name {
	case "time.Time":
		return of(Time)
	case "time.Duration":
		return &Type{Kind: Duration, Bits: 64}
	case "time.Month", "time.Weekday":
		return &Type{Kind: Int, Bits: 64}
	case "encoding/json.RawMessage", "encoding/json/jsontext.Value", "github.com/go-json-experiment/json/jsontext.Value":
		return of(Any)
	case "encoding/json.Number":
		return &Type{Kind: Number}
	case "math/big.Int":
		return of(BigInt)
	case "math/big.Float", "math/big.Rat", "net.IP", "net/netip.Addr", "net/netip.AddrPort", "net/netip.Prefix", "log/slog.Level", "regexp.Regexp":
		return of(Text)
	case "github.com/google/uuid.UUID", "github.com/gofrs/uuid.UUID", "github.com/gofrs/uuid/v5.UUID", "github.com/satori/go.uuid.UUID":
		return of(UUID)
	case "github.com/shopspring/decimal.Decimal", "github.com/cockroachdb/apd/v3.Decimal":
		return of(Decimal)
	}
	return nil
}

// Deref is a type without its pointers.
func (t *Type) Deref() *Type {
	for range maxPointers {
		if t.Kind != Pointer {
			break
		}
		t = t.Elem
	}
	return t
}

// maxPointers bounds how many pointers are followed: a type may point to itself.
const maxPointers = 100
