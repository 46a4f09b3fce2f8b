package cli

import (
	"cmp"
	"errors"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/make/convert"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// convertFlags are what the user of "weft convert" said.
type convertFlags struct {
	reading
	to          string
	out         string
	message     string
	goType      string
	goPackage   string
	perspective string
	format      string
	strict      bool
}

func newConvert() *cobra.Command {
	f := &convertFlags{}
	cmd := &cobra.Command{
		Use:   "convert FILE...",
		Short: "make AsyncAPI 3 of 2.x or OpenAPI, Arazzo 1.1 of drafts, one schema language or Go of another",
		Long: `Convert documents:

` + conversions() + `

Without --to a document is brought up to date; where -o only asks for the other of
JSON and YAML, only that is changed. The result is printed, or written to -o, which
is a folder where there are several documents. Comments are kept. What the result
cannot say, and what had to be guessed, is told on stderr; with --strict a loss
makes the command fail.`,
		Example: `  weft convert asyncapi-2.yaml -o asyncapi.yaml
  weft convert openapi.yaml --to asyncapi
  weft convert order.avsc --to protobuf -o order.proto
  weft convert order.avsc --to go -o order.go
  weft convert order.go --type Order --to jsonschema
  weft convert asyncapi.yaml --to json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("name the documents to convert, as in: weft convert asyncapi.yaml")
			}
			return nil
		},
		RunE: action(f.run),
	}
	f.reading.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.to, "to", "", "what to make of the document: `NAME` is one of the above")
	flags.StringVarP(&f.out, "out", "o", "", "the `FILE` to write, or the folder")
	flags.StringVar(&f.message, "message", "", "the `MESSAGE` of a .proto file that is meant, where it has several")
	flags.StringVar(&f.goType, "type", "", "the `TYPE` of a .go file that is meant, where it has several")
	flags.StringVar(&f.goPackage, "package", "", "the `NAME` of the package of Go types (default that of the document)")
	choiceFlag(cmd, &f.perspective, "perspective", "whose view the document has: what a server is sent, it receives", "server", "client")
	choiceFlag(cmd, &f.format, "format", "how to tell what was lost; json prints it on stdout and needs -o", "text", "json")
	flags.BoolVar(&f.strict, "strict", false, "fail where something is lost")
	return cmd
}

// conversions lists what can be made of what, for the help page.
func conversions() string {
	var lines []string
	for _, c := range convert.Table() {
		lines = append(lines, fmt.Sprintf("  %-10s --to %-11s %s", cmp.Or(string(c.Kind), "any"), c.Names[0], c.About))
	}
	return strings.Join(lines, "\n")
}

func (f *convertFlags) run(cmd *cobra.Command, names []string) error {
	names, err := expand(names)
	if err != nil {
		return err
	}
	if f.goPackage != "" && (!token.IsIdentifier(f.goPackage) || f.goPackage == "_") {
		return usage("--package %q is no name of a package", f.goPackage)
	}
	if f.format == "json" && f.out == "" {
		return usage("--format json prints what was lost on stdout; say with -o where the result goes")
	}
	if len(names) > 1 && !f.intoFolder() {
		return usage("%d documents need a folder: name one that is there with -o, or end its name with a slash", len(names))
	}
	work := conversion{convertFlags: f, cmd: cmd, written: map[string]string{}}
	if f.out != "" && len(names) > 1 {
		work.together = map[string]string{}
		for _, name := range names {
			work.together[source.FileURI(absolute(name))] = work.placeOf(name)
		}
	}
	for _, name := range names {
		if err := work.convert(name); err != nil {
			return err
		}
	}
	return work.conclude(names)
}

// intoFolder reports whether -o names a folder.
func (f *convertFlags) intoFolder() bool {
	if strings.HasSuffix(f.out, "/") || strings.HasSuffix(f.out, string(filepath.Separator)) {
		return true
	}
	info, err := os.Stat(f.out)
	return err == nil && info.IsDir()
}

// wanted is the format that -o asks for, or nil.
func (f *convertFlags) wanted() *tree.Format {
	format := tree.YAML
	switch strings.ToLower(filepath.Ext(f.out)) {
	case ".json":
		format = tree.JSON
	case ".yaml", ".yml":
	default:
		return nil
	}
	return &format
}

// conversion is one run of "weft convert".
type conversion struct {
	*convertFlags
	cmd      *cobra.Command
	written  map[string]string // the source of each file that was written
	together map[string]string // where the documents go, by their URIs
	findings []diag.Diagnostic
	failed   bool
}

func (c *conversion) convert(name string) error {
	text, err := file(c.cmd.InOrStdin(), name)
	if err != nil {
		return err
	}
	ws, release, err := c.workspace(name)
	if err != nil {
		return err
	}
	defer release()
	options := convert.Options{To: c.to, Message: c.message, Type: c.goType, Package: c.goPackage, Client: c.perspective == "client"}
	if !c.intoFolder() {
		options.Format = c.wanted()
	}
	if c.out != "" {
		options.Place, options.Together = c.placeOf(name), c.together
	}
	result, err := convert.Convert(c.cmd.Context(), ws, ws.Load(text), options)
	var target *convert.TargetError
	switch {
	case errors.As(err, &target):
		return usage("%s: %w", name, err)
	case err != nil:
		return err
	}
	c.findings = append(c.findings, result.Findings...)
	if result.Text == nil {
		c.failed = true
		return nil
	}
	return c.deliver(name, result)
}

// placeOf is where the result of a document will be.
func (c *conversion) placeOf(name string) string {
	target := c.out
	if c.intoFolder() {
		base := filepath.Base(name)
		switch c.to {
		case "json":
			base = strings.TrimSuffix(base, filepath.Ext(base)) + ".json"
		case "yaml", "yml":
			base = strings.TrimSuffix(base, filepath.Ext(base)) + suffixFor(base, ".yaml")
		}
		target = filepath.Join(c.out, base)
	}
	return source.FileURI(absolute(target))
}

// deliver prints a result, or writes it.
func (c *conversion) deliver(name string, result *convert.Result) error {
	if c.out == "" {
		_, err := c.cmd.OutOrStdout().Write(result.Text)
		return err
	}
	target := c.out
	if c.intoFolder() {
		if err := os.MkdirAll(c.out, 0o755); err != nil {
			return fmt.Errorf("make %s: %w", c.out, withoutPath(err))
		}
		base := filepath.Base(name)
		if name == "-" {
			base = "stdin"
		}
		target = filepath.Join(c.out, strings.TrimSuffix(base, filepath.Ext(base))+suffixFor(base, result.Suffix))
	}
	if other, twice := c.written[target]; twice {
		return usage("%s and %s would both be written to %s; convert them one by one", other, name, target)
	}
	c.written[target] = name
	if err := replaceFile(target, result.Text); err != nil {
		return err
	}
	stderr := newScreen(c.cmd.ErrOrStderr())
	fmt.Fprintf(stderr, "%s: %s is now %s in %s\n", diag.Safe(name), diag.Safe(result.From), result.To, diag.Safe(target))
	return nil
}

// suffixFor keeps ".yml", where people write that.
func suffixFor(base, suffix string) string {
	if suffix == ".yaml" && strings.EqualFold(filepath.Ext(base), ".yml") {
		return filepath.Ext(base)
	}
	return suffix
}

// conclude tells what was lost.
func (c *conversion) conclude(names []string) error {
	if err := c.tell(names); err != nil {
		return err
	}
	if c.failed || c.strict && diag.Worst(c.findings) >= diag.Warning {
		return ended()
	}
	return nil
}

func (c *conversion) tell(names []string) error {
	if c.format == "json" {
		return diag.Write(c.cmd.OutOrStdout(), diag.FormatJSON, diag.Report{Findings: c.findings, Files: names, Rules: convert.Rules()})
	}
	if err := printFindings(c.cmd, c.findings); err != nil {
		return err
	}
	stderr := newScreen(c.cmd.ErrOrStderr())
	if lost := diag.Count(diag.Unique(c.findings), diag.Warning); lost > 0 && !c.failed {
		fmt.Fprintf(stderr, "%s\n", stderr.paint(red, fmt.Sprintf("not all could be converted: %s; see above", counted(lost, "loss", "losses"))))
	}
	return nil
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
