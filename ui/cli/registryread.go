package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/wire/registry"
)

// registryListFlags are what the user of "weft registry list" said.
type registryListFlags struct {
	registryFlags
	deleted bool
	format  string
}

func newRegistryList() *cobra.Command {
	f := &registryListFlags{}
	cmd := &cobra.Command{
		Use:   "list [PREFIX]",
		Short: "list the subjects and their versions",
		Long:  "List the subjects of a registry, or those whose names begin with PREFIX, with their versions.",
		Example: `  weft registry list --registry http://localhost:8081
  weft registry list orders. --format json`,
		Args: cobra.MaximumNArgs(1),
		RunE: action(f.run),
	}
	f.flags(cmd)
	cmd.Flags().BoolVar(&f.deleted, "deleted", false, "also what is deleted, but not for good")
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

// listed is a subject in a list.
type listed struct {
	Subject  string `json:"subject"`
	Versions []int  `json:"versions"`
	ID       int    `json:"id"`
	Type     string `json:"type"`
}

func (f *registryListFlags) run(cmd *cobra.Command, args []string) error {
	client, err := f.open()
	if err != nil {
		return err
	}
	defer client.Close()
	names, err := client.Subjects(cmd.Context(), f.deleted)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		var fitting []string
		for _, name := range names {
			if strings.HasPrefix(name, args[0]) {
				fitting = append(fitting, name)
			}
		}
		names = fitting
	}
	list := make([]listed, len(names))
	err = inParallel(len(names), func(i int) error {
		var err error
		list[i], err = f.describe(cmd.Context(), client, names[i])
		return err
	})
	if err != nil {
		return err
	}
	return f.print(cmd, list)
}

func (f *registryListFlags) describe(ctx context.Context, client *registry.Client, name string) (listed, error) {
	versions, err := client.Versions(ctx, name, f.deleted)
	if err != nil {
		return listed{}, err
	}
	last, err := client.Version(ctx, name, registry.Latest, f.deleted)
	return listed{Subject: name, Versions: versions, ID: last.ID, Type: last.Kind()}, err
}

func (f *registryListFlags) print(cmd *cobra.Command, list []listed) error {
	if f.format == "json" {
		return printJSON(cmd.OutOrStdout(), list)
	}
	if len(list) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "weft: there are no subjects")
		return nil
	}
	var rows [][]string
	for _, s := range list {
		rows = append(rows, []string{s.Subject, ranges(s.Versions), strconv.Itoa(s.ID), s.Type})
	}
	grid(newScreen(cmd.OutOrStdout()), []string{"SUBJECT", "VERSIONS", "ID", "TYPE"}, rows)
	return nil
}

// ranges writes numbers in order as "1-3, 5".
func ranges(numbers []int) string {
	var parts []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		part := strconv.Itoa(numbers[i])
		if j > i {
			part += "-" + strconv.Itoa(numbers[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// parallelCalls is how many questions a registry is asked at once.
const parallelCalls = 8

// inParallel does n things, a few at once, and returns the first error.
func inParallel(n int, do func(int) error) error {
	var group sync.WaitGroup
	var mu sync.Mutex
	var first error
	next := 0
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next <= n && first == nil
	}
	for range min(parallelCalls, n) {
		group.Go(func() {
			for i, more := take(); more; i, more = take() {
				if err := do(i); err != nil {
					mu.Lock()
					if first == nil {
						first = err
					}
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	return first
}

// registryGetFlags are what the user of "weft registry get" said.
type registryGetFlags struct {
	registryFlags
	deleted bool
	format  string
}

func newRegistryGet() *cobra.Command {
	f := &registryGetFlags{}
	cmd := &cobra.Command{
		Use:   "get SUBJECT[@VERSION] | ID",
		Short: "print a schema",
		Long: `Print the schema of a subject, the last version where none is named, or that with
an id. What is printed is the schema as the registry keeps it.`,
		Example: `  weft registry get orders.created-value
  weft registry get orders.created-value@2 > order.avsc
  weft registry get 17 --format json`,
		Args: cobra.ExactArgs(1),
		RunE: action(f.run),
	}
	f.flags(cmd)
	cmd.Flags().BoolVar(&f.deleted, "deleted", false, "also what is deleted, but not for good")
	formatFlag(cmd, &f.format, "text", "json")
	return cmd
}

func (f *registryGetFlags) run(cmd *cobra.Command, args []string) error {
	where, err := entryOf(args[0])
	if err != nil {
		return err
	}
	client, err := f.open()
	if err != nil {
		return err
	}
	defer client.Close()
	ctx := cmd.Context()
	var found registry.Registered
	if where.id != 0 {
		found.ID = where.id
		found.Schema, err = client.ByID(ctx, where.id)
	} else {
		found, err = client.Version(ctx, where.subject, where.version, f.deleted)
	}
	if err != nil {
		return missed(ctx, client, where.subject, err)
	}
	if f.format == "json" {
		found.Type = found.Kind()
		return printJSON(cmd.OutOrStdout(), shownSchema(found))
	}
	if found.Subject != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), "weft: %s version %d, id %d, %s\n", fit(found.Subject, 200), found.Version, found.ID, found.Kind())
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), strings.TrimRight(found.Text, "\n"))
	return err
}

// shownSchema leaves out of a schema that was asked for by its id what is known
// of places only.
func shownSchema(r registry.Registered) any {
	if r.Subject != "" {
		return r
	}
	return struct {
		ID int `json:"id"`
		registry.Schema
	}{r.ID, r.Schema}
}
