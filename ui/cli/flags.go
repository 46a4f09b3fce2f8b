package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// formatFlag adds --format with the forms a command can print; the first is the
// default.
func formatFlag(cmd *cobra.Command, format *string, forms ...string) {
	choiceFlag(cmd, format, "format", "how to print the result", forms...)
}

// choiceFlag adds a flag that takes one of a few words; the first is the default.
func choiceFlag(cmd *cobra.Command, target *string, name, about string, choices ...string) {
	*target = choices[0]
	cmd.Flags().Var(&choice{target: target, choices: choices}, name, about+": "+strings.Join(choices, ", "))
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp))
}

// choice is a flag's value that must be one of a few words.
type choice struct {
	target  *string
	choices []string
}

func (c *choice) String() string {
	if c.target == nil {
		return ""
	}
	return *c.target
}

func (c *choice) Type() string { return "FORM" }

func (c *choice) Set(word string) error {
	if !slices.Contains(c.choices, word) {
		return fmt.Errorf("%q is not one of %s", word, strings.Join(c.choices, ", "))
	}
	*c.target = word
	return nil
}
