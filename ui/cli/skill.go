package cli

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// skill is written for assistants that can call commands.
//
//go:embed skill.md
var skill string

func newSkill() *cobra.Command {
	var folder string
	cmd := &cobra.Command{
		Use:   "skill",
		Short: "how an assistant that calls commands works on contracts, as a file for it",
		Long: `Print the instructions by which an assistant that can call commands works on
contracts with weft: judge, mend, compare. With -o they are written to weft/SKILL.md
in a folder of skills, where assistants look for them.`,
		Example: `  weft mcp skill -o .agents/skills`,
		Args:    cobra.NoArgs,
		RunE: action(func(cmd *cobra.Command, _ []string) error {
			if folder == "" {
				_, err := fmt.Fprint(cmd.OutOrStdout(), skill)
				return err
			}
			name := filepath.Join(folder, "weft", "SKILL.md")
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			if err := replaceFile(name, []byte(skill)); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "wrote %s\n", name)
			return nil
		}),
	}
	cmd.Flags().StringVarP(&folder, "output", "o", "", "the `FOLDER` of skills to write it to")
	return cmd
}
