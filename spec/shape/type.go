package shape

import (
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Type says what may stand at a place. Types are made by the functions of this
// package and refined by their methods, which change and return the receiver:
//
//	shape.List(shape.String().NonEmpty()).Unique()
type Type struct {
	kind typeKind
	// words replace the derived description in "should be …".
	words string
	ref   refRule

	// Scalars.
	format  string
	pattern string
	fits    *pattern // pattern, for a Set
	hint    string   // the pattern in words
	enum    []string
	min     bound
	max     bound
	above   bound
	minLen  int
	maxLen  int // characters; 0: no limit

	// Lists and maps.
	elem     *Type
	keys     string
	keysFit  *pattern
	keysHint string
	keysSoft bool
	keyForm  string // a format for keys
	minItems int
	maxItems int // 0: no limit
	unique   bool

	// Objects: the name as written, and what it stands for once compiled.
	name   string
	object *compiled

	// Unions. A named type is a union of one, found when compiled.
	named        string
	alternatives []*Type
	choose       chooser
	// byPlace says that where the value stands decides, and not what it is.
	byPlace bool

	then  Check
	grade *grade
}

type typeKind uint8

const (
	anyType typeKind = iota
	stringType
	booleanType
	integerType
	numberType
	nullType
	listType
	mapType
	objectType
	unionType
)

type refRule uint8

const (
	refNever refRule = iota
	refMay
	refMust
)

type bound struct {
	set   bool
	value float64
}

// grade replaces the code and severity of the findings below a type.
type grade struct {
	code     string
	severity diag.Severity
}

// Check looks at a node that has the right kind and reports what else is wrong.
type Check func(*Context, *tree.Node)

// Any is any value at all, and is not looked into.
func Any() *Type { return &Type{kind: anyType} }

// String is a string.
func String() *Type { return &Type{kind: stringType} }

// Boolean is true or false.
func Boolean() *Type { return &Type{kind: booleanType} }

// Integer is a number without a fraction.
func Integer() *Type { return &Type{kind: integerType} }

// Number is a number.
func Number() *Type { return &Type{kind: numberType} }

// Null is null, or no value after a YAML key.
func Null() *Type { return &Type{kind: nullType} }

// List is a list of values of one type.
func List(elem *Type) *Type { return &Type{kind: listType, elem: elem} }

// Map is an object whose keys are names the author chooses.
func Map(elem *Type) *Type { return &Type{kind: mapType, elem: elem} }

// Is is the object of that name in the same tables.
func Is(object string) *Type { return &Type{kind: objectType, name: object} }

// Named is the type of that name in the same tables: for types that are no
// objects but hold themselves, such as a list that may hold lists.
func Named(name string) *Type { return &Type{kind: unionType, named: name, choose: first} }

func first(*Context, *Type, *tree.Node) int { return 0 }

// Format asks for a string of a format: "uri", "uri-reference", "uri-template",
// "email" or "regex". A finding for it has the code CodeBadFormat.
func (t *Type) Format(name string) *Type { t.format = name; return t }

// Pattern asks for a string that fits a regular expression (RE2), which words
// describe after "should be": "a version such as 1.0.0".
func (t *Type) Pattern(expr, words string) *Type { t.pattern, t.hint = expr, words; return t }

// Enum asks for one of these values, of a string or (as decimals) an integer.
func (t *Type) Enum(values ...string) *Type { t.enum = values; return t }

// NonEmpty asks for at least one character.
func (t *Type) NonEmpty() *Type { t.minLen = 1; return t }

// MaxLength asks for at most n characters.
func (t *Type) MaxLength(n int) *Type { t.maxLen = n; return t }

// Min asks for a number of at least v.
func (t *Type) Min(v float64) *Type { t.min = bound{true, v}; return t }

// Max asks for a number of at most v.
func (t *Type) Max(v float64) *Type { t.max = bound{true, v}; return t }

// Above asks for a number greater than v.
func (t *Type) Above(v float64) *Type { t.above = bound{true, v}; return t }

// MinItems asks for at least n items of a list or entries of a map.
func (t *Type) MinItems(n int) *Type { t.minItems = n; return t }

// MaxItems asks for at most n items of a list or entries of a map.
func (t *Type) MaxItems(n int) *Type { t.maxItems = n; return t }

// Unique asks that no two items of a list are equal.
func (t *Type) Unique() *Type { t.unique = true; return t }

// Keys asks that the keys of a map fit a regular expression (RE2), which words
// describe: "letters, digits, ".", "-" and "_"".
func (t *Type) Keys(expr, words string) *Type { t.keys, t.keysHint = expr, words; return t }

// KeysShould is Keys for names that tools accept although the specification
// does not: a finding is a warning.
func (t *Type) KeysShould(expr, words string) *Type {
	t.keys, t.keysHint, t.keysSoft = expr, words, true
	return t
}

// KeyFormat asks that the keys of a map have a format; see Format.
func (t *Type) KeyFormat(name string) *Type { t.keyForm = name; return t }

// OrRef lets a Reference Object stand in place of the value. It is followed,
// and what it leads to is checked as this type. Where the object has a field
// "$ref" of its own, the fields beside it are checked; elsewhere they are a
// warning, since nobody reads them.
func (t *Type) OrRef() *Type { t.ref = refMay; return t }

// MustRef asks for a Reference Object. It is followed as with OrRef.
func (t *Type) MustRef() *Type { t.ref = refMust; return t }

// Called replaces the description of the type in "should be …".
func (t *Type) Called(words string) *Type { t.words = words; return t }

// Then adds a check of values that have the right kind.
func (t *Type) Then(check Check) *Type { t.then = check; return t }

// Grade gives every finding at or below this type one code, without the
// prefix, and one severity. It is for what a specification leaves to others:
// the parts of a document that may be judged, but not as strictly.
func (t *Type) Grade(code string, severity diag.Severity) *Type {
	t.grade = &grade{code: code, severity: severity}
	return t
}

// chooser picks the alternative that a value is meant to be, as an index, or
// reports and returns -1 if that cannot be said.
type chooser func(*Context, *Type, *tree.Node) int

// Either is one of several types. The kind of the value decides; of several
// objects, the one whose fields are nearest to those there.
func Either(types ...*Type) *Type {
	return &Type{kind: unionType, alternatives: types, choose: nearestAlternative}
}

// Case is one alternative of a Switch: the values of the field, and the type.
// A case without values is for objects that do not have the field.
type Case struct {
	Values []string
	Type   *Type
}

// When is a Case.
func When(t *Type, values ...string) Case { return Case{Values: values, Type: t} }

// Switch is an object whose kind is told by the string in one of its fields.
// An unknown string is one finding, with the nearest known one. Where the field
// is missing and no Case is without values, that is the finding.
func Switch(field string, cases ...Case) *Type {
	t := &Type{kind: unionType, choose: chooseByValue(field, cases)}
	for _, c := range cases {
		t.alternatives = append(t.alternatives, c.Type)
	}
	return t
}

// IfHas is the first type for an object that has the field, or else the second.
func IfHas(field string, then, otherwise *Type) *Type {
	return Pick(func(n *tree.Node) int {
		if n.Has(field) {
			return 0
		}
		return 1
	}, then, otherwise)
}

// PickByPlace is Pick for a function that looks only at what stands around the
// value: what it chooses for a reference holds for what that leads to.
func PickByPlace(choose func(*tree.Node) int, types ...*Type) *Type {
	t := Pick(choose, types...)
	t.byPlace = true
	return t
}

// Pick is the type whose index the function returns.
func Pick(choose func(*tree.Node) int, types ...*Type) *Type {
	return &Type{
		kind:         unionType,
		alternatives: types,
		choose:       func(_ *Context, _ *Type, n *tree.Node) int { return choose(n) },
	}
}
