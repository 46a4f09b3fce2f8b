package protobuf

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bufbuild/protocompile/linker"
	"github.com/bufbuild/protocompile/parser"
	"github.com/bufbuild/protocompile/reporter"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
)

// kindOfFault says what an error of the library is by a piece of its words. The
// first that fits counts.
type kindOfFault struct {
	words string
	code  diag.Code
	help  string
}

var kindsOfFault = []kindOfFault{
	{"syntax error", CodeSyntax, ""},
	{"edition value", CodeEdition, `write edition = "2023": it is the latest that is read`},
	{`syntax value must be`, CodeEdition, `write syntax = "proto3", syntax = "proto2" or edition = "2023"`},
	{"unknown type", CodeUnknownType, ""},
	{"unknown request type", CodeUnknownType, ""},
	{"unknown response type", CodeUnknownType, ""},
	{"unknown extendee type", CodeUnknownType, ""},
	{"could not resolve type reference", CodeUnknownType, ""},
	{"not a message or enum", CodeWrongType, ""},
	{", not a message", CodeWrongType, ""},
	{"synthetic map entry", CodeWrongType, "use the map field, or declare a message of your own"},
	{"was already imported", CodeDuplicate, "remove one of the two"},
	{"already defined", CodeDuplicate, "every name may be declared once in its scope; the values of an enum are in the scope around it"},
	{"only one package declaration", CodeDuplicate, ""},
	{"reserved name", CodeReserved, "a reserved name belonged to a field that is gone; choose another"},
	{"is already reserved", CodeReserved, "remove one of the two"},
	{"which is in reserved range", CodeReserved, "a reserved number belonged to a field that is gone, whose data may still exist; take the next free number"},
	{"reserved ranges overlap", CodeReserved, ""},
	{"disallowed reserved range", CodeNumber, "the numbers 19000 to 19999 belong to Protobuf itself"},
	{"both have the same tag", CodeNumber, "take a number that no field has, or has had"},
	{"both have the same numeric value", CodeNumber, "give each value a number of its own, or write: option allow_alias = true;"},
	{"extension ranges overlap", CodeNumber, ""},
	{"overlaps reserved range", CodeNumber, ""},
	{"which is in extension range", CodeNumber, "the range is left to extensions; take another number"},
	{"out of range: should be between", CodeNumber, ""},
	{"must be greater than zero", CodeNumber, "the numbers of fields begin at 1"},
	{"max allowed tag number", CodeNumber, "the numbers of fields end at 536870911"},
	{"missing field tag number", CodeNumber, "give the field a number, as in: string id = 1;"},
	{"start must be <= end", CodeNumber, ""},
	{"not in valid range for extended type", CodeExtension, "an extension takes a number from the ranges that the message gives to extensions"},
	{"JSON name", CodeJSONName, "two fields of one name in JSON cannot be told apart; rename one, or give it a json_name"},
	{"json_name", CodeJSONName, ""},
	{"numeric value zero", CodeEnum, "the zero is what a reader sees where nothing was sent; begin with a value such as _UNSPECIFIED = 0"},
	{"enums must define at least one value", CodeEnum, ""},
	{"allow_alias", CodeEnum, ""},
	{"closed enum", CodeEnum, ""},
	{"label", CodeLabel, ""},
	{"groups are not allowed", CodeLabel, "declare a message, and a field that holds it"},
	{"nesting depth", CodeTooDeep, "declare messages side by side"},
	{"xtension", CodeExtension, ""},
	{"default value", CodeOption, ""},
	{"option", CodeOption, ""},
	{"field presence", CodeOption, ""},
	{"encoding", CodeOption, ""},
	{"non-repeated option field", CodeOption, ""},
	{"expecting", CodeOption, ""},
	{"edition", CodeEdition, ""},
}

// told makes a finding of an error of the library.
func (l *linked) told(err reporter.ErrorWithPos) diag.Diagnostic {
	message := err.Unwrap().Error()
	start, end := offsets(err)
	code, help := CodeInvalid, ""
	for _, k := range kindsOfFault {
		if strings.Contains(message, k.words) {
			code, help = k.code, k.help
			break
		}
	}
	message, related := l.related(message)
	if end == start && end < len(l.unit.data) {
		end = l.unit.wordEnd(start)
	}
	d := l.unit.finding(code, diag.Error, start, end, plainly(message))
	d.Help, d.Related = help, related
	switch code {
	case CodeUnknownType:
		l.suggestType(&d, message)
	case CodeSyntax:
		l.syntaxHelp(&d, start, message)
	}
	return d
}

// plainly brings the library's words into the form of ours.
func plainly(message string) string {
	message = strings.TrimPrefix(message, "syntax error: ")
	if at := strings.Index(message, "; resolved to "); at >= 0 {
		message = message[:at]
	}
	message = strings.TrimSuffix(message, "; use allow_alias option if intentional")
	return strings.NewReplacer("int literal", "a number", "string literal", "a string", "tag number", "field number", "same tag", "same number", " tag ", " number ").Replace(message)
}

// positions finds the places that the library writes into its words, as
// "defined at order.proto:3:5".
var positions = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
	return regexp.MustCompile(`[,;]?(?: defined)?(?: in declaration)? at (\S+?):(\d+):(\d+)`)
}}

// related takes the places out of the words, to be shown as such.
func (l *linked) related(message string) (string, []diag.Related) {
	m := positions.Get().FindStringSubmatchIndex(message)
	if m == nil {
		return message, nil
	}
	line, err1 := strconv.Atoi(message[m[4]:m[5]])
	column, err2 := strconv.Atoi(message[m[6]:m[7]])
	if err1 != nil || err2 != nil {
		return message, nil
	}
	name := message[m[2]:m[3]]
	message = message[:m[0]] + message[m[1]:]
	if strings.HasSuffix(message, " already") {
		message += " declared"
	}
	for _, other := range append([]*linked{l}, l.deps...) {
		if other.unit.name != name {
			continue
		}
		at := other.unit.offset(line, column)
		span := other.unit.span(at, other.unit.wordEnd(at))
		if span.IsValid() {
			return message, []diag.Related{{Message: "the other is here", Span: span}}
		}
	}
	return message, nil
}

// warned makes findings of a warning of the library.
func (l *linked) warned(err reporter.ErrorWithPos) []diag.Diagnostic {
	start, end := offsets(err)
	under := err.Unwrap()
	if unused, ok := errors.AsType[linker.ErrorUnusedImport](under); ok {
		d := l.unit.finding(CodeUnusedImport, diag.Info, start, end, fmt.Sprintf("nothing needs the import %q", unused.UnusedImport()))
		d.Help = "remove it, unless code that is generated needs it"
		return []diag.Diagnostic{d}
	}
	if errors.Is(under, parser.ErrNoSyntax) {
		start, end = 0, min(1, len(l.unit.data))
		d := l.unit.finding(CodeNoSyntax, diag.Warning, start, end, "the text does not say its syntax, so that it is read as proto2")
		d.Help = `begin with: syntax = "proto3";`
		return []diag.Diagnostic{d}
	}
	d := l.told(err)
	d.Severity = diag.Warning
	return []diag.Diagnostic{d}
}

// syntaxHelp adds what to do about the commonest mistakes.
func (l *linked) syntaxHelp(d *diag.Diagnostic, at int, message string) {
	if strings.HasSuffix(message, "expecting ';'") {
		// The library tells the word after; what is missing belongs before it.
		if before := len(strings.TrimRight(l.unit.data[:at], " \t\r\n")); before > 0 {
			d.Span = l.unit.span(before-1, before)
		}
		d.Message, d.Help = "a semicolon is missing here", "end the statement with ;"
	}
	if l.unit.inline != nil && at < len(l.unit.data) && l.unit.data[at] == '{' && strings.HasPrefix(strings.TrimSpace(l.unit.data), "{") {
		d.Help = "this looks like JSON; a schema of Protobuf begins with: syntax = \"proto3\";"
	}
}

// suggestType says which type was probably meant, or how to import it.
func (l *linked) suggestType(d *diag.Diagnostic, message string) {
	_, name, _ := strings.Cut(message, "type ")
	name, _, _ = strings.Cut(name, ";")
	name = strings.TrimPrefix(strings.TrimSpace(name), ".")
	if text := declaredIn(name); text != "" {
		d.Help = fmt.Sprintf("import it: import %q;", text)
		return
	}
	var names []string
	seen := map[*linked]bool{}
	l.typeNames(&names, seen)
	if near := diag.Nearest(name, names); near != "" {
		d.Help = fmt.Sprintf("did you mean %q?", near)
		return
	}
	d.Help = "declare it, or import the text that does"
}

// typeNames lists the types that could be named, in full and in short.
func (l *linked) typeNames(names *[]string, seen map[*linked]bool) {
	if seen[l] || len(*names) > 2_000 {
		return
	}
	seen[l] = true
	if len(seen) == 1 {
		*names = append(*names, scalarNames...)
	}
	for name := range l.names {
		*names = append(*names, name, name[strings.LastIndexByte(name, '.')+1:])
	}
	slices.Sort(*names)
	for _, dep := range l.deps {
		dep.typeNames(names, seen)
	}
}

var scalarNames = []string{
	"double", "float", "int32", "int64", "uint32", "uint64", "sint32", "sint64",
	"fixed32", "fixed64", "sfixed32", "sfixed64", "bool", "string", "bytes",
}

// declaredIn is the text that weft brings in which a type is declared.
func declaredIn(name string) string { return bundledTypes.Get()[name] }

var bundledTypes = lazy.Of[map[string]string]{Make: func() map[string]string {
	types := map[string]string{}
	for _, name := range bundledNames.Get() {
		u := bundledText(name)
		if u == nil {
			continue
		}
		scope := ""
		for line := range strings.Lines(u.data) {
			if rest, ok := strings.CutPrefix(line, "package "); ok {
				scope = strings.TrimRight(rest, ";\n") + "."
			}
			for _, keyword := range []string{"message ", "enum "} {
				if rest, ok := strings.CutPrefix(line, keyword); ok {
					word, _, _ := strings.Cut(rest, " ")
					types[scope+word] = name
				}
			}
		}
	}
	return types
}}

// versionFinding is about a schemaFormat that says another version than the
// text.
func (l *linked) versionFinding(format schema.Format) []diag.Diagnostic {
	if l.file == nil || l.ast == nil {
		return nil
	}
	have := ""
	switch {
	case l.ast.Edition != nil:
		return nil
	case l.ast.Syntax != nil:
		have = strings.TrimPrefix(l.ast.Syntax.Syntax.AsString(), "proto")
	}
	if have == "" || format.Version != "2" && format.Version != "3" || format.Version == have {
		return nil
	}
	start, end := offsets(l.ast.NodeInfo(l.ast.Syntax))
	d := l.unit.finding(CodeVersion, diag.Warning, start, end,
		fmt.Sprintf("the text is written in proto%s, and the schemaFormat says version %s", have, format.Version))
	d.Help = fmt.Sprintf("write the schemaFormat as application/vnd.google.protobuf;version=%s", have)
	return []diag.Diagnostic{d}
}
