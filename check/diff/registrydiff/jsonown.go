package registrydiff

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/check/diff/schemadiff"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// schemaURI is where a schema is taken to stand, so that the names of its
// references lead somewhere.
const schemaURI = "registry:///schema.json"

// opened is a schema among the texts it refers to, for those who judge values.
func opened(s Schema) (*ref.Workspace, *tree.Node, error) {
	texts := source.Memory{}
	for _, used := range s.Uses {
		texts[join(schemaURI, used.Name)] = used.Text
		if value, err := decode(used.Text); err == nil {
			if id := idOf(place{value: value}); strings.Contains(id, "://") {
				texts[strings.TrimSuffix(id, "#")] = used.Text
			}
		}
	}
	ws := ref.New(texts, ref.Options{})
	doc := ws.Load(source.NewFile(schemaURI, "schema.json", []byte(s.Text)))
	if doc.Root == nil {
		for _, finding := range doc.Findings {
			return nil, nil, fmt.Errorf("%s", finding.Message)
		}
		return nil, nil, fmt.Errorf("it cannot be read")
	}
	return ws, doc.Root, nil
}

// compiles reports what a validator would have against a schema.
func (s *jsonSchema) compiles(of Schema) error {
	ws, root, err := opened(of)
	if err != nil {
		return err
	}
	_, err = jsonschema.New(jsonschema.In(ws)).Schema(root, schema.Draft7)
	return err
}

func (jsonLanguage) compare(reader, writer *Parsed) ([]Problem, []Note, error) {
	c, differences, err := compareJSON(writer.json, reader.json)
	if err != nil {
		return nil, nil, err
	}
	var problems []Problem
	for _, d := range differences {
		if d.kind.fine {
			continue
		}
		message := d.kind.says
		if d.note != "" {
			message += " " + d.note
		}
		problems = append(problems, Problem{Kind: d.kind.name, Path: d.path, Message: message})
	}
	var notes []Note
	if c.stumbles != "" {
		notes = append(notes, Note{Message: fmt.Sprintf("the registry itself fails at %s with an internal error, since it looks for a maximum that is not there; this one refuses instead", c.stumbles)})
	}
	return problems, append(notes, trueVerdict(reader, writer, problems)...), nil
}

// maxProvable bounds the size of two schemas for which a message is searched.
const maxProvable = 64 << 10

// trueVerdict asks whether a message exists that may be written and is refused,
// and tells where that is not what the registry says.
func trueVerdict(reader, writer *Parsed, problems []Problem) []Note {
	if len(reader.schema.Text)+len(writer.schema.Text) > maxProvable {
		if len(problems) > 0 {
			return nil
		}
		return []Note{{Message: "the registry accepts it; whether all messages stay readable was not looked into, since the schemas are large"}}
	}
	answer, err := included(writer.schema, reader.schema)
	if err != nil {
		return nil // what cannot be read was said when it was
	}
	switch {
	case answer.Verdict == schemadiff.Accepted && len(problems) > 0:
		return []Note{{Message: why(problems[0].Kind)}}
	case answer.Verdict == schemadiff.Refused && len(problems) == 0:
		return []Note{overlooked(answer)}
	case answer.Verdict == schemadiff.Unknown && len(problems) == 0:
		return []Note{{Message: "the registry accepts it; whether all messages stay readable could not be decided: " + answer.Reason}}
	}
	return nil
}

func included(writer, reader Schema) (schemadiff.Answer, error) {
	w, wRoot, err := opened(writer)
	if err != nil {
		return schemadiff.Answer{}, err
	}
	r, rRoot, err := opened(reader)
	if err != nil {
		return schemadiff.Answer{}, err
	}
	return schemadiff.Included(
		schemadiff.Schema{In: schemadiff.In(w), Node: wRoot, Dialect: schema.Draft7},
		schemadiff.Schema{In: schemadiff.In(r), Node: rRoot, Dialect: schema.Draft7}), nil
}

func overlooked(answer schemadiff.Answer) Note {
	text, _ := json.Marshal(answer.Witness)
	message := fmt.Sprintf("the registry accepts it, but %s may be written and is not readable", text)
	if len(answer.Violations) > 0 {
		message += ": " + answer.Violations[0].Message
	}
	return Note{Message: message, Witness: answer.Witness}
}

// why says what makes the registry refuse what breaks no message.
func why(kind string) string {
	const found = "no message is known to break, but the registry refuses it: "
	switch kind {
	case "OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL":
		return found + "an object that allows other properties might have carried this one already, with other values; that is only so where writers write what their schema does not declare. Say \"additionalProperties\": false in the schema before, or set the level to NONE for this step"
	case "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL":
		return found + "it counts the property as one that is refused now"
	case "TYPE_CHANGED":
		return found + "it does not compare schemas of different sorts, as an enum and a type, or a const and an enum"
	case "COMBINED_TYPE_SUBSCHEMAS_CHANGED", "COMBINED_TYPE_CHANGED", "SUM_TYPE_NARROWED", "PRODUCT_TYPE_EXTENDED":
		return found + "it pairs the parts of combined schemas one by one, and does not see what they allow together"
	case "PATTERN_CHANGED", "PATTERN_ADDED":
		return found + "it does not look into patterns"
	}
	return found + "it compares keyword by keyword, and does not see what they mean together"
}
