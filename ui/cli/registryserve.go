package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/registry"
	"github.com/weft-dev/weft/wire/registry/sqlite"
)

// registryServeFlags are what the user of "weft registry serve" said.
type registryServeFlags struct {
	listen string
	store  string
	seed   string
	level  string
	format string
}

func newRegistryServe() *cobra.Command {
	f := &registryServeFlags{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "be a schema registry",
		Long: `Be a schema registry that speaks Confluent's API, until Ctrl-C: Avro, JSON Schema and
Protobuf with references, the seven compatibility levels, modes. What is registered
is kept in memory, or with --store in a file.

It decides as Confluent's registry does. Where that is not what is true of messages,
its verbose messages say so. It listens on this machine only, unless --listen names
another address, and asks nobody who they are.`,
		Example: `  weft registry serve
  weft registry serve --store registry.db --listen 127.0.0.1:8081
  weft registry serve --seed schemas/`,
		Args: cobra.NoArgs,
		RunE: action(f.run),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8081", "the `ADDRESS` to listen on; port 0 is any that is free")
	flags.StringVar(&f.store, "store", "", "keep what is registered in this `FILE`")
	flags.StringVar(&f.seed, "seed", "", "register the schemas of a `FOLDER` at the start: orders-value.avsc under orders-value")
	flags.StringVar(&f.level, "level", "", "the compatibility `LEVEL` at the start: "+strings.Join(registry.Levels(), ", "))
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func (f *registryServeFlags) run(cmd *cobra.Command, _ []string) error {
	ctx := cmd.Context()
	level := strings.ToUpper(f.level)
	if f.level != "" && !slices.Contains(registry.Levels(), level) {
		return usage("there is no level %q%s", f.level, didYouMean(level, registry.Levels()))
	}
	store, err := f.open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	server, err := registry.NewServer(ctx, store, schemaJudge{})
	if err != nil {
		return err
	}
	listener, err := registry.Listen(server, f.listen)
	if err != nil {
		return err
	}
	defer closeListener(listener)
	if err := f.prepare(ctx, cmd, listener.URL, level); err != nil {
		return err
	}
	if f.format == "json" {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"event": "ready", "url": listener.URL})
	} else {
		out := newScreen(cmd.OutOrStdout())
		_, err = fmt.Fprintf(out, "  registry  %s  %s\n\n%s\n", listener.URL, out.paint(dim, f.where()),
			out.paint(dim, "to use it: export "+registryVariable+"="+listener.URL))
	}
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func (f *registryServeFlags) where() string {
	if f.store == "" {
		return "kept in memory"
	}
	return "kept in " + diag.Safe(f.store)
}

func (f *registryServeFlags) open(ctx context.Context) (registry.Store, error) {
	if f.store == "" {
		return registry.Memory{}, nil
	}
	return sqlite.Open(ctx, f.store)
}

func closeListener(l *registry.Listener) {
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	_ = l.Close(ctx)
}

// prepare does what the flags ask for before the address is told.
func (f *registryServeFlags) prepare(ctx context.Context, cmd *cobra.Command, url, level string) error {
	client, err := registry.NewClient(registry.Options{URL: url})
	if err != nil {
		return err
	}
	defer client.Close()
	if level != "" {
		if err := client.SetLevel(ctx, "", level); err != nil {
			return err
		}
	}
	if f.seed == "" {
		return nil
	}
	files, err := seedFiles(f.seed)
	if err != nil {
		return err
	}
	for _, name := range files {
		subject := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		s := &schemaFlags{subject: subject, kind: byContents}
		list, err := s.read(cmd, name, nil)
		if err != nil {
			return err
		}
		if _, err := client.Register(ctx, subject, list[0].schema, false); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// seedFiles are the schemas in a folder, in order.
func seedFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		if slices.Contains([]string{".avsc", ".proto", ".json"}, filepath.Ext(entry.Name())) && !entry.IsDir() {
			files = append(files, filepath.Join(dir, entry.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no schema: no .avsc, .proto or .json", dir)
	}
	return files, nil
}
