package discover

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/driver"
)

// schemaOf is what bodies of one type have in common, as YAML.
func schemaOf(t *testing.T, bodies ...string) string {
	t.Helper()
	f := found(bodies...)
	if f.JSON != len(bodies) || len(f.kinds) != 1 {
		t.Fatalf("%d of %d are JSON, of %d types", f.JSON, len(bodies), len(f.kinds))
	}
	text, err := tree.Print(f.kinds[0].shape.schema(), tree.YAML)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// found is an address with messages.
func found(bodies ...string) *Find {
	var list []*driver.Message
	for _, body := range bodies {
		list = append(list, &driver.Message{Body: []byte(body)})
	}
	f := &Find{Holding: driver.Holding{Address: "orders"}}
	f.describe(list)
	return f
}

func TestAFieldIsRequiredOnlyWhereEachMessageHasIt(t *testing.T) {
	t.Parallel()
	got := schemaOf(t, `{"id":1,"note":"a b"}`, `{"id":2.5}`)
	want := "type: object\nrequired:\n  - id\nproperties:\n  id:\n    type: number\n  note:\n    type: string\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestFormatsAreThoseOfEveryText(t *testing.T) {
	t.Parallel()
	got := schemaOf(t, `{"id":"3f2504e0-4f89-41d3-9a0c-0305e82c3301","at":"2026-01-31T12:00:00Z","mixed":"2026-01-31"}`,
		`{"id":"3f2504e0-4f89-41d3-9a0c-0305e82c3302","at":"2026-01-31T12:00:01.5+01:00","mixed":"then"}`)
	for _, want := range []string{"format: uuid", "format: date-time"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%q is not once in\n%s", want, got)
		}
	}
	if strings.Contains(got, "format: date\n") {
		t.Errorf("a format that one text has not:\n%s", got)
	}
}

func TestWordsAreAnEnumerationWhereFewRepeat(t *testing.T) {
	t.Parallel()
	var bodies []string
	for i := range 12 {
		bodies = append(bodies, fmt.Sprintf(`{"status":"%s","note":"n%c","password":"%s"}`,
			[]string{"open", "paid"}[i%2], 'a'+i, []string{"hunter", "secret"}[i%2]))
	}
	got := schemaOf(t, bodies...)
	if strings.Count(got, "enum:") != 1 || !strings.Contains(got, "- open\n") || !strings.Contains(got, "- paid\n") {
		t.Errorf("not the words of status alone:\n%s", got)
	}
	if strings.Contains(got, "hunter") {
		t.Errorf("it tells a password:\n%s", got)
	}
}

func TestNothingThatLooksLikeASecretIsAWord(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"sk_live_4eC39HqLyjWDarj", "AKIA4EXAMPLE99", "4111111111111111", "ada@example.com", "", "Zürich"} {
		if isWord(text) {
			t.Errorf("%q is taken for a word", text)
		}
	}
	for _, name := range []string{"password", "customerName", "card_number", "X-Api-Key", "accessToken", "userEmail"} {
		if !isPrivate(name) {
			t.Errorf("%q is not private", name)
		}
	}
	for _, name := range []string{"status", "currency", "shipping", "keyboard"} {
		if isPrivate(name) {
			t.Errorf("%q is private", name)
		}
	}
}

func TestNamesThatAreDataAreNoFields(t *testing.T) {
	t.Parallel()
	got := schemaOf(t, `{"stock":{"1001":{"n":1},"1002":{"n":2}}}`)
	if strings.Contains(got, "1001") || !strings.Contains(got, "additionalProperties:") {
		t.Errorf("got\n%s", got)
	}
}

func TestAddressesFitTemplates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		template, address string
		want              bool
	}{
		{"orders", "orders", true},
		{"orders", "orders.eu", false},
		{"orders.{region}", "orders.eu", true},
		{"orders.{region}", "orders.", false},
		{"{team}.orders.{n}", "shop.orders.7", true},
		{"{team}.orders.{n}", "shop.refunds.7", false},
		{"{a}.x", "b.y.x", true},
	} {
		if got := fits(c.template, c.address); got != c.want {
			t.Errorf("%s fits %s: %t", c.address, c.template, got)
		}
	}
}

func TestWhatIsNotDescribedAndWhatIsNotThere(t *testing.T) {
	t.Parallel()
	finds := []*Find{{Holding: driver.Holding{Address: "a"}}, {Holding: driver.Holding{Address: "b"}}}
	c := Compare(finds, []Claim{{Address: "b"}, {Address: "c"}})
	if len(c.Documented) != 1 || c.Documented[0].Find.Address != "b" || len(c.Undocumented) != 1 || c.Undocumented[0].Address != "a" ||
		len(c.Absent) != 1 || c.Absent[0].Address != "c" {
		t.Errorf("got %+v", c)
	}
}

func TestDocumentsAreHeldToTheGroupsThatTheyName(t *testing.T) {
	t.Parallel()
	f := &Find{Holding: driver.Holding{Address: "a", Groups: []driver.Readership{{Group: "billing"}, {Group: "ship-STREAM", As: "ship"}, {Group: "x"}}}}
	p := Pairing{Find: f, Claims: []Claim{{Groups: []string{"billing", "gone"}}, {Groups: []string{"ship"}}}}
	if got := strings.Join(p.Strangers(), " "); got != "x" {
		t.Errorf("strangers are %q", got)
	}
	if got := strings.Join(p.Missing(), " "); got != "gone" || !p.Declared() {
		t.Errorf("missing are %q", got)
	}
}

func TestAnExchangeIsWhatNamesIt(t *testing.T) {
	t.Parallel()
	exchange := &Find{Holding: driver.Holding{Address: "orders", Params: map[string]string{"exchange": "orders"}}}
	queue := &Find{Holding: driver.Holding{Address: "orders"}}
	c := Compare([]*Find{exchange, queue}, []Claim{{Channel: "key", Address: "order.paid", Exchange: "orders"}, {Channel: "queue", Address: "orders"}})
	if len(c.Documented) != 2 || c.Documented[0].Claims[0].Channel != "key" || c.Documented[1].Claims[0].Channel != "queue" || len(c.Absent) != 0 {
		t.Errorf("got %+v", c)
	}
}
