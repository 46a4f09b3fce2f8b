package shape_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// petshop is a small specification with one of everything.
func petshop() shape.Tables {
	return shape.Tables{
		Name: "petshop", Title: "Petshop", Root: "shop", Versions: []string{"1.0", "1.1", "2.0"},
		Types: map[string]*shape.Type{"nested": shape.Either(shape.String(), shape.List(shape.Named("nested")))},
		Objects: []shape.Object{
			{
				Name: "shop", Title: "Shop Object", Doc: "The root.", Extensions: true,
				Fields: []shape.Field{
					{Name: "name", Type: shape.String().NonEmpty().MaxLength(10), Required: true, Doc: "What the shop is called."},
					{Name: "pets", Type: shape.Map(shape.Is("pet").OrRef()).Keys(`^[a-z]+$`, "lower case letters")},
					{Name: "favourite", Type: shape.Is("pet").MustRef()},
					{Name: "tags", Type: shape.List(shape.Any()).Unique().MaxItems(3)},
					{Name: "hours", Type: shape.List(shape.String()).MinItems(1), Since: "1.1"},
					{Name: "fax", Type: shape.String(), Until: "1.1"},
					{Name: "url", Type: shape.String().Format("uri")},
					{Name: "email", Type: shape.String().Format("email")},
					{Name: "nested", Type: shape.Named("nested")},
					{Name: "owner", Type: shape.IfHas("company", shape.Is("company"), shape.Is("person"))},
					{Name: "extra", Type: shape.Is("person").Grade("extra", diag.Hint)},
					{Name: "loose", Type: shape.Is("loose")},
					{Name: "by", Type: shape.Is("patterned")},
				},
				Check: func(c *shape.Context, n *tree.Node) {
					if n.Get("name").Str() == "closed" && n.Has("hours") {
						c.ReportKey(shape.CodeFieldConflict, n.Get("hours"), "a closed shop has no hours")
					}
				},
			},
			{
				Name: "pet", Title: "Pet Object", Doc: "An animal.",
				Fields: []shape.Field{
					{Name: "kind", Type: shape.String().Enum("cat", "dog", "hamster"), Required: true},
					{Name: "age", Type: shape.Integer().Min(0).Max(30)},
					{Name: "price", Type: shape.Number().Above(0)},
					{Name: "friend", Type: shape.Is("pet").OrRef()},
					{Name: "size", Type: shape.Either(shape.Integer(), shape.String())},
					{Name: "legs", Type: shape.Integer().Enum("2", "4")},
					{Name: "form", Type: shape.String().Enum("0.1.0", "0.5.0", "latest")},
					{Name: "chip", Type: shape.Switch("maker", shape.When(shape.Is("acme chip"), "acme"), shape.When(shape.Is("other chip"), "other", "odd"))},
				},
				Groups: []shape.Group{{Fields: []string{"age", "size"}, Max: 1}},
			},
			{Name: "person", Doc: "Someone.", Fields: []shape.Field{{Name: "person", Type: shape.String(), Required: true}}},
			{Name: "company", Doc: "A firm.", Fields: []shape.Field{{Name: "company", Type: shape.String()}, {Name: "at", Type: shape.String().Pattern(`^[A-Z]`, "a capital letter first")}}},
			{Name: "acme chip", Doc: "A chip.", Fields: []shape.Field{{Name: "maker", Type: shape.String()}, {Name: "serial", Type: shape.Integer(), Required: true}}},
			{Name: "other chip", Doc: "A chip.", Fields: []shape.Field{{Name: "maker", Type: shape.String()}}},
			{Name: "loose", Doc: "Anything.", Loose: true, Fields: []shape.Field{{Name: "a", Type: shape.Null()}}},
			{Name: "patterned", Doc: "By pattern.", Keys: []shape.Keys{{Pattern: `^\d+$`, Words: "a number", Type: shape.Boolean()}}},
		},
	}
}

func parse(t testing.TB, text string) *tree.Node {
	t.Helper()
	root, problems := tree.Parse(source.NewFile("memory:///d.yaml", "d.yaml", []byte(text)), tree.Options{})
	if root == nil {
		t.Fatalf("%q: %v", text, problems)
	}
	return root
}

// local resolves "#/…" within one document.
func local(root *tree.Node) func(*tree.Node) *tree.Node {
	return func(ref *tree.Node) *tree.Node {
		pointer, ok := strings.CutPrefix(ref.Get("$ref").Str(), "#")
		if !ok {
			return nil
		}
		return root.At(pointer)
	}
}

// show prints findings as "code "text underlined" message".
func show(list []diag.Diagnostic) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%s %q %s", strings.TrimPrefix(string(d.Code), "petshop/"), d.Span.Text(), d.Message)
		if d.Help != "" {
			fmt.Fprintf(&b, " [%s]", d.Help)
		}
		if d.Severity != diag.Error {
			fmt.Fprintf(&b, " (%s)", d.Severity)
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestEachFaultIsOneFindingAtTheSmallestText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ version, text, want string }{
		"fine":               {"1.0", "name: a\nx-y: 1\npets: {tom: {kind: cat}}", ``},
		"missing":            {"1.0", "x-y: 1", `missing-field "x" a shop needs the field "name" ["name" is what the shop is called]`},
		"missing below":      {"1.0", "name: a\npets: {tom: {age: 1}}", `missing-field "tom" a pet needs the field "kind"`},
		"unknown, near":      {"1.0", "name: a\npets: {tom: {kind: cat, prise: 1}}", `unknown-field "prise" unknown field "prise" in a pet [did you mean "price"?]`},
		"unknown, later":     {"1.0", "name: a\nhours: [x]", `unknown-field "hours" unknown field "hours" in a shop [a shop has "hours" Petshop since 1.1]`},
		"unknown, earlier":   {"2.0", "name: a\nfax: x", `unknown-field "fax" unknown field "fax" in a shop [a shop has "fax" Petshop until 1.1]`},
		"no reference":       {"1.0", "name: a\nowner: {$ref: '#/x'}", `reference-not-allowed "$ref" a reference may not stand here: write the person itself` + "\n" + `missing-field "owner" a person needs the field "person"`},
		"not a reference":    {"1.0", "name: a\nfavourite: {kind: cat}", `reference-required "favourite" only a reference may stand here: define a pet where it belongs and refer to it with "$ref"`},
		"reference, number":  {"1.0", "name: a\nfavourite: 5", `reference-required "5" "favourite" should be a reference to a pet, {$ref: …}, but is the number 5`},
		"idle sibling":       {"1.0", "name: a\npets: {tom: {$ref: '#/pets/x', kind: cat}}", `reference-sibling "kind" "kind" has no effect beside "$ref" [move it to what the reference leads to, or remove it] (warning)`},
		"string for object":  {"1.0", "name: a\npets: {tom: cat}", `wrong-type "cat" "tom" should be a pet, but is the string "cat"`},
		"number for string":  {"1.0", "name: 1.0", `wrong-type "1.0" "name" should be a string, but is the number 1.0 [put it in quotes: "1.0"]`},
		"null":               {"1.0", "name:\n", `wrong-type "name" "name" should be a string, but is empty`},
		"object for string":  {"1.0", "name: {a: b}", `wrong-type "name" "name" should be a string, but is an object`},
		"empty":              {"1.0", "name: ''", `bad-value "''" "name" may not be empty`},
		"too long":           {"1.0", "name: aaaaaaaaaaaa", `bad-value "aaaaaaaaaaaa" "name" may have at most 10 characters, but has 12`},
		"enum, near":         {"1.0", "name: a\npets: {tom: {kind: hamstre}}", `bad-value "hamstre" "kind" cannot be "hamstre": it is one of "cat", "dog" or "hamster" [did you mean "hamster"?]`},
		"enum, version":      {"1.0", "name: a\npets: {tom: {kind: cat, form: 0.9.0}}", `bad-value "0.9.0" "form" cannot be "0.9.0": it is one of "0.1.0", "0.5.0" or "latest" [did you mean "0.5.0"?]`},
		"enum, older":        {"1.0", "name: a\npets: {tom: {kind: cat, form: 0.0.9}}", `bad-value "0.0.9" "form" cannot be "0.0.9": it is one of "0.1.0", "0.5.0" or "latest" [did you mean "0.1.0"?]`},
		"integer enum":       {"1.0", "name: a\npets: {tom: {kind: cat, legs: 3}}", `bad-value "3" "legs" cannot be "3": it is one of "2" or "4"`},
		"bounds":             {"1.0", "name: a\npets: {tom: {kind: cat, age: 31, price: 0}}", `bad-value "31" "age" must be at most 30, not 31` + "\n" + `bad-value "0" "price" must be greater than 0, not 0`},
		"fraction":           {"1.0", "name: a\npets: {tom: {kind: cat, age: 1.5}}", `wrong-type "1.5" "age" should be an integer, but is the number 1.5`},
		"either":             {"1.0", "name: a\npets: {tom: {kind: cat, size: true}}", `wrong-type "true" "size" should be an integer or a string, but is true`},
		"group":              {"1.0", "name: a\npets: {tom: {kind: cat, size: 1, age: 2}}", `field-conflict "size" a pet may have only one of "age" and "size"`},
		"switch, missing":    {"1.0", "name: a\npets: {tom: {kind: cat, chip: {serial: 1}}}", `missing-field "chip" "chip" needs the field "maker", one of "acme", "other" or "odd"`},
		"switch, unknown":    {"1.0", "name: a\npets: {tom: {kind: cat, chip: {maker: acne}}}", `bad-value "acne" "maker" cannot be "acne": it is one of "acme", "other" or "odd" [did you mean "acme"?]`},
		"switch, chosen":     {"1.0", "name: a\npets: {tom: {kind: cat, chip: {maker: acme}}}", `missing-field "chip" an acme chip needs the field "serial"`},
		"if has":             {"1.0", "name: a\nowner: {company: b, at: c}", `bad-value "c" "at" should be a capital letter first, not "c"`},
		"named":              {"1.0", "name: a\nnested: [a, [b, [1]]]", `wrong-type "1" this item should be a string or a list, but is the number 1`},
		"map key":            {"1.0", "name: a\npets: {Tom: {kind: cat}}", `bad-key "Tom" the name "Tom" does not fit: use lower case letters`},
		"pattern key":        {"1.0", "name: a\nby: {'1': true, x: true}", `unknown-field "x" unknown field "x" in a patterned [a name here is a number]`},
		"misspelt":           {"1.0", "nmae: a", `unknown-field "nmae" unknown field "nmae" in a shop [did you mean "name"?]`},
		"there already":      {"1.0", "name: a\nnames: b", `unknown-field "names" unknown field "names" in a shop [did you mean "name"? It is there already]`},
		"duplicates":         {"1.0", "name: a\ntags: [{a: 1, b: 2}, x, {b: 2, a: 1}]", `duplicate-item "{b: 2, a: 1}" "tags" has this item twice [remove it]`},
		"too many items":     {"1.0", "name: a\ntags: [1, 2, 3, 4]", `item-count "tags" "tags" may have at most 3 items, but has 4`},
		"too few items":      {"1.1", "name: a\nhours: []", `item-count "[]" "hours" may not be empty`},
		"format":             {"1.0", "name: a\nurl: no url\nemail: x", `bad-format "no url" "url" should be an absolute URL such as https://example.com/, not "no url"` + "\n" + `bad-format "x" "email" should be an e-mail address, not "x"`},
		"graded":             {"1.0", "name: a\nextra: {persn: x}", `extra "persn" unknown field "persn" in a person [did you mean "person"?] (hint)`},
		"loose":              {"1.0", "name: a\nloose: {b: 1}", `unknown-field "b" unknown field "b" in a loose [did you mean "a"?] (warning)`},
		"check":              {"1.1", "name: closed\nhours: [x]", `field-conflict "hours" a closed shop has no hours`},
		"reference followed": {"1.0", "name: a\nfavourite: {$ref: '#/x-pets/tom'}\nx-pets: {tom: {kind: cow}}", `bad-value "cow" "kind" cannot be "cow": it is one of "cat", "dog" or "hamster" [did you mean "cat"?]`},
		"reference, chain":   {"1.0", "name: a\nfavourite: {$ref: '#/x-a'}\nx-a: {$ref: '#/x-b'}\nx-b: {}", `missing-field "x-b" a pet needs the field "kind"`},
		"reference, kind":    {"1.0", "name: a\nfavourite: {$ref: '#/owner'}\nowner: {company: b}", `reference-kind "'#/owner'" this should lead to a pet, but leads to a company`},
		"reference, circle":  {"1.0", "name: a\nfavourite: {$ref: '#/x-a'}\nx-a: {$ref: '#/x-b'}\nx-b: {$ref: '#/x-a'}", ``},
		"reference, itself":  {"1.0", "name: a\nfavourite: {$ref: '#/favourite'}", ``},
		"root":               {"1.0", "[]", `wrong-type "[" the document should be a shop, but is a list`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := parse(t, c.text)
			got := shape.MustCompile(petshop(), c.version).Check(root, shape.Options{Resolve: local(root)})
			if show(got) != c.want {
				t.Errorf("got\n%s\nwant\n%s", show(got), c.want)
			}
		})
	}
}

func TestWhatIsReferredToOftenIsCheckedOnce(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("name: a\npets:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "  %c: {kind: cow, friend: {$ref: '#/pets/%c'}, chip: {maker: other}}\n", 'a'+i, 'a'+(i+1)%20)
	}
	root := parse(t, b.String())
	if got := shape.MustCompile(petshop(), "1.0").Check(root, shape.Options{Resolve: local(root)}); len(got) != 20 {
		t.Errorf("%d findings for 20 pets:\n%s", len(got), show(got))
	}
}

func TestAliasesAreCheckedOnce(t *testing.T) {
	t.Parallel()
	root := parse(t, "name: a\nnested: &a [[[[x]]]]\npets:\n  a: &p {kind: cow}\n  b: *p\n  c: *p\n")
	if got := shape.MustCompile(petshop(), "1.0").Check(root, shape.Options{}); len(got) != 1 {
		t.Errorf("got\n%s", show(got))
	}
}

func TestTheNumberOfFindingsIsLimited(t *testing.T) {
	t.Parallel()
	root := parse(t, "name: a\npets: {"+strings.Repeat("a: 1, ", 50)+"b: 1}")
	got := shape.MustCompile(petshop(), "1.0").Check(root, shape.Options{Limit: 10})
	if len(got) != 11 || got[10].Code != "petshop/"+shape.CodeTooMany {
		t.Errorf("%d findings: %s", len(got), show(got))
	}
}

func TestAFixOfAMisspeltNameKeepsItsQuotes(t *testing.T) {
	t.Parallel()
	root := parse(t, `{"naem": "x"}`)
	got := shape.MustCompile(petshop(), "1.0").Check(root, shape.Options{})
	if len(got) != 1 || len(got[0].Fixes) != 1 || got[0].Fixes[0].Edits[0].Text != `"name"` {
		t.Errorf("got %+v", got)
	}
}

func TestAtSaysWhatStandsAtAPlace(t *testing.T) {
	t.Parallel()
	set := shape.MustCompile(petshop(), "1.0")
	root := parse(t, "name: a\npets: {tom: {kind: cat, chip: {maker: acme, serial: 1}}, ref: {$ref: x}}\nowner: {company: b}\nby: {'1': true}\nwhat: 1")
	for pointer, want := range map[string]string{
		"":                      "object shop, in none, field none, a shop",
		"/name":                 "object none, in shop, field name, a string",
		"/pets":                 "object none, in shop, field pets, a map of a pet, or a reference to one",
		"/pets/tom":             "object pet, in none, field none, a pet, or a reference to one",
		"/pets/ref":             "object none, in none, field none, a pet, or a reference to one",
		"/pets/tom/kind":        "object none, in pet, field kind, a string",
		"/pets/tom/chip":        "object acme chip, in pet, field chip, an acme chip or an other chip",
		"/pets/tom/chip/serial": "object none, in acme chip, field serial, an integer",
		"/owner":                "object company, in shop, field owner, a company or a person",
		"/by/1":                 "object none, in patterned, field none, true or false",
		"/what":                 "object none, in shop, field none, nothing",
	} {
		p := set.At(root.At(pointer))
		object, in, field, kind := "none", "none", "none", "nothing"
		if p.Object != nil {
			object = p.Object.Name
		}
		if p.In != nil {
			in = p.In.Name
		}
		if p.Field != nil {
			field = p.Field.Name
		}
		if p.Type != nil {
			kind = p.Type.String()
		}
		if got := fmt.Sprintf("object %s, in %s, field %s, %s", object, in, field, kind); got != want {
			t.Errorf("%s: got %s, want %s", pointer, got, want)
		}
	}
}

func TestObjectsHaveTheFieldsOfTheirVersion(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{"1.0": "fax", "1.1": "hours fax", "2.0": "hours"} {
		var got []string
		for _, f := range shape.MustCompile(petshop(), version).Object("shop").Fields {
			if f.Name == "fax" || f.Name == "hours" {
				got = append(got, f.Name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}

func TestMistakesInTablesPanic(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*shape.Tables){
		"no such version": func(s *shape.Tables) { s.Versions = []string{"9"} },
		"no such object":  func(s *shape.Tables) { s.Objects[0].Fields[1].Type = shape.Is("nothing") },
		"no such type":    func(s *shape.Tables) { s.Objects[0].Fields[1].Type = shape.Named("nothing") },
		"no type":         func(s *shape.Tables) { s.Objects[0].Fields[1].Type = nil },
		"two fields":      func(s *shape.Tables) { s.Objects[0].Fields[1].Name = "name" },
		"two objects":     func(s *shape.Tables) { s.Objects[1].Name = "shop" },
		"group":           func(s *shape.Tables) { s.Objects[1].Groups[0].Fields[0] = "nothing" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tables := petshop()
			change(&tables)
			defer func() {
				if recover() == nil {
					t.Error("it compiled")
				}
			}()
			shape.MustCompile(tables, "1.0").Objects()
		})
	}
}

// FuzzCheck looks for documents that the walk cannot take.
func FuzzCheck(f *testing.F) {
	f.Add("name: a\npets: {tom: {kind: cat, friend: {$ref: '#/pets/tom'}}}")
	f.Add("name: a\nnested: [[x], *y]\ntags: [{}, {}]")
	set := shape.MustCompile(petshop(), "1.1")
	f.Fuzz(func(t *testing.T, text string) {
		root, _ := tree.Parse(source.NewFile("memory:///d.yaml", "d.yaml", []byte(text)), tree.Options{MaxNodes: 10_000})
		if root == nil {
			return
		}
		for _, d := range set.Check(root, shape.Options{Resolve: local(root)}) {
			if !d.Span.IsValid() || d.Message == "" {
				t.Errorf("%+v", d)
			}
		}
		set.At(root)
	})
}
