package schemadiff

import (
	"maps"
	"regexp"

	"github.com/weft-dev/weft/spec/schema/jsonschema"
	"github.com/weft-dev/weft/text/tree"
)

// question is one question of inclusion and what was learnt on the way.
type question struct {
	writer, reader part

	*knowledge
	// aimed is what became of locations in the question that has a focus.
	aimed map[string]result
	stack map[string]int
	steps int
}

// knowledge is what was learnt for one question and holds for all of a source.
type knowledge struct {
	// words are what schemas say, and sames which of them say the same as others.
	words       map[part]*words
	sames       map[pair]bool
	patterns    map[string]*regexp.Regexp
	spellings   map[string]spelling
	formats     map[string][]string
	formatNodes map[string]*tree.Node
	scratch     *jsonschema.Set
	// numbers are short names of parts, for keys of tables.
	numbers map[part]int
	// solved is what became of locations. That of a schema which many others
	// refer to is searched once.
	solved map[string]result
}

func newKnowledge() *knowledge {
	return &knowledge{
		words: map[part]*words{}, sames: map[pair]bool{},
		patterns: map[string]*regexp.Regexp{}, spellings: map[string]spelling{},
		formats: map[string][]string{}, formatNodes: map[string]*tree.Node{},
		numbers: map[part]int{}, solved: map[string]result{},
	}
}

// maxSteps bounds the work for one question; one step takes some microseconds.
const maxSteps = 40_000

func newCase(writer, reader Schema) (*question, error) {
	w, err := writer.checked()
	if err != nil {
		return nil, err
	}
	r, err := reader.checked()
	if err != nil {
		return nil, err
	}
	return startCase(w, r), nil
}

// startCase is newCase for schemas of which it does not matter whether they are
// right: to tell whether they are the same, say.
func startCase(writer, reader part) *question {
	return &question{
		writer: writer, reader: reader,
		knowledge: writer.in.known, aimed: map[string]result{}, stack: map[string]int{}, steps: maxSteps,
	}
}

// aside is a set for schemas that stand in no document.
func (c *knowledge) aside() *jsonschema.Set {
	if c.scratch == nil {
		c.scratch = jsonschema.New(nil)
	}
	return c.scratch
}

func (c *question) spend() bool { return c.pay(1) }

func (c *question) pay(steps int) bool {
	c.steps -= steps
	return c.steps > 0
}

// allow starts a question: with so many steps, or what is left to its documents.
func (c *question) allow(steps int) { c.steps = min(steps, c.writer.in.left) }

func (c *question) words(p part) *words {
	w := p.in.known.words[p]
	if w == nil {
		w = read(p)
		p.in.known.words[p] = w
	}
	return w
}

// number gives a part its short name.
func (c *question) number(p part) int {
	n, ok := c.numbers[p]
	if !ok {
		n = len(c.numbers)
		c.numbers[p] = n
	}
	return n
}

// exotic judges a pattern that Go's expressions cannot be, with the validator.
func (c *question) exotic(pattern, s string) bool {
	n := tree.NewObject()
	n.Set("pattern", tree.NewString(pattern))
	schema, err := c.aside().Schema(n, "")
	return err == nil && schema.Valid(s)
}

// decide looks for a value that the writer may write and that meets a goal
// which no value of the reader's meets.
func (c *question) decide(refusal goal) Answer {
	given := c.steps
	defer func() { c.writer.in.left -= given - c.steps }()
	if c.same(c.writer, c.reader) && refusal.focus == nil {
		return Answer{Verdict: Accepted}
	}
	loc := &location{goals: []goal{{part: c.writer}, refusal}, place: c.at([]part{c.writer}), extra: &extra{}}
	r := c.solve(loc, 0)
	switch r.state {
	case unsat:
		return Answer{Verdict: Accepted}
	case sat:
		if a, ok := c.proven(r.value); ok {
			return a
		}
	}
	if refusal.focus == nil {
		if a, ok := c.search(); ok {
			return a
		}
	}
	reason := "the schemas are beyond what can be decided here"
	if c.steps <= 0 {
		reason = "the schemas are too large together to be compared in the time there is"
	}
	return Answer{Reason: reason}
}

// proven has both validators judge a value, and checks that the writer may
// write it.
func (c *question) proven(value any) (Answer, bool) {
	if !c.writer.valid(value) || c.reader.valid(value) || !c.writes(c.at([]part{c.writer}), value) {
		return Answer{}, false
	}
	a := Answer{Verdict: Refused, Witness: value}
	if s, err := c.reader.in.set.Schema(c.reader.node, c.reader.dialect); err == nil {
		a.Violations = s.Validate(value)
	}
	return a, true
}

// search tries samples of the writer's schema, for what the search by reason
// could not decide.
func (c *question) search() (Answer, bool) {
	s, err := c.writer.in.set.Schema(c.writer.node, c.writer.dialect)
	if err != nil {
		return Answer{}, false
	}
	for seed := range uint64(samples) {
		if c.writer.in.left <= 0 {
			return Answer{}, false
		}
		value, err := s.Sample(seed)
		c.writer.in.left -= stepsPerSample + stepsPerValue*values(value)
		if err != nil {
			return Answer{}, false
		}
		for _, v := range variants(value) {
			// Both validators look at all of it.
			if c.writer.in.left -= stepsPerValue * values(v); c.writer.in.left <= 0 {
				return Answer{}, false
			}
			if a, ok := c.proven(v); ok {
				return a, true
			}
		}
	}
	return Answer{}, false
}

const samples = 12

// What a sample costs, as steps of a search by reason.
const (
	stepsPerSample = 100
	stepsPerValue  = 10
)

// values is how many values there are in a value, itself among them.
func values(v any) int {
	n := 1
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			n += values(item)
		}
	case map[string]any:
		for _, below := range v {
			n += values(below)
		}
	}
	return n
}

// maxVariants bounds how many variants there are of one value.
const maxVariants = 200

// variants are a value and what it is without one of its properties.
func variants(value any) []any {
	list := []any{value}
	if o, ok := value.(map[string]any); ok {
		for name := range o {
			if len(list) > maxVariants {
				break
			}
			less := maps.Clone(o)
			delete(less, name)
			list = append(list, less)
		}
	}
	return list
}
