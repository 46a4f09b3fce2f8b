package ruleset

import (
	"slices"
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/casing"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
)

// severities are the words for how much a rule matters. "on" is as much as the
// rule itself says.
var severities = []string{"error", "warning", "info", "hint", "on", "off"}

// set makes the tables of a ruleset for the rules that there are.
func set(l *lint.Linter) *shape.Set {
	rules := shape.Object{
		Name: "map of rules", Title: "Rules", Doc: "What each rule counts.",
		Keys: []shape.Keys{{Pattern: `[*?]|^custom/`, Words: "a code or a pattern", Type: setting("setting")}},
	}
	objects := []shape.Object{{
		Name: "setting", Doc: "How a rule counts.",
		Fields: []shape.Field{severityField()},
	}}
	for _, rule := range l.Rules() {
		rules.Fields = append(rules.Fields, shape.Field{Name: string(rule.Code), Type: setting("setting"), Doc: rule.Summary})
	}
	for code, options := range optionsOf(l) {
		name := "setting of " + string(code)
		i := slices.IndexFunc(rules.Fields, func(f shape.Field) bool { return f.Name == string(code) })
		rules.Fields[i].Type = setting(name)
		optionsName := "options of " + string(code)
		objects = append(objects, shape.Object{
			Name: name, Doc: "How the rule counts.",
			Fields: []shape.Field{severityField(), {Name: "options", Type: shape.Is(optionsName), Doc: "What is said to the rule."}},
		}, shape.Object{Name: optionsName, Doc: "What is said to the rule.", Fields: options})
	}
	return shape.MustCompile(shape.Tables{
		Name: "weft", Title: "weft", Root: "ruleset", Versions: []string{"1"},
		Objects: slices.Concat(rootTables(), []shape.Object{rules}, objects, customTables()),
	}, "1")
}

func optionsOf(l *lint.Linter) map[diag.Code][]shape.Field {
	all := map[diag.Code][]shape.Field{}
	for i := range l.Kinds {
		for _, rule := range l.Kinds[i].Rules {
			for _, o := range rule.Options {
				all[rule.Code] = append(all[rule.Code], shape.Field{Name: o.Name, Type: o.Type(), Doc: o.Doc})
			}
		}
	}
	return all
}

func severityField() shape.Field {
	return shape.Field{Name: "severity", Type: severityType(), Doc: "How much findings of the rule matter."}
}

func severityType() *shape.Type { return shape.String().Enum(severities...) }

func setting(object string) *shape.Type { return shape.Either(severityType(), shape.Is(object)) }

// textOrList is one text, or a list of them.
func textOrList() *shape.Type {
	return shape.Either(shape.String().NonEmpty(), shape.List(shape.String().NonEmpty()).MinItems(1))
}

func rootTables() []shape.Object {
	return []shape.Object{{
		Name: "ruleset", Title: "Ruleset", Doc: "What a project wants of its documents.", Extensions: true,
		Fields: []shape.Field{
			{Name: "weft", Type: shape.Either(shape.String().Enum("1"), shape.Integer().Enum("1")), Doc: "The version of this format."},
			{Name: "extends", Type: textOrList(), Doc: "The rulesets that this one builds on: " + strings.Join(builtIn, ", ") + ", or files."},
			{Name: "rules", Type: shape.Is("map of rules"), Doc: "What each rule counts, by its code or a pattern of codes."},
			{Name: "custom", Type: shape.Map(shape.Is("custom rule")).Keys(`^[a-zA-Z0-9][\w.-]*$`, `letters, digits, ".", "-" and "_"`), Doc: "Rules of the project itself; the code of each is custom/ and its name."},
			{Name: "overrides", Type: shape.List(shape.Is("override")), Doc: "What is different for some files."},
			{Name: "ignores", Type: shape.List(shape.Is("ignore")), Doc: "Findings that are known and left as they are."},
		},
	}, {
		Name: "override", Title: "Override", Doc: "What is different for some files.", Extensions: true,
		Fields: []shape.Field{
			{Name: "files", Required: true, Type: textOrList(), Doc: "The files, as patterns from the folder of the ruleset."},
			{Name: "rules", Required: true, Type: shape.Is("map of rules"), Doc: "What each rule counts there."},
		},
	}, {
		Name: "ignore", Title: "Ignore", Doc: "Findings that are known and left as they are.", Extensions: true,
		Fields: []shape.Field{
			{Name: "code", Required: true, Type: textOrList(), Doc: "The codes of the findings, or patterns of codes."},
			{Name: "files", Type: textOrList(), Doc: "The files they are in, as patterns; all where it is not said."},
			{Name: "path", Type: textOrList(), Doc: "The JSON Pointers they stand at or below; \"*\" is any name and \"**\" any number of them."},
			{Name: "reason", Required: true, Type: shape.String().NonEmpty(), Doc: "Why they are left."},
			{Name: "until", Type: shape.String().Pattern(`^\d{4}-\d\d-\d\d$`, "a date such as 2027-01-31").Then(checkDate), Doc: "The last day on which they are."},
		},
	}}
}

func customTables() []shape.Object {
	return []shape.Object{{
		Name: "custom rule", Title: "Custom Rule", Doc: "A rule of the project itself.", Extensions: true,
		Fields: []shape.Field{
			{Name: "given", Required: true, Type: textOrList(), Doc: "What is looked at: " + strings.Join(targetNames(), ", ") + ", or JSONPaths (RFC 9535)."},
			{Name: "then", Required: true, Type: shape.Either(shape.Is("check"), shape.List(shape.Is("check")).MinItems(1)), Doc: "What should be so."},
			{Name: "message", Type: shape.String().NonEmpty(), Doc: "What is said where it is not: {{name}}, {{value}}, {{field}}, {{path}} and {{error}} are filled in."},
			{Name: "help", Type: shape.String().NonEmpty(), Doc: "What to do about it."},
			{Name: "why", Type: shape.String().NonEmpty(), Doc: "What goes wrong otherwise."},
			{Name: "severity", Type: shape.String().Enum("error", "warning", "info", "hint", "off"), Doc: "How much a finding matters; warning where it is not said."},
			{Name: "kinds", Type: textOrList(), Doc: "The kinds of document it is for; AsyncAPI where it is not said."},
			{Name: "versions", Type: textOrList(), Doc: "The versions of the specification it is for, as 3 or 2.6; all where it is not said."},
			{Name: "references", Type: shape.String().Enum("follow", "as-written"), Doc: "Whether JSONPaths look through references."},
		},
		Check: checkGiven,
	}, {
		Name: "check", Title: "Check", Doc: "Something that should be so.",
		Fields: append([]shape.Field{
			{Name: "field", Type: shape.String().NonEmpty(), Doc: "The field that is looked at: a name, a JSON Pointer, or \"@key\" for the name of the object; the whole where it is not said."},
		}, checkFields()...),
		Check: checkHasCheck,
	}, {
		Name: "length", Doc: "How long, or how many.",
		Fields: []shape.Field{
			{Name: "min", Type: shape.Number(), Doc: "The least."},
			{Name: "max", Type: shape.Number(), Doc: "The most."},
		},
		Groups: []shape.Group{{Fields: []string{"min", "max"}, Min: 1}},
	}, {
		Name: "casing", Doc: "How names are written.",
		Fields: []shape.Field{
			{Name: "style", Required: true, Type: shape.String().Enum(casing.Styles()...), Doc: "The style."},
			{Name: "digits", Type: shape.Boolean(), Doc: "Whether digits may be there."},
			{Name: "between", Type: shape.String().NonEmpty(), Doc: "What stands between parts that are each in the style."},
		},
	}, {
		Name: "order", Doc: "What items are ordered by.",
		Fields: []shape.Field{{Name: "by", Required: true, Type: shape.String().NonEmpty(), Doc: "The field of each item."}},
	}}
}

// checkFields are the checks that a rule may have.
func checkFields() []shape.Field {
	yes := func() *shape.Type { return shape.Boolean() }
	names := func() *shape.Type { return shape.List(shape.String().NonEmpty()).MinItems(2).Unique() }
	return []shape.Field{
		{Name: "defined", Type: yes(), Doc: "It is there (or, where false, it is not)."},
		{Name: "truthy", Type: yes(), Doc: "It is there and not false, null, zero or empty (or, where false, it is)."},
		{Name: "falsy", Type: yes(), Doc: "It is not there, or false, null, zero or empty (or, where false, it is not)."},
		{Name: "pattern", Type: shape.String().Then(checkPattern), Doc: "It fits a regular expression (RE2)."},
		{Name: "notPattern", Type: shape.String().Then(checkPattern), Doc: "It does not fit a regular expression (RE2)."},
		{Name: "enum", Type: shape.List(shape.Any()).MinItems(1), Doc: "It is one of these values."},
		{Name: "length", Type: shape.Is("length"), Doc: "How many characters, items or members it has; how large a number is."},
		{Name: "casing", Type: shape.Either(shape.String().Enum(casing.Styles()...), shape.Is("casing")), Doc: "How it is written."},
		{Name: "alphabetical", Type: shape.Either(shape.Boolean(), shape.Is("order")), Doc: "Items, or names, are in alphabetical order."},
		{Name: "schema", Type: shape.Either(shape.Boolean(), shape.Map(shape.Any())), Doc: "It fits a JSON Schema (2020-12)."},
		{Name: "exactlyOneOf", Type: names(), Doc: "It has exactly one of these fields."},
		{Name: "atLeastOneOf", Type: names(), Doc: "It has at least one of these fields."},
	}
}
