package cli

import (
	"context"
	"slices"

	"github.com/weft-dev/weft/check/diff/registrydiff"
	"github.com/weft-dev/weft/wire/registry"
)

// schemaJudge lets the embedded registry decide as package registrydiff does.
type schemaJudge struct{}

// Types implements registry.Judge.
func (schemaJudge) Types() []string {
	var names []string
	for _, t := range registrydiff.Types() {
		names = append(names, string(t))
	}
	return names
}

func parsed(d registry.Document) (*registrydiff.Parsed, error) {
	s := registrydiff.Schema{Type: registrydiff.Type(d.Type), Text: d.Text}
	for _, used := range d.Uses {
		s.Uses = append(s.Uses, registrydiff.Used(used))
	}
	return registrydiff.Parse(s)
}

// Parse implements registry.Judge.
func (schemaJudge) Parse(_ context.Context, d registry.Document) (registry.Form, error) {
	p, err := parsed(d)
	if err != nil {
		return registry.Form{}, err
	}
	return registry.Form{Canonical: p.Canonical(), Normalized: p.Normalized()}, nil
}

// Compare implements registry.Judge.
func (schemaJudge) Compare(_ context.Context, level string, next registry.Document, earlier []registry.Version) (registry.Verdict, error) {
	report, err := compared(level, next, earlier)
	if err != nil {
		return registry.Verdict{}, err
	}
	return registry.Verdict{Compatible: report.Compatible, Messages: report.Messages()}, nil
}

func compared(level string, next registry.Document, earlier []registry.Version) (*registrydiff.Report, error) {
	l, err := registrydiff.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	p, err := parsed(next)
	if err != nil {
		return nil, err
	}
	if !l.Transitive() && len(earlier) > 1 {
		earlier = earlier[len(earlier)-1:]
	}
	var versions []registrydiff.Version
	for _, v := range slices.Clone(earlier) {
		old, err := parsed(v.Document)
		if err != nil {
			return nil, err
		}
		versions = append(versions, registrydiff.Version{Number: v.Number, Schema: old})
	}
	return registrydiff.Compare(l, p, versions)
}
