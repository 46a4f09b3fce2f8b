package diag_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
)

// What SARIF 2.1.0 asks of the objects that are written: the properties that
// must be there, and those that may. It is from the text of the standard
// (sections 3.13 to 3.55), not from its schema.
var sarifObjects = map[string]struct {
	required []string
	optional []string
}{
	"log":         {[]string{"version", "runs"}, []string{"$schema"}},
	"run":         {[]string{"tool"}, []string{"columnKind", "results"}},
	"tool":        {[]string{"driver"}, nil},
	"driver":      {[]string{"name"}, []string{"version", "rules"}},
	"rule":        {[]string{"id"}, []string{"shortDescription", "fullDescription", "helpUri", "help", "defaultConfiguration"}},
	"message":     {[]string{"text"}, []string{"markdown"}},
	"config":      {nil, []string{"level"}},
	"result":      {[]string{"message"}, []string{"ruleId", "ruleIndex", "level", "locations", "relatedLocations", "partialFingerprints", "fixes"}},
	"location":    {nil, []string{"message", "physicalLocation", "logicalLocations"}},
	"physical":    {[]string{"artifactLocation"}, []string{"region"}},
	"artifact":    {[]string{"uri"}, nil},
	"region":      {[]string{"startLine", "startColumn", "endLine", "endColumn"}, nil},
	"logical":     {[]string{"fullyQualifiedName"}, nil},
	"fix":         {[]string{"artifactChanges"}, []string{"description"}},
	"change":      {[]string{"artifactLocation", "replacements"}, nil},
	"replacement": {[]string{"deletedRegion"}, []string{"insertedContent"}},
}

// sarifProperties say which object stands where; those of lists are in it once,
// and at least once where that is asked for.
var sarifProperties = map[string]string{
	"runs": "run", "tool": "tool", "driver": "driver", "rules": "rule", "results": "result",
	"shortDescription": "message", "fullDescription": "message", "help": "message", "message": "message", "description": "message", "insertedContent": "message",
	"defaultConfiguration": "config", "locations": "location", "relatedLocations": "location", "physicalLocation": "physical",
	"artifactLocation": "artifact", "region": "region", "deletedRegion": "region", "logicalLocations": "logical",
	"fixes": "fix", "artifactChanges": "change", "replacements": "replacement",
}

type sarifChecker struct{ faults []string }

func (c *sarifChecker) fault(at, format string, args ...any) {
	c.faults = append(c.faults, at+": "+fmt.Sprintf(format, args...))
}

func (c *sarifChecker) object(at, kind string, value any) {
	object, ok := value.(map[string]any)
	if !ok {
		c.fault(at, "a %T is no %s", value, kind)
		return
	}
	about := sarifObjects[kind]
	for _, name := range about.required {
		if _, ok := object[name]; !ok {
			c.fault(at, "a %s needs %q", kind, name)
		}
	}
	for name, v := range object {
		if !slices.Contains(about.required, name) && !slices.Contains(about.optional, name) {
			c.fault(at, "a %s has no %q", kind, name)
		}
		c.property(at+"/"+name, name, v)
	}
}

func (c *sarifChecker) property(at, name string, v any) {
	kind := sarifProperties[name]
	if list, ok := v.([]any); ok {
		for i, item := range list {
			c.object(fmt.Sprintf("%s/%d", at, i), kind, item)
			// The standard wants each item of most lists once.
			if name != "results" && name != "locations" && slices.ContainsFunc(list[:i], func(other any) bool { return reflect.DeepEqual(other, item) }) {
				c.fault(at, "an item is there twice")
			}
		}
		if len(list) == 0 && (name == "artifactChanges" || name == "replacements") {
			c.fault(at, "the list is empty")
		}
		return
	}
	if kind != "" {
		c.object(at, kind, v)
		return
	}
	c.scalar(at, name, v)
}

func (c *sarifChecker) scalar(at, name string, v any) {
	switch name {
	case "startLine", "startColumn", "endLine", "endColumn":
		if n, ok := v.(float64); !ok || n < 1 {
			c.fault(at, "%v is no line or column", v)
		}
	case "uri", "helpUri":
		if _, err := url.Parse(v.(string)); err != nil {
			c.fault(at, "%v", err)
		}
	case "level":
		if !slices.Contains([]any{"none", "note", "warning", "error"}, v) {
			c.fault(at, "there is no level %v", v)
		}
	case "columnKind":
		if !slices.Contains([]any{"utf16CodeUnits", "unicodeCodePoints"}, v) {
			c.fault(at, "there is no kind %v", v)
		}
	case "version":
		if at == "/version" && v != "2.1.0" {
			c.fault(at, "it is %v", v)
		}
	}
}

func checkSARIF(t testing.TB, data []byte) {
	t.Helper()
	var log map[string]any
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatal(err)
	}
	c := &sarifChecker{}
	c.object("", "log", log)
	for _, f := range c.faults {
		t.Error(f)
	}
	run := log["runs"].([]any)[0].(map[string]any)
	rules := run["tool"].(map[string]any)["driver"].(map[string]any)["rules"].([]any)
	for _, r := range run["results"].([]any) {
		result := r.(map[string]any)
		i := int(result["ruleIndex"].(float64))
		if i < 0 || i >= len(rules) || rules[i].(map[string]any)["id"] != result["ruleId"] {
			t.Errorf("the result of %v points to the rule %d", result["ruleId"], i)
		}
	}
}

func TestSARIFIsAsTheStandardAsks(t *testing.T) {
	t.Parallel()
	r := report(t)
	r.Rules[0].Good, r.Rules[0].Bad = "a: 1\n", "b: 1\n"
	// Twice the same related place, a fix without an edit, one in two parts.
	f := &r.Findings[0]
	f.Related = append(f.Related, f.Related[0])
	f.Fixes = append(f.Fixes, diag.Fix{Title: "nothing"}, diag.Fix{Title: "both", Edits: []diag.Edit{
		{Span: f.Span, Text: "x"}, {Span: f.Related[0].Span, Text: "y"},
	}})
	checkSARIF(t, write(t, diag.FormatSARIF, r))
}

// Whatever a document and its findings hold, what is written is SARIF.
func TestAnySARIFIsAsTheStandardAsks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.String().Draw(rt, "text")
		file := source.NewFile("file:///p/"+"a", rapid.String().Draw(rt, "name"), []byte(text))
		var r diag.Report
		for range rapid.IntRange(0, 5).Draw(rt, "findings") {
			start := rapid.IntRange(0, len(text)).Draw(rt, "start")
			end := rapid.IntRange(start, len(text)).Draw(rt, "end")
			at := source.Span{File: file, Start: start, End: end}
			d := diag.Diagnostic{
				Code: diag.Code(rapid.StringMatching("[a-c]").Draw(rt, "code")), Severity: diag.Severity(rapid.IntRange(1, 4).Draw(rt, "severity")),
				Message: rapid.String().Draw(rt, "message"), Span: at, Path: rapid.String().Draw(rt, "path"),
			}
			if rapid.Bool().Draw(rt, "more") {
				d.Related = []diag.Related{{Message: "a", Span: at}, {Message: "a", Span: at}}
				d.Fixes = []diag.Fix{{Title: "f", Edits: []diag.Edit{{Span: at, Text: "x"}}}}
			}
			r.Findings = append(r.Findings, d)
		}
		checkSARIF(t, write(t, diag.FormatSARIF, r))
	})
}
