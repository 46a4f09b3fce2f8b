package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/bridge"
	"github.com/weft-dev/weft/wire/endpoint"
	"github.com/weft-dev/weft/wire/mock"
)

// upView shows what runs where, and then what happens.
type upView struct {
	mu    sync.Mutex
	out   *screen
	json  bool
	ready bool
	early []func() // what happened before the table was shown
}

func newUpView(cmd *cobra.Command, format string) *upView {
	return &upView{out: newScreen(cmd.OutOrStdout()), json: format == "json"}
}

// upCommand is something to try, as it is typed.
type upCommand struct{ about, line string }

// begins shows the table.
func (v *upView) begins(u *upWorld, took time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.json {
		v.places(u)
	} else {
		v.table(u, took)
	}
	v.ready = true
	for _, show := range v.early {
		show()
	}
	v.early = nil
}

func (v *upView) table(u *upWorld, took time.Duration) {
	var rows [][]string
	for _, part := range u.set.Parts {
		rows = append(rows, []string{part.Role, part.Service, part.URL, part.Title})
	}
	for _, plan := range u.described.bridges {
		rows = append(rows, []string{"bridge", plan.from[0] + "#" + plan.from[1], "to " + plan.to[0] + "#" + plan.to[1], ""})
	}
	fmt.Fprintf(v.out, "%s %s\n\n", v.out.paint(green, "up"), v.out.paint(dim, "in "+short(took)+"; Ctrl-C ends it and leaves nothing behind"))
	grid(v.out, []string{"WHAT", "NAME", "WHERE", "TITLE"}, rows)
	for _, line := range u.without {
		fmt.Fprintln(v.out)
		paragraph(v.out, "", painted{yellow, line})
	}
	fmt.Fprintf(v.out, "\n%s\n", v.out.paint(dim, "TO TRY, IN ANOTHER TERMINAL"))
	for _, c := range u.commands() {
		fmt.Fprintf(v.out, "%s\n", v.out.paint(dim, "# "+diag.Safe(c.about)))
		for _, line := range shellLines(diag.Safe(c.line), v.out) {
			fmt.Fprintf(v.out, "  %s\n", line)
		}
	}
	fmt.Fprintln(v.out)
}

// maxTried bounds how many commands are proposed.
const maxTried = 8

// commands are what to type, for the first operations of each document.
func (u *upWorld) commands() []upCommand {
	var list []upCommand
	for _, service := range u.services {
		choice, ok := u.set.Brokers[service.Name]
		if !ok || len(list) >= maxTried {
			continue
		}
		at := quoted(u.files[service.Name])
		if !u.set.AsDescribed(service.Name) {
			at += " --server " + quoted(choice.URL)
		}
		if registry := choice.Registry.URL; registry != "" && !samePort(registry, endpoint.RegistryOf(service.AsyncAPI)) {
			at += " --registry " + registry
		}
		for _, op := range service.AsyncAPI.Operations {
			list = append(list, upCommand{"send what " + service.Name + " " + doesWith(op) + " as " + op.ID, "weft publish " + at + " --operation " + quoted(op.ID)})
			if !u.queue(service.Name, op) {
				list = append(list, upCommand{"watch it", "weft tail " + at + " --operation " + quoted(op.ID)})
			}
			break
		}
	}
	return list
}

func (u *upWorld) queue(service string, op *asyncapi.Operation) bool {
	for _, s := range u.services {
		if s.Name == service {
			promise, err := u.hub.Capabilities(endpoint.NewSource(service, s.AsyncAPI, s.Schemas), endpoint.RequestOf(op, endpoint.Receive))
			return err != nil || promise.Queue
		}
	}
	return true
}

func doesWith(op *asyncapi.Operation) string {
	if op.Action == asyncapi.Receive {
		return "receives"
	}
	return "sends"
}

// samePort reports whether two URLs of this machine are one place: documents call
// it localhost, and servers 127.0.0.1.
func samePort(a, b string) bool {
	first, err := url.Parse(a)
	if err != nil {
		return false
	}
	second, err := url.Parse(b)
	return err == nil && first.Port() != "" && first.Port() == second.Port()
}

// shellLines breaks a command between its flags where it is wider than a terminal,
// so that it can still be pasted.
func shellLines(command string, out *screen) []string {
	room := out.width - 2
	if !out.terminal || diag.Columns(command) <= room {
		return []string{command}
	}
	var lines []string
	for i, part := range strings.Split(command, " --") {
		if i > 0 {
			part = "--" + part
		}
		last := len(lines) - 1
		if last >= 0 && diag.Columns(lines[last]+" "+part+" \\") <= room {
			lines[last] += " " + part
			continue
		}
		if last >= 0 {
			lines[last] += " \\"
			part = "  " + part
		}
		lines = append(lines, part)
	}
	return lines
}

// quoted writes a word for a shell.
func quoted(word string) string {
	if strings.IndexFunc(word, func(c rune) bool {
		return c >= 0x80 || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:"+string(filepath.Separator), c)
	}) < 0 && word != "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// places writes where everything is as one line of JSON.
func (v *upView) places(u *upWorld) {
	type place struct {
		Role  string `json:"role"`
		Name  string `json:"name"`
		URL   string `json:"url,omitempty"`
		Title string `json:"title,omitempty"`
		To    string `json:"to,omitempty"`
	}
	list := []place{}
	for _, part := range u.set.Parts {
		list = append(list, place{Role: part.Role, Name: part.Service, URL: part.URL, Title: part.Title})
	}
	for _, plan := range u.described.bridges {
		list = append(list, place{Role: "bridge", Name: plan.from[0] + "#" + plan.from[1], To: plan.to[0] + "#" + plan.to[1]})
	}
	v.encode(map[string]any{"event": "ready", "parts": list, "without": u.without})
}

func (v *upView) encode(line map[string]any) {
	encoder := json.NewEncoder(v.out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(line) // whoever read it has gone
}

// soon shows something once the table is there.
func (v *upView) soon(show func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ready {
		show()
		return
	}
	v.early = append(v.early, show)
}

func (v *upView) line(look, text string) {
	fmt.Fprintf(v.out, "%s  %s\n", v.out.paint(dim, time.Now().Format("15:04:05.000")), v.out.paint(look, fit(text, v.out.width-14)))
}

// mocked shows what a mock does.
func (v *upView) mocked(e mock.Event) {
	if e.Kind == mock.Skipped {
		return // the table says what runs
	}
	v.soon(func() {
		if v.json {
			v.encode(eventLine(e))
			return
		}
		look := dim
		switch e.Kind {
		case mock.Rejected, mock.Failed:
			look = yellow
		case mock.Sent, mock.Received:
			look = ""
		}
		v.line(look, e.String())
	})
}

// carried shows what a bridge carried.
func (v *upView) carried(name string, from, to *endpoint.Message) {
	v.soon(func() {
		if v.json {
			v.encode(map[string]any{"event": "carried", "bridge": name, "id": to.IdempotencyID, "from": from.Address, "to": to.Address})
			return
		}
		v.line(cyan, fmt.Sprintf("bridge %s at %s becomes %s at %s", from.Name, from.Address, to.Name, to.Address))
	})
}

// bridged shows what a bridge has to say.
func (v *upView) bridged(name string, e bridge.Event) {
	v.soon(func() {
		if v.json {
			v.encode(map[string]any{"event": e.Kind, "bridge": name, "text": e.String()})
			return
		}
		v.line(yellow, name+": "+e.String())
	})
}
