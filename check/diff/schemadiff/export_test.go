package schemadiff

// Writes returns what reports whether a writer may write a value: it fits the
// schema, and all names in it are declared.
func Writes(s Schema) func(value any) bool {
	c := Compare(s, s).c
	return func(value any) bool { return c.writer.valid(value) && c.writes(c.at([]part{c.writer}), value) }
}

// Reads reports whether a reader accepts a value.
func Reads(s Schema, value any) bool { return s.In.partOf(s.Node, s.Dialect).valid(value) }

// Samples returns values of a schema.
func Samples(s Schema, n int) []any {
	compiled, err := s.In.set.Schema(s.Node, s.Dialect)
	if err != nil {
		return nil
	}
	var list []any
	for seed := range uint64(n) {
		if v, err := compiled.Sample(seed); err == nil {
			list = append(list, v)
		}
	}
	return list
}
