package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/plan"
	"github.com/weft-dev/weft/flow/service"
	"github.com/weft-dev/weft/spec/arazzo"
	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/tree"
)

// hosted are the workflows of a folder with all they need.
type hosted struct {
	workflows map[string]*service.Workflow
	from      map[string]string // the document of each
	used      map[string]bool   // names of sources
	closers   []func()
	keepers   []keptCallbacks
}

func (h *hosted) names() []string { return slices.Sorted(maps.Keys(h.workflows)) }

func (h *hosted) close() {
	for _, closer := range slices.Backward(h.closers) {
		closer()
	}
	for _, k := range h.keepers {
		k.leave()
	}
}

// open compiles every workflow of a folder and opens the servers they need.
// What is wrong with one document is told together with the rest.
func (f *serveFlags) open(cmd *cobra.Command, dir string) (*hosted, error) {
	files, err := arazzoFiles(dir)
	if err != nil {
		return nil, err
	}
	h := &hosted{workflows: map[string]*service.Workflow{}, from: map[string]string{}, used: map[string]bool{}}
	var wrong error
	for _, name := range files {
		err := f.openDocument(cmd, h, name)
		var end *outcome
		if err != nil && (!errors.As(err, &end) || end.code != exitFindings) {
			h.close()
			return nil, err
		}
		wrong = errors.Join(wrong, err)
	}
	if wrong == nil {
		wrong = errors.Join(f.everyServer(h), f.after.store.check())
	}
	if wrong != nil {
		h.close()
		var end *outcome
		if errors.As(wrong, &end) {
			return nil, &outcome{code: end.code, err: wrong}
		}
		return nil, wrong
	}
	return h, nil
}

// everyServer makes sure that each --server and --credential is for something.
func (f *serveFlags) everyServer(h *hosted) error {
	for _, flag := range slices.Concat(f.servers, f.forSources()) {
		name, _, _ := strings.Cut(flag, "=")
		source, _, _ := strings.Cut(name, ".")
		if !h.used[name] && !h.used[source] {
			return usage("no workflow uses a source %q%s", name, didYouMean(name, slices.Sorted(maps.Keys(h.used))))
		}
	}
	return nil
}

// arazzoFiles are the Arazzo documents in a folder and those below it.
func arazzoFiles(dir string) ([]string, error) {
	files, err := documentsIn(dir, func(kind arazzo.SourceType) bool { return kind == arazzo.SourceArazzo })
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s holds no Arazzo document, so there is nothing to run", dir)
	}
	return files, err
}

// documentsIn are the documents of some kinds in a folder and those below it.
func documentsIn(dir string, wanted func(arazzo.SourceType) bool) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return skipHidden(name, dir, entry, err)
		}
		if !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name)) {
			return nil
		}
		file, err := source.ReadFile(name)
		if err != nil {
			return err
		}
		root, _ := tree.Parse(file, tree.Options{})
		if root != nil && wanted(arazzo.Detect(root)) {
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	return files, nil
}

// openDocument compiles the workflows of one document, and opens one world for
// all of them.
func (f *serveFlags) openDocument(cmd *cobra.Command, h *hosted, name string) error {
	list, findings, err := f.compileEach(cmd, h, name)
	if err != nil {
		return err
	}
	diag.Sort(findings)
	findings = atLeast(diag.Unique(findings), diag.Warning)
	if err := printFindings(cmd, findings); err != nil {
		return err
	}
	if diag.Worst(findings) == diag.Error {
		return &outcome{code: exitFindings, err: fmt.Errorf("%s cannot be run: %s", name, diag.Summary(findings))}
	}
	return f.host(cmd, h, list)
}

// begun is a compiled workflow and what begins it.
type begun struct {
	*compilation
	trigger  *service.Trigger
	schedule *service.Schedule
}

func (f *serveFlags) compileEach(cmd *cobra.Command, h *hosted, name string) ([]begun, []diag.Diagnostic, error) {
	ctx := cmd.Context()
	text, err := file(cmd.InOrStdin(), name)
	if err != nil {
		return nil, nil, err
	}
	ws, release, err := f.workspace(name)
	if err != nil {
		return nil, nil, err
	}
	h.closers = append(h.closers, release)
	doc := ws.Load(text)
	document, found := arazzo.Load(ctx, ws, doc)
	findings := append(doc.Findings, found...)
	if document == nil || diag.Worst(findings) == diag.Error {
		return nil, findings, nil
	}
	sources, found := plan.Open(ctx, ws, document)
	findings = append(findings, found...)
	var list []begun
	for _, id := range document.WorkflowIDs() {
		b := begun{compilation: &compilation{name: name, references: jsonschema.In(ws), schemas: languages.In(ws), web: asker{&f.reading}}}
		b.plan, found = plan.Compile(document, sources, id, plan.Options{References: b.references, StrictPerspective: f.strict})
		findings = append(findings, found...)
		if b.plan == nil {
			continue
		}
		b.trigger, b.schedule, found = service.Read(b.plan, sources)
		findings = append(findings, found...)
		list = append(list, b)
	}
	return list, findings, nil
}

// host opens a world for the workflows of one document.
func (f *serveFlags) host(cmd *cobra.Command, h *hosted, list []begun) error {
	if len(list) == 0 {
		return nil
	}
	all := *list[0].compilation
	all.plan = &plan.Plan{Document: list[0].plan.Document, Uses: f.uses(h, list)}
	where, err := parseServers(all.plan, forThese(f.servers, all.plan))
	if err != nil {
		return err
	}
	where.create(all.plan, f.create)
	if err := where.addCredentials(all.plan, forThese(f.forSources(), all.plan)); err != nil {
		return err
	}
	world, err := openWorld(cmd.Context(), &all, where, f.embedded)
	if err != nil {
		return err
	}
	h.closers = append(h.closers, world.close)
	f.unmatched.into(&world.engine)
	checker := &runFlags{embedded: f.embedded}
	wire := engine.OverWire(world.engine)
	for _, b := range list {
		id := b.plan.Root.ID
		if other, taken := h.from[id]; taken {
			return usage("%s and %s both have a workflow %s; give one of them another id", other, b.name, id)
		}
		if err := checker.check(cmd, b.compilation, world); err != nil {
			return err
		}
		h.from[id] = b.name
		w := &service.Workflow{Plan: b.plan, Wire: wire, Head: b.head(where, f.embedded), Trigger: b.trigger, Schedule: b.schedule}
		keeper, err := f.after.keeper(b.plan, wire, cmd.ErrOrStderr(), f.embedded)
		if err != nil {
			return err
		}
		if keeper != nil {
			w.Callbacks, w.Letters = keeper, letters{keeper}
			kept := keptCallbacks{workflow: id, keeper: keeper}
			h.closers = append(h.closers, keeper.Close)
			if kept.afar, err = f.after.store.open(cmd.Context(), b.plan, f.embedded); err != nil {
				return err
			}
			h.keepers = append(h.keepers, kept)
		}
		h.workflows[id] = w
	}
	return nil
}

// uses are all sources that the workflows or their triggers use, each once.
func (f *serveFlags) uses(h *hosted, list []begun) []*plan.Use {
	var uses []*plan.Use
	add := func(u *plan.Use) {
		h.used[u.Name] = true
		for _, other := range uses {
			if other.Name == u.Name {
				other.Calls, other.Sends, other.Receives = other.Calls || u.Calls, other.Sends || u.Sends, other.Receives || u.Receives
				return
			}
		}
		copied := *u
		uses = append(uses, &copied)
	}
	for _, b := range list {
		for _, u := range b.plan.Uses {
			add(u)
		}
		if b.trigger != nil {
			add(b.trigger.Channel.Use)
		}
	}
	return uses
}

// forThese keeps the flags that name a source of a plan.
func forThese(flags []string, p *plan.Plan) []string {
	return slices.DeleteFunc(slices.Clone(flags), func(flag string) bool {
		name, _, _ := strings.Cut(flag, "=")
		source, _, _ := strings.Cut(name, ".")
		return !slices.Contains(useNames(p), name) && !slices.Contains(useNames(p), source)
	})
}
