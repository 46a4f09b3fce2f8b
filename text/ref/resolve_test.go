package ref_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/internal/cputime"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// open loads the document "a.yaml" of a set of documents held in memory.
func open(t testing.TB, files map[string]string) (*ref.Workspace, *tree.Node) {
	t.Helper()
	memory := source.Memory{}
	for name, text := range files {
		memory["memory:///"+name] = text
	}
	w := ref.New(memory, ref.Options{})
	doc, err := w.Open(t.Context(), "memory:///a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range doc.Findings {
		t.Fatalf("a.yaml: %s", d.Message)
	}
	return w, doc.Root
}

func resolve(t testing.TB, w *ref.Workspace, n *tree.Node) *tree.Node {
	t.Helper()
	target, problem := w.Resolve(t.Context(), n)
	if problem != nil {
		t.Fatalf("%s: %s", n.Path(), problem.Message)
	}
	return target
}

func where(n *tree.Node) string {
	return strings.TrimPrefix(n.Span.File.URI(), "memory:///") + "#" + n.Path()
}

func TestAReferenceLeadsToTheValueItNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ ref, want string }{
		{"#/x/y", "a.yaml#/x/y"},
		{"#", "a.yaml#"},
		{"a.yaml#/x", "a.yaml#/x"},
		{"./a.yaml#/x", "a.yaml#/x"},
		{"dir/b.yaml", "dir/b.yaml#"},
		{"dir/b.yaml#", "dir/b.yaml#"},
		{"dir/b.yaml#/up", "a.yaml#/x"},
		{"#/chain", "a.yaml#/x/y"},
		{"#/x/a~1b", "a.yaml#/x/a~1b"},
		{"#/x/a~1b/m~0n", "a.yaml#/x/a~1b/m~0n"},
		{"#/x/a%20b", "a.yaml#/x/a b"},
		{"#/x/%C3%A9", "a.yaml#/x/é"},
		{"#/x/é", "a.yaml#/x/é"},
		{"#/list/1", "a.yaml#/list/1"},
		{"#/x/", "a.yaml#/x/"},
		{"#/chain2/z", "a.yaml#/x/y/z"},
		{"memory:///dir/b.yaml#/own", "dir/b.yaml#/own"},
		{"dir/../dir/b.yaml#/own", "dir/b.yaml#/own"},
	}
	for _, test := range tests {
		t.Run(test.ref, func(t *testing.T) {
			t.Parallel()
			w, root := open(t, map[string]string{
				"a.yaml": "x: {y: {z: 1}, a/b: {m~n: 2}, 'a b': 3, é: 4, '': 5}\n" +
					"chain: {$ref: '#/chain2'}\nchain2: {$ref: '#/x/y', description: beside}\nlist: [1, 2]\n" +
					"here: {$ref: '" + test.ref + "'}\n",
				"dir/b.yaml": "up: {$ref: '../a.yaml#/x'}\nown: true\n",
			})
			if got := where(resolve(t, w, root.Get("here"))); got != test.want {
				t.Errorf("Resolve leads to %s, want %s", got, test.want)
			}
			if got := where(resolve(t, w, root.Get("here").Get("$ref"))); got != test.want {
				t.Errorf("from the value of $ref it leads to %s, want %s", got, test.want)
			}
		})
	}
}

func TestTargetTakesOneStepAndOtherNodesStandForThemselves(t *testing.T) {
	t.Parallel()
	w, root := open(t, map[string]string{"a.yaml": "a: {$ref: '#/b'}\nb: {$ref: '#/c'}\nc: 1\nproperties: {$ref: {type: string}}\n"})
	one, problem := w.Target(t.Context(), root.Get("a"))
	if problem != nil || one != root.Get("b") {
		t.Errorf("Target is %v (%v), want the node at /b", one.Path(), problem)
	}
	for _, n := range []*tree.Node{root.Get("c"), root.Get("properties"), nil} {
		if got, problem := w.Resolve(t.Context(), n); got != n || problem != nil {
			t.Errorf("%s resolves to %s (%v), want itself", n.Path(), got.Path(), problem)
		}
	}
}

func TestWhatIsWrongWithAReferenceIsToldAtIt(t *testing.T) {
	t.Parallel()
	const rest = "\ncomponents: {messages: {Order: {x: 1}}, list: [1], scalar: 5}\nself: {$ref: '#/self'}\nab: {$ref: '#/ba'}\nba: {$ref: '#/ab'}\nthrough: {$ref: '#/through/x'}\nbroken: {$ref: '#/nowhere'}\n"
	tests := []struct {
		name, ref string
		code      diag.Code
		message   string // a part of it
		help      string
		at        string // the text underlined, when it is not the reference
		fix       string
	}{
		{
			name: "a misspelt token", ref: `"#/components/mesages/Order"`, code: ref.CodePointer,
			message: `"/components" has no "mesages"`, help: `did you mean "#/components/messages/Order"?`, fix: `"#/components/messages/Order"`,
		},
		{
			name: "the last token", ref: `'#/components/messages/order'`, code: ref.CodePointer,
			message: `"/components/messages" has no "order"`, help: `did you mean "#/components/messages/Order"?`, fix: `'#/components/messages/Order'`,
		},
		{name: "the first token", ref: `'#/compnents'`, code: ref.CodePointer, message: `the document has no "compnents"`, help: `"#/components"`, fix: `'#/components'`},
		{name: "nothing near", ref: `'#/zzz/yyy'`, code: ref.CodePointer, message: `has no "zzz"`, help: "check the path behind #"},
		{name: "an index", ref: `'#/components/list/1'`, code: ref.CodePointer, message: `"/components/list" has 1 item, and "1" is none of them`, help: "check"},
		{name: "an index with a zero", ref: `'#/components/list/00'`, code: ref.CodePointer, message: `"00" is none of them`, help: "check"},
		{name: "below a scalar", ref: `'#/components/scalar/x'`, code: ref.CodePointer, message: "is a number and has nothing inside", help: "check"},
		{name: "to itself", ref: `'#/here'`, code: ref.CodeCycle, message: "leads to itself", help: "refer to a value"},
		{name: "to one that refers to itself", ref: `'#/self'`, code: ref.CodeCycle, message: "leads to itself", help: "refer", at: "'#/self'"},
		{name: "to a circle", ref: `'#/ab'`, code: ref.CodeCycle, message: "2 references only refer to one another", help: "replace", at: "'#/ba'"},
		{name: "through itself", ref: `'#/through'`, code: ref.CodeCycle, message: "leads to itself", help: "refer", at: "'#/through/x'"},
		{name: "to a broken one", ref: `'#/broken'`, code: ref.CodePointer, message: `has no "nowhere"`, help: "check", at: "'#/nowhere'"},
		{name: "a file that is not there", ref: `./none.yaml#/x`, code: ref.CodeNotFound, message: "cannot open memory:///none.yaml", help: ""},
		{name: "a name", ref: `'#components'`, code: ref.CodeAnchor, message: "is a name, not a JSON Pointer", help: `did you mean "#/components"?`, fix: `'#/components'`},
		{name: "a number", ref: `5`, code: ref.CodeValue, message: "a $ref must be a string, not a number", help: "write it as a string"},
		{name: "a list", ref: `['#/a']`, code: ref.CodeValue, message: "not an array", help: "write it as a string"},
		{name: "empty", ref: `''`, code: ref.CodeValue, message: "the $ref is empty", help: "write what it refers to"},
		{name: "null", ref: `~`, code: ref.CodeValue, message: "not null", help: "write it as a string"},
		{name: "a comment", ref: `#/components`, code: ref.CodeValue, message: "# starts a comment in YAML", help: "quotes", at: ""},
		{name: "a bad escape", ref: `'#/a%zz'`, code: ref.CodeValue, message: "two hexadecimal digits", help: "write a path"},
		{name: "another format", ref: `x.proto#Order`, code: ref.CodeNotData, message: "x.proto is neither YAML nor JSON", help: "another format"},
		{name: "a text that is broken", ref: `bad.yaml#/x`, code: tree.CodeSyntax, message: "a second ': ' on one line", help: "quotes", at: ":"},
		{name: "a password", ref: `https://me:secret@example.com/a.yaml?token=secret`, code: ref.CodeNotFound, message: "cannot open https://…@example.com/a.yaml?…", help: ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w, root := open(t, map[string]string{
				"a.yaml": "here:\n  $ref: " + test.ref + rest, "x.proto": "syntax = 'proto3';", "bad.yaml": "x: y: z\n",
			})
			target, problem := w.Resolve(t.Context(), root.Get("here"))
			if target != nil || problem == nil {
				t.Fatalf("it leads to %s, want a finding", where(target))
			}
			if problem.Code != test.code || !strings.Contains(problem.Message, test.message) || !strings.Contains(problem.Help, test.help) {
				t.Errorf("got %s [%s] (%s), want %s [%s] (%s)", problem.Message, problem.Code, problem.Help, test.message, test.code, test.help)
			}
			if strings.Contains(problem.Message+problem.Help, "secret") {
				t.Errorf("credentials are shown: %s", problem.Message)
			}
			at := test.at
			if at == "" && test.name != "a comment" {
				at = test.ref
				if problem.Path != "/here/$ref" {
					t.Errorf("the path is %q, want /here/$ref", problem.Path)
				}
			}
			if got := string(problem.Span.Text()); got != at {
				t.Errorf("it is told at %q, want %q", got, at)
			}
			fix := ""
			if len(problem.Fixes) > 0 {
				fix = problem.Fixes[0].Edits[0].Text
			}
			if fix != test.fix {
				t.Errorf("the fix writes %q, want %q", fix, test.fix)
			}
			if _, again := w.Resolve(t.Context(), root.Get("here")); again != problem {
				t.Errorf("asked again it is another finding")
			}
		})
	}
}

func TestReferencesDoNotLeaveTheRoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "secret.yaml"), "x: 1\n")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "secret.yaml"), filepath.Join(root, "link.yaml")); err != nil {
		t.Skip("no symbolic links here")
	}
	refs := []string{"/etc/passwd", "../secret.yaml", "../../../../../../etc/passwd", "link.yaml", "file:///etc/passwd", "http://169.254.169.254/", "sub/../../secret.yaml", "file://host/x.yaml", "ftp://x/y", "."}
	var text strings.Builder
	for i, r := range refs {
		fmt.Fprintf(&text, "r%d: {$ref: %q}\n", i, r)
	}
	path := filepath.Join(root, "a.yaml")
	write(path, text.String())

	opener, err := source.Local(root)
	if err != nil {
		t.Fatal(err)
	}
	defer opener.Close()
	file, err := source.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := ref.New(opener, ref.Options{})
	doc := w.Load(file)
	for i, r := range refs {
		target, problem := w.Resolve(t.Context(), doc.Root.Members[i].Value)
		if target != nil {
			t.Errorf("%s leads to %s", r, where(target))
			continue
		}
		if problem.Code != ref.CodeNotAllowed && problem.Code != ref.CodeNotSupported {
			t.Errorf("%s: %s [%s]", r, problem.Message, problem.Code)
		}
	}
}

func TestWalkMeetsEachTargetOnceAndTellsEachFaultOnce(t *testing.T) {
	t.Parallel()
	w, root := open(t, map[string]string{
		"a.yaml": "one: {$ref: 'b.yaml#/x'}\ntwo: {$ref: 'b.yaml#/x'}\nthree: {$ref: 'bad.yaml'}\nfour: {$ref: 'bad.yaml#/q'}\n" +
			"five: {$ref: 'x.proto#M'}\nsix: {examples: [{$ref: '#/not/there'}]}\nseven: {$ref: '#/eight'}\neight: {$ref: '#/seven'}\nnine: [&a {$ref: '#/gone'}, *a]\n",
		"b.yaml":   "x: {y: {$ref: '#/z'}}\nz: {$ref: 'a.yaml#/one'}\nunseen: {$ref: '#/never'}\n",
		"bad.yaml": "a: b: c\n", "x.proto": "message M {}",
	})
	var seen []string
	findings := w.Walk(t.Context(), root, ref.WalkOptions{
		Skip: func(n *tree.Node) bool { return n.Name() == "examples" },
		Visit: func(r ref.Reference) {
			seen = append(seen, where(r.Holder)+" -> "+func() string {
				if r.Target != nil {
					return where(r.Target)
				}
				if r.Finding != nil {
					return string(r.Finding.Code)
				}
				return r.File.Name()
			}())
		},
	})
	want := []string{
		"a.yaml#/one -> b.yaml#/x",
		"a.yaml#/two -> b.yaml#/x",
		"a.yaml#/three -> text/syntax",
		"a.yaml#/four -> text/syntax",
		"a.yaml#/five -> memory:///x.proto",
		"a.yaml#/seven -> text/ref-cycle",
		"a.yaml#/eight -> text/ref-cycle",
		"a.yaml#/nine/0 -> text/ref-pointer",
		"b.yaml#/x/y -> b.yaml#/z",
		"b.yaml#/z -> a.yaml#/one",
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("the references met (-want +got):\n%s", diff)
	}
	var told []string
	for _, d := range findings {
		told = append(told, string(d.Code)+" "+string(d.Span.Text()))
	}
	if diff := cmp.Diff([]string{"text/syntax :", "text/ref-cycle '#/eight'", "text/ref-pointer '#/gone'"}, told); diff != "" {
		t.Errorf("the findings (-want +got):\n%s", diff)
	}
}

func diamonds(levels int) string {
	var b strings.Builder
	for i := range levels {
		fmt.Fprintf(&b, "l%d:\n  left: {$ref: '#/l%d'}\n  right: {$ref: '#/l%d'}\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "l%d: {}\n", levels)
	return b.String()
}

func TestDiamondsCostNoMoreThanTheirReferences(t *testing.T) {
	t.Parallel()
	start := cputime.Start(t)
	w, root := open(t, map[string]string{"a.yaml": diamonds(18)})
	met := 0
	if findings := w.Walk(t.Context(), root, ref.WalkOptions{Visit: func(ref.Reference) { met++ }}); len(findings) > 0 {
		t.Errorf("findings: %v", findings)
	}
	if met != 36 {
		t.Errorf("%d references are met, want each of the 36 once", met)
	}
	if took := start(); took > time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestLimitsEndInAFinding(t *testing.T) {
	t.Parallel()
	chain := "x0: {$ref: '#/x1'}\n"
	for i := 1; i < 3000; i++ {
		chain += fmt.Sprintf("x%d: {$ref: '#/x%d'}\n", i, i+1)
	}
	files := source.Memory{"memory:///chain.yaml": chain + "x3000: 1\n"}
	for i := range 50 {
		files[fmt.Sprintf("memory:///f%d.yaml", i)] = fmt.Sprintf("next: {$ref: 'f%d.yaml'}\n", i+1)
	}
	files["memory:///f50.yaml"] = "{}"
	walk := func(name string, limits ref.Limits) []diag.Diagnostic {
		w := ref.New(files, ref.Options{Limits: limits})
		doc, err := w.Open(t.Context(), "memory:///"+name)
		if err != nil {
			t.Fatal(err)
		}
		if _, problem := w.Resolve(t.Context(), doc.Root.Members[0].Value); problem != nil {
			return []diag.Diagnostic{*problem}
		}
		return w.Walk(t.Context(), doc.Root, ref.WalkOptions{})
	}
	tests := []struct {
		name   string
		limits ref.Limits
		code   diag.Code
	}{
		{"chain.yaml", ref.Limits{}, ref.CodeTooLong},
		{"chain.yaml", ref.Limits{Hops: 5000, Refs: 10}, ref.CodeTooMany},
		{"chain.yaml", ref.Limits{Hops: 5000}, ""},
		{"f0.yaml", ref.Limits{Files: 5}, ref.CodeTooMany},
		{"f0.yaml", ref.Limits{Bytes: 100}, ref.CodeTooMany},
		{"f0.yaml", ref.Limits{}, ""},
	}
	for _, test := range tests {
		findings := walk(test.name, test.limits)
		code := diag.Code("")
		if len(findings) > 0 {
			code = findings[0].Code
		}
		if code != test.code || len(findings) > 1 {
			t.Errorf("%s within %+v: %v, want %q", test.name, test.limits, findings, test.code)
		}
	}
}

func TestWhatWasInterruptedIsTriedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"a.yaml": "x: {$ref: b.yaml}\n", "b.yaml": "1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	opener, err := source.Local(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer opener.Close()
	w := ref.New(opener, ref.Options{})
	doc, err := w.Open(t.Context(), source.FileURI(filepath.Join(dir, "a.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, problem := w.Resolve(stopped, doc.Root.Get("x")); problem == nil || problem.Code != ref.CodeUnavailable {
		t.Errorf("interrupted: %v", problem)
	}
	if target := resolve(t, w, doc.Root.Get("x")); target.Text != "1" {
		t.Errorf("then it is %v", target.Value())
	}
}

func TestAMisspeltFileIsSuggested(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{"a.yaml": "x: {$ref: 'sub/Mesages.yaml#/y'}\nz: {$ref: ../sub/messages.yaml}\n", "sub/messages.yaml": "y: 1\n"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opener, err := source.Local(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer opener.Close()
	w := ref.New(source.Overlay{source.Memory{}, opener}, ref.Options{})
	doc, err := w.Open(t.Context(), source.FileURI(filepath.Join(dir, "a.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	_, problem := w.Resolve(t.Context(), doc.Root.Get("x"))
	if problem == nil || problem.Code != ref.CodeNotFound || problem.Help != `did you mean "sub/messages.yaml#/y"?` || problem.Fixes[0].Edits[0].Text != "'sub/messages.yaml#/y'" {
		t.Errorf("got %+v", problem)
	}
	if _, problem := w.Resolve(t.Context(), doc.Root.Get("z")); problem == nil || problem.Code != ref.CodeNotAllowed {
		t.Errorf("outside of the root: %+v", problem)
	}
}

func TestADocumentFromTheNetworkRefersToNoFiles(t *testing.T) {
	t.Parallel()
	w := ref.New(source.Memory{
		"https://example.com/a.yaml": "x: {$ref: 'file:///srv/secret.yaml'}\ny: {$ref: b.yaml}\n",
		"https://example.com/b.yaml": "1", "file:///srv/secret.yaml": "1",
	}, ref.Options{})
	doc, err := w.Open(t.Context(), "https://example.com/a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if target, problem := w.Resolve(t.Context(), doc.Root.Get("x")); target != nil || problem.Code != ref.CodeNotAllowed {
		t.Errorf("it leads to %v (%v)", target.Value(), problem)
	}
	if target := resolve(t, w, doc.Root.Get("y")); target.Text != "1" {
		t.Errorf("beside it stands %v", target.Value())
	}
}
