package cli

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/text/diag"
)

// newRunsCallbacks lists what is told to webhooks when runs have ended.
func newRunsCallbacks() *cobra.Command {
	f, state := &serviceFlags{}, anyStatus
	cmd := &cobra.Command{
		Use: "callbacks", Short: "list what is told when runs have ended", Example: "  weft runs callbacks --state dead", Args: cobra.NoArgs,
		Long: `List what a service tells to webhooks when runs have ended: what is on its way, what
was taken, and dead letters, which were given up. weft runs send sends one of these again.`,
		RunE: action(func(cmd *cobra.Command, _ []string) error {
			var answer struct {
				Callbacks []service.Letter `json:"callbacks"`
			}
			query := url.Values{}
			if state != anyStatus {
				query.Set("state", state)
			}
			if err := f.ask(cmd.Context(), http.MethodGet, "/v1/callbacks?"+query.Encode(), nil, &answer); err != nil {
				return err
			}
			if f.format == "json" {
				return printJSON(cmd.OutOrStdout(), answer.Callbacks)
			}
			return showLetters(cmd.OutOrStdout(), answer.Callbacks)
		}),
	}
	f.flags(cmd)
	choiceFlag(cmd, &state, "state", "only callbacks that stand so", append([]string{anyStatus}, service.LetterStates()...)...)
	return cmd
}

// newRunsSend sends a dead letter again.
func newRunsSend() *cobra.Command {
	f := &serviceFlags{}
	cmd := &cobra.Command{
		Use: "send CALLBACK", Short: "send a callback again that was given up", Example: "  weft runs send 0b1f2c", Args: cobra.ExactArgs(1),
		RunE: action(func(cmd *cobra.Command, args []string) error {
			var letter service.Letter
			if err := f.ask(cmd.Context(), http.MethodPost, "/v1/callbacks/"+url.PathEscape(args[0])+"/send", map[string]any{}, &letter); err != nil {
				return err
			}
			if f.format == "json" {
				return printJSON(cmd.OutOrStdout(), letter)
			}
			return showLetters(cmd.OutOrStdout(), []service.Letter{letter})
		}),
	}
	f.flags(cmd)
	return cmd
}

func showLetters(w io.Writer, list []service.Letter) error {
	out := newScreen(w)
	for i := range list {
		l := &list[i]
		text := fmt.Sprintf("%-9s  %s  %s of %s to %s", l.State, diag.Safe(l.ID), diag.Safe(l.Event), diag.Safe(l.Run), diag.Safe(l.Webhook))
		if l.Error != "" {
			text += fmt.Sprintf("  %s: %s", plural(l.Attempts, "attempt"), diag.Safe(l.Error))
		}
		if _, err := fmt.Fprintln(out, text); err != nil {
			return err
		}
	}
	return nil
}
