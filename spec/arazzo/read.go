package arazzo

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// Read makes the model of a document from its nodes. The uri is where the
// document was read from; relative URLs of sources are resolved against it or
// against "$self". Read follows no "$ref" and opens nothing. It reads what it
// can of a document with faults: what is of the wrong kind is left out, and
// telling so is the work of Check.
func Read(root *tree.Node, uri string) (*Document, []diag.Diagnostic) {
	r := &reader{doc: &Document{Node: root, URI: uri, Version: parseVersion(root.Get("arazzo").Str())}}
	r.document(root)
	return r.doc, r.found
}

type reader struct {
	doc   *Document
	found []diag.Diagnostic

	parametersByName     map[string]*Component[Parameter]
	successActionsByName map[string]*Component[Action]
	failureActionsByName map[string]*Component[Action]
	suggestions          int
}

// maxFindings is the most findings of Read: a document with more is not read
// by anyone.
const maxFindings = 1000

func (r *reader) report(code string, severity diag.Severity, n *tree.Node, message, help string) {
	if len(r.found) >= maxFindings {
		return
	}
	r.found = append(r.found, diag.Diagnostic{
		Code: diag.Code("arazzo/" + code), Severity: severity, Message: message, Help: help, Path: n.Path(), Span: n.Span,
	})
}

var versionForm = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
	return regexp.MustCompile(`^([0-9]{1,4})\.([0-9]{1,4})\.[0-9]+(-.+)?$`)
}}

func parseVersion(text string) Version {
	v := Version{Text: text}
	if m := versionForm.Get().FindStringSubmatch(text); m != nil {
		v.Major, _ = strconv.Atoi(m[1])
		v.Minor, _ = strconv.Atoi(m[2])
	}
	return v
}

func (r *reader) document(n *tree.Node) {
	d := r.doc
	d.Self = n.Get("$self").Str()
	d.Base = resolveURI(d.URI, d.Self)
	d.Draft = isDraft(n)
	info := n.Get("info")
	d.Info = Info{
		Node: info, Title: info.Get("title").Str(), Summary: info.Get("summary").Str(),
		Description: info.Get("description").Str(), Version: info.Get("version").Str(),
	}
	r.components(n.Get("components"))
	for _, item := range objects(n.Get("sourceDescriptions")) {
		d.Sources = append(d.Sources, r.source(item))
	}
	for _, item := range objects(n.Get("workflows")) {
		d.Workflows = append(d.Workflows, r.workflow(item))
	}
	d.workflows = index(d.Workflows, func(w *Workflow) string { return w.ID })
}

// resolveURI resolves a reference against a base; what cannot be resolved is
// returned as it is, for whoever opens it to complain about.
func resolveURI(base, reference string) string {
	if reference == "" {
		return base
	}
	target, _, err := source.Resolve(base, reference)
	if err != nil {
		return reference
	}
	return target
}

// objects returns the items of a list that are objects.
func objects(n *tree.Node) []*tree.Node {
	var list []*tree.Node
	for _, item := range items(n) {
		if item.Is(tree.Mapping) {
			list = append(list, item)
		}
	}
	return list
}

// members returns the entries of an object, the first of each name.
func members(n *tree.Node) []tree.Member {
	if !n.Is(tree.Mapping) {
		return nil
	}
	var list []tree.Member
	for _, m := range n.Members {
		if n.Get(m.Key.Text) == m.Value {
			list = append(list, m)
		}
	}
	return list
}

func (r *reader) source(n *tree.Node) *Source {
	s := &Source{Node: n, Name: n.Get("name").Str(), URL: n.Get("url").Str(), TypeVersion: n.Get(extVersion).Str()}
	s.Location = resolveURI(r.doc.Base, s.URL)
	switch n.Get("type").Str() {
	case "openapi":
		s.Type = SourceOpenAPI
	case "asyncapi":
		s.Type = SourceAsyncAPI
	case "arazzo":
		s.Type = SourceArazzo
	}
	if n.Get(extIsAsync).True() {
		s.Type = SourceAsyncAPI
	}
	return s
}

func (r *reader) workflow(n *tree.Node) *Workflow {
	w := &Workflow{
		Node: n, Document: r.doc, ID: n.Get("workflowId").Str(),
		Summary: n.Get("summary").Str(), Description: n.Get("description").Str(),
		Inputs:         n.Get("inputs"),
		SuccessActions: r.actions(n.Get("successActions"), successActions),
		FailureActions: r.actions(n.Get("failureActions"), failureActions),
		Parameters:     r.parameters(n.Get("parameters")),
		Outputs:        r.outputs(n.Get("outputs")),
		Callbacks:      readCallbacks(n.Get(extCallbacks)),
	}
	for _, item := range items(n.Get("dependsOn")) {
		if ref := r.workflowRef(item); ref != nil {
			w.DependsOn = append(w.DependsOn, ref)
		}
	}
	for i, item := range objects(n.Get("steps")) {
		step := r.step(item)
		step.Workflow, step.Index = w, i
		w.Steps = append(w.Steps, step)
	}
	w.steps = index(w.Steps, func(s *Step) string { return s.ID })
	return w
}

// index finds things by name; the first of a name counts.
func index[T any](list []T, name func(T) string) map[string]T {
	byName := make(map[string]T, len(list))
	for _, item := range list {
		if _, twice := byName[name(item)]; !twice {
			byName[name(item)] = item
		}
	}
	return byName
}

func (r *reader) workflowRef(n *tree.Node) *WorkflowRef {
	if !n.Is(tree.String) {
		return nil
	}
	ref, ok := parseWorkflowRef(n)
	if !ok {
		r.report(CodeBadTarget, diag.Error, n, strconv.Quote(n.Text)+" is no reference to a workflow",
			`write the workflowId of a workflow of this document, or "$sourceDescriptions.<name>.<workflowId>"`)
		return nil
	}
	return ref
}

func (r *reader) step(n *tree.Node) *Step {
	s := &Step{
		Node: n, ID: n.Get("stepId").Str(), Description: n.Get("description").Str(),
		Target:        r.target(n),
		Action:        parseDirection(n.Get("action")),
		Parameters:    r.parameters(n.Get("parameters")),
		RequestBody:   r.requestBody(n.Get("requestBody")),
		OnSuccess:     r.actions(n.Get("onSuccess"), successActions),
		OnFailure:     r.actions(n.Get("onFailure"), failureActions),
		Outputs:       r.outputs(n.Get("outputs")),
		Kind:          n.Get("kind").Str(),
		MessageFilter: n.Get(extFilter),
		Async:         r.asyncOperation(n.Get(extOperation)),
		Aggregate:     readAggregate(n.Get(extAggregate)),
		FinalResponse: readFinalResponse(n.Get(extFinal)),
		Interaction:   readInteraction(n.Get(extInteraction)),
	}
	s.SuccessCriteria = r.criteria(n.Get("successCriteria"))
	s.Timeout, s.HasTimeout = readMilliseconds(n.Get("timeout"))
	if id := n.Get("correlationId"); id != nil {
		v := r.value(id)
		s.CorrelationID = &v
	}
	for _, item := range items(n.Get("dependsOn")) {
		if d, ok := parseDependency(item); ok {
			s.DependsOn = append(s.DependsOn, &d)
		}
	}
	return s
}

func (r *reader) target(step *tree.Node) Target {
	t := parseTarget(step)
	if t.Node == nil || isPlaceholder(step) {
		return t
	}
	switch {
	case t.Kind == TargetNone:
		r.report(CodeBadTarget, diag.Error, t.Node, strconv.Quote(t.Raw)+" names nothing that a step can call", targetHelp.Get()[t.Node.Name()])
	case t.Lenient && t.Node.Name() != "channel": // that has a finding of its own
		r.report(CodeTargetForm, diag.Warning, t.Node, "this is understood, but is not the form of \""+t.Node.Name()+"\"", targetHelp.Get()[t.Node.Name()])
	}
	return t
}

var targetHelp = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"operationId":   `write the operation's id, or "$sourceDescriptions.<name>.<operationId>"`,
		"operationPath": `write "{$sourceDescriptions.<name>.url}#/paths/<path>/<method>", or name the operation by "operationId"`,
		"channelPath":   `write "{$sourceDescriptions.<name>.url}#/channels/<channel>"`,
		"workflowId":    `write the workflow's id, or "$sourceDescriptions.<name>.<workflowId>"`,
	}
}}

func parseDirection(n *tree.Node) Direction {
	switch n.Str() {
	case "send":
		return Send
	case "receive":
		return Receive
	}
	return DirectionNone
}

func (r *reader) requestBody(n *tree.Node) *RequestBody {
	if !n.Is(tree.Mapping) {
		return nil
	}
	b := &RequestBody{Node: n, ContentType: n.Get("contentType").Str(), Payload: n.Get("payload")}
	for _, item := range objects(n.Get("replacements")) {
		replacement := &Replacement{Node: item, Target: item.Get("target"), Value: r.value(item.Get("value"))}
		if kind := item.Get("targetSelectorType"); kind != nil {
			t := readExpressionType(kind, LanguageNone)
			replacement.Type = &t
		}
		b.Replacements = append(b.Replacements, replacement)
	}
	return b
}

func (r *reader) outputs(n *tree.Node) []*Output {
	var list []*Output
	for _, m := range members(n) {
		list = append(list, &Output{Key: m.Key, Name: m.Key.Text, Value: r.value(m.Value)})
	}
	return list
}

func (r *reader) value(n *tree.Node) Value {
	v := Value{Node: n}
	if r.doc.Version.Minor >= 1 {
		v.Selector, _ = AsSelector(n)
	}
	return v
}

func (r *reader) criteria(n *tree.Node) []*Criterion {
	var list []*Criterion
	for _, item := range objects(n) {
		list = append(list, &Criterion{
			Node: item, Context: item.Get("context"), Condition: item.Get("condition"),
			Type: readExpressionType(item.Get("type"), Simple),
		})
	}
	return list
}

var defaultVersions = lazy.Of[map[Language]string]{Make: func() map[Language]string {
	return map[Language]string{JSONPath: "rfc9535", XPath: "xpath-31", JSONPointer: "rfc6901"}
}}

// readExpressionType reads a string or an Expression Type Object; without
// either the language is the fallback.
func readExpressionType(n *tree.Node, fallback Language) ExpressionType {
	if n == nil {
		return ExpressionType{Language: fallback, Version: defaultVersions.Get()[fallback]}
	}
	name, version := n.Str(), ""
	if n.Is(tree.Mapping) {
		name, version = n.Get("type").Str(), n.Get("version").Str()
	}
	t := ExpressionType{Node: n, Version: version}
	for language := Simple; language <= JSONPointer; language++ {
		if language.String() == name {
			t.Language = language
		}
	}
	if t.Version == "" {
		t.Version = defaultVersions.Get()[t.Language]
	}
	return t
}

// selectorFields are those of a Selector Object.
var selectorFields = []string{"context", "selector", "type"}

// looksLikeSelector reports whether an object is meant as a Selector Object: it
// selects from an expression, or has most of the fields of one and no others.
func looksLikeSelector(n *tree.Node) bool {
	if !n.Has("selector") {
		return false
	}
	if strings.HasPrefix(n.Get("context").Str(), "$") {
		return true
	}
	return onlySelectorFields(n) && (n.Has("context") || n.Has("type"))
}

func onlySelectorFields(n *tree.Node) bool {
	for _, m := range n.Members {
		if !slices.Contains(selectorFields, m.Key.Text) && !strings.HasPrefix(m.Key.Text, "x-") {
			return false
		}
	}
	return true
}

// AsSelector reads a node as a Selector Object, and reports whether it is one:
// an object with exactly the fields of one, whose context is an expression.
// Payloads are plain data in which selectors may stand anywhere; everything
// else there is data.
func AsSelector(n *tree.Node) (*Selector, bool) {
	if !looksLikeSelector(n) || !onlySelectorFields(n) {
		return nil, false
	}
	if !n.Get("selector").Is(tree.String) || !strings.HasPrefix(n.Get("context").Str(), "$") {
		return nil, false
	}
	t := readExpressionType(n.Get("type"), LanguageNone)
	if t.Language < JSONPath {
		return nil, false
	}
	return &Selector{Node: n, Context: n.Get("context"), Selector: n.Get("selector"), Type: t}, true
}
