package registry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/wire/registry"
)

// listJudge knows one small language: a schema is a JSON list of names, and a
// reader can read what has all of its names. It lets these tests be about the
// registry and not about languages.
type listJudge struct{}

func (listJudge) Types() []string { return []string{"AVRO", "JSON"} }

func (listJudge) Parse(_ context.Context, d registry.Document) (registry.Form, error) {
	names, err := namesOf(d.Text)
	if err != nil {
		return registry.Form{}, err
	}
	for _, name := range names {
		if want, ok := strings.CutPrefix(name, "uses "); ok && !slices.ContainsFunc(d.Uses, func(u registry.Used) bool { return u.Name == want }) {
			return registry.Form{}, fmt.Errorf("%q is not among the references", want)
		}
	}
	var b bytes.Buffer
	_ = json.Compact(&b, []byte(d.Text))
	slices.Sort(names)
	sorted, _ := json.Marshal(names)
	return registry.Form{Canonical: b.String(), Normalized: string(sorted)}, nil
}

func namesOf(text string) ([]string, error) {
	var names []string
	if err := json.Unmarshal([]byte(text), &names); err != nil {
		return nil, errors.New("it is not a list of names")
	}
	return names, nil
}

func (listJudge) Compare(_ context.Context, level string, next registry.Document, earlier []registry.Version) (registry.Verdict, error) {
	verdict := registry.Verdict{Compatible: true}
	if !strings.HasSuffix(level, "_TRANSITIVE") {
		earlier = earlier[len(earlier)-1:]
	}
	for _, v := range earlier {
		for _, name := range missingNames(next.Text, v.Text) {
			if !strings.HasPrefix(level, "FORWARD") {
				verdict.Compatible = false
				verdict.Messages = append(verdict.Messages, fmt.Sprintf("version %d has no %s", v.Number, name))
			}
		}
		for _, name := range missingNames(v.Text, next.Text) {
			if !strings.HasPrefix(level, "BACKWARD") {
				verdict.Compatible = false
				verdict.Messages = append(verdict.Messages, fmt.Sprintf("the new schema has no %s, as version %d", name, v.Number))
			}
		}
	}
	return verdict, nil
}

// missingNames are the names of one schema that another does not have.
func missingNames(of, in string) []string {
	have, _ := namesOf(in)
	want, _ := namesOf(of)
	return slices.DeleteFunc(want, func(name string) bool { return slices.Contains(have, name) })
}
