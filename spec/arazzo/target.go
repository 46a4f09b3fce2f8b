package arazzo

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/text/tree"
)

const sourcePrefix = "$sourceDescriptions."

// splitSource reads "$sourceDescriptions.<name>.<rest>". Names have no dots,
// so that everything after the second one is the rest (§ Runtime Expressions).
func splitSource(text string) (name, rest string, ok bool) {
	text, ok = strings.CutPrefix(text, sourcePrefix)
	if !ok {
		return "", "", false
	}
	name, rest, ok = strings.Cut(text, ".")
	return name, rest, ok && name != "" && rest != ""
}

// parseNamed reads an operationId or a workflowId.
func parseNamed(n *tree.Node, kind TargetKind) Target {
	t := Target{Kind: kind, Node: n, Raw: n.Str(), Name: n.Str()}
	if !strings.HasPrefix(t.Raw, "$") {
		return orNone(t, t.Raw != "")
	}
	var ok bool
	t.Source, t.Name, ok = splitSource(t.Raw)
	return orNone(t, ok)
}

func orNone(t Target, ok bool) Target {
	if !ok {
		t.Kind = TargetNone
	}
	return t
}

// The specification's own form, and those that are met in the wild: without
// braces, and without ".url".
var pathForm = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp {
	return regexp.MustCompile(`^(\{?)\$sourceDescriptions\.([^.{}#]+)(\.url)?(\}?)#(.*)$`)
}}

// parsePath reads the source and the pointer of an operationPath or a
// channelPath, in any of the forms with a "#".
func parsePath(n *tree.Node, kind TargetKind) (Target, bool) {
	t := Target{Kind: kind, Node: n, Raw: n.Str()}
	if pointer, ok := strings.CutPrefix(t.Raw, "#"); ok {
		t.Lenient = true
		t.Pointer, ok = decodePointer(pointer)
		return t, ok
	}
	m := pathForm.Get().FindStringSubmatch(t.Raw)
	if m == nil || (m[1] == "") != (m[4] == "") {
		return t, false
	}
	var ok bool
	t.Source = m[2]
	t.Lenient = m[1] == "" || m[3] == ""
	t.Pointer, ok = decodePointer(m[5])
	return t, ok
}

// decodePointer undoes the percent encoding of a URI fragment; a pointer
// begins with a slash.
func decodePointer(fragment string) (string, bool) {
	if !strings.HasPrefix(fragment, "/") {
		return "", false
	}
	if decoded, err := url.PathUnescape(fragment); err == nil {
		return decoded, true
	}
	return fragment, true
}

// parseOperationPath reads an operationPath. The specification's own examples
// write an operationId there; that is understood (Lenient).
func parseOperationPath(n *tree.Node) Target {
	if t, ok := parsePath(n, TargetOperationPath); ok {
		return t
	}
	t := parseNamed(n, TargetOperation)
	t.Lenient = true
	return t
}

// parseChannelPath reads a channelPath, or leniently a channel's name.
func parseChannelPath(n *tree.Node) Target {
	if t, ok := parsePath(n, TargetChannel); ok {
		return t
	}
	t := parseNamed(n, TargetChannel)
	t.Lenient = true
	return t
}

// parseTarget reads what a step calls. Where more than one field says it the
// first counts; checkStep reports that.
func parseTarget(step *tree.Node) Target {
	readers := []struct {
		field string
		parse func(*tree.Node) Target
	}{
		{"operationId", func(n *tree.Node) Target { return parseNamed(n, TargetOperation) }},
		{"operationPath", parseOperationPath},
		{"channelPath", parseChannelPath},
		{"workflowId", func(n *tree.Node) Target { return parseNamed(n, TargetWorkflow) }},
		{"channel", parseChannelPath},
	}
	for _, r := range readers {
		if n := step.Get(r.field); n.Is(tree.String) {
			return r.parse(n)
		}
	}
	return Target{}
}

// parseWorkflowRef reads a workflow's name in dependsOn or in an action.
func parseWorkflowRef(n *tree.Node) (*WorkflowRef, bool) {
	t := parseNamed(n, TargetWorkflow)
	ref := &WorkflowRef{Node: n, Raw: t.Raw, Source: t.Source, Workflow: t.Name}
	return ref, t.Kind != TargetNone
}
