package schema

import (
	"fmt"
	"mime"
	"slices"
	"strings"
)

// Family is a language of schemas, whatever its version.
type Family string

// The families that a contract may name.
const (
	JSONSchema Family = "JSON Schema" // and its supersets: AsyncAPI's and OpenAPI's Schema Object
	Avro       Family = "Avro"
	Protobuf   Family = "Protocol Buffers"
	RAML       Family = "RAML"
	XSD        Family = "XML Schema"
	Other      Family = "unknown"
)

// Dialect is a version of JSON Schema, or a language derived from one.
type Dialect string

// The dialects of JSON Schema.
const (
	Draft4    Dialect = "draft-04"
	Draft6    Dialect = "draft-06"
	Draft7    Dialect = "draft-07"
	Draft2019 Dialect = "2019-09"
	Draft2020 Dialect = "2020-12"
	// OpenAPI30 is OpenAPI 3.0's Schema Object: draft-05 with "nullable",
	// boolean exclusiveMinimum and "example".
	OpenAPI30 Dialect = "OpenAPI 3.0"
)

// Format is the language and version a schema is written in, as AsyncAPI's
// schemaFormat names it.
type Format struct {
	// Family is the language; never empty in a parsed Format.
	Family Family
	// Version is as written: "3.0.0", "draft-07", "1.9.0"; often empty.
	Version string
	// Dialect is set for JSONSchema: which rules apply where the schema has
	// no "$schema" of its own.
	Dialect Dialect
	// MediaType is the whole schemaFormat as written.
	MediaType string
}

// String returns the format as people know it.
func (f Format) String() string {
	if f.MediaType != "" {
		return f.MediaType
	}
	if f.Dialect != "" {
		return string(f.Family) + " " + string(f.Dialect)
	}
	return string(f.Family)
}

// JSON returns the format of a JSON Schema in a dialect, for schemas whose
// language follows from where they stand.
func JSON(dialect Dialect) Format {
	return Format{Family: JSONSchema, Dialect: dialect}
}

// ParseFormat reads a schemaFormat. The empty string is AsyncAPI's default,
// its Schema Object: a superset of draft-07 (AsyncAPI 3.1, "Multi Format
// Schema Object"). A media type that no specification defines is a Format of
// the family Other, which no Set compiles.
func ParseFormat(text string) (Format, error) {
	if text == "" {
		return Format{Family: JSONSchema, Dialect: Draft7}, nil
	}
	media, params, err := mime.ParseMediaType(text)
	if err != nil {
		return Format{}, fmt.Errorf("schemaFormat %q is not a media type: %w", text, err)
	}
	f := Format{MediaType: text, Version: params["version"], Family: family(media)}
	if f.Family == JSONSchema {
		f.Dialect, err = dialect(media, f.Version)
	}
	return f, err
}

func family(media string) Family {
	media, _, _ = strings.Cut(media, "+")
	switch media {
	case "application/vnd.aai.asyncapi", "application/schema", "application/vnd.oai.openapi":
		return JSONSchema
	case "application/vnd.apache.avro":
		return Avro
	case "application/vnd.google.protobuf":
		return Protobuf
	case "application/raml":
		return RAML
	case "application/xml", "application/xsd":
		return XSD
	}
	return Other
}

func dialect(media, version string) (Dialect, error) {
	switch {
	case strings.HasPrefix(media, "application/vnd.aai.asyncapi"):
		return Draft7, nil
	case strings.HasPrefix(media, "application/vnd.oai.openapi"):
		if version == "" || strings.HasPrefix(version, "3.0") {
			return OpenAPI30, nil
		}
		return Draft2020, nil
	case version == "":
		return Draft7, nil
	}
	d := Dialect(version)
	if !slices.Contains([]Dialect{Draft4, Draft6, Draft7, Draft2019, Draft2020}, d) {
		return "", fmt.Errorf("JSON Schema version %q is not known: use draft-04, draft-06, draft-07, 2019-09 or 2020-12", version)
	}
	return d, nil
}

// UnsupportedError says that a schema is written in a language by which
// nothing can be judged where it stands.
type UnsupportedError struct {
	Format Format
}

// Error implements error.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("schemas in the format %q are not supported here: write it in AsyncAPI's Schema Object, JSON Schema, Avro or Protobuf", e.Format.String())
}
