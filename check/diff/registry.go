package diff

import (
	"encoding/json"
	"fmt"

	"github.com/weft-dev/weft/check/diff/registrydiff"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Registry is the level of a schema registry: what it lets follow what, by
// rules of its own.
const Registry Level = "registry"

// RegistryItself is hit by what a registry does not take.
const RegistryItself Party = "registry"

// The codes of what a registry would say.
const (
	codeRegistryRefused   diag.Code = "diff/registry-refused"
	codeRegistryDiffers   diag.Code = "diff/registry-differs"
	codeRegistryUndecided diag.Code = "diff/registry-undecided"
)

func registryRules() []diag.Rule {
	return []diag.Rule{
		{
			Code: codeRegistryRefused, Severity: diag.Error, Summary: "a schema registry would refuse the new schema",
			Why: "at the compatibility level asked for, the new schema may not follow the old one",
		},
		{
			Code: codeRegistryDiffers, Severity: diag.Warning, Summary: "what a schema registry says is not what is true of messages",
			Why: "a registry compares schemas keyword by keyword; it refuses what breaks no message, and overlooks some of what does",
		},
		{
			Code: codeRegistryUndecided, Severity: diag.Warning, Summary: "what a schema registry would say could not be decided",
			Why: "a schema could not be read as registries keep it",
		},
	}
}

// Kept is one payload in both versions, as a registry keeps it.
type Kept struct {
	// Channel and Message are their keys in the documents.
	Channel, Message string
	Old, New         registrydiff.Schema
	// Before and After are the places in the two versions.
	Before, After *tree.Node
}

// ByRegistry says of each payload whether a registry would let the new schema
// follow the old one at a level.
func ByRegistry(kept []Kept, level registrydiff.Level) *Report {
	report := &Report{}
	for i := range kept {
		report.Changes = append(report.Changes, kept[i].judge(level)...)
	}
	return report
}

func (k *Kept) change(code diag.Code, severity diag.Severity) Change {
	return change(code, severity, Registry, fmt.Sprintf("message %q on channel %q", k.Message, k.Channel), k.Before, k.After)
}

func (k *Kept) judge(level registrydiff.Level) []Change {
	report, err := k.compare(level)
	if err != nil {
		c := k.change(codeRegistryUndecided, diag.Warning)
		c.Undecided, c.Part = true, "payload"
		c.What, c.Why = "what a registry would say could not be decided", err.Error()
		return []Change{c}
	}
	var list []Change
	for _, p := range report.Problems {
		c := k.change(codeRegistryRefused, diag.Error)
		c.Breaks, c.Part = []Party{RegistryItself}, "payload"
		c.What = fmt.Sprintf("%s at %s: %s", p.Kind, p.Path, p.Message)
		c.Why = fmt.Sprintf("at %s a registry does not let it follow: %s", level, unreadable(p.Direction))
		list = append(list, c)
	}
	for _, n := range report.Notes {
		c := k.change(codeRegistryDiffers, diag.Info)
		if n.Witness != nil {
			c.Severity = diag.Warning
			c.Witness, _ = json.Marshal(n.Witness)
		}
		c.Part, c.What, c.Why = "payload", "the registry's answer is not all there is to say", n.Message
		list = append(list, c)
	}
	return list
}

func (k *Kept) compare(level registrydiff.Level) (*registrydiff.Report, error) {
	old, err := registrydiff.Parse(k.Old)
	if err != nil {
		return nil, fmt.Errorf("the old schema is none that a registry would have taken: %w", err)
	}
	next, err := registrydiff.Parse(k.New)
	if err != nil {
		return nil, fmt.Errorf("the new schema is none that a registry would take: %w", err)
	}
	return registrydiff.Compare(level, next, []registrydiff.Version{{Number: 1, Schema: old}})
}

func unreadable(d registrydiff.Direction) string {
	if d == registrydiff.NewReadsOld {
		return "readers of the new schema cannot read what writers of the old wrote"
	}
	return "readers of the old schema cannot read what writers of the new write"
}
