package cli

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/make/layout"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/unified"
)

// fmtFlags are what the user of "weft fmt" said.
type fmtFlags struct {
	check bool
	write bool
	diff  bool
}

func newFmt() *cobra.Command {
	f := &fmtFlags{}
	cmd := &cobra.Command{
		Use:   "fmt FILE...",
		Short: "write documents in canonical order and layout, comments kept",
		Long: `Lay documents out: two blanks a level, block style, quotes only where they are
needed, and the fields of each object in the order of its specification (AsyncAPI,
OpenAPI, Arazzo, JSON Schema). Names that are yours (channels, properties, components)
keep your order; comments, anchors, aliases and texts of several lines stay. Other YAML
and JSON is laid out without another order.

Without a flag the result is printed. FILE may be a pattern such as 'specs/**/*.yaml',
or "-" for standard input.`,
		Example: `  weft fmt -w asyncapi.yaml
  weft fmt --check 'contracts/**/*.yaml'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name the documents to lay out, as in: weft fmt -w asyncapi.yaml")
			}
			return nil
		},
		RunE: action(f.run),
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.check, "check", false, "change nothing; list the files that would change, and fail if there are any")
	flags.BoolVarP(&f.write, "write", "w", false, "write the result into the files")
	flags.BoolVar(&f.diff, "diff", false, "print what changes instead of the result")
	return cmd
}

func (f *fmtFlags) run(cmd *cobra.Command, names []string) error {
	names, err := expand(names)
	if err != nil {
		return err
	}
	if f.check && f.write {
		return usage("--check changes nothing, and -w does: give one of them")
	}
	changed, refused, broken := 0, 0, 0
	for _, name := range names {
		differs, err := f.one(cmd, name)
		var refusal *layout.RefusedError
		switch {
		case errors.As(err, &refusal):
			refused++
			complain(cmd.ErrOrStderr(), fmt.Errorf("%s: %w", name, refusal))
		case err != nil:
			var end *outcome
			if errors.As(err, &end) {
				return err
			}
			broken++
			complain(cmd.ErrOrStderr(), err)
		case differs:
			changed++
		}
	}
	switch {
	case broken > 0:
		return &outcome{code: exitBroken}
	case refused > 0 || f.check && changed > 0:
		return ended()
	}
	return nil
}

// one lays out one document and reports whether that changes it.
func (f *fmtFlags) one(cmd *cobra.Command, name string) (bool, error) {
	if name == "-" && f.write {
		return false, usage("standard input cannot be written to: leave out -w")
	}
	text, err := file(cmd.InOrStdin(), name)
	if err != nil {
		return false, err
	}
	out, err := layOut(text)
	if err != nil {
		return false, err
	}
	differs := !bytes.Equal(out, text.Data())
	return differs, f.show(cmd, name, text, out, differs)
}

func (f *fmtFlags) show(cmd *cobra.Command, name string, text *source.File, out []byte, differs bool) error {
	stdout := cmd.OutOrStdout()
	var err error
	if f.diff {
		_, err = stdout.Write(unified.Diff(name, name, text.Data(), out))
	} else if f.check && differs {
		_, err = fmt.Fprintln(stdout, name)
	}
	switch {
	case err != nil:
		return err
	case f.write && differs:
		return replaceFile(name, out)
	case !f.write && !f.check && !f.diff:
		_, err = stdout.Write(out)
	}
	return err
}

// layOut is layout.Format for files that may be of any kind.
func layOut(text *source.File) ([]byte, error) {
	if isOtherText(text.Name()) {
		return nil, &layout.RefusedError{Reason: "only YAML and JSON are laid out"}
	}
	return layout.Format(text)
}

// isOtherText reports whether a file is certainly neither YAML nor JSON, by its
// name.
func isOtherText(name string) bool {
	return slices.Contains([]string{
		".proto", ".md", ".txt", ".html", ".xml", ".xsd", ".wsdl", ".raml", ".graphql", ".avdl", ".csv", ".go", ".toml",
	}, strings.ToLower(filepath.Ext(name)))
}
