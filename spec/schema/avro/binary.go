package avro

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// ValueError says that a value cannot be written, and which part of it.
type ValueError struct {
	// Path is the JSON Pointer of the part of the value.
	Path string
	// Message begins with the name of the part.
	Message string
}

// Error implements error.
func (e *ValueError) Error() string { return e.Message }

// Encode writes a value, in the form that Validate accepts, as Avro's binary
// encoding has it. Fields that are left out are written as their defaults.
func (s *Schema) Encode(value any) ([]byte, error) { return s.Append(nil, value) }

// Append is Encode to the end of other bytes.
func (s *Schema) Append(to []byte, value any) ([]byte, error) {
	e := encoder{out: to, judge: judge{left: maxSteps}}
	if err := e.value(s.Type, value); err != nil {
		return nil, err
	}
	return e.out, nil
}

type encoder struct {
	out   []byte
	path  []string
	judge judge
}

func (e *encoder) fail(message string) error {
	err := &ValueError{Path: pointer(e.path), Message: message}
	if name := dotted(e.path); name != "" {
		err.Message = name + ": " + message
	}
	return err
}

// in writes a part of a value.
func (e *encoder) in(name string, t *Type, value any) error {
	e.path = append(e.path, name)
	if err := e.value(t, value); err != nil {
		return err
	}
	e.path = e.path[:len(e.path)-1]
	return nil
}

func (e *encoder) value(t *Type, value any) error {
	if len(e.path) > maxDepth {
		return e.fail("is nested too deeply")
	}
	switch t.Kind {
	case Record:
		return e.record(t, value)
	case Array:
		return e.array(t, value)
	case Map:
		return e.object(t, value)
	case Union:
		return e.union(t, value)
	}
	c, why := t.cell(value)
	if why != "" {
		return e.fail(why)
	}
	e.out = t.appendCell(e.out, c)
	return nil
}

func (t *Type) appendCell(to []byte, c cell) []byte {
	switch t.Kind {
	case Boolean:
		return append(to, byte(c.i))
	case Int, Long, Enum:
		return appendLong(to, c.i)
	case Float:
		return binary.LittleEndian.AppendUint32(to, math.Float32bits(float32(c.f)))
	case Double:
		return binary.LittleEndian.AppendUint64(to, math.Float64bits(c.f))
	case Bytes, String:
		return append(appendLong(to, int64(len(c.b))), c.b...)
	case Fixed:
		return append(to, c.b...)
	}
	return to // null has no bytes
}

// appendLong writes a number as its zig-zag varint (specification, "Binary
// Encoding").
func appendLong(to []byte, i int64) []byte { return binary.AppendVarint(to, i) }

func (e *encoder) record(t *Type, value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return e.fail("must be an object, is " + whatIs(value))
	}
	for name := range object {
		if t.Field(name) == nil {
			e.path = append(e.path, name)
			return e.fail(notAField(t, name))
		}
	}
	for _, f := range t.Fields {
		item, there := object[f.Name]
		if !there {
			if !f.HasDefault {
				e.path = append(e.path, f.Name)
				return e.fail("is required: the field has no default")
			}
			item = f.Default
		}
		if err := e.in(f.Name, f.Type, item); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) array(t *Type, value any) error {
	list, ok := value.([]any)
	if !ok {
		return e.fail("must be an array, is " + whatIs(value))
	}
	if len(list) > 0 {
		e.out = appendLong(e.out, int64(len(list)))
	}
	for i, item := range list {
		if err := e.in(strconv.Itoa(i), t.Items, item); err != nil {
			return err
		}
	}
	e.out = append(e.out, 0)
	return nil
}

// object writes a map, its keys in order, so that the same data are always the
// same bytes.
func (e *encoder) object(t *Type, value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return e.fail("must be an object, is " + whatIs(value))
	}
	if len(object) > 0 {
		e.out = appendLong(e.out, int64(len(object)))
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		e.out = append(appendLong(e.out, int64(len(key))), key...)
		if err := e.in(key, t.Items, object[key]); err != nil {
			return err
		}
	}
	e.out = append(e.out, 0)
	return nil
}

func (e *encoder) union(t *Type, value any) error {
	i, inner, ok := e.judge.pick(t, value, len(e.path))
	if !ok {
		if e.judge.left < 0 {
			return e.fail("cannot be written: finding the branches of its unions takes too many steps")
		}
		v := validator{judge: judge{left: maxSteps}}
		v.union(t, value, e.path)
		if len(v.list) > 0 {
			return &ValueError{Path: v.list[0].InstancePath, Message: v.list[0].Message}
		}
		return e.fail("fits no branch of the " + t.String())
	}
	e.out = appendLong(e.out, int64(i))
	return e.value(t.Branches[i], inner)
}

// The bounds of what is read from bytes that a stranger may have sent.
const (
	// maxValues is how many values one message may hold: an array of nulls
	// takes no bytes for each.
	maxValues = 1 << 20
	// maxEmpty is how many values without bytes one message may hold.
	maxEmpty = 1 << 16
)

// DecodeError says that bytes are not what the schema says, and where.
type DecodeError struct {
	// Offset is how many bytes were read before.
	Offset int
	// Path is the JSON Pointer of the part of the value that was read.
	Path string
	// Message is lower case and says what is wrong.
	Message string
}

// Error implements error.
func (e *DecodeError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("at byte %d: %s", e.Offset, e.Message)
	}
	return fmt.Sprintf("at byte %d, in %s: %s", e.Offset, e.Path, e.Message)
}

// DecodeOptions say how values are made of bytes.
type DecodeOptions struct {
	// Texts asks for dates, times and timestamps as text of ISO 8601, and for
	// decimals as strings of digits. Otherwise they are numbers.
	Texts bool
	// Tagged asks for values of unions as Avro's own JSON encoding has them,
	// always with the name of their branch. Otherwise only those have it that
	// would be taken for another branch without.
	Tagged bool
}

// Decode reads a value from bytes, all of which must belong to it. The value
// is in the form that Validate accepts and Encode writes as the same again.
func (s *Schema) Decode(data []byte) (any, error) { return s.DecodeWith(data, DecodeOptions{}) }

// DecodeWith is Decode in another form.
func (s *Schema) DecodeWith(data []byte, opt DecodeOptions) (any, error) {
	d := newDecoder(data, opt)
	v, err := d.value(s.Type)
	if err != nil {
		return nil, err
	}
	return v, d.end()
}

func newDecoder(data []byte, opt DecodeOptions) *decoder {
	return &decoder{data: data, opt: opt, values: maxValues, empty: maxEmpty, judge: judge{left: maxSteps}}
}

type decoder struct {
	data  []byte
	at    int
	opt   DecodeOptions
	path  []string
	depth int
	// values and empty are how many may still be read.
	values, empty int
	judge         judge
}

func (d *decoder) fail(format string, args ...any) error {
	return &DecodeError{Offset: d.at, Path: pointer(d.path), Message: fmt.Sprintf(format, args...)}
}

func (d *decoder) end() error {
	if rest := len(d.data) - d.at; rest > 0 {
		return d.fail("there %s more than the schema describes", map[bool]string{true: "is 1 byte", false: "are " + strconv.Itoa(rest) + " bytes"}[rest == 1])
	}
	return nil
}

func (d *decoder) long() (int64, error) {
	i, n := binary.Varint(d.data[d.at:])
	switch {
	case n == 0:
		return 0, d.fail("the bytes end within a number")
	case n < 0:
		return 0, d.fail("a number has more than 64 bits")
	}
	d.at += n
	return i, nil
}

// take reads a number of bytes, which are not copied.
func (d *decoder) take(n int64) ([]byte, error) {
	if n < 0 || n > int64(len(d.data)-d.at) {
		return nil, d.fail("%d bytes are announced and %d are left", n, len(d.data)-d.at)
	}
	b := d.data[d.at : d.at+int(n)]
	d.at += int(n)
	return b, nil
}

func (d *decoder) bytes() ([]byte, error) {
	n, err := d.long()
	if err != nil {
		return nil, err
	}
	return d.take(n)
}

// count takes one value off what may be read.
func (d *decoder) count(start int) error {
	d.values--
	if d.at == start {
		d.empty--
	}
	if d.values < 0 || d.empty < 0 {
		return d.fail("there are too many values")
	}
	return nil
}

func (d *decoder) value(t *Type) (any, error) {
	if d.depth++; d.depth > maxDepth {
		return nil, d.fail("the value is nested too deeply")
	}
	defer func() { d.depth-- }()
	start := d.at
	v, err := d.byKind(t)
	if err != nil {
		return nil, err
	}
	return v, d.count(start)
}

func (d *decoder) byKind(t *Type) (any, error) {
	switch t.Kind {
	case Record:
		object := make(map[string]any, len(t.Fields))
		for _, f := range t.Fields {
			v, err := d.in(f.Name, f.Type)
			if err != nil {
				return nil, err
			}
			object[f.Name] = v
		}
		return object, nil
	case Array:
		list := []any{}
		err := d.blocks(func() error {
			v, err := d.in(strconv.Itoa(len(list)), t.Items)
			list = append(list, v)
			return err
		})
		return list, err
	case Map:
		object := map[string]any{}
		err := d.blocks(func() error {
			key, err := d.bytes()
			if err != nil {
				return err
			}
			if !utf8.Valid(key) {
				return d.fail("a key is not text in UTF-8")
			}
			object[string(key)], err = d.in(string(key), t.Items)
			return err
		})
		return object, err
	case Union:
		i, err := d.branch(t)
		if err != nil {
			return nil, err
		}
		v, err := d.value(t.Branches[i])
		if err != nil {
			return nil, err
		}
		return d.union(t, i, v), nil
	}
	c, err := d.cell(t)
	if err != nil {
		return nil, err
	}
	return d.plain(t, c)
}

// union gives a union's value the form that was asked for.
func (d *decoder) union(t *Type, i int, v any) any {
	if d.opt.Tagged && t.Branches[i].Kind != Null {
		return map[string]any{t.Branches[i].branchName(): v}
	}
	return d.judge.tagged(t, i, v)
}

func (d *decoder) in(name string, t *Type) (any, error) {
	d.path = append(d.path, name)
	v, err := d.value(t)
	if err != nil {
		return nil, err
	}
	d.path = d.path[:len(d.path)-1]
	return v, nil
}

// branch reads which branch of a union follows.
func (d *decoder) branch(t *Type) (int, error) {
	i, err := d.long()
	if err != nil {
		return 0, err
	}
	if i < 0 || i >= int64(len(t.Branches)) {
		return 0, d.fail("branch %d is announced, and the %s has %d", i, t, len(t.Branches))
	}
	return int(i), nil
}

// blocks reads the blocks of an array or a map. A block of a negative count
// has its size in bytes before it.
func (d *decoder) blocks(item func() error) error {
	for {
		n, err := d.long()
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		if n < 0 {
			if n == math.MinInt64 {
				return d.fail("a block announces too many values")
			}
			n = -n
			if _, err := d.long(); err != nil {
				return err
			}
		}
		for range n {
			if err := item(); err != nil {
				return err
			}
		}
	}
}

func (d *decoder) cell(t *Type) (cell, error) {
	switch t.Kind {
	case Boolean:
		b, err := d.take(1)
		if err != nil {
			return cell{}, err
		}
		if b[0] > 1 {
			return cell{}, d.fail("a boolean is 0 or 1, and the byte is %d", b[0])
		}
		return cell{i: int64(b[0])}, nil
	case Int, Long:
		i, err := d.long()
		if err == nil && t.Kind == Int && (i < math.MinInt32 || i > math.MaxInt32) {
			err = d.fail("%d has more than the 32 bits of an int", i)
		}
		return cell{i: i}, err
	case Float:
		b, err := d.take(4)
		if err != nil {
			return cell{}, err
		}
		return cell{f: float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))}, nil
	case Double:
		b, err := d.take(8)
		if err != nil {
			return cell{}, err
		}
		return cell{f: math.Float64frombits(binary.LittleEndian.Uint64(b))}, nil
	case Bytes, String:
		b, err := d.bytes()
		return cell{b: b}, err
	case Fixed:
		b, err := d.take(int64(t.Size))
		return cell{b: b}, err
	case Enum:
		i, err := d.long()
		if err == nil && (i < 0 || i >= int64(len(t.Symbols))) {
			err = d.fail("symbol %d is announced, and the %s has %d", i, t, len(t.Symbols))
		}
		return cell{i: i}, err
	}
	return cell{}, nil
}
