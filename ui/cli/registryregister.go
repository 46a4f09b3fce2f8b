package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/registry"
)

// registryRegisterFlags are what the user of "weft registry register" said.
type registryRegisterFlags struct {
	schemaFlags
	dryRun bool
}

func newRegistryRegister() *cobra.Command {
	f := &registryRegisterFlags{}
	cmd := &cobra.Command{
		Use:   "register FILE...",
		Short: "register schemas, or every payload of a document",
		Long: `Register a schema in Avro, JSON Schema or Protobuf under a subject, or each payload
of an AsyncAPI document under its own. Subjects are named by topic ("orders-value"),
by record ("com.example.Order"), or by both. All are checked before the first is
registered, so that one that is refused leaves nothing half done. What a .proto file
imports is registered before it, each text under the name by which it is imported,
and referred to; --reference says where it is registered already.`,
		Example: `  weft registry register order.avsc --subject orders.created-value
  weft registry register order.avsc --naming topic-record --topic orders.created
  weft registry register asyncapi.yaml --dry-run`,
		Args: needsFiles("weft registry register order.avsc --subject orders.created-value"),
		RunE: action(f.run),
	}
	f.flags(cmd)
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be registered, and register nothing")
	return cmd
}

// taken is what became of one schema.
type taken struct {
	Subject string `json:"subject"`
	ID      int    `json:"id,omitempty"`
	Version int    `json:"version,omitempty"`
	// Status is "registered", "known" where it was there before, "new" where
	// it would be registered, or "refused".
	Status string   `json:"status"`
	From   string   `json:"from"`
	Check  *checked `json:"check,omitempty"`
}

func (f *registryRegisterFlags) run(cmd *cobra.Command, names []string) error {
	client, err := f.open()
	if err != nil {
		return err
	}
	defer client.Close()
	proposals, err := f.proposals(cmd, client, names)
	if err != nil {
		return err
	}
	if len(proposals) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "weft: there is nothing to register: no message has a schema")
		return nil
	}
	list, refused, err := f.foresee(cmd.Context(), client, proposals)
	if err != nil {
		return err
	}
	if !refused && !f.dryRun {
		if err := f.register(cmd.Context(), client, proposals, list); err != nil {
			_ = f.print(cmd, list) // what was done before is done
			return err
		}
	}
	if err := f.print(cmd, list); err != nil {
		return err
	}
	if refused {
		if len(list) > 1 {
			fmt.Fprintln(cmd.ErrOrStderr(), "weft: nothing was registered")
		}
		return ended()
	}
	return nil
}

// foresee asks what would become of each schema.
func (f *registryRegisterFlags) foresee(ctx context.Context, client *registry.Client, proposals []proposal) (list []taken, refused bool, err error) {
	versions := map[string]int{}
	for i := range proposals {
		p := &proposals[i]
		p.link(versions)
		t := taken{Subject: p.subject, Status: "new", From: p.from}
		there, known, err := f.lookup(ctx, client, p)
		switch {
		case known:
			t.Status, t.ID, t.Version = "known", there.ID, there.Version
			versions[p.subject] = there.Version
		case err != nil:
			return nil, false, fmt.Errorf("%s: %w", p.from, err)
		default:
			c, err := check(ctx, client, *p, fromRegistry)
			if err != nil {
				return nil, false, fmt.Errorf("%s: %w", p.subject, err)
			}
			if !c.Compatible {
				t.Status, t.Check, refused = "refused", &c, true
			}
		}
		list = append(list, t)
	}
	return list, refused, nil
}

// lookup asks whether a schema is registered. One whose imports are not yet is
// not: a registry knows schemas with what they refer to.
func (f *registryRegisterFlags) lookup(ctx context.Context, client *registry.Client, p *proposal) (there registry.Registered, known bool, err error) {
	if p.waits {
		return there, false, nil
	}
	there, err = client.Lookup(ctx, p.subject, p.schema, f.normalize)
	if registry.IsNotFound(err) {
		return there, false, nil
	}
	return there, err == nil, err
}

func (f *registryRegisterFlags) register(ctx context.Context, client *registry.Client, proposals []proposal, list []taken) error {
	versions := map[string]int{}
	for i, p := range proposals {
		if list[i].Status != "new" {
			versions[p.subject] = list[i].Version
			continue
		}
		p.link(versions)
		id, err := client.Register(ctx, p.subject, p.schema, f.normalize)
		if err != nil {
			list[i].Status = "refused"
			err = fmt.Errorf("%s: %w", p.subject, err)
			if registry.IsIncompatible(err) {
				return &outcome{code: exitFindings, err: err}
			}
			return err
		}
		list[i].Status, list[i].ID = "registered", id
		if there, err := client.Lookup(ctx, p.subject, p.schema, f.normalize); err == nil {
			list[i].Version, versions[p.subject] = there.Version, there.Version
		}
	}
	return nil
}

func (f *registryRegisterFlags) print(cmd *cobra.Command, list []taken) error {
	if f.format == "json" {
		return printJSON(cmd.OutOrStdout(), list)
	}
	out := newScreen(cmd.OutOrStdout())
	var rows [][]string
	for _, t := range list {
		rows = append(rows, []string{t.Subject, number(t.Version), number(t.ID), t.Status})
	}
	grid(out, []string{"SUBJECT", "VERSION", "ID", ""}, rows)
	for _, t := range list {
		if t.Check != nil {
			fmt.Fprintln(out)
			fmt.Fprintln(out, out.paint(dim, diag.Safe(t.From)))
			t.Check.print(out)
		}
	}
	return nil
}

func number(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}
