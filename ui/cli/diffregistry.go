package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/check/diff/registrydiff"
	"github.com/weft-dev/weft/make/subjects"
	"github.com/weft-dev/weft/text/diag"
)

// byRegistry is the report at the level of a schema registry.
func (f *diffFlags) byRegistry(cmd *cobra.Command, before, after diff.Document) (*diff.Report, error) {
	level, err := registrydiff.ParseLevel(f.compatibility)
	if err != nil {
		return nil, usage("--compatibility: %w", err)
	}
	old, err := keptPayloads(cmd, before)
	if err != nil {
		return nil, err
	}
	next, err := keptPayloads(cmd, after)
	if err != nil {
		return nil, err
	}
	var kept []diff.Kept
	for _, p := range next {
		for _, q := range old {
			if p.Channel == q.Channel && p.Message == q.Message {
				kept = append(kept, diff.Kept{
					Channel: p.Channel, Message: p.Message, Old: keptSchema(q), New: keptSchema(p), Before: q.Place, After: p.Place,
				})
			}
		}
	}
	return diff.ByRegistry(kept, level), nil
}

func keptSchema(p subjects.Payload) registrydiff.Schema {
	return registrydiff.Schema{Type: registrydiff.Type(typeOfFamily(p.Family)), Text: p.Text}
}

// keptPayloads are the payloads of a document as a registry keeps them.
func keptPayloads(cmd *cobra.Command, d diff.Document) ([]subjects.Payload, error) {
	list, findings := subjects.Of(cmd.Context(), d.Workspace, d.Model)
	if diag.Worst(findings) == diag.Error {
		if err := printFindings(cmd, findings); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: not all payloads can be compared as a registry compares them", d.Model.File.Name())
	}
	return list, nil
}
