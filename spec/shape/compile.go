package shape

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
)

// Set is the tables of one version, ready to check documents. It does not
// change, and may be used by many goroutines at once.
type Set struct {
	tables  *Tables
	version string
	objects map[string]*compiled
	order   []*compiled
	root    *Type
	isExt   func(string) bool

	// What is made when it is first needed, under mu: of the hundreds of
	// objects of a specification most documents use a few.
	mu       sync.Mutex
	named    map[string]*Type
	patterns map[string]*pattern
}

// compiled is an Object in one version. All but its name is there only after
// open.
type compiled struct {
	set    *Set
	name   string
	source *Object
	once   sync.Once

	table    *Object        // only the fields and groups of this version
	fields   map[string]int // to table.Fields
	required []int
	keys     []*pattern // like table.Keys; nil fits all
	hasRef   bool       // "$ref" is a field of the object itself
}

// open compiles the object, the first time that it is needed.
func (o *compiled) open() *compiled {
	o.once.Do(func() {
		o.set.mu.Lock()
		defer o.set.mu.Unlock()
		o.set.fill(o)
	})
	return o
}

// pattern is a regular expression that is compiled when it is first used.
type pattern struct {
	expr string
	once sync.Once
	re   *regexp.Regexp
}

// MatchString reports whether a text fits.
func (p *pattern) MatchString(text string) bool {
	p.once.Do(func() { p.re = regexp.MustCompile(p.expr) })
	return p.re.MatchString(text)
}

// MustCompile makes the Set of one of the tables' versions. Each object is
// compiled when a document first has one. That panics where the tables
// contradict themselves; they are part of the program, and Objects, which
// compiles all, is called by their tests.
func MustCompile(tables Tables, version string) *Set {
	if !slices.Contains(tables.Versions, version) {
		panic(fmt.Sprintf("shape: %s has no version %q", tables.Title, version))
	}
	s := &Set{tables: &tables, version: version, objects: make(map[string]*compiled, len(tables.Objects)), named: map[string]*Type{}, patterns: map[string]*pattern{}}
	s.isExt = extensionRule(tables.ExtensionKey)
	for i := range tables.Objects {
		s.declare(&tables.Objects[i])
	}
	s.root = s.resolve(Is(tables.Root), tables.Root)
	return s
}

func extensionRule(expr string) func(string) bool {
	if expr == "" {
		return func(key string) bool { return strings.HasPrefix(key, "x-") }
	}
	rule := &pattern{expr: expr}
	return func(key string) bool { return strings.HasPrefix(key, "x-") && rule.MatchString(key) }
}

func (s *Set) declare(o *Object) {
	if !s.covers(o.Since, o.Until) {
		return
	}
	if _, dup := s.objects[o.Name]; dup {
		panic(fmt.Sprintf("shape: %s %s has two objects %q", s.tables.Title, s.version, o.Name))
	}
	c := &compiled{set: s, name: o.Name, source: o}
	s.objects[o.Name] = c
	s.order = append(s.order, c)
}

// ofVersion is an object with only what this version has of it.
func (s *Set) ofVersion(o *Object) *Object {
	table := *o
	table.Fields = make([]Field, 0, len(o.Fields))
	for _, f := range o.Fields {
		if s.covers(f.Since, f.Until) {
			table.Fields = append(table.Fields, f)
		}
	}
	table.Groups = slices.DeleteFunc(slices.Clone(o.Groups), func(g Group) bool { return !s.covers(g.Since, g.Until) })
	table.Keys = slices.Clone(o.Keys)
	return &table
}

func (s *Set) fill(c *compiled) {
	c.table = s.ofVersion(c.source)
	c.fields = make(map[string]int, len(c.table.Fields))
	for i := range c.table.Fields {
		f := &c.table.Fields[i]
		where := c.name + "." + f.Name
		if _, dup := c.fields[f.Name]; dup {
			panic(fmt.Sprintf("shape: %s %s has two fields %s", s.tables.Title, s.version, where))
		}
		c.fields[f.Name] = i
		c.hasRef = c.hasRef || f.Name == "$ref"
		if f.Required {
			c.required = append(c.required, i)
		}
		f.Type = s.resolve(f.Type, where)
	}
	for i := range c.table.Keys {
		k := &c.table.Keys[i]
		k.Type = s.resolve(k.Type, c.name+"."+k.Pattern)
		c.keys = append(c.keys, s.pattern(k.Pattern))
	}
	for _, g := range c.table.Groups {
		for _, name := range g.Fields {
			if _, ok := c.fields[name]; !ok {
				panic(fmt.Sprintf("shape: %s %s groups %s.%s, which is no field", s.tables.Title, s.version, c.name, name))
			}
		}
	}
}

// pattern gives the whole Set one pattern for an expression; nil fits all.
func (s *Set) pattern(expr string) *pattern {
	if expr == "" {
		return nil
	}
	if s.patterns[expr] == nil {
		s.patterns[expr] = &pattern{expr: expr}
	}
	return s.patterns[expr]
}

// resolve copies a type for this Set, so that the same tables can be compiled
// for many versions, and finds the objects it names.
func (s *Set) resolve(t *Type, where string) *Type {
	if t == nil {
		panic(fmt.Sprintf("shape: %s: %s has no type", s.tables.Title, where))
	}
	r := *t
	r.fits = s.pattern(r.pattern)
	r.keysFit = s.pattern(r.keys)
	if r.elem != nil {
		r.elem = s.resolve(r.elem, where)
	}
	if r.alternatives != nil {
		r.alternatives = make([]*Type, len(t.alternatives))
		for i, a := range t.alternatives {
			r.alternatives[i] = s.resolve(a, where)
		}
	}
	if r.named != "" {
		r.alternatives = []*Type{s.namedType(r.named, where)}
	}
	if r.kind == objectType {
		r.object = s.objects[r.name]
		if r.object == nil {
			panic(fmt.Sprintf("shape: %s %s: %s is a %q, which is no object of it", s.tables.Title, s.version, where, r.name))
		}
	}
	return &r
}

// namedType resolves each named type once; it may hold itself.
func (s *Set) namedType(name, where string) *Type {
	if t := s.named[name]; t != nil {
		return t
	}
	t := s.tables.Types[name]
	if t == nil {
		panic(fmt.Sprintf("shape: %s: %s is a %q, which is no type of it", s.tables.Title, where, name))
	}
	s.named[name] = new(Type)
	*s.named[name] = *s.resolve(t, name)
	return s.named[name]
}

// covers reports whether the Set's version lies from since to until.
func (s *Set) covers(since, until string) bool {
	at := s.index(s.version)
	return (since == "" || s.index(since) <= at) && (until == "" || at <= s.index(until))
}

func (s *Set) index(version string) int {
	i := slices.Index(s.tables.Versions, version)
	if i < 0 {
		panic(fmt.Sprintf("shape: %s has no version %q", s.tables.Title, version))
	}
	return i
}

// Version is the version of the specification that the Set is for.
func (s *Set) Version() string { return s.version }

// Objects returns the objects of this version by name, each with only the
// fields of this version: what the reference pages are made from.
func (s *Set) Objects() []*Object {
	list := make([]*Object, 0, len(s.order))
	for _, c := range s.order {
		list = append(list, c.open().table)
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// Object returns the object of that name in this version, or nil.
func (s *Set) Object(name string) *Object {
	if c := s.objects[name]; c != nil {
		return c.open().table
	}
	return nil
}

// otherVersions returns the range of versions in which an object has a field
// that it lacks in this one, as "since 2.2" or "until 2.6", or "".
func (s *Set) otherVersions(object, field string) string {
	for i := range s.tables.Objects {
		o := &s.tables.Objects[i]
		if o.Name != object {
			continue
		}
		for _, f := range o.Fields {
			if f.Name != field {
				continue
			}
			switch since, until := latest(s, o.Since, f.Since), f.Until; {
			case since != "" && s.index(since) > s.index(s.version):
				return "since " + since
			case until != "" && s.index(until) < s.index(s.version):
				return "until " + until
			}
		}
	}
	return ""
}

func latest(s *Set, a, b string) string {
	if a == "" || (b != "" && s.index(b) > s.index(a)) {
		return b
	}
	return a
}
