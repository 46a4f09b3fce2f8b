package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/make/subjects"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/registry"
)

// schemaFlags say which schemas go to which subjects.
type schemaFlags struct {
	reading
	registryFlags
	subject    string
	naming     string
	topic      string
	isKey      bool
	kind       string
	references []string
	normalize  bool
	format     string
}

// byContents is the type of a schema where it is told by what is in it.
const byContents = "auto"

func (f *schemaFlags) flags(cmd *cobra.Command) {
	f.reading.flags(cmd)
	f.registryFlags.address(cmd)
	flags := cmd.Flags()
	flags.Lookup("credential").Usage = "who asks the registry: `USER@REF` for a password, REF for a token; or HOST[:PORT]=… for a host of --allow-host; REF is env:NAME or file:PATH"
	flags.StringVar(&f.subject, "subject", "", "the `SUBJECT` of a schema")
	choiceFlag(cmd, &f.naming, "naming", "how subjects are named where --subject names none", registry.Namings()...)
	flags.StringVar(&f.topic, "topic", "", "the `TOPIC` by which the subject of a schema is named")
	flags.BoolVar(&f.isKey, "for-key", false, "the schema is that of the topic's keys, not of its values")
	choiceFlag(cmd, &f.kind, "type", "the language of a schema", byContents, "avro", "json", "protobuf")
	flags.StringArrayVar(&f.references, "reference", nil, "another schema that a schema uses, `NAME=SUBJECT[@VERSION]`; repeat it for more")
	flags.BoolVar(&f.normalize, "normalize", false, "let the registry put the schema into a normal form first")
	formatFlag(cmd, &f.format, "text", "json")
}

// open makes a client. Of the credentials those without a host are for the
// registry; certificates are for both.
func (f *schemaFlags) open() (*registry.Client, error) {
	var others []string
	for _, given := range f.credentials {
		switch name, _, isHost := strings.Cut(given, "="); {
		case isHost && !strings.Contains(name, "@env:") && !strings.Contains(name, "file:"):
			others = append(others, given)
		case f.credential != "":
			return nil, usage("--credential is given twice for the registry")
		default:
			f.credential = given
		}
	}
	f.credentials = others
	f.registryFlags.ca, f.registryFlags.cert, f.registryFlags.key = f.reading.ca, f.reading.cert, f.reading.key
	return f.registryFlags.open()
}

// proposal is a schema on its way to a subject.
type proposal struct {
	subject string
	schema  registry.Schema
	from    string // the file, or the place in a document
	// needs are the imports of a Protobuf file that are registered beside it,
	// each under its name; uses are all their texts.
	needs []string
	uses  []registry.Used
	// waits says that some of them are not registered yet, so that the registry
	// cannot be asked about the schema.
	waits bool
}

// link refers to what the schema needs by the versions that are known.
func (p *proposal) link(versions map[string]int) {
	p.waits = false
	for _, name := range p.needs {
		if versions[name] == 0 {
			p.waits = true
			continue
		}
		r := registry.Reference{Name: name, Subject: name, Version: versions[name]}
		if i := slices.IndexFunc(p.schema.References, func(o registry.Reference) bool { return o.Name == name }); i >= 0 {
			p.schema.References[i] = r
			continue
		}
		p.schema.References = append(p.schema.References, r)
	}
}

// proposals reads the files: schemas, and documents whose payloads are schemas.
func (f *schemaFlags) proposals(cmd *cobra.Command, client *registry.Client, names []string) ([]proposal, error) {
	names, err := expand(names)
	if err != nil {
		return nil, err
	}
	if f.subject != "" && len(names) > 1 {
		return nil, usage("--subject is for one schema, and there are %d files; name subjects by --naming", len(names))
	}
	references, err := f.referenced(cmd.Context(), client)
	if err != nil {
		return nil, err
	}
	var list []proposal
	for _, name := range names {
		found, err := f.read(cmd, name, references)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return distinctProposals(list)
}

// referenced are the references, each with the version that it means now.
func (f *schemaFlags) referenced(ctx context.Context, client *registry.Client) ([]registry.Reference, error) {
	var list []registry.Reference
	for _, flag := range f.references {
		name, text, ok := strings.Cut(flag, "=")
		if !ok || name == "" || text == "" {
			return nil, usage("--reference must be NAME=SUBJECT or NAME=SUBJECT@VERSION, not %q", flag)
		}
		where, err := entryOf(text)
		if err != nil {
			return nil, err
		}
		if where.id != 0 { // a subject whose name is a number
			where = entry{subject: text, version: registry.Latest}
		}
		if where.version == registry.Latest {
			last, err := client.Version(ctx, where.subject, registry.Latest, false)
			if err != nil {
				return nil, fmt.Errorf("--reference %s: %w", name, missed(ctx, client, where.subject, err))
			}
			where.version = last.Version
		}
		list = append(list, registry.Reference{Name: name, Subject: where.subject, Version: where.version})
	}
	return list, nil
}

func (f *schemaFlags) read(cmd *cobra.Command, name string, references []registry.Reference) ([]proposal, error) {
	text, err := file(cmd.InOrStdin(), name)
	if err != nil {
		return nil, err
	}
	if f.kind == "protobuf" || f.kind == byContents && strings.HasSuffix(name, ".proto") {
		return f.protobuf(cmd, name, text, references)
	}
	ws, release, err := f.workspace(name)
	if err != nil {
		return nil, err
	}
	defer release()
	doc := ws.Load(text)
	if doc.Root == nil || diag.Worst(doc.Findings) == diag.Error {
		if err := printFindings(cmd, doc.Findings); err != nil {
			return nil, err
		}
		return nil, &outcome{code: exitFindings, err: fmt.Errorf("%s cannot be read", name)}
	}
	if doc.Root.Has("asyncapi") {
		return f.payloads(cmd, ws, text, name)
	}
	s := registry.Schema{Type: f.typeOf(name, doc.Root), References: references}
	printed, err := tree.Print(doc.Root, tree.JSON)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s.Text = strings.TrimSpace(string(printed))
	return f.single(name, s, nil)
}

// protobuf reads a file of Protobuf, and what it imports: each text is a
// subject of its own, by the name by which it is imported, unless --reference
// says where they are.
func (f *schemaFlags) protobuf(cmd *cobra.Command, name string, text *source.File, references []registry.Reference) ([]proposal, error) {
	s := registry.Schema{Type: registry.Protobuf, Text: string(text.Data()), References: references}
	if len(references) > 0 {
		return f.single(name, s, nil)
	}
	ws, release, err := f.workspace(name)
	if err != nil {
		return nil, err
	}
	defer release()
	definition, findings := protobuf.In(ws).Open(cmd.Context(), text)
	if definition == nil {
		if err := printFindings(cmd, findings); err != nil {
			return nil, err
		}
		return nil, &outcome{code: exitFindings, err: fmt.Errorf("%s cannot be read", name)}
	}
	var list []proposal
	var uses []registry.Used
	for _, i := range definition.Imports() {
		list = append(list, proposal{
			subject: i.Name, schema: registry.Schema{Type: registry.Protobuf, Text: i.Text},
			from: fmt.Sprintf("%s, which %s imports", i.Name, name), needs: i.Imports, uses: slices.Clone(uses),
		})
		uses = append(uses, registry.Used{Name: i.Name, Text: i.Text})
	}
	own, err := f.single(name, s, uses)
	if err != nil {
		return nil, err
	}
	own[0].needs, own[0].uses = definition.OwnImports(), uses
	return append(list, own...), nil
}

// typeOf tells Avro from JSON Schema.
func (f *schemaFlags) typeOf(name string, root *tree.Node) string {
	switch {
	case f.kind == "avro", f.kind == byContents && filepath.Ext(name) == ".avsc":
		return registry.Avro
	case f.kind == "json" || root.Has("$schema"):
		return registry.JSON
	}
	kind := root.Get("type").Str()
	if root.Kind != tree.Mapping || slices.Contains([]string{"record", "enum", "fixed", "map", "error"}, kind) {
		return registry.Avro
	}
	return registry.JSON
}

// single gives a schema its subject.
func (f *schemaFlags) single(name string, s registry.Schema, uses []registry.Used) ([]proposal, error) {
	subject := f.subject
	if subject == "" {
		var err error
		if subject, err = f.named(f.topic, s, uses); err != nil {
			return nil, usage("%s: no subject is named: give --subject, or --naming and --topic (%w)", name, err)
		}
	}
	return []proposal{{subject: subject, schema: s, from: name}}, nil
}

// named is the subject of a schema by the naming that was chosen.
func (f *schemaFlags) named(topic string, s registry.Schema, uses []registry.Used) (string, error) {
	naming, record := registry.Naming(f.naming), ""
	if naming != registry.TopicName {
		p, err := parsed(registry.Document{Type: s.Kind(), Text: s.Text, Uses: uses})
		if err != nil {
			return "", err
		}
		record = p.Name()
	}
	return naming.Subject(topic, record, f.isKey)
}

// payloads are the schemas of a contract.
func (f *schemaFlags) payloads(cmd *cobra.Command, ws *ref.Workspace, text *source.File, name string) ([]proposal, error) {
	if f.subject != "" || f.topic != "" || f.isKey || len(f.references) > 0 {
		return nil, usage("%s is a document: its subjects are named by --naming and its own topics, so --subject, --topic, --for-key and --reference do not go with it", name)
	}
	d, err := diff.Load(cmd.Context(), ws, text)
	if err != nil {
		return nil, &outcome{code: exitFindings, err: err}
	}
	list, findings := subjects.Of(cmd.Context(), ws, d.Model)
	if diag.Worst(findings) == diag.Error {
		if err := printFindings(cmd, findings); err != nil {
			return nil, err
		}
		return nil, &outcome{code: exitFindings, err: fmt.Errorf("%s: not all payloads can be registered, so none was", name)}
	}
	var proposals []proposal
	for _, p := range list {
		s := registry.Schema{Type: typeOfFamily(p.Family), Text: p.Text}
		subject, err := f.named(p.Topic, s, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: the message %q on %q: %w", name, p.Message, p.Channel, err)
		}
		proposals = append(proposals, proposal{subject: subject, schema: s, from: name + " " + p.Place.Path()})
	}
	return proposals, nil
}

func typeOfFamily(family schema.Family) string {
	switch family {
	case schema.JSONSchema:
		return registry.JSON
	case schema.Protobuf:
		return registry.Protobuf
	}
	return registry.Avro
}

// distinctProposals leaves out what is there twice, and refuses two schemas for
// one subject: which is later would be chance.
func distinctProposals(list []proposal) ([]proposal, error) {
	seen := map[string]proposal{}
	var left []proposal
	for _, p := range list {
		other, there := seen[p.subject]
		switch {
		case !there:
			seen[p.subject] = p
			left = append(left, p)
		case other.schema.Text != p.schema.Text || other.schema.Type != p.schema.Type:
			return nil, usage("two schemas go to the subject %q: %s and %s; several messages on one topic need --naming topic-record", p.subject, other.from, p.from)
		}
	}
	return left, nil
}
