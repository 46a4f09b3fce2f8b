package diag

import (
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/source"
)

// The parts of SARIF 2.1.0 that are written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID      string        `json:"id"`
		Short   *sarifMessage `json:"shortDescription,omitempty"`
		Full    *sarifMessage `json:"fullDescription,omitempty"`
		HelpURI string        `json:"helpUri,omitempty"`
		Help    *sarifHelp    `json:"help,omitempty"`
		Default *sarifDefault `json:"defaultConfiguration,omitempty"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifHelp struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Related      []sarifLocation   `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Fixes        []sarifFix        `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		Message  *sarifMessage  `json:"message,omitempty"`
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
	sarifFix struct {
		Description sarifMessage  `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion  `json:"deletedRegion"`
		Inserted sarifMessage `json:"insertedContent"`
	}
)

func writeSARIF(w io.Writer, r Report) error {
	rules, index := sarifRules(r)
	prints := fingerprints(r.Findings)
	results := make([]sarifResult, len(r.Findings))
	for i := range r.Findings {
		d := &r.Findings[i]
		results[i] = sarifResult{
			RuleID: string(d.Code), RuleIndex: index[d.Code], Level: sarifLevel(d.Severity),
			Message: sarifMessage{sarifText(d)}, Locations: sarifPlace(d),
			Fingerprints: map[string]string{"weft/v1": prints[i]}, Fixes: sarifFixes(d.Fixes),
			Related: sarifRelated(d.Related),
		}
	}
	return encode(w, sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0",
		Runs: []sarifRun{{
			Tool:       sarifTool{sarifDriver{Name: toolName, Version: r.Version, Rules: rules}},
			ColumnKind: "unicodeCodePoints", Results: results,
		}},
	})
}

func sarifText(d *Diagnostic) string {
	if d.Help == "" {
		return d.Message
	}
	return d.Message + "; " + d.Help
}

// sarifRules lists the codes that occur, in the order they occur.
func sarifRules(r Report) ([]sarifRule, map[Code]int) {
	known := make(map[Code]Rule, len(r.Rules))
	for _, rule := range r.Rules {
		known[rule.Code] = rule
	}
	rules, index := []sarifRule{}, map[Code]int{}
	for _, d := range r.Findings {
		if _, ok := index[d.Code]; ok {
			continue
		}
		index[d.Code] = len(rules)
		rules = append(rules, sarifRuleOf(d.Code, known[d.Code]))
	}
	return rules, index
}

func sarifRuleOf(code Code, rule Rule) sarifRule {
	out := sarifRule{ID: string(code), HelpURI: rule.URL}
	if rule.Summary != "" {
		out.Short = &sarifMessage{rule.Summary}
	}
	if rule.Why != "" {
		out.Full = &sarifMessage{rule.Why}
	}
	if rule.Good != "" && rule.Bad != "" {
		out.Help = &sarifHelp{
			Text:     rule.Why,
			Markdown: rule.Why + "\n\nNot so:\n\n" + fenced(rule.Bad) + "\nBut so:\n\n" + fenced(rule.Good),
		}
	}
	if rule.Severity != 0 {
		out.Default = &sarifDefault{sarifLevel(rule.Severity)}
	}
	return out
}

// fenced is a text as a block of code. The examples of rules have no fences.
func fenced(text string) string { return "```yaml\n" + strings.Trim(text, "\n") + "\n```\n" }

func sarifLevel(s Severity) string {
	switch s {
	case Error:
		return "error"
	case Warning:
		return "warning"
	case Info, Hint:
		return "note"
	}
	return "none"
}

func sarifPlace(d *Diagnostic) []sarifLocation {
	if !d.Span.IsValid() {
		return nil
	}
	place := sarifLocation{Physical: physical(d.Span)}
	if d.Path != "" {
		place.Logical = []sarifLogical{{d.Path}}
	}
	return []sarifLocation{place}
}

func physical(span source.Span) *sarifPhysical {
	if !span.IsValid() {
		return nil
	}
	region := regionOf(span)
	return &sarifPhysical{Artifact: sarifArtifact{artifactURI(span.File)}, Region: &region}
}

func regionOf(span source.Span) sarifRegion {
	start, end := span.Range()
	return sarifRegion{StartLine: start.Line, StartColumn: start.Column, EndLine: end.Line, EndColumn: end.Column}
}

// artifactURI is a file's name as a relative URI where the name is relative,
// so that a service can match it with the files of a repository.
func artifactURI(f *source.File) string {
	name := filepath.ToSlash(f.Name())
	switch {
	case strings.Contains(name, "://"):
		return name // as it may be shown: the URI may hold credentials
	case filepath.IsAbs(f.Name()):
		return source.FileURI(f.Name())
	}
	return (&url.URL{Path: strings.TrimPrefix(name, "./")}).String()
}

// sarifFixes writes fixes; one without an edit is none.
func sarifFixes(fixes []Fix) []sarifFix {
	var out []sarifFix
	for _, fix := range fixes {
		f := sarifFix{Description: sarifMessage{fix.Title}}
		for _, edit := range fix.Edits {
			f.add(edit)
		}
		if len(f.Changes) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// add puts an edit with the others of its file.
func (f *sarifFix) add(edit Edit) {
	if !edit.Span.IsValid() {
		return
	}
	at := sarifArtifact{artifactURI(edit.Span.File)}
	i := slices.IndexFunc(f.Changes, func(c sarifChange) bool { return c.Artifact == at })
	if i < 0 {
		i = len(f.Changes)
		f.Changes = append(f.Changes, sarifChange{Artifact: at})
	}
	f.Changes[i].Replacements = append(f.Changes[i].Replacements, sarifReplacement{Deleted: regionOf(edit.Span), Inserted: sarifMessage{edit.Text}})
}

// sarifRelated writes other places, each once, as the schema asks for.
func sarifRelated(list []Related) []sarifLocation {
	var out []sarifLocation
	for i, related := range list {
		if slices.Contains(list[:i], related) {
			continue
		}
		out = append(out, sarifLocation{Message: &sarifMessage{related.Message}, Physical: physical(related.Span)})
	}
	return out
}
