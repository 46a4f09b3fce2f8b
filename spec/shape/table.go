package shape

// Tables is one specification in all its versions.
type Tables struct {
	// Name begins every code: "asyncapi" gives "asyncapi/unknown-field".
	Name string
	// Title is the specification's name in sentences: "AsyncAPI".
	Title string
	// Root is the name of the object that a whole document is.
	Root string
	// Versions are those the tables describe, oldest first, as "2.6".
	Versions []string
	// Objects are the specification's objects; they refer to each other by name.
	Objects []Object
	// Types are types with a name, for Named.
	Types map[string]*Type
	// ExtensionKey is the regular expression of the keys that extensions may
	// have; "^x-" where empty.
	ExtensionKey string
	// RefSiblings are the fields that may stand beside "$ref" in a Reference
	// Object. Others (but for extensions) do nothing, and are a warning.
	RefSiblings []string
}

// Object is one kind of object of a specification.
type Object struct {
	// Name identifies the object within its Tables and names it in findings,
	// as in "a security scheme needs the field "type"": lower case, singular.
	Name string
	// Title is its name in the specification: "Security Scheme Object".
	Title string
	// Doc says in one sentence what it is for.
	Doc string
	// Link is the address of its section in the specification.
	Link string
	// Fields are those with a fixed name.
	Fields []Field
	// Keys are fields whose name follows a pattern; the first that fits a name
	// counts, after Fields.
	Keys []Keys
	// Extensions says that fields beginning with "x-" may be added.
	Extensions bool
	// Open says that fields the table does not know may be there, with any value.
	Open bool
	// Loose is Open with a warning for each such field: the specification has
	// no such field, but its schema lets it pass.
	Loose bool
	// Groups bind fields together: "exactly one of these".
	Groups []Group
	// Check finds faults between fields. It runs once for each object of this
	// kind, after its fields were checked, whatever they gave.
	Check Check
	// Since and Until are the first and last version that has this object;
	// empty means all. Two objects may share a name if no version has both.
	Since, Until string
}

// Field is one field with a fixed name. A name may be in a table more than
// once, as long as no version has two of them.
type Field struct {
	Name     string
	Type     *Type
	Required bool
	// Doc says in one sentence what the field is for.
	Doc string
	// Since and Until are the first and last version that has the field.
	Since, Until string
}

// Keys are the fields whose names fit a pattern.
type Keys struct {
	// Pattern is a regular expression (RE2) for names; empty fits all.
	Pattern string
	// Words describe the pattern: "a media type such as application/json".
	Words string
	Type  *Type
	Doc   string
}

// Group says how many of some fields must and may be there together.
type Group struct {
	Fields []string
	Min    int
	Max    int // 0: no limit
	// Since and Until are the first and last version that has this rule.
	Since, Until string
}

// Code constants are the second half of a finding's code, after Tables.Name
// and a slash, unless a type says otherwise (Type.Grade).
const (
	CodeUnknownField  = "unknown-field"         // a field that the object does not have
	CodeMissingField  = "missing-field"         // a required field, or one of a group, is not there
	CodeFieldConflict = "field-conflict"        // fields that may not stand together
	CodeWrongType     = "wrong-type"            // a string where an object should be
	CodeBadValue      = "bad-value"             // not one of the values, out of bounds, against the pattern
	CodeBadKey        = "bad-key"               // a name in a map that does not fit its pattern
	CodeDuplicateItem = "duplicate-item"        // twice the same in a list of different things
	CodeItemCount     = "item-count"            // too few or too many items
	CodeRefNotAllowed = "reference-not-allowed" // a "$ref" where the object itself must stand
	CodeRefRequired   = "reference-required"    // an object where a "$ref" must stand
	CodeRefKind       = "reference-kind"        // a "$ref" to another kind of object
	CodeRefSibling    = "reference-sibling"     // a field beside "$ref" that nobody reads
	CodeTooMany       = "too-many-findings"     // the walk stopped at Options.Limit
	CodeBadFormat     = "bad-format"            // not a URI, not an e-mail address
)
