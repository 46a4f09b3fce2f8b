package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/text/diag"
)

// serviceVariable names the environment variable that says where the service
// is, and tokenVariable the one that holds its secret.
const (
	serviceVariable = "WEFT_SERVICE"
	tokenVariable   = "WEFT_TOKEN"
)

// serviceFlags say which service a command speaks to.
type serviceFlags struct {
	url    string
	token  string
	format string
}

func (f *serviceFlags) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.url, "service", "", "the `URL` of the service (default $"+serviceVariable+" or http://"+defaultServe+")")
	flags.StringVar(&f.token, "token", "", "where the service's secret is: env:NAME or file:PATH (`REF`, default env:"+tokenVariable+" if that is set)")
	formatFlag(cmd, &f.format, "text", "json")
}

// maxAnswer bounds what is read of a service's answer.
const maxAnswer = 256 << 20

// ask sends a request to the service and reads its answer.
func (f *serviceFlags) ask(ctx context.Context, method, path string, body, into any) error {
	request, err := f.request(ctx, method, path, body)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
		return errors.New("a service does not lead elsewhere") // the token is for this one
	}}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("%w; start one with: weft serve DIR, or say where it is with --service", err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return refusal(answer.StatusCode, data)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(into)
}

func (f *serviceFlags) request(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, f.where()+path, content)
	if err != nil {
		return nil, usage("--service: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	token, err := f.secret()
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return request, err
}

func (f *serviceFlags) where() string {
	for _, where := range []string{f.url, os.Getenv(serviceVariable)} {
		if where != "" {
			return strings.TrimSuffix(where, "/")
		}
	}
	return "http://" + defaultServe
}

func (f *serviceFlags) secret() (string, error) {
	if f.token == "" {
		return os.Getenv(tokenVariable), nil
	}
	_, ref, err := reference(f.token)
	if err != nil {
		return "", usage("--token takes a reference to a secret, not the secret: env:NAME or file:PATH")
	}
	return resolved(ref)
}

// refusal is a service's no, as an error with the right exit code.
func refusal(status int, data []byte) error {
	var problem struct {
		Detail string   `json:"detail"`
		Errors []string `json:"errors"`
	}
	if json.Unmarshal(data, &problem) != nil || problem.Detail == "" {
		return fmt.Errorf("the service answered %d", status)
	}
	text := diag.Safe(problem.Detail)
	for _, line := range problem.Errors {
		text += "\n  " + diag.Safe(line)
	}
	if status >= http.StatusInternalServerError || status == http.StatusUnauthorized {
		return errors.New(text)
	}
	return &outcome{code: exitFindings, err: errors.New(text)}
}

func newRuns() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "list and steer the runs of a service",
		Long: `List and steer the runs of a service (weft serve): see how they stand, cancel them,
let those go on that are stuck, and do those again that failed.`,
		Example: `  weft runs list --status failed
  weft runs show run-5d0c
  weft runs retry run-5d0c --from charge`,
		Args: cobra.NoArgs,
		RunE: action(func(cmd *cobra.Command, _ []string) error { return cmd.Help() }),
	}
	cmd.AddCommand(newRunsList(), newRunsStart(), newRunsShow(), newRunsCallbacks(), newRunsSend(),
		newRunsDo("cancel", "end a run at once", "reason", "`WHY`; it becomes part of the run's history", "reason"),
		newRunsDo("resume", "let a run go on that is stuck", "", "", ""),
		newRunsDo("retry", "do a run again, from the step that failed or another", "from", "the `STEP` to begin at (default the one that failed)", "from"))
	return cmd
}

// anyStatus is no status to narrow a list by.
const anyStatus = "any"

func newRunsList() *cobra.Command {
	f := &serviceFlags{}
	status, limit := anyStatus, 0
	cmd := &cobra.Command{
		Use: "list", Short: "list runs, the newest first", Example: "  weft runs list --status running", Args: cobra.NoArgs,
		RunE: action(func(cmd *cobra.Command, _ []string) error {
			var answer struct {
				Runs []service.Run `json:"runs"`
			}
			query := url.Values{"limit": {fmt.Sprint(limit)}}
			if status != anyStatus {
				query.Set("status", status)
			}
			if err := f.ask(cmd.Context(), http.MethodGet, "/v1/runs?"+query.Encode(), nil, &answer); err != nil {
				return err
			}
			return f.showRuns(cmd.OutOrStdout(), answer.Runs)
		}),
	}
	f.flags(cmd)
	choiceFlag(cmd, &status, "status", "only runs that stand so", append([]string{anyStatus}, service.Statuses...)...)
	cmd.Flags().IntVar(&limit, "limit", 100, "how many at most")
	return cmd
}

func newRunsStart() *cobra.Command {
	f, inputs := &serviceFlags{}, &inputFlags{}
	cmd := &cobra.Command{
		Use: "start WORKFLOW", Short: "begin a run", Example: "  weft runs start PlaceOrder --input quantity=5", Args: cobra.ExactArgs(1),
		RunE: action(func(cmd *cobra.Command, args []string) error {
			given, err := inputs.read("")
			if err != nil {
				return err
			}
			var answer struct {
				ID       string `json:"id"`
				Workflow string `json:"workflow"`
			}
			path := "/v1/workflows/" + url.PathEscape(args[0]) + "/runs"
			if err := f.ask(cmd.Context(), http.MethodPost, path, map[string]any{"inputs": given}, &answer); err != nil {
				return err
			}
			if f.format == "json" {
				return printJSON(cmd.OutOrStdout(), answer)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), diag.Safe(answer.ID))
			return err
		}),
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&inputs.file, "inputs", "", "a `FILE` of inputs, YAML or JSON")
	cmd.Flags().StringArrayVar(&inputs.values, "input", nil, "one input, `NAME=VALUE`; dots in the name lead into objects")
	return cmd
}

func newRunsShow() *cobra.Command {
	f := &serviceFlags{}
	cmd := &cobra.Command{
		Use: "show RUN", Short: "show how a run stands", Example: "  weft runs show run-5d0c", Args: cobra.ExactArgs(1),
		RunE: action(func(cmd *cobra.Command, args []string) error {
			return f.detail(cmd, http.MethodGet, args[0], "", nil)
		}),
	}
	f.flags(cmd)
	return cmd
}

// newRunsDo is a command that does something to a run and shows it then. The
// flag, where there is one, is a member of what is sent.
func newRunsDo(verb, short, flag, help, member string) *cobra.Command {
	f := &serviceFlags{}
	value := ""
	cmd := &cobra.Command{
		Use: verb + " RUN", Short: short, Example: "  weft runs " + verb + " run-5d0c", Args: cobra.ExactArgs(1),
		RunE: action(func(cmd *cobra.Command, args []string) error {
			body := map[string]any{}
			if value != "" {
				body[member] = value
			}
			return f.detail(cmd, http.MethodPost, args[0], "/"+verb, body)
		}),
	}
	f.flags(cmd)
	if flag != "" {
		cmd.Flags().StringVar(&value, flag, "", help)
	}
	return cmd
}

// detail does something to a run and shows how it stands.
func (f *serviceFlags) detail(cmd *cobra.Command, method, run, path string, body any) error {
	var answer service.Detail
	if err := f.ask(cmd.Context(), method, "/v1/runs/"+url.PathEscape(run)+path, body, &answer); err != nil {
		return err
	}
	if f.format == "json" {
		return printJSON(cmd.OutOrStdout(), answer)
	}
	return showRun(cmd.OutOrStdout(), &answer)
}

func (f *serviceFlags) showRuns(w io.Writer, runs []service.Run) error {
	if f.format == "json" {
		return printJSON(w, runs)
	}
	out := newScreen(w)
	for _, r := range runs {
		text := fmt.Sprintf("%-10s %s  %s  %s", r.Status, diag.Safe(r.ID), diag.Safe(r.Workflow), r.Created.Local().Format(time.DateTime))
		if r.Problem != "" {
			text += "  " + diag.Safe(r.Problem)
		}
		if _, err := fmt.Fprintln(out, text); err != nil {
			return err
		}
	}
	return nil
}

func showRun(w io.Writer, d *service.Detail) error {
	out := newScreen(w)
	fmt.Fprintf(out, "%s  %s  %s\n", diag.Safe(d.ID), diag.Safe(d.Workflow), d.Status)
	if d.Problem != "" {
		fmt.Fprintf(out, "  %s\n", diag.Safe(d.Problem))
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		fmt.Fprintf(out, "  %-10s %s\n", s.Status, diag.Safe(s.ID))
		if s.Error != nil {
			fmt.Fprintf(out, "             %s\n", diag.Safe(s.Error.Message))
		}
	}
	for _, wait := range d.Waits {
		text := fmt.Sprintf("  waits in %s: %s", diag.Safe(wait.Step), wait.For)
		if wait.Address != "" {
			text += " at " + diag.Safe(wait.Address)
		}
		if wait.Correlation != nil {
			text += fmt.Sprintf(" for %s", diag.Safe(fmt.Sprint(wait.Correlation)))
		}
		if !wait.Until.IsZero() {
			text += " until " + wait.Until.Local().Format(time.DateTime)
		}
		fmt.Fprintln(out, text)
	}
	if d.Error != nil {
		fmt.Fprintf(out, "  %s\n", diag.Safe(d.Error.Message))
	}
	return nil
}

func newAnswer() *cobra.Command {
	f, inputs := &serviceFlags{}, &inputFlags{}
	step, whole, by := "", "", ""
	cmd := &cobra.Command{
		Use:   "answer RUN",
		Short: "give a person's answer to a run that asks",
		Long: `Give a person's answer to a run of a service (weft serve) that asks. An answer that
does not fit what was asked is refused, and the run still asks.`,
		Example: `  weft answer run-5d0c --set approved=true --set comment="fine by me"
  weft answer run-5d0c --step approve --json '"yes"'`,
		Args: cobra.ExactArgs(1),
		RunE: action(func(cmd *cobra.Command, args []string) error {
			answer, err := personsAnswer(inputs, whole)
			if err != nil {
				return err
			}
			body := map[string]any{"answer": answer}
			for member, value := range map[string]string{"step": step, "by": by} {
				if value != "" {
					body[member] = value
				}
			}
			return f.detail(cmd, http.MethodPost, args[0], "/answer", body)
		}),
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&step, "step", "", "the `STEP` that asks, where several do")
	flags.StringVar(&whole, "json", "", "the whole answer as `JSON`")
	flags.StringVar(&inputs.file, "from", "", "a `FILE` with the answer, YAML or JSON")
	flags.StringArrayVar(&inputs.values, "set", nil, "one member of the answer, `NAME=VALUE`")
	flags.StringVar(&by, "by", "", "`WHO` answers")
	return cmd
}

func personsAnswer(inputs *inputFlags, whole string) (any, error) {
	if whole == "" {
		return inputs.read("")
	}
	if inputs.file != "" || len(inputs.values) > 0 {
		return nil, usage("--json is the whole answer; leave out --set and --from")
	}
	decoder := json.NewDecoder(strings.NewReader(whole))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return nil, usage("--json: this is no JSON; a text needs quotes")
	}
	return value, nil
}
