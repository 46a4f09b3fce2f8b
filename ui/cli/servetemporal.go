package cli

import (
	"errors"
	"fmt"
	"net"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/text/diag"
)

// temporalFlags say that Temporal keeps the runs instead of a journal.
type temporalFlags struct{ place service.Place }

func (t *temporalFlags) flags(flags *pflag.FlagSet) {
	flags.StringVar(&t.place.Address, "temporal", "", "the `HOST:PORT` of a Temporal server that keeps the runs instead of a journal, for any number of services (weft-full only)")
	flags.StringVar(&t.place.Namespace, "temporal-namespace", "default", "the `NAME` of Temporal's namespace")
}

// temporalHost is the name of the kind of host that --temporal asks for.
const temporalHost = "temporal"

// check refuses what cannot be together, and Temporal where this binary has it
// not.
func (t *temporalFlags) check(cmd *cobra.Command) error {
	if t.place.Address == "" {
		if cmd.Flags().Changed("temporal-namespace") {
			return usage("--temporal-namespace is for --temporal HOST:PORT")
		}
		return nil
	}
	if _, ok := service.HostNamed(temporalHost); !ok {
		return usage("this binary cannot keep runs in Temporal; weft-full can, which is weft with more libraries: build ./extra/cmd/weft-full")
	}
	if _, _, err := net.SplitHostPort(t.place.Address); err != nil {
		return usage("%q is no address of a Temporal server: write HOST:PORT, as in --temporal localhost:7233", t.place.Address)
	}
	for _, other := range []struct{ flag, why string }{
		{"journal", "runs are kept in one place: choose --temporal or --journal"},
		{"embedded", "--embedded starts servers for one process, and runs in Temporal are shared by several: name servers with --server"},
	} {
		if cmd.Flags().Changed(other.flag) {
			return usage("%s", other.why)
		}
	}
	return nil
}

// runInTemporal serves runs that Temporal keeps.
func (f *serveFlags) runInTemporal(cmd *cobra.Command, hosted *hosted, token string) error {
	ctx := cmd.Context()
	open, _ := service.HostNamed(temporalHost)
	listener, err := net.Listen("tcp", f.listen)
	if err != nil {
		return fmt.Errorf("the service cannot listen on %s: %w; name another address with --listen", f.listen, err)
	}
	served, err := open(ctx, f.temporal.place, service.Options{
		Workflows: hosted.workflows, Parallel: f.parallel, ReceiveTimeout: f.receiveTimeout,
		Log: func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), diag.Safe(line)) },
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return f.answer(cmd, hosted, served, listener, token)
}

// keptWhere says where the runs are.
func (f *serveFlags) keptWhere() string {
	if f.temporal.place.Address != "" {
		return "by Temporal at " + f.temporal.place.Address
	}
	return "in " + f.journal
}
