package cli

import (
	"context"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/flow/engine"
)

// runResume goes on with a run where its journal ends.
func (f *runFlags) runResume(cmd *cobra.Command) error {
	keep, err := f.journal.find(cmd.Context(), f.resume)
	if err != nil {
		return err
	}
	defer keep.close()
	return f.goOn(cmd, keep)
}

func (f *runFlags) goOn(cmd *cobra.Command, keep *keeping) error {
	head, err := engine.ReadHead(cmd.Context(), keep.store, keep.run)
	if err != nil {
		return err
	}
	if head.Embedded {
		return usage("run %s had servers inside its process, which ended with it; begin a new run", keep.run)
	}
	f.workflow = head.Workflow
	compiled, err := f.compile(cmd, head.Document)
	if err != nil {
		return err
	}
	defer compiled.close()
	where, err := parseServers(compiled.plan, f.resumeServers(head))
	if err != nil {
		return err
	}
	given, err := parseAnswers(compiled.plan, f.answers, newPrompter(cmd.InOrStdin(), cmd.ErrOrStderr()))
	if err != nil {
		return err
	}
	return f.performWith(cmd, compiled, where, keep, func(ctx context.Context, options engine.Options, shown face) (engine.Result, error) {
		person := given.observing(options.Observer, shown)
		options.Observer = person
		return person.follow(ctx, func(ctx context.Context) (*engine.Running, error) {
			return engine.Continue(ctx, compiled.plan, keep.run, options)
		})
	})
}

// resumeServers are those the run began with, each replaced where the user says
// so now.
func (f *runFlags) resumeServers(head engine.Head) []string {
	if len(f.servers) > 0 {
		return f.servers
	}
	var list []string
	for _, source := range slices.Sorted(maps.Keys(head.Servers)) {
		list = append(list, source+"="+head.Servers[source])
	}
	return list
}
