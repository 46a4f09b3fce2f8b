package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/diff/registrydiff"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/registry"
)

// registryCheckFlags are what the user of "weft registry check" said.
type registryCheckFlags struct {
	schemaFlags
	level string
}

// fromRegistry is the level that the registry holds for a subject.
const fromRegistry = "registry"

func newRegistryCheck() *cobra.Command {
	f := &registryCheckFlags{}
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "say whether schemas may follow those that are registered",
		Long: `Say whether a schema may become the next version of its subject, at the level that
the registry holds for it or at another, and why not. FILE is a schema in Avro, JSON
Schema or Protobuf, or an AsyncAPI document, whose payloads are checked each under
its own subject.

The schema is judged here, version by version, and at the registry's own level the
registry is asked too. Where the two do not agree it says so; where what the registry
says is not what is true of messages, it says that as well.`,
		Example: `  weft registry check order.avsc --subject orders.created-value
  weft registry check order.avsc --subject orders.created-value --level FULL_TRANSITIVE
  weft registry check asyncapi.yaml --naming topic-record`,
		Args: needsFiles("weft registry check order.avsc --subject orders.created-value"),
		RunE: action(f.run),
	}
	f.schemaFlags.flags(cmd)
	levels := []string{fromRegistry}
	for _, level := range registrydiff.Levels() {
		levels = append(levels, string(level))
	}
	choiceFlag(cmd, &f.level, "level", "the level to judge by", levels...)
	return cmd
}

func needsFiles(example string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage("name the schemas, as in: %s", example)
		}
		return nil
	}
}

// checked is the verdict on one schema.
type checked struct {
	Subject    string           `json:"subject"`
	Compatible bool             `json:"compatible"`
	Level      string           `json:"level"`
	Versions   []int            `json:"versions"`
	Problems   []checkedProblem `json:"problems"`
	Notes      []checkedNote    `json:"notes"`
	// Registry is the registry's own verdict, where it was asked.
	Registry *registryVerdict `json:"registry,omitempty"`
}

type checkedProblem struct {
	Kind      string `json:"kind"`
	Path      string `json:"path"`
	Message   string `json:"message"`
	Version   int    `json:"version"`
	Direction string `json:"direction"`
}

type checkedNote struct {
	Message   string `json:"message"`
	Version   int    `json:"version"`
	Direction string `json:"direction"`
	Witness   any    `json:"witness,omitempty"`
}

type registryVerdict struct {
	Compatible bool     `json:"compatible"`
	Messages   []string `json:"messages,omitempty"`
}

func (f *registryCheckFlags) run(cmd *cobra.Command, names []string) error {
	client, err := f.open()
	if err != nil {
		return err
	}
	defer client.Close()
	proposals, err := f.proposals(cmd, client, names)
	if err != nil {
		return err
	}
	list := make([]checked, 0, len(proposals))
	fine := true
	versions, needed := map[string]int{}, neededBy(proposals)
	for _, p := range proposals {
		p.link(versions)
		if needed[p.subject] {
			if err := p.known(cmd.Context(), client, versions); err != nil {
				return err
			}
		}
		c, err := check(cmd.Context(), client, p, f.level)
		if err != nil {
			return fmt.Errorf("%s: %w", p.subject, err)
		}
		fine = fine && c.Compatible
		list = append(list, c)
	}
	if f.format == "json" {
		err = printJSON(cmd.OutOrStdout(), list)
	} else {
		printChecked(newScreen(cmd.OutOrStdout()), list)
	}
	if err == nil && !fine {
		return ended()
	}
	return err
}

// neededBy are the subjects that other proposals refer to.
func neededBy(proposals []proposal) map[string]bool {
	needed := map[string]bool{}
	for _, p := range proposals {
		for _, name := range p.needs {
			needed[name] = true
		}
	}
	return needed
}

// known finds the version that a schema is already, for those that need it.
func (p *proposal) known(ctx context.Context, client *registry.Client, versions map[string]int) error {
	if p.waits {
		return nil
	}
	there, err := client.Lookup(ctx, p.subject, p.schema, false)
	if err != nil && !registry.IsNotFound(err) {
		return fmt.Errorf("%s: %w", p.subject, err)
	}
	versions[p.subject] = there.Version
	return nil
}

// check judges a schema here, and at the registry's own level there too.
func check(ctx context.Context, client *registry.Client, p proposal, level string) (checked, error) {
	c := checked{Subject: p.subject, Compatible: true, Level: level, Versions: []int{}, Problems: []checkedProblem{}, Notes: []checkedNote{}}
	ask := level == fromRegistry
	if ask {
		config, _, err := client.Config(ctx, p.subject)
		if err != nil {
			return c, err
		}
		c.Level = config.Level
	}
	numbers, err := client.Versions(ctx, p.subject, false)
	if err != nil && !registry.IsNotFound(err) {
		return c, err
	}
	if err := c.judge(ctx, client, p, numbers); err != nil {
		return c, err
	}
	if !ask || len(numbers) == 0 || p.waits {
		return c, nil
	}
	there, err := askRegistry(ctx, client, p)
	if err != nil {
		return c, err
	}
	if c.Registry = there; there != nil {
		c.Compatible = there.Compatible
	}
	return c, nil
}

// judge decides by the rules that are known here.
func (c *checked) judge(ctx context.Context, client *registry.Client, p proposal, numbers []int) error {
	level, err := registrydiff.ParseLevel(c.Level)
	if err != nil {
		return fmt.Errorf("the registry's level is not known here: %w", err)
	}
	if !level.Transitive() && len(numbers) > 1 {
		numbers = numbers[len(numbers)-1:]
	}
	next := registry.Document{Type: p.schema.Kind(), Text: p.schema.Text, Uses: p.uses}
	if len(p.uses) == 0 {
		if next, err = document(ctx, client, p.schema); err != nil {
			return err
		}
	}
	if _, err := parsed(next); err != nil {
		return &outcome{code: exitFindings, err: fmt.Errorf("%s is no schema in %s: %w", p.from, p.schema.Kind(), err)}
	}
	var earlier []registry.Version
	for _, number := range numbers {
		r, err := client.Version(ctx, p.subject, number, false)
		if err != nil {
			return err
		}
		d, err := document(ctx, client, r.Schema)
		if err != nil {
			return err
		}
		earlier = append(earlier, registry.Version{Number: number, Document: d})
		c.Versions = append(c.Versions, number)
	}
	report, err := compared(c.Level, next, earlier)
	if err != nil {
		return err
	}
	c.Compatible = report.Compatible
	for _, problem := range report.Problems {
		c.Problems = append(c.Problems, checkedProblem{problem.Kind, problem.Path, problem.Message, problem.Version, string(problem.Direction)})
	}
	for _, n := range report.Notes {
		c.Notes = append(c.Notes, checkedNote{n.Message, n.Version, string(n.Direction), n.Witness})
	}
	return nil
}

// The bounds of what a schema in a registry may refer to.
const (
	maxReferences     = 500
	maxReferenceDepth = 50
)

// document fetches all that a schema refers to.
func document(ctx context.Context, client *registry.Client, s registry.Schema) (registry.Document, error) {
	d := registry.Document{Type: s.Kind(), Text: s.Text}
	seen := map[string]bool{}
	var collect func(list []registry.Reference, depth int) error
	collect = func(list []registry.Reference, depth int) error {
		for _, r := range list {
			if seen[r.Name] {
				continue
			}
			if seen[r.Name] = true; len(seen) > maxReferences || depth > maxReferenceDepth {
				return errors.New("the schema refers to too many others")
			}
			used, err := client.Version(ctx, r.Subject, r.Version, true)
			if err != nil {
				return fmt.Errorf("the reference %q: %w", r.Name, err)
			}
			if err := collect(used.References, depth+1); err != nil {
				return err
			}
			d.Uses = append(d.Uses, registry.Used{Name: r.Name, Text: used.Text})
		}
		return nil
	}
	return d, collect(s.References, 0)
}

// askRegistry asks for the registry's own verdict. One without that question
// says nothing.
func askRegistry(ctx context.Context, client *registry.Client, p proposal) (*registryVerdict, error) {
	verdict, err := client.Check(ctx, p.subject, 0, p.schema)
	if err != nil && (registry.IsNotFound(err) || strings.Contains(err.Error(), "is no schema registry") || isStatus(err, 405)) {
		verdict, err = client.Check(ctx, p.subject, registry.Latest, p.schema)
	}
	if err != nil {
		return nil, err
	}
	return &registryVerdict{Compatible: verdict.Compatible, Messages: verdict.Messages}, nil
}

func isStatus(err error, status int) bool {
	var e *registry.Error
	return errors.As(err, &e) && e.Status == status
}

func printChecked(out *screen, list []checked) {
	for _, c := range list {
		c.print(out)
	}
}

func (c *checked) print(out *screen) {
	mark, word := out.paint(green, "ok"), "may follow"
	if !c.Compatible {
		mark, word = out.paint(red, "no"), "may not follow"
	}
	switch {
	case len(c.Versions) == 0:
		fmt.Fprintf(out, "%s  %s  is new (%s)\n", mark, diag.Safe(c.Subject), c.Level)
	case len(c.Versions) == 1:
		fmt.Fprintf(out, "%s  %s  %s version %d (%s)\n", mark, diag.Safe(c.Subject), word, c.Versions[0], c.Level)
	default:
		fmt.Fprintf(out, "%s  %s  %s the versions %s (%s)\n", mark, diag.Safe(c.Subject), word, ranges(c.Versions), c.Level)
	}
	for _, p := range c.Problems {
		fmt.Fprintf(out, "    %s  %s\n      %s\n", out.paint(bold, p.Kind), diag.Safe(p.Path), diag.Safe(p.Message))
		fmt.Fprintf(out, "      %s\n", out.paint(dim, readers(p.Direction, p.Version)))
	}
	for _, n := range c.Notes {
		fmt.Fprintf(out, "    %s %s\n", out.paint(yellow, "note"), diag.Safe(n.Message))
	}
	if c.Registry != nil && c.Registry.Compatible == (len(c.Problems) > 0) {
		fmt.Fprintf(out, "    %s\n", out.paint(yellow, "the registry itself answers otherwise, and its answer counts:"))
		for _, message := range c.Registry.Messages {
			fmt.Fprintf(out, "      %s\n", fit(message, 400))
		}
	}
}

// readers says in words who cannot read what.
func readers(direction string, version int) string {
	if direction == string(registrydiff.NewReadsOld) {
		return fmt.Sprintf("readers of the new schema cannot read what writers of version %d wrote", version)
	}
	return fmt.Sprintf("readers of version %d cannot read what writers of the new schema write", version)
}
