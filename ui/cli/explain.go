package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/check/lint/rules"
	"github.com/weft-dev/weft/text/diag"
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
			return codes(rules.Linter()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: action(func(cmd *cobra.Command, args []string) error {
			linter := rules.Linter()
			rule := linter.Rule(diag.Code(args[0]))
			if rule == nil {
				return usage("no rule has the code %q%s", args[0], nearCode(args[0], codes(linter)))
			}
			explain(newScreen(cmd.OutOrStdout()), rule)
			return nil
		}),
	}
}

func nearCode(code string, known []string) string {
	if near := diag.Nearest(code, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

func codes(linter *lint.Linter) []string {
	var list []string
	for _, kind := range linter.Kinds {
		for _, rule := range kind.Rules {
			list = append(list, string(rule.Code))
		}
	}
	return list
}

func explain(out *screen, rule *lint.Rule) {
	fmt.Fprintf(out, "%s  %s\n\n%s.\n\n%s\n", out.paint(bold, string(rule.Code)), rule.Severity, upperFirst(rule.Summary), rule.Why)
	example(out, out.paint(red, "Not so:"), rule.Bad)
	example(out, out.paint(green, "But so:"), rule.Good)
}

func example(out io.Writer, title, text string) {
	text = strings.Trim(text, "\n")
	if text == "" {
		return
	}
	fmt.Fprintf(out, "\n%s\n\n  %s\n", title, strings.ReplaceAll(text, "\n", "\n  "))
}

func upperFirst(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
