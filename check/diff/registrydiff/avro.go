package registrydiff

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/weft-dev/weft/spec/schema/avro"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// avroLanguage is Avro. The registry asks Java's library, which goes by the
// rules of the specification; so does package avro.
type avroLanguage struct{}

func (avroLanguage) parse(p *Parsed) error {
	root, err := avroNode("schema.avsc", p.schema.Text)
	if err != nil {
		return err
	}
	compiler := avro.New(nil)
	for _, used := range p.schema.Uses {
		node, err := avroNode(used.Name, used.Text)
		if err != nil {
			return fmt.Errorf("the reference %q: %w", used.Name, err)
		}
		compiler.References = append(compiler.References, node)
	}
	if p.avro, err = compiler.Schema(root, ""); err != nil {
		return err
	}
	p.canonical, p.normalized = avroText(root, false), avroText(root, true)
	return nil
}

// avroNode reads the text of a schema. A primitive type may be written without
// quotes, as some clients do.
func avroNode(name, text string) (*tree.Node, error) {
	if err := shallow(text); err != nil {
		return nil, err
	}
	if _, primitive := primitives.Get()[text]; primitive {
		return tree.NewString(text), nil
	}
	if _, err := compact(text); err != nil {
		return nil, err
	}
	root, findings := tree.Parse(source.NewFile("memory:///"+name, name, []byte(text)), tree.Options{})
	for i := range findings {
		if findings[i].Severity == diag.Error {
			return nil, errors.New(findings[i].Message)
		}
	}
	if root == nil {
		return nil, errors.New("it cannot be read")
	}
	return root, nil
}

func (avroLanguage) compare(reader, writer *Parsed) ([]Problem, []Note, error) {
	resolution, err := avro.Resolve(reader.avro, writer.avro)
	if err != nil {
		return nil, nil, err
	}
	var problems []Problem
	var unseen []avro.Mismatch
	for _, m := range resolution.Mismatches {
		if !m.Kind.ByRegistry() {
			unseen = append(unseen, m)
			continue
		}
		problems = append(problems, Problem{Kind: string(m.Kind), Path: m.ReaderPath, Message: m.Message})
	}
	if len(problems) > 0 || len(unseen) == 0 {
		return problems, nil, nil
	}
	return nil, []Note{avroNote(resolution, &unseen[0])}, nil
}

// avroNote is about what the registry does not look at.
func avroNote(resolution *avro.Resolution, m *avro.Mismatch) Note {
	note := Note{Message: "the registry accepts it, but " + m.Message}
	if witness, err := resolution.Witness(m); err == nil {
		note.Witness = witness
		if text, err := json.Marshal(witness); err == nil {
			note.Message += fmt.Sprintf("; as in %s", text)
		}
	}
	return note
}
