package cli

import (
	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/make/edit"
	"github.com/weft-dev/weft/make/examples"
	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// editVerbs are the changes that "weft edit" makes.
func editVerbs() []*verb {
	return []*verb{
		addVerb("field", "payload", (*edit.Session).AddField),
		addVerb("header", "headers", (*edit.Session).AddHeader),
		removeVerb("field", "payloads", (*edit.Session).RemoveField),
		removeVerb("header", "headers", (*edit.Session).RemoveHeader),
		setVerb(), extractVerb(), inlineVerb(), traitVerb(), renameVerb(), addressesVerb(), examplesVerb(),
	}
}

// toFlags add the flags by which messages are chosen.
func toFlags(cmd *cobra.Command, to *[]string) {
	cmd.Flags().StringSliceVar(to, "to", nil, "the `MESSAGE` that is meant; repeat it for more (default: all)")
	cmd.Flags().Bool("all", true, "all messages, which is the default")
}

func addVerb(what, place string, add func(*edit.Session, edit.Field) error) *verb {
	var f edit.Field
	var text string
	v := newVerb("add-"+what+" NAME --schema SCHEMA", "a "+what+" for every message, or for some",
		"Add a "+what+" to the "+place+` of every message, through all references: a schema that messages
share gets it once, and one that has it keeps what it has. With --required it is
listed as required, and examples of the messages get a value for it.

A record of Avro gets the field with a default (null where it is not required), a
message of Protobuf with the next number that is free. --schema may say the type as
those languages do.`,
		"  weft edit asyncapi.yaml add-"+what+" correlationId --schema '{type: string, format: uuid}' --required", 1,
		func(s *edit.Session, words []string) error {
			schema, err := valueFlag("--schema", text)
			if err != nil {
				return err
			}
			f.Name, f.Schema = words[0], schema
			return add(s, f)
		})
	v.cmd.Flags().StringVar(&text, "schema", "{type: string}", "the `SCHEMA` of the "+what+", in YAML or JSON")
	v.cmd.Flags().BoolVar(&f.Required, "required", false, "every message must have it")
	toFlags(v.cmd, &f.To)
	return v
}

func removeVerb(what, place string, remove func(*edit.Session, string, []string) error) *verb {
	var to []string
	v := newVerb("remove-"+what+" NAME", "take a "+what+" out of every message, or of some",
		"Take a "+what+" out of the "+place+" of every message, out of the lists of what is required and\nout of the examples.",
		"  weft edit asyncapi.yaml remove-"+what+" legacyId", 1,
		func(s *edit.Session, words []string) error { return remove(s, words[0], to) })
	toFlags(v.cmd, &to)
	return v
}

func setVerb() *verb {
	return newVerb("set POINTER VALUE", "put a value at a place of the documents",
		"Put a value, in YAML or JSON, at the place of a JSON Pointer. Objects on the way are\nmade where they are missing; an item behind the last of a list is added.",
		"  weft edit '*.yaml' set /info/license '{name: Apache-2.0}'", 2,
		func(s *edit.Session, words []string) error {
			value, err := valueFlag("VALUE", words[1])
			if err != nil {
				return err
			}
			return s.Set(words[0], value)
		})
}

func extractVerb() *verb {
	least := 0
	v := newVerb("extract-schemas", "write schemas that repeat once, in the components",
		`Find objects and enumerations that are written in the same way several times, write
each once in components/schemas and refer to it. They are the same when they say the
same, descriptions included; the order of their members does not matter. Names come
from titles, or from the words that the places have in common.`,
		"  weft edit asyncapi.yaml extract-schemas --dry-run", 0,
		func(s *edit.Session, _ []string) error { return s.ExtractSchemas(least) })
	v.cmd.Flags().IntVar(&least, "min", 2, "how often a schema must be there")
	return v
}

func inlineVerb() *verb {
	return newVerb("inline-schemas [NAME...]", "write schemas of the components out where they are used",
		`Put the schemas of components, or those named, in the place of the references to them,
and take away those that nothing refers to any more. A schema that holds itself stays.`,
		"  weft edit asyncapi.yaml inline-schemas Address", -1,
		func(s *edit.Session, words []string) error { return s.InlineSchemas(words) })
}

func traitVerb() *verb {
	var t edit.Trait
	var define string
	var cloudEvents bool
	v := newVerb("add-trait [NAME]", "apply a trait to every message or operation, or to some",
		`Refer to a trait of the components from messages, or from operations where it is one of
operationTraits. --define gives the trait where there is none yet; --cloudevents is the
one by which messages carry the attributes of CloudEvents in their headers.`,
		"  weft edit asyncapi.yaml add-trait --cloudevents\n  weft edit asyncapi.yaml add-trait Audited --define '{headers: {type: object, properties: {user: {type: string}}}}'", -1,
		func(s *edit.Session, words []string) (err error) {
			if cloudEvents {
				t.Name, t.Define = edit.CloudEventsName, edit.CloudEvents(s.Protocol())
			}
			if len(words) > 0 {
				t.Name = words[0]
			}
			if define != "" {
				if t.Define, err = valueFlag("--define", define); err != nil {
					return err
				}
			}
			if t.Name == "" || len(words) > 1 {
				return usage("name one trait, or say --cloudevents")
			}
			return s.AddTrait(t)
		})
	flags := v.cmd.Flags()
	flags.StringVar(&define, "define", "", "the `TRAIT` itself, in YAML or JSON, where there is none of the name yet")
	flags.BoolVar(&cloudEvents, "cloudevents", false, "the trait of CloudEvents headers")
	flags.StringSliceVar(&t.To, "to", nil, "the `MESSAGE` or operation that is meant; repeat it for more (default: all)")
	flags.Bool("all", true, "all messages, which is the default")
	return v
}

func renameVerb() *verb {
	var r edit.Rename
	v := newVerb("rename KIND OLD NEW", "another name, with every reference to it",
		`Rename a channel, operation, message, schema, server, parameter or securityScheme in all
documents named, AsyncAPI and Arazzo. Addresses of channels stay, but for the names of
parameters in them; in AsyncAPI 2, where the name of a channel is its address, --address
says that this should change.`,
		"  weft edit asyncapi.yaml orders.arazzo.yaml rename operation onOrder receiveOrder", 3,
		func(s *edit.Session, words []string) error {
			r.Kind, r.Old, r.New = words[0], words[1], words[2]
			return s.Rename(r)
		})
	v.cmd.Flags().BoolVar(&r.Address, "address", false, "change the address of a channel of AsyncAPI 2")
	return v
}

func addressesVerb() *verb {
	name := topic.DefinitionName
	v := newVerb("format-addresses", "write the addresses of channels as a convention has them",
		`Mend the addresses that do not keep to the topic definition, or to a convention of yours,
where that can be done in one way only: action becomes command, succeed succeeded, 1.0
becomes 1, user.signup user.signedup. What would still be wrong stays, and is told. Who is
at the old address is not told by anybody: see what "weft diff" says of the change.`,
		"  weft edit '*.yaml' format-addresses --dry-run", 0,
		func(s *edit.Session, _ []string) error {
			convention, err := topic.ParseConvention(name)
			if err != nil {
				return usage("--convention: %w", err)
			}
			return s.FormatAddresses(convention)
		})
	v.cmd.Flags().StringVar(&name, "convention", name, "the `PATTERN` of the names, such as '"+topic.SimplePattern+"', or "+topic.DefinitionName)
	return v
}

func examplesVerb() *verb {
	var e edit.Examples
	v := newVerb("add-examples", "examples of messages, made from their schemas",
		`Add examples to every message, or to some: one of what is usual ("happy path"), and the
edges: what is required only, each value of an enumeration, each form of a choice,
limits, empty lists. Every example fits its schema. The same seed makes the same.`,
		"  weft edit asyncapi.yaml add-examples --max 3", 0,
		func(s *edit.Session, _ []string) error { return s.AddExamples(e) })
	v.cmd.Flags().IntVar(&e.Max, "max", examples.DefaultMax, "how many examples a message gets at most")
	v.cmd.Flags().Uint64Var(&e.Seed, "seed", 0, "chooses among values that are equally good")
	toFlags(v.cmd, &e.To)
	return v
}

// valueFlag reads a value that a user typed as YAML or JSON.
func valueFlag(name, text string) (*tree.Node, error) {
	root, findings := tree.Parse(source.NewFile("memory:///value.yaml", name, []byte(text)), tree.Options{})
	if len(findings) > 0 {
		return nil, usage("%s: %s", name, findings[0].Message)
	}
	if root == nil {
		return nil, usage("%s: there is no value", name)
	}
	return root, nil
}
