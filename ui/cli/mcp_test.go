package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/weft-dev/weft/internal/corpus"
)

// assistant is somebody else's client of the protocol, with "weft mcp" as a
// process in a folder.
type assistant struct {
	t      *testing.T
	folder string
	to     *mcp.ClientSession
	used   map[string]bool
}

func newAssistant(t *testing.T) *assistant {
	t.Helper()
	self, err := exec.LookPath("weft")
	check0(t, err)
	folder := t.TempDir()
	client := mcp.NewClient(&mcp.Implementation{Name: "somebody", Version: "1"}, nil)
	session, err := client.Connect(t.Context(), &mcp.CommandTransport{Command: exec.Command(self, "mcp", folder)}, nil)
	check0(t, err)
	t.Cleanup(func() {
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
	return &assistant{t, folder, session, map[string]bool{}}
}

func (a *assistant) write(name, text string) {
	a.t.Helper()
	check0(a.t, os.WriteFile(filepath.Join(a.folder, name), []byte(text), 0o600))
}

func (a *assistant) read(name string) string {
	a.t.Helper()
	text, err := os.ReadFile(filepath.Join(a.folder, name))
	check0(a.t, err)
	return string(text)
}

// calls a tool and returns what it answers, as text and as data.
func (a *assistant) calls(tool string, arguments map[string]any) (text string, data map[string]any, failed bool) {
	a.t.Helper()
	a.used[tool] = true
	r, err := a.to.CallTool(a.t.Context(), &mcp.CallToolParams{Name: tool, Arguments: arguments})
	if err != nil {
		a.t.Fatalf("%s: %v", tool, err)
	}
	data, _ = r.StructuredContent.(map[string]any)
	return r.Content[0].(*mcp.TextContent).Text, data, r.IsError
}

// does is a call that must succeed.
func (a *assistant) does(tool string, arguments map[string]any) (string, map[string]any) {
	a.t.Helper()
	text, data, failed := a.calls(tool, arguments)
	if failed {
		a.t.Fatalf("%s %v: %s", tool, arguments, text)
	}
	return text, data
}

// codesOf are those of the findings of at least a severity.
func codesOf(data map[string]any, severity string) (list []string) {
	found, _ := data["list"].([]any)
	for _, f := range found {
		if f := f.(map[string]any); f["severity"] == severity {
			list = append(list, f["code"].(string))
		}
	}
	return list
}

const faulty = `# what the shop tells
asyncapi: 3.0.0
info: {title: Shop, version: 1.0.0}
channels:
  orders:
    address: orders.{region}
    messages:
      OrderPlaced:
        payload:
          type: object
          required: [id]
          properties: {id: {type: string}, total: {type: number}}
          examples:
            - {id: 7}
operations:
  tell:
    action: send
    channel: {$ref: '#/channels/orders'}
    messages: [{$ref: '#/channels/orders/messages/OrderPlaced'}]
`

// A client of the protocol by other people judges, mends and compares; all tools
// are there, and each does its work.
func TestAnAssistantJudgesMendsAndCompares(t *testing.T) {
	t.Parallel()
	a := newAssistant(t)
	files := map[string]any{"files": []string{"shop.yaml"}}
	a.write("shop.yaml", faulty)

	_, data := a.does("validate", files)
	found := codesOf(data, "error")
	if !slices.Contains(found, "asyncapi/address-parameter") {
		t.Fatalf("found %v", data)
	}
	for _, code := range found {
		if text, _ := a.does("explain", map[string]any{"code": code}); !strings.Contains(text, code) {
			t.Errorf("explain %s: %s", code, text)
		}
	}
	a.does("fix", files)
	mended := strings.NewReplacer("messages:\n      Order", "parameters: {region: {}}\n    messages:\n      Order", "{id: 7}", "{id: a, total: 7}").Replace(a.read("shop.yaml"))
	a.write("shop.yaml", mended)
	if _, data = a.does("validate", files); len(codesOf(data, "error")) > 0 {
		t.Fatalf("left are %v", data)
	}

	a.write("new.yaml", strings.Replace(mended, "required: [id]", "required: [id, total]", 1))
	_, data = a.does("diff", map[string]any{"old": "new.yaml", "new": "shop.yaml", "as": "sender"})
	if data["verdict"] != "breaking" || !strings.Contains(asText(t, data), `"witness"`) {
		t.Errorf("the verdict is %v", data)
	}
	a.repository()
	a.does("rename", map[string]any{"files": []string{"shop.yaml"}, "kind": "operation", "old": "tell", "new": "tellOrder"})
	a.does("add_field", map[string]any{"files": []string{"shop.yaml"}, "field": "note", "schema": "{type: string}"})
	a.does("add_examples", files)
	a.does("format", files)
	if text := a.read("shop.yaml"); !strings.HasPrefix(text, "# what the shop tells\n") || !strings.Contains(text, "tellOrder") || !strings.Contains(text, "note") {
		t.Errorf("the document is now\n%s", text)
	}
	if _, data = a.does("diff_since", map[string]any{"file": "shop.yaml", "since": "HEAD"}); data["verdict"] != "compatible" {
		t.Errorf("a further field that may be left out: %v", data)
	}

	if _, data = a.does("list", files); !strings.Contains(asText(t, data), "OrderPlaced") {
		t.Errorf("listed are %v", data)
	}
	if text, _ := a.does("graph", files); !strings.HasPrefix(text, "flowchart") {
		t.Errorf("drawn is %s", text)
	}
	a.does("bundle", map[string]any{"files": []string{"shop.yaml"}, "output": "bundled.yaml"})
	a.does("convert", map[string]any{"file": "bundled.yaml", "to": "json", "output": "shop.json"})
	if !json.Valid([]byte(a.read("shop.json"))) {
		t.Error("shop.json is no JSON")
	}
	a.does("new", map[string]any{"description": "food delivery, Kafka: restaurant orders, driver assignments", "output": "food.yaml"})
	if _, data = a.does("validate", map[string]any{"files": []string{"food.yaml"}}); len(codesOf(data, "error")) > 0 {
		t.Errorf("what is new has %v", data)
	}
	if text, _ := a.does("check_names", map[string]any{"names": []string{"payments.invoice.overdue"}, "convention": "{domain}.{entity}.{event}"}); !strings.Contains(text, "overdue") {
		t.Errorf("names: %s", text)
	}

	listed, err := a.to.ListTools(t.Context(), nil)
	check0(t, err)
	for _, tool := range listed.Tools {
		if !a.used[tool.Name] {
			t.Errorf("nobody tried %s", tool.Name)
		}
	}
}

// repository makes the folder one, with what is there committed.
func (a *assistant) repository() {
	a.t.Helper()
	for _, words := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "a"}} {
		cmd := exec.Command("git", append([]string{"-C", a.folder}, words...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			a.t.Fatalf("git %v: %v\n%s", words, err, out)
		}
	}
}

func asText(t *testing.T, data any) string {
	t.Helper()
	text, err := json.Marshal(data)
	check0(t, err)
	return string(text)
}

// What an assistant must not do is refused in words that tell it what it may.
func TestAnAssistantStaysInItsFolder(t *testing.T) {
	t.Parallel()
	a := newAssistant(t)
	a.write("shop.yaml", faulty)
	elsewhere := filepath.Join(t.TempDir(), "secret.yaml")
	check0(t, os.WriteFile(elsewhere, []byte(faulty), 0o600))
	check0(t, os.Symlink(elsewhere, filepath.Join(a.folder, "link.yaml")))
	check0(t, os.Symlink(filepath.Dir(elsewhere), filepath.Join(a.folder, "away")))
	for _, c := range []struct {
		tool      string
		arguments map[string]any
		want      string
	}{
		{"validate", map[string]any{"files": []string{elsewhere}}, "outside of the folder"},
		{"validate", map[string]any{"files": []string{"../x.yaml"}}, "outside of the folder"},
		{"validate", map[string]any{"files": []string{"link.yaml"}}, "outside of the folder"},
		{"validate", map[string]any{"files": []string{"away/secret.yaml"}}, "outside of the folder"},
		{"validate", map[string]any{"files": []string{"absent.yaml"}}, "there is no absent.yaml"},
		{"validate", map[string]any{"files": []string{"--watch"}}, "begins with a hyphen"},
		{"validate", map[string]any{"files": []string{}}, "the list is empty"},
		{"validate", map[string]any{"files": "shop.yaml"}, "must be a list"},
		{"validate", map[string]any{}, "it is missing"},
		{"validate", map[string]any{"files": []string{"shop.yaml"}, "watch": true}, `no argument "watch"; there are files, failOn`},
		{"validate", map[string]any{"files": []string{"shop.yaml"}, "failOn": "all"}, "none of error, warning"},
		{"fix", map[string]any{"files": []string{"shop.yaml"}, "dryRun": "yes"}, "must be true or false"},
		{"bundle", map[string]any{"files": []string{"shop.yaml"}, "output": "../out.yaml"}, "outside of the folder"},
		{"bundle", map[string]any{"files": []string{"shop.yaml"}, "output": "away/out.yaml"}, "outside of the folder"},
		{"bundle", map[string]any{"files": []string{"shop.yaml"}, "output": "link.yaml"}, "outside of the folder"},
		{"explain", map[string]any{"code": 7}, "must be a text"},
		{"explain", map[string]any{"code": "asyncapi/adress-parameter"}, "did you mean"},
	} {
		if text, _, failed := a.calls(c.tool, c.arguments); !failed || !strings.Contains(text, c.want) {
			t.Errorf("%s %v: %q, want %q", c.tool, c.arguments, text, c.want)
		}
	}
	if text, err := os.ReadFile(elsewhere); err != nil || string(text) != faulty {
		t.Errorf("the other document is now %q, %v", text, err)
	}
}

// The commands of the skill are run as they are printed, in their order, on a
// document of ours and on the seed that it was asked for with.
func TestTheSkillsCommandsWork(t *testing.T) {
	t.Parallel()
	t.Run("ours", func(t *testing.T) {
		t.Parallel()
		followSkill(t, faulty)
	})
	t.Run("seed", func(t *testing.T) {
		t.Parallel()
		text, err := os.ReadFile(filepath.Join(corpus.Seeds(t), "order-processing", "asyncapi.yaml"))
		check0(t, err)
		followSkill(t, string(text))
	})
}

func followSkill(t *testing.T, document string) {
	t.Helper()
	folder := installed(t)
	check0(t, os.WriteFile(filepath.Join(folder, "asyncapi.yaml"), []byte(document), 0o600))
	(&assistant{t: t, folder: folder}).repository()
	ran := 0
	for _, line := range skillCommands(t, filepath.Join(folder, "skills", "weft", "SKILL.md")) {
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = folder
		out, err := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != exitFine && code != exitFindings {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		ran++
	}
	if ran < 8 {
		t.Errorf("%d commands were tried: the search is broken", ran)
	}
}

// installed is a folder with the skill in it.
func installed(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	self, err := exec.LookPath("weft")
	check0(t, err)
	if out, err := exec.Command(self, "mcp", "skill", "-o", filepath.Join(folder, "skills")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return folder
}

func skillCommands(t *testing.T, page string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(page)
	check0(t, err)
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		lines = append(lines, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	return lines
}
