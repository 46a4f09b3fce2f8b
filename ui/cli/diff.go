package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/check/diff/registrydiff"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// diffFlags are what the user of "weft diff" said.
type diffFlags struct {
	reading
	against string
	format  string
	level   string
	as      string
	failOn  string
	// compatibility is the registry's own level.
	compatibility string
}

// asWritten is the role of an application by its operations.
const asWritten = "document"

// levelRegistry is the level of a schema registry, which has rules of its own.
const levelRegistry = string(diff.Registry)

func newDiff() *cobra.Command {
	f := &diffFlags{}
	cmd := &cobra.Command{
		Use:   "diff OLD NEW | --against GITREF FILE",
		Short: "say what changed in a contract, whom it breaks, and prove it",
		Long: `Compare two versions of an AsyncAPI document, 2.x or 3.x, or of a schema in a file of
its own (Avro, Protobuf, JSON Schema), and say of each change whom it breaks. What the application sends must stay readable for consumers that
hold the old contract; what it receives must still be accepted from producers that
do. A break of a payload comes with a message that proves it: one side may send it
and the other refuses it, by both schemas.

OLD or NEW may be "-" for standard input. With --against there is only one FILE:
its version in the working folder is compared with the one at that commit, branch
or tag, with all that each refers to.

It fails when something breaks others at the level: "json", what messages mean;
"binary", what is on the wire; "source", also names that code and workflows use;
"registry", what a schema registry would say of the payloads' schemas.`,
		Example: `  weft diff old.yaml new.yaml
  weft diff --against origin/main asyncapi.yaml --format github`,
		Args: f.checkArgs,
		RunE: action(f.run),
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&f.against, "against", "", "compare FILE with its version at a `GITREF`: a commit, branch or tag")
	formatFlag(cmd, &f.format, "text", "json", "markdown", "html", "github", "sarif")
	var levels []string
	for _, level := range diff.Levels() {
		levels = append(levels, string(level))
	}
	choiceFlag(cmd, &f.level, "level", "what must stay whole", append(levels, levelRegistry)...)
	var compatibility []string
	for _, level := range registrydiff.Levels()[1:] {
		compatibility = append(compatibility, string(level))
	}
	choiceFlag(cmd, &f.compatibility, "compatibility", "with --level registry, the registry's own level", compatibility...)
	choiceFlag(cmd, &f.as, "as", "what the application is to its messages", asWritten, "sender", "receiver")
	choiceFlag(cmd, &f.failOn, "fail-on", "the mildest outcome that makes the command fail", "breaking", "unknown", "warning")
	return cmd
}

func (f *diffFlags) checkArgs(_ *cobra.Command, args []string) error {
	switch {
	case f.against != "" && len(args) != 1:
		return usage("with --against name one file, as in: weft diff --against main asyncapi.yaml")
	case f.against == "" && len(args) != 2:
		return usage("name the old and the new version, as in: weft diff old.yaml new.yaml")
	case f.against == "" && args[0] == "-" && args[1] == "-":
		return usage("only one of the two versions can be standard input")
	case f.against != "" && args[0] == "-":
		return usage("--against needs a file that git knows; standard input is none")
	}
	return nil
}

func (f *diffFlags) run(cmd *cobra.Command, args []string) error {
	if f.level != levelRegistry && cmd.Flags().Changed("compatibility") {
		return usage("--compatibility goes with --level registry")
	}
	before, release, err := f.before(cmd, args)
	if err != nil {
		return err
	}
	defer release()
	after, release, err := f.document(cmd, args[len(args)-1])
	if err != nil {
		return err
	}
	defer release()
	report, err := f.compare(cmd, before, after)
	if err != nil {
		return err
	}
	v := &diffView{report: report, level: diff.Level(f.level), old: before.Model.File.Name(), new: after.Model.File.Name()}
	if err := v.write(newScreen(cmd.OutOrStdout()), f.format); err != nil {
		return err
	}
	if report.Undirected && f.as == asWritten && f.format == "text" {
		fmt.Fprintln(cmd.ErrOrStderr(), "weft: nothing says who sends what is on some channels, so both directions were judged there; --as sender or --as receiver says which")
	}
	if f.fails(report) {
		return ended()
	}
	return nil
}

func (f *diffFlags) compare(cmd *cobra.Command, before, after diff.Document) (*diff.Report, error) {
	if f.level == levelRegistry {
		return f.byRegistry(cmd, before, after)
	}
	return diff.Compare(before, after, diff.Options{As: map[string]diff.Role{"sender": diff.Sends, "receiver": diff.Receives}[f.as]}), nil
}

// fails reports whether the outcome is one that the user does not accept.
func (f *diffFlags) fails(report *diff.Report) bool {
	verdict := report.Verdict(diff.Level(f.level))
	switch f.failOn {
	case "unknown":
		return verdict != diff.Compatible
	case "warning":
		return verdict != diff.Compatible ||
			slices.ContainsFunc(report.Changes, func(c diff.Change) bool { return c.Severity >= diag.Warning })
	}
	return verdict == diff.Breaking
}

// before reads the old version: a file, or what git has of the only one named.
func (f *diffFlags) before(cmd *cobra.Command, args []string) (diff.Document, func(), error) {
	if f.against == "" {
		return f.document(cmd, args[0])
	}
	history, err := gitHistory(cmd.Context(), f.against, args[0])
	if err != nil {
		return diff.Document{}, nil, err
	}
	file, err := history.Open(cmd.Context(), history.uri)
	if err != nil {
		return diff.Document{}, nil, err
	}
	web, err := f.web()
	if err != nil {
		return diff.Document{}, nil, err
	}
	named, uris, err := openFolders(f.folders)
	if err != nil {
		return diff.Document{}, nil, err
	}
	release := func() {
		web.Close()
		named.close()
	}
	ws := ref.New(source.Overlay{history.before(named), web}, ref.Options{Folders: uris})
	d, err := diff.Load(cmd.Context(), ws, file)
	if err != nil {
		release()
		return diff.Document{}, nil, err
	}
	return d, release, nil
}

// document reads a version from the disk. The caller closes it.
func (f *diffFlags) document(cmd *cobra.Command, name string) (diff.Document, func(), error) {
	text, err := file(cmd.InOrStdin(), name)
	if err != nil {
		return diff.Document{}, nil, err
	}
	ws, release, err := f.workspace(name)
	if err != nil {
		return diff.Document{}, nil, err
	}
	d, err := diff.Load(cmd.Context(), ws, text)
	if err != nil {
		release()
		return diff.Document{}, nil, err
	}
	return d, release, nil
}
