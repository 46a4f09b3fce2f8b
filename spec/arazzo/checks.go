package arazzo

import (
	"regexp"
	"slices"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/shape"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// Codes of findings beyond those of shape, without the prefix "arazzo/".
const (
	CodeDraftKind       = "draft-kind"       // "kind" of a step
	CodeDraftChannel    = "draft-channel"    // "channel" of a step
	CodeDraftDependency = "draft-dependency" // "$steps.x" in dependsOn
	CodeDraftExtension  = "draft-extension"  // an extension of the discussion
	CodeTargetForm      = "target-form"      // a target that was understood but is not in the form asked for
	CodeBadTarget       = "bad-target"       // a target that cannot be understood
	CodeBadDependency   = "bad-dependency"   // an entry of dependsOn that cannot be understood
	CodeReference       = "unresolved-reference"
	CodeVersion         = "version"
)

// checkDescription finds what concerns the document as a whole.
func checkDescription(c *shape.Context, n *tree.Node) {
	if c.Version() == "1.0" {
		return
	}
	draft := isDraft(n)
	for _, step := range stepsOf(n) {
		for _, dependency := range items(step.Get("dependsOn")) {
			if dependency.Is(tree.String) {
				checkDependency(c, dependency, draft)
			}
		}
	}
}

// isDraft reports whether a document is written in the draft of 1.1.
func isDraft(root *tree.Node) bool {
	return slices.ContainsFunc(stepsOf(root), func(step *tree.Node) bool { return step.Has("kind") })
}

func stepsOf(root *tree.Node) []*tree.Node {
	var steps []*tree.Node
	for _, workflow := range items(root.Get("workflows")) {
		steps = append(steps, items(workflow.Get("steps"))...)
	}
	return steps
}

func items(n *tree.Node) []*tree.Node {
	if !n.Is(tree.Sequence) {
		return nil
	}
	return n.Items
}

func checkDependency(c *shape.Context, n *tree.Node, draft bool) {
	d, ok := parseDependency(n)
	switch {
	case !ok:
		c.Report(CodeBadDependency, n, "%q is no reference to a step", n.Text).
			Help = `write a stepId of this workflow, "$workflows.<workflowId>.steps.<stepId>" or "$sourceDescriptions.<name>.<workflowId>.steps.<stepId>"`
	case d.Draft:
		found := c.Report(CodeDraftDependency, n, "a step of the same workflow is named by its id alone: %q", d.Step)
		found.Fixes = []diag.Fix{{Title: "write " + d.Step, Safe: true, Edits: []diag.Edit{{Span: n.Span, Text: d.Step}}}}
		if draft {
			found.Severity = diag.Warning
			found.Help = `"$steps." was the form of the draft of 1.1`
		}
	}
}

var (
	localDependency    = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp { return regexp.MustCompile(`^\$steps\.([^.]+)$`) }}
	workflowDependency = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp { return regexp.MustCompile(`^\$workflows\.([^.]+)\.steps\.([^.]+)$`) }}
	sourceDependency   = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
		return regexp.MustCompile(`^\$sourceDescriptions\.([^.]+)\.([^.]+)\.steps\.([^.]+)$`)
	}}
)

// parseDependency reads one entry of a step's dependsOn.
func parseDependency(n *tree.Node) (Dependency, bool) {
	d := Dependency{Node: n, Raw: n.Str()}
	if d.Raw == "" {
		return d, false
	}
	if !strings.HasPrefix(d.Raw, "$") {
		d.Step = d.Raw
		return d, true
	}
	if m := localDependency.Get().FindStringSubmatch(d.Raw); m != nil {
		d.Step, d.Draft = m[1], true
		return d, true
	}
	if m := workflowDependency.Get().FindStringSubmatch(d.Raw); m != nil {
		d.Workflow, d.Step = m[1], m[2]
		return d, true
	}
	if m := sourceDependency.Get().FindStringSubmatch(d.Raw); m != nil {
		d.Source, d.Workflow, d.Step = m[1], m[2], m[3]
		return d, true
	}
	return d, false
}

var targetFields = []string{"operationId", "operationPath", "channelPath", "workflowId", "channel"}

func checkStep(c *shape.Context, n *tree.Node) {
	var targets []*tree.Node
	for _, name := range targetFields {
		if target := n.Get(name); target != nil {
			targets = append(targets, target)
		}
	}
	switch {
	case len(targets) == 0 && !isPlaceholder(n):
		d := c.ReportKey(shape.CodeMissingField, n, "a step needs something to call")
		d.Help = `add one of "operationId", "operationPath", "channelPath" and "workflowId"`
		if c.Version() == "1.0" {
			d.Help = `add one of "operationId", "operationPath" and "workflowId"`
		}
	case len(targets) > 1:
		d := c.ReportKey(shape.CodeFieldConflict, targets[1], "a step calls one thing, but %q and %q are both there", targets[0].Name(), targets[1].Name())
		d.Related = []diag.Related{{Message: "the first is here", Span: targets[0].Key.Span}}
	}
	if len(targets) > 0 {
		checkStepParameters(c, n, targets[0])
	}
	if c.Version() != "1.0" {
		checkAsyncStep(c, n)
	}
}

func isPlaceholder(step *tree.Node) bool {
	return slices.ContainsFunc(placeholderExtensions, step.Has)
}

// checkStepParameters asks for the place of each parameter that goes to an
// operation; what goes to a workflow is an input and has none.
func checkStepParameters(c *shape.Context, step, target *tree.Node) {
	if target.Name() == "workflowId" {
		return
	}
	for _, p := range items(step.Get("parameters")) {
		if p.Is(tree.Mapping) && !p.Has("reference") && !p.Has("in") {
			c.ReportKey(shape.CodeMissingField, p, "a parameter of an operation needs the field \"in\"").
				Help = "say where it goes: path, query, querystring, header or cookie"
		}
	}
}

// checkAsyncStep finds fields of message steps that do not go together.
func checkAsyncStep(c *shape.Context, n *tree.Node) {
	action, channel, correlation := n.Get("action"), n.Get("channelPath"), n.Get("correlationId")
	if workflow := n.Get("workflowId"); action != nil && workflow != nil {
		d := c.ReportKey(shape.CodeFieldConflict, action, "a step that runs a workflow neither sends nor receives")
		d.Help = `remove "action"; the steps of the workflow have their own`
	}
	if path := n.Get("operationPath"); action != nil && path.Is(tree.String) && parseOperationPath(path).Kind == TargetOperationPath {
		c.ReportKey(shape.CodeFieldConflict, action, "\"action\" does not go with \"operationPath\"").
			Help = `name the operation by "operationId", or the channel by "channelPath"`
	}
	if channel != nil && action == nil && !n.Has("workflowId") {
		c.ReportKey(shape.CodeMissingField, n, "a step on a channel needs the field \"action\"").
			Help = "say what it does there: send or receive"
	}
	if correlation != nil && action.Str() != Receive.String() {
		c.ReportKey(shape.CodeFieldConflict, correlation, "\"correlationId\" says which message to receive, but this step does not receive").
			Help = `a message that is sent carries its id where its AsyncAPI document says: set it with "parameters" or in the payload`
	}
}

func checkKind(c *shape.Context, n *tree.Node) {
	d := c.ReportKey(CodeDraftKind, n, "\"kind\" is from the draft of Arazzo 1.1")
	d.Severity = diag.Warning
	d.Help = "remove it: the type of the source description says what kind of step this is"
}

func checkChannel(c *shape.Context, n *tree.Node) {
	d := c.ReportKey(CodeDraftChannel, n, "\"channel\" is from the first proposal of asynchronous steps")
	d.Severity = diag.Warning
	d.Help = `write "channelPath: '{$sourceDescriptions.<name>.url}#/channels/<channel>'"`
}

func checkSelf(c *shape.Context, n *tree.Node) {
	if strings.Contains(n.Text, "#") {
		c.Report(shape.CodeBadValue, n, "\"$self\" is the URI of the whole document and has no fragment").Help = `remove what begins with "#"`
	}
}

func checkCriterion(c *shape.Context, n *tree.Node) {
	kind := n.Get("type")
	if kind == nil || kind.Str() == Simple.String() {
		return
	}
	language := kind.Str()
	if kind.Is(tree.Mapping) {
		language = kind.Get("type").Str()
		if language == JSONPointer.String() {
			c.Report(shape.CodeBadValue, kind.Get("type"), "a JSON Pointer is no condition").Help = "use jsonpath, or a simple condition with a pointer, as $response.body#/status == 'ok'"
		}
	}
	if !n.Has("context") {
		c.ReportKey(shape.CodeMissingField, n, "a condition in %s needs the field \"context\"", orUnknown(language)).
			Help = "say what it looks at, as $response.body"
	}
}

func orUnknown(language string) string {
	if language == "" {
		return "a language of its own"
	}
	return language
}

func checkAction(c *shape.Context, n *tree.Node) {
	workflow, step := n.Get("workflowId"), n.Get("stepId")
	if workflow != nil && step != nil {
		d := c.ReportKey(shape.CodeFieldConflict, step, "an action goes to a step or to a workflow, not to both")
		d.Related = []diag.Related{{Message: "the workflow is here", Span: workflow.Key.Span}}
	}
	if n.Get("type").Str() == ActionGoto.String() && workflow == nil && step == nil {
		c.ReportKey(shape.CodeMissingField, n, "a goto action needs somewhere to go").Help = `add "stepId" or "workflowId"`
	}
	if parameters := n.Get("parameters"); parameters != nil && workflow == nil {
		c.ReportKey(shape.CodeFieldConflict, parameters, "parameters go to a workflow, and this action names none").Help = `add "workflowId", or remove "parameters"`
	}
	for _, p := range items(n.Get("parameters")) {
		if in := p.Get("in"); in != nil {
			c.ReportKey(shape.CodeFieldConflict, in, "a parameter of an action is an input of a workflow and has no place").Help = `remove "in"`
		}
	}
}

var languageVersions = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"jsonpath":    {"rfc9535", "draft-goessner-dispatch-jsonpath-00"},
		"xpath":       {"xpath-31", "xpath-30", "xpath-20", "xpath-10"},
		"jsonpointer": {"rfc6901"},
	}
}}

func checkExpressionType(c *shape.Context, n *tree.Node) {
	language, version := n.Get("type").Str(), n.Get("version")
	known, ok := languageVersions.Get()[language]
	if !ok || !version.Is(tree.String) || slices.Contains(known, version.Text) {
		return
	}
	c.Report(shape.CodeBadValue, version, "%q is no version of %s", version.Text, language).Help = "use " + strings.Join(known, " or ")
}
