package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/make/bundle"
	"github.com/weft-dev/weft/make/bundle/lock"
	"github.com/weft-dev/weft/make/convert"
	"github.com/weft-dev/weft/make/subjects"
	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/contract"
	"github.com/weft-dev/weft/wire/endpoint"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:     "explain CODE",
		Short:   "what a finding means, why it matters, and an example",
		Example: "  weft explain asyncapi/address-parameter",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage("name one code, as it stands in brackets behind a finding")
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return codes(explained()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: action(func(cmd *cobra.Command, args []string) error {
			known := explained()
			i := slices.IndexFunc(known, func(r diag.Rule) bool { return string(r.Code) == args[0] })
			if i < 0 {
				return usage("no finding has the code %q; %s", args[0], cmp.Or(diag.DidYouMean(args[0], codes(known)), "codes stand in brackets behind findings"))
			}
			explain(newScreen(cmd.OutOrStdout()), &known[i])
			return nil
		}),
	}
}

// explained are all codes that can be asked for.
func explained() []diag.Rule {
	return slices.Concat(rules.Linter().Rules(), diff.Rules(), plan.Rules(), service.Rules(), topic.Rules(), convert.Rules(), bundle.Rules(), lock.Rules(), subjects.Rules(), contract.Rules(), pairRules(), engineRules(), faceRules())
}

// engineRules describe what is found when a plan meets the servers.
func engineRules() []diag.Rule {
	return []diag.Rule{{
		Code: engine.CodeEncoding, Severity: diag.Error,
		Summary: "messages can be written and read as their contract asks",
		Why:     "A format that is not supported, or a schema that cannot be used, would fail in the middle of a run. It is told before anything is sent.",
	}, {
		Code: endpoint.CodeBinding, Severity: diag.Warning,
		Summary: "bindings ask for what the protocol's driver can do",
		Why:     "What a binding says and nobody does is not done, and nobody would be told.",
	}, {
		Code: endpoint.CodeSecurity, Severity: diag.Error,
		Summary: "servers and operations ask for a security scheme that their protocol can do",
		Why:     "Where none of the alternatives can be met, no credentials help: it is told before a server is called.",
	}}
}

// faceRules describe the findings of the commands themselves.
func faceRules() []diag.Rule {
	return []diag.Rule{{
		Code: "arazzo/not-arazzo", Severity: diag.Error,
		Summary: "a document that is run is an Arazzo description",
		Why:     "Only those have workflows.",
	}, {
		Code: "text/unknown-document", Severity: diag.Error,
		Summary: "a document that is played describes an application",
		Why:     "What is neither AsyncAPI, OpenAPI nor Arazzo has nothing to play.",
	}}
}

func codes(known []diag.Rule) []string {
	list := make([]string, len(known))
	for i := range known {
		list[i] = string(known[i].Code)
	}
	return list
}

func explain(out *screen, rule *diag.Rule) {
	fmt.Fprintf(out, "%s  %s\n\n%s\n\n%s\n", out.paint(bold, string(rule.Code)), severityOf(rule), fullSentence(rule.Summary), fullSentence(rule.Why))
	for i, option := range rule.Options {
		if i == 0 {
			fmt.Fprint(out, "\nOptions in weft.yaml:\n\n")
		}
		fmt.Fprintf(out, "  %s  %s (%s)\n", out.paint(bold, option.Name), option.Doc, option.Default)
	}
	example(out, out.paint(red, "Not so:"), rule.Bad)
	example(out, out.paint(green, "But so:"), rule.Good)
}

// severityOf says how much a rule matters, and whether it must be asked for.
func severityOf(rule *diag.Rule) string {
	if rule.Optional {
		return rule.Severity.String() + ", where a ruleset asks for it"
	}
	return rule.Severity.String()
}

func example(out io.Writer, title, text string) {
	text = strings.Trim(text, "\n")
	if text == "" {
		return
	}
	fmt.Fprintf(out, "\n%s\n\n  %s\n", title, strings.ReplaceAll(text, "\n", "\n  "))
}

// fullSentence begins with a capital and ends with a full stop.
func fullSentence(text string) string { return strings.TrimSuffix(sentence(text), ".") + "." }

func upperFirst(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
