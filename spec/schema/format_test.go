package schema_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

func TestParseFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		family  schema.Family
		dialect schema.Dialect
		version string
	}{
		{"", schema.JSONSchema, schema.Draft7, ""},
		{"application/vnd.aai.asyncapi;version=3.0.0", schema.JSONSchema, schema.Draft7, "3.0.0"},
		{"application/vnd.aai.asyncapi+yaml;version=2.6.0", schema.JSONSchema, schema.Draft7, "2.6.0"},
		{"application/schema+json;version=draft-07", schema.JSONSchema, schema.Draft7, "draft-07"},
		{"application/schema+json; version=2020-12", schema.JSONSchema, schema.Draft2020, "2020-12"},
		{"application/vnd.oai.openapi;version=3.0.3", schema.JSONSchema, schema.OpenAPI30, "3.0.3"},
		{"application/vnd.oai.openapi+json;version=3.1.0", schema.JSONSchema, schema.Draft2020, "3.1.0"},
		{"application/vnd.apache.avro;version=1.9.0", schema.Avro, "", "1.9.0"},
		{"application/vnd.google.protobuf;version=3", schema.Protobuf, "", "3"},
		{"application/raml+yaml;version=1.0", schema.RAML, "", "1.0"},
		{"application/xml", schema.XSD, "", ""},
		{"text/x-home-made", schema.Other, "", ""},
	} {
		f, err := schema.ParseFormat(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if f.Family != c.family || f.Dialect != c.dialect || f.Version != c.version {
			t.Errorf("%q: got %q %q %q", c.text, f.Family, f.Dialect, f.Version)
		}
	}
}

func TestParseFormatRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"/;":                                   "is not a media type",
		"application/schema+json;version=v9.9": "is not known: use draft-04",
	} {
		if _, err := schema.ParseFormat(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one with %q", text, err, want)
		}
	}
}

func TestSetRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	set := schema.NewSet(nil)
	f, err := schema.ParseFormat("application/vnd.apache.avro;version=1.9.0")
	if err != nil {
		t.Fatal(err)
	}
	_, err = set.Compile(&tree.Node{Kind: tree.Mapping}, f)
	unsupported, ok := errors.AsType[*schema.UnsupportedError](err)
	if !ok || unsupported.Format.Family != schema.Avro {
		t.Fatalf("got %v, want an UnsupportedError for Avro", err)
	}
	if !strings.Contains(err.Error(), "not supported here") {
		t.Errorf("the error does not say that it is not supported: %v", err)
	}
}
