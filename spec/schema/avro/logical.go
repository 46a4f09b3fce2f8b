package avro

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// logicalInfo is what the specification says of a logical type.
type logicalInfo struct {
	name  Logical
	bases []Kind
	// size is what a fixed must have; 0 for any.
	size int
	// major and minor are the version that it came with.
	major, minor int
	unit         unit
}

// unit is how many of what a number counts, for the logical types of time.
type unit struct {
	perSecond int64 // 0 for what is no time
	day       bool  // counts within a day
	local     bool  // has no time zone
}

var logicals = []logicalInfo{
	{name: Decimal, bases: []Kind{Bytes, Fixed}, major: 1, minor: 7},
	{name: BigDecimal, bases: []Kind{Bytes}, major: 1, minor: 12},
	{name: UUID, bases: []Kind{String, Fixed}, size: 16, major: 1, minor: 9},
	{name: Date, bases: []Kind{Int}, major: 1, minor: 8},
	{name: TimeMillis, bases: []Kind{Int}, major: 1, minor: 8, unit: unit{perSecond: 1e3, day: true}},
	{name: TimeMicros, bases: []Kind{Long}, major: 1, minor: 8, unit: unit{perSecond: 1e6, day: true}},
	{name: TimestampMillis, bases: []Kind{Long}, major: 1, minor: 8, unit: unit{perSecond: 1e3}},
	{name: TimestampMicros, bases: []Kind{Long}, major: 1, minor: 8, unit: unit{perSecond: 1e6}},
	{name: TimestampNanos, bases: []Kind{Long}, major: 1, minor: 12, unit: unit{perSecond: 1e9}},
	{name: LocalTimestampMillis, bases: []Kind{Long}, major: 1, minor: 10, unit: unit{perSecond: 1e3, local: true}},
	{name: LocalTimestampMicros, bases: []Kind{Long}, major: 1, minor: 10, unit: unit{perSecond: 1e6, local: true}},
	{name: LocalTimestampNanos, bases: []Kind{Long}, major: 1, minor: 12, unit: unit{perSecond: 1e9, local: true}},
	{name: Duration, bases: []Kind{Fixed}, size: 12, major: 1, minor: 8},
}

// logicalRule returns what is said of a logical type, or nil.
func logicalRule(l Logical) *logicalInfo {
	for i := range logicals {
		if logicals[i].name == l {
			return &logicals[i]
		}
	}
	return nil
}

// logical reads the logical type of a type that is there otherwise.
func (r *reader) logical(t *Type) {
	n := t.Node.Get("logicalType")
	if n == nil {
		return
	}
	if n.Kind != tree.String {
		r.fault(CodeLogical, n, "\"logicalType\" must be a string, is %s, and is ignored", whatIs(n.Value()))
		return
	}
	rule := logicalRule(Logical(n.Text))
	if rule == nil {
		r.unknownLogical(n)
		return
	}
	if !slices.Contains(rule.bases, t.Kind) {
		bases := make([]string, len(rule.bases))
		for i, b := range rule.bases {
			bases[i] = article(b.String())
		}
		r.fault(CodeLogical, n, "%q of %s is ignored by readers: it is for %s", rule.name, article(t.Kind.String()), either(bases))
		return
	}
	if t.Kind == Fixed && rule.size != 0 && t.Size != rule.size {
		r.fault(CodeLogical, n, "%q of %d bytes is ignored by readers: it needs a size of %d", rule.name, t.Size, rule.size)
		return
	}
	if rule.name == Decimal && !r.digits(t) {
		return
	}
	r.since(n, rule.major, rule.minor, fmt.Sprintf("the logical type %q", rule.name))
	if rule.name == UUID && t.Kind == Fixed {
		r.since(n, 1, 12, "the logical type \"uuid\" of a fixed")
	}
	t.Logical = rule.name
}

// unknownLogical warns of what is nearly a logical type. Any other is the
// author's own, and a reader that does not know it ignores it.
func (r *reader) unknownLogical(n *tree.Node) {
	names := make([]string, len(logicals))
	for i := range logicals {
		names[i] = string(logicals[i].name)
	}
	if r.compared += len(names); r.compared > maxCompared {
		return
	}
	if near := diag.Nearest(n.Text, names); near != "" {
		r.fault(CodeLogical, n, "%s is not a logical type of Avro, and is ignored by readers", quote(n.Text)).
			Help = fmt.Sprintf("did you mean %q?", near)
	}
}

// maxDigits is the largest precision of a decimal that is worked with. The
// specification has no limit; numbers beyond this are an attack.
const maxDigits = 2_000

// digits reads precision and scale, and reports whether they are right.
func (r *reader) digits(t *Type) bool {
	p, s := t.Node.Get("precision"), t.Node.Get("scale")
	if p == nil {
		r.fault(CodeDecimal, t.Node.Get("logicalType"), "a decimal needs \"precision\", its number of digits").
			Help = "write for example \"precision\": 10, \"scale\": 2"
		return false
	}
	precision, ok := whole(p)
	if !ok || precision < 1 {
		r.fault(CodeDecimal, p, "the precision of a decimal must be a whole number above zero, is %s", show(p.Value()))
		return false
	}
	scale := 0
	if s != nil {
		if scale, ok = whole(s); !ok || scale < 0 {
			r.fault(CodeDecimal, s, "the scale of a decimal must be a whole number that is not below zero, is %s", show(s.Value()))
			return false
		}
	}
	switch {
	case precision > maxDigits:
		r.fault(CodeDecimal, p, "a precision of more than %d digits is not supported", maxDigits)
		return false
	case scale > precision:
		r.fault(CodeDecimal, s, "the scale of a decimal, %d, is larger than its precision, %d", scale, precision)
		return false
	case t.Kind == Fixed && precision > fixedDigits(t.Size):
		d := r.fault(CodeDecimal, p, "%s hold at most %s, and the precision is %d", count(t.Size, "byte"), count(fixedDigits(t.Size), "digit"), precision)
		d.Help = fmt.Sprintf("make the size %d", fixedFor(precision))
		return false
	}
	t.Precision, t.Scale = precision, scale
	return true
}

func whole(n *tree.Node) (int, bool) {
	i, err := strconv.Atoi(n.Text)
	return i, n.Kind == tree.Number && err == nil
}

// fixedDigits is how many decimal digits always fit into a number of bytes in
// two's complement.
func fixedDigits(size int) int {
	if size == 0 {
		return 0
	}
	return int(math.Floor(math.Log10(2) * float64(8*size-1)))
}

// fixedFor is the least number of bytes that holds a number of digits.
func fixedFor(digits int) int {
	size := int(float64(digits)/math.Log10(256)) + 1
	for size > 1 && fixedDigits(size-1) >= digits {
		size--
	}
	for fixedDigits(size) < digits {
		size++
	}
	return size
}
