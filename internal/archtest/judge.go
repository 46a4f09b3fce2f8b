package archtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// judge returns everything in which the packages go against the table, one
// line a fault, in a stable order.
func judge(found map[string]*pkg, table []Room) []string {
	rooms := make(map[string]Room, len(table))
	for _, room := range table {
		rooms[room.Path] = room
	}
	var faults []string
	for _, path := range slices.Sorted(maps.Keys(found)) {
		p := found[path]
		room, listed := rooms[path]
		if !listed {
			faults = append(faults, fmt.Sprintf("%s: the package is not in internal/archtest/table.go; say there what it may import", path))
			continue
		}
		faults = append(faults, judgeImports(p, room, rooms)...)
		faults = append(faults, judgeReach(p, room, found)...)
		faults = append(faults, judgeExits(p)...)
		faults = append(faults, judgeDoc(p)...)
	}
	for _, room := range table {
		if found[room.Path] == nil {
			faults = append(faults, fmt.Sprintf("%s: internal/archtest/table.go lists a package that does not exist; take the row out", room.Path))
		}
	}
	return faults
}

func judgeImports(p *pkg, room Room, rooms map[string]Room) []string {
	var faults []string
	for _, i := range p.imports {
		if why := refuse(i, room, rooms); why != "" {
			faults = append(faults, fmt.Sprintf("%s: %s must not import %s: %s", i.at, p.path, i.path, why))
		}
	}
	return faults
}

// refuse says why a room may not have an import, or nothing where it may.
func refuse(i imported, room Room, rooms map[string]Room) string {
	for _, c := range closed {
		if matches(c.Path, i.path) {
			return c.Why
		}
	}
	switch {
	case ours(i.path):
		return refuseOurs(i, room, rooms)
	case standard(i.path):
		return refuseStandard(i, room)
	}
	return refuseTheirs(i, room, rooms)
}

func refuseOurs(i imported, room Room, rooms map[string]Room) string {
	target := below(i.path)
	if target == room.Path && i.test {
		return ""
	}
	if i.test {
		return refuseInTest(target, room)
	}
	if rooms[target].ForTests && !room.ForTests {
		return "it is for tests only"
	}
	if !rooms[target].ForAll && !anyOf(room.Ours, target) {
		return fmt.Sprintf("the table allows %s", list(room.Ours))
	}
	return ""
}

// refuseInTest keeps tests of the lower rooms from leaning on the faces. The
// rest is open to them: a test of one room is often played by its neighbours,
// and Go itself refuses cycles.
func refuseInTest(target string, room Room) string {
	if matches("ui/...", target) && !matches("ui/...", room.Path) && !matches("cmd/...", room.Path) {
		return "faces are leaves, for tests too"
	}
	return ""
}

func refuseStandard(i imported, room Room) string {
	if i.test {
		return ""
	}
	for _, without := range room.Without {
		if matches(without.Path, i.path) {
			return without.Why
		}
	}
	return ""
}

func refuseTheirs(i imported, room Room, rooms map[string]Room) string {
	if anyPrefix(room.Theirs, i.path) {
		return ""
	}
	forTests := i.test || room.ForTests
	if anyPrefix(testLibraries, i.path) {
		if forTests {
			return ""
		}
		return "it is for tests only"
	}
	for _, other := range rooms {
		if anyPrefix(other.Theirs, i.path) && forTests {
			return ""
		}
	}
	return fmt.Sprintf("the table allows %s", list(room.Theirs))
}

// judgeReach walks the imports of code, breadth first, so that the chain it
// prints is the shortest.
func judgeReach(p *pkg, room Room, found map[string]*pkg) []string {
	if len(room.Never) == 0 {
		return nil
	}
	var faults []string
	told := make(map[string]bool)
	seen := map[string]bool{p.path: true}
	queue := [][]string{{p.path}}
	for len(queue) > 0 {
		chain := queue[0]
		queue = queue[1:]
		for _, next := range codeImports(found[chain[len(chain)-1]]) {
			longer := append(slices.Clone(chain), next)
			for _, never := range room.Never {
				if matches(never.Path, next) && !told[never.Path] {
					told[never.Path] = true
					faults = append(faults, fmt.Sprintf("%s must not reach %s: %s\n\t%s", p.path, next, never.Why, strings.Join(longer, " -> ")))
				}
			}
			if found[next] != nil && !seen[next] {
				seen[next] = true
				queue = append(queue, longer)
			}
		}
	}
	return faults
}

// codeImports returns what a package's code imports, sorted: rooms by their
// path below the module, everything else by its import path.
func codeImports(p *pkg) []string {
	var paths []string
	for _, i := range p.imports {
		if i.test {
			continue
		}
		if ours(i.path) {
			paths = append(paths, below(i.path))
			continue
		}
		paths = append(paths, i.path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func judgeExits(p *pkg) []string {
	if matches("cmd/...", p.path) || p.name == "main" {
		return nil
	}
	var faults []string
	for _, at := range p.exits {
		faults = append(faults, fmt.Sprintf("%s: %s must not end the process; return an error, a main decides", at, p.path))
	}
	return faults
}

func judgeDoc(p *pkg) []string {
	if !p.code {
		return nil
	}
	opening := "Package " + p.name + " "
	if p.name == "main" {
		opening = "Command "
	}
	if strings.HasPrefix(p.doc, opening) {
		return nil
	}
	return []string{fmt.Sprintf("%s: there is no package comment that begins %q; say why the package exists and what it must not know", p.path, opening)}
}

// judgeTable returns the rows that stand there twice, and those that import
// from a wing above or beside theirs.
func judgeTable(table []Room) []string {
	var faults []string
	seen := make(map[string]bool)
	for _, room := range table {
		if seen[room.Path] {
			faults = append(faults, fmt.Sprintf("there are two rows of %s; make one of them", room.Path))
		}
		seen[room.Path] = true
		level := levelOf(room.Path)
		if level < 0 {
			continue
		}
		for _, target := range room.Ours {
			if sameWing(room.Path, target) || levelOf(target) < level {
				continue
			}
			faults = append(faults, fmt.Sprintf("the row of %s allows %s, which is not below it", room.Path, target))
		}
	}
	return faults
}

func levelOf(path string) int {
	return slices.IndexFunc(wings, func(names []string) bool { return slices.Contains(names, wing(path)) })
}

func sameWing(a, b string) bool { return wing(a) == wing(b) }

func wing(path string) string {
	name, _, _ := strings.Cut(path, "/")
	return name
}

func ours(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

func below(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, module), "/") }

// standard reports whether an import path is of the standard library: the
// first element of any other has a dot in it.
func standard(path string) bool { return !strings.Contains(wing(path), ".") }

// matches reports whether a path is the one a pattern names, or stands in the
// wing that it names with "/...".
func matches(pattern, path string) bool {
	if whole, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == whole || strings.HasPrefix(path, whole+"/")
	}
	return path == pattern
}

func anyOf(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, path) })
}

func anyPrefix(prefixes []string, path string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return matches(prefix+"/...", path) })
}

func list(patterns []string) string {
	if len(patterns) == 0 {
		return "none"
	}
	return strings.Join(patterns, ", ")
}
