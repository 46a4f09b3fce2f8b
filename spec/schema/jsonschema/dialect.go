package jsonschema

import (
	"strings"

	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/tree"
)

// dialectOf says which rules a schema is read by: its own "$schema" first,
// then that of the schema document around it, then the one given.
func dialectOf(node *tree.Node, fallback schema.Dialect) (schema.Dialect, error) {
	if fallback == "" {
		fallback = schema.Draft7
	}
	if own := node.Get("$schema"); own.Is(tree.String) {
		if d, ok := dialectByURL(own.Text); ok {
			return d, nil
		}
		return "", &Error{Node: own, Message: "the dialect " + quote(own.Text) +
			" is not supported: use draft-04, draft-06, draft-07, 2019-09 or 2020-12 of JSON Schema"}
	}
	if f, err := schema.ParseFormat(node.Parent.Get("schemaFormat").Str()); err == nil && f.MediaType != "" && f.Dialect != "" {
		fallback = f.Dialect
	}
	for n := node.Parent; n != nil; n = n.Parent {
		// A contract may carry a "$schema" for its editor; only one that
		// names a dialect says anything about the schemas below it.
		if d, ok := dialectByURL(n.Get("$schema").Str()); ok {
			return d, nil
		}
	}
	return fallback, nil
}

func dialectByURL(url string) (schema.Dialect, bool) {
	url = strings.TrimPrefix(strings.TrimPrefix(url, "https://"), "http://")
	switch strings.TrimSuffix(url, "#") {
	case "json-schema.org/draft-04/schema":
		return schema.Draft4, true
	case "json-schema.org/draft-06/schema":
		return schema.Draft6, true
	case "json-schema.org/draft-07/schema":
		return schema.Draft7, true
	case "json-schema.org/draft/2019-09/schema":
		return schema.Draft2019, true
	case "json-schema.org/draft/2020-12/schema", "json-schema.org/schema",
		"spec.openapis.org/oas/3.1/dialect/base", "spec.openapis.org/oas/3.1/dialect/2024-11-10":
		return schema.Draft2020, true
	}
	return "", false
}

// draft is the number of a dialect's version, for comparing. OpenAPI 3.0's
// dialect is near to draft-07; what it lacks is left out.
func draft(d schema.Dialect) int {
	switch d {
	case schema.Draft4:
		return 4
	case schema.Draft6:
		return 6
	case schema.Draft2019:
		return 2019
	case schema.Draft2020:
		return 2020
	}
	return 7
}

// refStandsAlone reports whether a dialect ignores what is written beside a
// "$ref" (JSON Schema draft-07 section 8.3, OpenAPI 3.0 "Reference Object").
func refStandsAlone(d schema.Dialect) bool {
	return d != schema.Draft2019 && d != schema.Draft2020
}
