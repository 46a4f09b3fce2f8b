package subject_test

import (
	"context"
	"errors"
	"testing"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/source/subject"
)

const base = "http://registry.test/ccompat/v7"

var answers = source.Memory{
	base + "/subjects/orders-value/versions/latest": `{"subject":"orders-value","version":3,"id":12,"schema":"{\"type\":\"string\"}"}`,
	base + "/subjects/orders-value/versions/2":      `{"subject":"orders-value","version":2,"id":7,"schemaType":"PROTOBUF","schema":"syntax = \"proto3\";"}`,
	base + "/subjects/json/versions/1": `{"subject":"json","version":1,"id":4,"schemaType":"JSON","schema":"{\"$ref\":\"common.json\"}",
		"references":[{"name":"common.json","subject":"a/b","version":5},{"name":"https://example.com/x.json","subject":"a/b","version":5}]}`,
	base + "/subjects/a%2Fb/versions/5":                 `{"subject":"a/b","version":5,"id":9,"schemaType":"JSON","schema":"{\"type\":\"integer\"}"}`,
	"http://files.test/subjects/x/versions/1/schema":    `{"type":"boolean"}`,
	"http://files.test/subjects/odd/versions/1":         `{"type":"not an answer"}`,
	"http://files.test/subjects/odd/versions/1/schema":  `{"type":"null"}`,
	"http://files.test/plain.json":                      `{}`,
	"http://files.test/subjects/x/versions/1/other.txt": `other`,
}

func TestOpen(t *testing.T) {
	t.Parallel()
	o := subject.New(answers, nil)
	for _, c := range []struct{ uri, text, final string }{
		{base + "/subjects/orders-value/versions/latest/schema", `{"type":"string"}`, base + "/subjects/orders-value/versions/3/schema"},
		{base + "/subjects/orders-value/versions/3/schema", `{"type":"string"}`, base + "/subjects/orders-value/versions/3/schema"},
		{base + "/subjects/orders-value/versions/2/schema", `syntax = "proto3";`, base + "/subjects/orders-value/versions/2/schema.proto"},
		{base + "/subjects/json/versions/1/schema", `{"$ref":"common.json"}`, base + "/subjects/json/versions/1/schema"},
		{base + "/subjects/json/versions/1/common.json", `{"type":"integer"}`, base + "/subjects/a%2Fb/versions/5/schema"},
		{"https://example.com/x.json", `{"type":"integer"}`, base + "/subjects/a%2Fb/versions/5/schema"},
		{"http://files.test/subjects/x/versions/1/schema", `{"type":"boolean"}`, "http://files.test/subjects/x/versions/1/schema"},
		{"http://files.test/subjects/odd/versions/1/schema", `{"type":"null"}`, "http://files.test/subjects/odd/versions/1/schema"},
		{"http://files.test/plain.json", `{}`, "http://files.test/plain.json"},
	} {
		f, err := o.Open(context.Background(), c.uri)
		if err != nil {
			t.Errorf("%s: %v", c.uri, err)
			continue
		}
		if string(f.Data()) != c.text || f.URI() != c.final {
			t.Errorf("%s: %s at %s", c.uri, f.Data(), f.URI())
		}
	}
	for _, uri := range []string{base + "/subjects/absent/versions/1/schema", base + "/subjects/json/versions/1/other.json"} {
		if _, err := o.Open(context.Background(), uri); !errors.Is(err, source.ErrNotFound) {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestEntry(t *testing.T) {
	t.Parallel()
	o := subject.New(answers, nil)
	e, ok, err := o.Entry(context.Background(), base+"/subjects/orders-value/versions/latest/schema")
	if err != nil || !ok || e.Version != 3 || e.ID != 12 || e.Type != "AVRO" {
		t.Errorf("%+v %v %v", e, ok, err)
	}
	if _, ok, _ := o.Entry(context.Background(), "http://files.test/plain.json"); ok {
		t.Error("a plain file has an entry")
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{
		"http://h/subjects/s/versions/0/schema", "http://h/subjects/s/versions/x/schema", "http://h/subjects//versions/1/schema",
		"http://h/subjects/s/versions/1", "ftp://h/subjects/s/versions/1/schema", "file:///subjects/s/versions/1/schema", "http://h/",
	} {
		if a, ok := subject.Parse(uri); ok {
			t.Errorf("%s is %+v", uri, a)
		}
	}
	a, ok := subject.Parse("https://u@h:1/p/subjects/a%2Fb/versions/-1/x/y.json")
	if !ok || a.Base != "https://u@h:1/p" || a.Subject != "a/b" || !a.IsLatest() || a.Rest != "x/y.json" || a.At("2") != "https://u@h:1/p/subjects/a%2Fb/versions/2/schema" {
		t.Errorf("%+v %v", a, ok)
	}
}
