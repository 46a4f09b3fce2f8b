package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/registry"
)

// registryDeleteFlags are what the user of "weft registry delete" said.
type registryDeleteFlags struct {
	registryFlags
	permanent bool
	format    string
}

func newRegistryDelete() *cobra.Command {
	f := &registryDeleteFlags{}
	cmd := &cobra.Command{
		Use:   "delete SUBJECT[@VERSION]",
		Short: "delete a subject, or one version of it",
		Long: `Delete a subject, or one version of it. What is deleted is hidden at first: ids
that messages carry still lead to it. With --permanent it goes for good, and messages
with its id can no longer be read.`,
		Example: `  weft registry delete orders.created-value@2
  weft registry delete orders.created-value --permanent`,
		Args: cobra.ExactArgs(1),
		RunE: action(f.run),
	}
	f.flags(cmd)
	cmd.Flags().BoolVar(&f.permanent, "permanent", false, "for good")
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func (f *registryDeleteFlags) run(cmd *cobra.Command, args []string) error {
	where, err := entryOf(args[0])
	if err != nil {
		return err
	}
	if where.id != 0 {
		return usage("an id cannot be deleted, only the versions that have it: name SUBJECT or SUBJECT@VERSION")
	}
	client, err := f.open()
	if err != nil {
		return err
	}
	defer client.Close()
	gone, err := f.remove(cmd, client, where)
	if err != nil {
		return missed(cmd.Context(), client, where.subject, err)
	}
	if f.format == "json" {
		return printJSON(cmd.OutOrStdout(), map[string]any{"subject": where.subject, "versions": gone, "permanent": f.permanent})
	}
	how := "hidden; --permanent deletes for good"
	if f.permanent {
		how = "for good"
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: version %s deleted (%s)\n", diag.Safe(where.subject), ranges(gone), how)
	return nil
}

// remove deletes; for good it takes two steps, of which the first may have been
// taken before.
func (f *registryDeleteFlags) remove(cmd *cobra.Command, client *registry.Client, where entry) ([]int, error) {
	ctx := cmd.Context()
	one := func(permanent bool) ([]int, error) {
		if !where.named {
			return client.DeleteSubject(ctx, where.subject, permanent)
		}
		number, err := client.DeleteVersion(ctx, where.subject, where.version, permanent)
		return []int{number}, err
	}
	if f.permanent && where.named && where.version == registry.Latest {
		last, err := client.Version(ctx, where.subject, registry.Latest, false)
		if err != nil {
			return nil, err
		}
		where.version = last.Version
	}
	gone, err := one(false)
	if !f.permanent || err != nil && !registry.IsNotFound(err) {
		return gone, err
	}
	return one(true)
}

// registryConfigFlags are what the user of "weft registry config" said.
type registryConfigFlags struct {
	registryFlags
	level     string
	normalize string
	reset     bool
	format    string
}

func newRegistryConfig() *cobra.Command {
	f := &registryConfigFlags{}
	cmd := &cobra.Command{
		Use:   "config [SUBJECT]",
		Short: "show or set the compatibility level, of all or of a subject",
		Long: `Show the compatibility level of a subject, or of the registry where none is named;
set it with --level, take it back with --reset. --normalize says whether schemas are put
into a normal form first, so that two that mean the same are one.`,
		Example: `  weft registry config
  weft registry config orders.created-value --level FULL_TRANSITIVE
  weft registry config orders.created-value --reset`,
		Args: cobra.MaximumNArgs(1),
		RunE: action(f.run),
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&f.normalize, "normalize", "", "set whether schemas are put into a normal form first: `on|off`")
	cmd.Flags().StringVar(&f.level, "level", "", "set this `LEVEL`: "+strings.Join(registry.Levels(), ", "))
	cmd.Flags().BoolVar(&f.reset, "reset", false, "take back what was set")
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func (f *registryConfigFlags) run(cmd *cobra.Command, args []string) error {
	subject := strings.Join(args, "")
	level := strings.ToUpper(f.level)
	switch {
	case (f.level != "" || f.normalize != "") && f.reset:
		return usage("--reset takes back what was set, and goes with neither --level nor --normalize")
	case f.normalize != "" && f.normalize != "on" && f.normalize != "off":
		return usage("--normalize is on or off, not %q", f.normalize)
	case f.level != "" && !slices.Contains(registry.Levels(), level):
		return usage("there is no level %q%s", f.level, didYouMean(level, registry.Levels()))
	}
	client, err := f.open()
	if err != nil {
		return err
	}
	defer client.Close()
	if err := f.set(cmd, client, subject, level); err != nil {
		return err
	}
	config, own, err := client.Config(cmd.Context(), subject)
	if err != nil {
		return err
	}
	if f.format == "json" {
		return printJSON(cmd.OutOrStdout(), map[string]any{"subject": subject, "level": config.Level, "normalize": config.Normalize, "own": own})
	}
	shown := setting(subject, config.Level, own)
	if config.Normalize {
		shown += ", schemas are normalized"
	}
	fmt.Fprintln(cmd.OutOrStdout(), shown)
	return nil
}

func (f *registryConfigFlags) set(cmd *cobra.Command, client *registry.Client, subject, level string) error {
	if f.reset {
		return client.ResetConfig(cmd.Context(), subject)
	}
	if level != "" {
		if err := client.SetLevel(cmd.Context(), subject, level); err != nil {
			return err
		}
	}
	if f.normalize == "" {
		return nil
	}
	return client.SetNormalize(cmd.Context(), subject, f.normalize == "on")
}

// setting shows a setting and where it comes from.
func setting(subject, value string, own bool) string {
	switch {
	case subject == "":
		return value
	case own:
		return value + " (set for the subject)"
	}
	return value + " (that of the registry)"
}

// registryModeFlags are what the user of "weft registry mode" said.
type registryModeFlags struct {
	registryFlags
	mode   string
	reset  bool
	force  bool
	format string
}

func newRegistryMode() *cobra.Command {
	f := &registryModeFlags{}
	cmd := &cobra.Command{
		Use:   "mode [SUBJECT]",
		Short: "show or set what may be done, with all or with a subject",
		Long: `Show the mode of a subject, or of the registry where none is named; set it with
--set, take it back with --reset. READONLY keeps schemas from being registered and
deleted; IMPORT takes schemas with the ids that they have elsewhere.`,
		Example: `  weft registry mode
  weft registry mode orders.created-value --set READONLY`,
		Args: cobra.MaximumNArgs(1),
		RunE: action(f.run),
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.mode, "set", "", "set this `MODE`: "+strings.Join(registry.Modes(), ", "))
	flags.BoolVar(&f.reset, "reset", false, "take back what was set")
	flags.BoolVar(&f.force, "force", false, "set IMPORT although there are schemas already")
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func (f *registryModeFlags) run(cmd *cobra.Command, args []string) error {
	subject := strings.Join(args, "")
	mode := strings.ToUpper(f.mode)
	switch {
	case f.mode != "" && f.reset:
		return usage("--set and --reset do not go together")
	case f.mode != "" && !slices.Contains(registry.Modes(), mode):
		return usage("there is no mode %q%s", f.mode, didYouMean(mode, registry.Modes()))
	}
	client, err := f.open()
	if err != nil {
		return err
	}
	defer client.Close()
	if mode != "" {
		err = client.SetMode(cmd.Context(), subject, mode, f.force)
	} else if f.reset {
		err = client.ResetMode(cmd.Context(), subject)
	}
	if err != nil {
		return err
	}
	current, own, err := client.Mode(cmd.Context(), subject)
	if err != nil {
		return err
	}
	if f.format == "json" {
		return printJSON(cmd.OutOrStdout(), map[string]any{"subject": subject, "mode": current, "own": own})
	}
	fmt.Fprintln(cmd.OutOrStdout(), setting(subject, current, own))
	return nil
}
