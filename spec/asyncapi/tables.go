package asyncapi

import (
	"slices"
	"strings"
	"sync"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/shape"
)

// versions are the versions of the specification that the tables describe.
var versions = []string{"2.0", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "3.0", "3.1"}

// Latest is the newest version of the specification that is known.
const Latest = "3.1.0"

// Versions returns the versions of the specification that are known, oldest
// first, as documents write them: "2.0.0" to Latest.
func Versions() []string {
	list := make([]string, len(versions))
	for i, v := range versions {
		list[i] = v + ".0"
	}
	return list
}

// extensionKey is what the specification allows as the name of an extension.
const extensionKey = `^x-[\w.\-]+$`

// componentKey is what it allows as the name of a component.
const (
	componentKey      = `^[\w.\-]+$`
	componentKeyWords = `letters, digits, ".", "-" and "_"`
)

// sets are the compiled tables by version; each is made when first asked for.
var sets = lazy.Of[map[string]func() *shape.Set]{Make: func() map[string]func() *shape.Set {
	m := make(map[string]func() *shape.Set, len(versions))
	for _, v := range versions {
		m[v] = sync.OnceValue(func() *shape.Set { return shape.MustCompile(Tables(), v) })
	}
	return m
}}

// Set returns the tables for a version as a document writes it. A patch or
// minor version that is not known gives the newest known one below it; the
// tables then say what is wrong with it. It is nil for other major versions.
func Set(version string) *shape.Set {
	v := tableVersion(version)
	if v == "" {
		return nil
	}
	return sets.Get()[v]()
}

// tableVersion is the "major.minor" whose tables are the nearest for a version.
func tableVersion(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return ""
	}
	if v := parts[0] + "." + parts[1]; slices.Contains(versions, v) {
		return v
	}
	for _, v := range slices.Backward(versions) {
		if strings.HasPrefix(v, parts[0]+".") {
			return v
		}
	}
	return ""
}

// Tables describes every version of AsyncAPI from 2.0 on.
func Tables() shape.Tables {
	return shape.Tables{
		Name:         "asyncapi",
		Title:        "AsyncAPI",
		Root:         "document",
		Versions:     versions,
		ExtensionKey: extensionKey,
		Types:        map[string]*shape.Type{"Avro schema": avroType()},
		Objects: slices.Concat(
			documentTables2(), channelTables2(), messageTables2(),
			documentTables3(), channelTables3(), messageTables3(),
			sharedTables(), securityTables(), bindingTables(),
			schemaTables(), openAPISchemaTables(), avroTables(),
		),
	}
}

const (
	spec2 = "https://www.asyncapi.com/docs/reference/specification/v2.6.0#"
	spec3 = "https://www.asyncapi.com/docs/reference/specification/v3.1.0#"
)

// field and required keep a row of a table to one line.
func field(name string, t *shape.Type, doc string) shape.Field {
	return shape.Field{Name: name, Type: t, Doc: doc}
}

func required(name string, t *shape.Type, doc string) shape.Field {
	return shape.Field{Name: name, Type: t, Doc: doc, Required: true}
}

func since(version string, f shape.Field) shape.Field { f.Since = version; return f }
func until(version string, f shape.Field) shape.Field { f.Until = version; return f }

func text() *shape.Type { return shape.String() }
func uri() *shape.Type  { return shape.String().Format("uri") }

func isOrRef(object string) *shape.Type { return shape.Is(object).OrRef() }

// refTo is a place where only a reference may stand.
func refTo(object string) *shape.Type { return shape.Is(object).MustRef() }

func schema() *shape.Type { return schemaOf("schema") }

// components is a map of components by name.
func components(t *shape.Type) *shape.Type {
	return shape.Map(t).KeysShould(componentKey, componentKeyWords)
}

// versionFields is the field "asyncapi" of every version from one to another.
func versionFields(from, to string) []shape.Field {
	var list []shape.Field
	for i := slices.Index(versions, from); i <= slices.Index(versions, to); i++ {
		f := required("asyncapi", text().Enum(versions[i]+".0"), "The version of AsyncAPI that the document is written in.")
		f.Since, f.Until = versions[i], versions[i]
		list = append(list, f)
	}
	return list
}

// location is a runtime expression that points into a message.
func location() *shape.Type {
	return text().Pattern(`^\$message\.(header|payload)#(/(([^/~])|(~[01]))*)*`,
		`a place in the message, such as "$message.header#/correlationId"`)
}
