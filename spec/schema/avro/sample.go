package avro

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/weft-dev/weft/internal/lazy"
)

// The bounds of a sample: past these only what must be there is made.
const (
	sampleNodes = 2000
	sampleDepth = 6
	// sampleBytes is how long all of a sample's fixed may be together.
	sampleBytes = 1 << 20
)

// Sample implements schema.Schema. What fields and types are called guides what
// is made for them, as far as it is known.
func (s *Schema) Sample(seed uint64) (any, error) {
	m := &sampler{rng: rand.New(rand.NewPCG(seed, 0x61767230)), left: sampleNodes, heights: heightsOf(s.Type)}
	if m.heights[s.Type] == endless {
		return nil, errors.New("no value of the schema ends")
	}
	v, err := m.value(s.Type, "", 0)
	if err != nil {
		return nil, err
	}
	if found := s.Validate(v); len(found) > 0 {
		return nil, fmt.Errorf("no value that fits could be made: %s", found[0].Message)
	}
	return v, nil
}

type sampler struct {
	rng     *rand.Rand
	left    int
	bytes   int // of the fixed that were made
	heights heights
	judge   judge
}

// tight reports that it is time to come to an end.
func (m *sampler) tight(depth int) bool { return depth > sampleDepth || m.left < 0 }

func (m *sampler) value(t *Type, name string, depth int) (any, error) {
	m.left--
	if depth > maxDepth || m.left < -100_000 {
		return nil, errors.New("the smallest value of the schema is too large to be made")
	}
	switch t.Kind {
	case Record:
		return m.record(t, depth)
	case Array:
		list := []any{}
		for range m.size(t.Items, depth) {
			v, err := m.value(t.Items, singular(name), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case Map:
		object := map[string]any{}
		for i := range m.size(t.Items, depth) {
			v, err := m.value(t.Items, name, depth+1)
			if err != nil {
				return nil, err
			}
			object[mapKeys[(m.rng.IntN(3)+3*i)%len(mapKeys)]] = v
		}
		return object, nil
	case Union:
		return m.union(t, name, depth)
	case Fixed:
		if m.bytes += t.Size; m.bytes > sampleBytes {
			return nil, fmt.Errorf("with a fixed of %d bytes the schema is too large for an example", t.Size)
		}
	}
	return m.scalar(t, name), nil
}

var mapKeys = []string{"source", "channel", "region", "version", "campaign", "locale"}

// singular is what one of many is called.
func singular(name string) string {
	if stem, ok := strings.CutSuffix(name, "ies"); ok {
		return stem + "y"
	}
	return strings.TrimSuffix(name, "s")
}

// size is how many items to make.
func (m *sampler) size(items *Type, depth int) int {
	if m.tight(depth) || m.heights[items] == endless {
		return 0
	}
	return 1 + m.rng.IntN(3)
}

func (m *sampler) record(t *Type, depth int) (any, error) {
	object := make(map[string]any, len(t.Fields))
	for _, f := range t.Fields {
		v, err := m.value(f.Type, f.Name, depth+1)
		if err != nil {
			return nil, err
		}
		object[f.Name] = v
	}
	return object, nil
}

func (m *sampler) union(t *Type, name string, depth int) (any, error) {
	var open []int
	best := 0
	for i, b := range t.Branches {
		if m.heights[b] < m.heights[t.Branches[best]] {
			best = i
		}
		if b.Kind != Null && m.heights[b] < endless {
			open = append(open, i)
		}
	}
	i := best
	if !m.tight(depth) && len(open) > 0 && (len(open) == len(t.Branches) || m.rng.IntN(5) > 0) {
		i = open[m.rng.IntN(len(open))]
	}
	v, err := m.value(t.Branches[i], name, depth+1)
	if err != nil {
		return nil, err
	}
	m.judge.left = maxSteps
	return m.judge.tagged(t, i, v), nil
}

func (m *sampler) scalar(t *Type, name string) any {
	switch t.Kind {
	case Boolean:
		return m.rng.IntN(2) == 0
	case Int, Long:
		return m.integer(t, name)
	case Float, Double:
		return json.Number(strconv.FormatFloat(float64(m.rng.IntN(100_000))/100, 'f', -1, 64))
	case Enum:
		if len(t.Symbols) == 0 {
			return nil
		}
		return t.Symbols[m.rng.IntN(len(t.Symbols))]
	case String:
		if t.Logical == UUID {
			return m.uuid()
		}
		return m.text(name)
	case Bytes, Fixed:
		return m.octets(t)
	}
	return nil
}

// moment is a time of 2025 or 2026, in seconds.
func (m *sampler) moment() int64 {
	return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Unix() + m.rng.Int64N(2*365*86400)
}

func (m *sampler) integer(t *Type, name string) any {
	rule := logicalRule(t.Logical)
	var i int64
	switch {
	case t.Logical == Date:
		i = m.moment() / 86400
	case rule != nil && rule.unit.day:
		i = m.rng.Int64N(86400 * rule.unit.perSecond)
	case rule != nil && rule.unit.perSecond > 0:
		i = m.moment()*rule.unit.perSecond + m.rng.Int64N(rule.unit.perSecond)
	case t.Kind == Long && isMoment(name):
		i = m.moment() * 1000
	default:
		i = 1 + m.rng.Int64N(100)
	}
	return json.Number(strconv.FormatInt(i, 10))
}

func isMoment(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "timestamp") || strings.HasSuffix(name, "time")
}

func (m *sampler) uuid() string {
	b := m.random(16)
	b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
	return uuidText(b)
}

func (m *sampler) random(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(m.rng.UintN(256))
	}
	return b
}

func (m *sampler) octets(t *Type) any {
	switch t.Logical {
	case Decimal:
		return m.decimal(min(t.Precision, 6+t.Scale), t.Scale)
	case BigDecimal:
		return m.decimal(6, 2)
	case UUID:
		return m.uuid()
	case Duration:
		return fmt.Sprintf("P%dM%dDT%dS", 1+m.rng.IntN(11), 1+m.rng.IntN(27), 1+m.rng.IntN(3600))
	}
	n := t.Size
	if t.Kind == Bytes {
		n = 4 + m.rng.IntN(8)
	}
	return unlatin(m.random(n))
}

func (m *sampler) decimal(precision, scale int) any {
	digits := make([]byte, max(1, min(precision, 1+m.rng.IntN(max(precision, 1)))))
	for i := range digits {
		digits[i] = byte('0' + m.rng.IntN(10))
	}
	n, _ := new(big.Int).SetString(string(digits), 10)
	return json.Number(number{n, scale}.String())
}

// text makes a string by what the field is called.
func (m *sampler) text(name string) string {
	words := strings.FieldsFunc(strings.ToLower(camel(name)), func(c rune) bool { return c == '_' || c == '-' })
	last := ""
	if len(words) > 0 {
		last = words[len(words)-1]
	}
	if choices, ok := textsFor.Get()[last]; ok {
		return choices[m.rng.IntN(len(choices))]
	}
	switch last {
	case "id", "key", "number", "code", "reference":
		return fmt.Sprintf("%s-%05d", strings.Join(words[:max(1, len(words)-1)], "-"), m.rng.IntN(100_000))
	case "at", "timestamp", "date", "time":
		return time.Unix(m.moment(), 0).UTC().Format(time.RFC3339)
	case "uuid", "guid":
		return m.uuid()
	case "":
		return "text"
	}
	return fmt.Sprintf("%s %d", strings.Join(words, " "), 1+m.rng.IntN(99))
}

var textsFor = lazy.Of[map[string][]string]{Make: func() map[string][]string {
	return map[string][]string{
		"email":    {"ada@example.com", "grace@example.org", "linus@example.net"},
		"name":     {"Ada Lovelace", "Grace Hopper", "Alan Turing"},
		"url":      {"https://example.com/a", "https://example.org/b"},
		"uri":      {"https://example.com/a", "urn:example:b"},
		"country":  {"DE", "US", "JP", "BR"},
		"currency": {"EUR", "USD", "JPY"},
		"city":     {"Berlin", "Lisbon", "Osaka"},
		"street":   {"1 Main Street", "27 Harbour Road"},
		"state":    {"CA", "NY", "BE"},
		"phone":    {"+1 555 0100", "+44 20 7946 0000"},
		"status":   {"new", "open", "done"},
		"language": {"en", "de", "pt"},
	}
}}

// camel puts "_" between the words of a name like orderId.
func camel(name string) string {
	var b strings.Builder
	lower := false
	for _, c := range name {
		upper := 'A' <= c && c <= 'Z'
		if upper && lower {
			b.WriteByte('_')
		}
		lower = 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		b.WriteRune(c)
		if b.Len() > 2*maxShown {
			break
		}
	}
	return b.String()
}
