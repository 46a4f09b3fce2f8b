package diff_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

const older = `asyncapi: 2.6.0
info: {title: Orders, version: 1.0.0}
channels:
  orders.created:
    WORD:
      message:
        messageId: Order
        payload: {type: object, properties: {id: {type: string}}}
`

// In 2.x "publish" is what others do: the application receives.
func TestDirectionOfOlderDocuments(t *testing.T) {
	t.Parallel()
	for word, party := range map[string]diff.Party{"publish": diff.Senders, "subscribe": diff.Receivers} {
		before := strings.ReplaceAll(older, "WORD", word)
		narrow := strings.Replace(before, "{type: string}}", "{type: string, maxLength: 3}}", 1)
		wide, tight := before, narrow
		from, to := wide, tight
		if party == diff.Receivers {
			from, to = tight, wide
		}
		r := compare(t, from, to, diff.Options{})
		if r.Verdict(diff.JSON) != diff.Breaking || !slices.Equal(r.Changes[0].Breaks, []diff.Party{party}) {
			t.Errorf("%s: want a break of %s\n%s", word, party, told(r))
		}
		if r := compare(t, to, from, diff.Options{}); r.Verdict(diff.JSON) != diff.Compatible {
			t.Errorf("%s, the other way: want no break\n%s", word, told(r))
		}
	}
}

// The same contract in another version of the specification is the same.
func TestMajorVersionsMix(t *testing.T) {
	t.Parallel()
	for action, word := range map[string]string{"receive": "publish", "send": "subscribe"} {
		before := strings.ReplaceAll(older, "WORD", word)
		after := contract(action, part{"servers": "", "channel": "orders"})
		after = strings.Replace(after, "servers:\n  main: {host: broker.example.com, protocol: amqp}\n", "", 1)
		r := compare(t, before, after, diff.Options{})
		if r.Verdict(diff.Source) != diff.Compatible {
			t.Errorf("%s: want no break\n%s", word, told(r))
		}
		after = strings.Replace(after, "{id: {type: string}}", "{id: {type: integer}}", 1)
		if r := compare(t, before, after, diff.Options{}); r.Verdict(diff.JSON) != diff.Breaking {
			t.Errorf("%s: want a break\n%s", word, told(r))
		}
	}
}

func TestWithoutOperationsBothDirectionsAreJudged(t *testing.T) {
	t.Parallel()
	bare := func(payload string) string {
		text, _, _ := strings.Cut(contract("send", part{"payload": payload}), "operations:")
		return text
	}
	before, after := bare("{type: object, properties: {id: {type: string}}}"), bare("{type: object, properties: {id: {type: string}}, required: [id]}")
	for _, c := range []struct {
		from, to string
		as       diff.Role
		want     []diff.Party
	}{
		{before, after, 0, []diff.Party{diff.Senders}},
		{after, before, 0, []diff.Party{diff.Receivers}},
		{before, after, diff.Sends, nil},
		{after, before, diff.Sends, []diff.Party{diff.Receivers}},
		{after, before, diff.Receives, nil},
	} {
		r := compare(t, c.from, c.to, diff.Options{As: c.as})
		var parties []diff.Party
		for _, ch := range r.Changes {
			parties = append(parties, ch.Breaks...)
		}
		if !slices.Equal(parties, c.want) || r.Undirected != (c.as == 0) {
			t.Errorf("as %d: got %v, want %v\n%s", c.as, parties, c.want, told(r))
		}
	}
}

func TestRepliesGoTheOtherWay(t *testing.T) {
	t.Parallel()
	with := func(payload string) string {
		return contract("receive", part{
			"op":       "    reply: {channel: {$ref: '#/channels/answers'}}",
			"channels": "  answers: {address: answers, messages: {Answer: {payload: " + payload + "}}}",
		})
	}
	r := compare(t, with("{type: object, properties: {a: {}}, required: [a]}"), with("{type: object, properties: {a: {}}}"), diff.Options{})
	if c := r.Changes[0]; !slices.Equal(c.Breaks, []diff.Party{diff.Receivers}) || c.Order != diff.ConsumersFirst {
		t.Errorf("want a break of those who asked\n%s", told(r))
	}
}

func TestReplayIsAWarning(t *testing.T) {
	t.Parallel()
	plain := "{type: object, properties: {id: {type: string}}}"
	strict := "{type: object, properties: {id: {type: string}}, required: [id]}"
	for protocol, want := range map[string]bool{"kafka": true, "amqp": false} {
		r := compare(t, contract("send", part{"protocol": protocol, "payload": plain}), contract("send", part{"protocol": protocol, "payload": strict}), diff.Options{})
		got := slices.ContainsFunc(r.Changes, func(c diff.Change) bool { return c.Code == "diff/replay" && string(c.Witness) == "{}" })
		if got != want || r.Verdict(diff.JSON) != diff.Compatible {
			t.Errorf("%s: a warning is %v, want %v\n%s", protocol, got, want, told(r))
		}
	}
}

func TestWhatCannotBeReadIsUnknownAndNeverCompatible(t *testing.T) {
	t.Parallel()
	avro := func(kind string) part {
		return part{"payload": "{schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: {type: record, name: X, fields: [{name: a, type: " + kind + "}]}}"}
	}
	for name, c := range map[string]struct{ old, new part }{
		"avro":                   {avro("int"), avro("nonsense")},
		"unknown format":         {part{"payload": "{schemaFormat: text/x-other, schema: {a: 1}}"}, part{"payload": "{schemaFormat: text/x-other, schema: {a: 2}}"}},
		"payload not described":  {part{"payload": "{type: object}", "message": ""}, nil},
		"a schema that is wrong": {part{"payload": "{type: object}"}, part{"payload": "{type: nonsense}"}},
	} {
		before, after := contract("send", c.old), contract("send", c.new)
		if name == "payload not described" {
			after = strings.Replace(before, "        payload: {type: object}\n", "        summary: nothing said\n", 1)
		}
		r := compare(t, before, after, diff.Options{})
		if got := r.Verdict(diff.JSON); got != diff.Unknown {
			t.Errorf("%s: got %s, want unknown\n%s", name, got, told(r))
		}
		if r := compare(t, before, before, diff.Options{}); len(r.Changes) > 0 {
			t.Errorf("%s: nothing changed\n%s", name, told(r))
		}
	}
}

func TestVersionsMustTellOfChanges(t *testing.T) {
	t.Parallel()
	more := "{type: object, properties: {id: {type: string}, note: {type: string}}}"
	broken := "{type: object, properties: {id: {type: integer}}}"
	for _, c := range []struct {
		payload, from, to string
		want              string
	}{
		{more, "1.2.3", "1.2.3", "still 1.2.3"},
		{more, "1.2.3", "1.2.4", "only from 1.2.3 to 1.2.4"},
		{more, "1.2.3", "1.3.0", ""},
		{more, "1.2.3", "2.0.0", ""},
		{more, "1.2.3", "1.1.0", "went back"},
		{more, "0.2.3", "0.2.4", ""},
		{broken, "1.2.3", "1.3.0", "only from"},
		{broken, "1.2.3", "2.0.0", ""},
		{broken, "0.2.3", "0.3.0", ""},
		{broken, "0.2.3", "0.2.4", "only from"},
		{broken, "2024-01", "2024-01", "still"},
		{broken, "first", "second", ""},
	} {
		r := compare(t, contract("send", part{"version": c.from}), contract("send", part{"version": c.to, "payload": c.payload}), diff.Options{})
		i := slices.IndexFunc(r.Changes, func(c diff.Change) bool { return c.Code == "diff/version-bump" })
		if (i >= 0) != (c.want != "") || i >= 0 && !strings.Contains(r.Changes[i].What, c.want) {
			t.Errorf("%s to %s: want %q\n%s", c.from, c.to, c.want, told(r))
		}
	}
}

func TestAddressVersions(t *testing.T) {
	t.Parallel()
	broken := "{type: object, properties: {id: {type: integer}}}"
	has := func(r *diff.Report) bool {
		return slices.ContainsFunc(r.Changes, func(c diff.Change) bool { return c.Code == "diff/address-version" })
	}
	for _, c := range []struct {
		from, to, payload string
		want              bool
	}{
		{"orders.v1", "orders.v1", broken, true},
		{"orders.v1", "orders.v2", broken, false},
		{"orders.v1", "orders.v2", "{type: object, properties: {id: {type: string}}}", true},
		{"orders", "orders", broken, false},
		{"hitch.shop.1.event.order.placed", "hitch.shop.1.event.order.placed", broken, true},
		{"hitch.shop.1.event.order.placed", "hitch.shop.2.event.order.placed", broken, false},
		{"hitch.shop.1.event.order.placed", "hitch.shop.2.event.order.placed", "{type: object, properties: {id: {type: string}}}", true},
		{"hitch/shop/1/command/mail/send", "hitch/shop/1/command/mail/send", broken, true},
		{"hitch.shop.1.order.placed", "hitch.shop.1.order.placed", broken, false},
	} {
		r := compare(t, contract("send", part{"address": c.from}), contract("send", part{"address": c.to, "payload": c.payload}), diff.Options{})
		if has(r) != c.want {
			t.Errorf("%s to %s: want %v\n%s", c.from, c.to, c.want, told(r))
		}
	}
}

// Every document of the corpus is compared with itself, which finds nothing,
// and with the next, which must end in time whatever it finds.
func TestTheCorpusAgainstItselfAndOthers(t *testing.T) {
	t.Parallel()
	var files []string
	root := filepath.Join(corpus.Dir(t), "asyncapi")
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if ext := filepath.Ext(path); err == nil && !d.IsDir() && (ext == ".yaml" || ext == ".yml" || ext == ".json") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var previous *diff.Document
	compared := 0
	for _, path := range files {
		d, ok := fromDisk(t, root, path)
		if !ok {
			continue
		}
		again, _ := fromDisk(t, root, path)
		if r := diff.Compare(d, again, diff.Options{}); len(r.Changes) > 0 {
			t.Errorf("%s differs from itself:\n%s", path, told(r))
		}
		if previous != nil {
			start := cputime.Start(t)
			checkShape(t, path, diff.Compare(*previous, d, diff.Options{}))
			if took := start(); took > 2*time.Second {
				t.Errorf("%s took %s", path, took)
			}
		}
		previous = &d
		compared++
	}
	t.Logf("%d of %d files are documents", compared, len(files))
	if compared < 20 {
		t.Errorf("only %d documents were found", compared)
	}
}

// checkShape checks what must hold of every report.
func checkShape(t *testing.T, name string, r *diff.Report) {
	t.Helper()
	for _, c := range r.Changes {
		if c.What == "" || c.Why == "" || c.Subject == "" || !strings.HasPrefix(string(c.Code), "diff/") {
			t.Errorf("%s: the change says too little: %+v", name, c)
		}
		if c.Witness != nil && !json.Valid(c.Witness) {
			t.Errorf("%s: the witness is no JSON: %s", name, c.Witness)
		}
	}
}

func fromDisk(t *testing.T, root, path string) (diff.Document, bool) {
	t.Helper()
	opener, err := source.Local(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opener.Close() })
	file, err := source.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := diff.Load(t.Context(), ref.New(opener, ref.Options{}), file)
	return d, err == nil
}

func BenchmarkLargeDocuments(b *testing.B) {
	text := large(2000)
	before := load(b, "old.yaml", text)
	after := load(b, "new.yaml", strings.Replace(text, "required: [id]", "required: [id, n]", 1))
	for b.Loop() {
		if r := diff.Compare(before, after, diff.Options{}); r.Verdict(diff.JSON) != diff.Breaking {
			b.Fatal(told(r))
		}
	}
}

func large(n int) string {
	var b, ops, schemas strings.Builder
	b.WriteString("asyncapi: 3.0.0\ninfo: {title: Large, version: 1.0.0}\nchannels:\n")
	for i := range n {
		fmt.Fprintf(&b, "  c%d:\n    address: c.%d\n    messages:\n      m:\n        payload: {$ref: '#/components/schemas/S%d'}\n", i, i, i)
		fmt.Fprintf(&ops, "  o%d: {action: receive, channel: {$ref: '#/channels/c%d'}}\n", i, i)
		fmt.Fprintf(&schemas, "    S%d: {type: object, required: [id], properties: {id: {type: string, format: uuid}, n: {type: integer, minimum: 0}, tags: {type: array, items: {type: string}}}}\n", i)
	}
	return b.String() + "operations:\n" + ops.String() + "components:\n  schemas:\n" + schemas.String()
}
