package avro

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Canonical returns the schema in Parsing Canonical Form (specification): what
// is needed to read bytes, in one way of writing it. Two schemas that have it
// in common read the same bytes alike.
func (s *Schema) Canonical() []byte {
	c := canon{named: map[string]bool{}}
	c.write(s.Type)
	return []byte(c.out.String())
}

type canon struct {
	out   strings.Builder
	named map[string]bool
}

func (c *canon) write(t *Type) {
	switch {
	case t.Kind == Union:
		c.out.WriteByte('[')
		for i, b := range t.Branches {
			if i > 0 {
				c.out.WriteByte(',')
			}
			c.write(b)
		}
		c.out.WriteByte(']')
	case t.Kind.Named() && c.named[t.Name]:
		c.text(t.Name)
	case t.Kind <= String:
		c.text(t.Kind.String())
	default:
		c.object(t)
	}
}

// object writes a type that needs one: its attributes in the order that the
// specification gives.
func (c *canon) object(t *Type) {
	c.out.WriteByte('{')
	if t.Kind.Named() {
		c.named[t.Name] = true
		c.out.WriteString(`"name":`)
		c.text(t.Name)
		c.out.WriteByte(',')
	}
	c.out.WriteString(`"type":`)
	c.text(t.Kind.String())
	switch t.Kind {
	case Record:
		c.out.WriteString(`,"fields":[`)
		for i, f := range t.Fields {
			if i > 0 {
				c.out.WriteByte(',')
			}
			c.out.WriteString(`{"name":`)
			c.text(f.Name)
			c.out.WriteString(`,"type":`)
			c.write(f.Type)
			c.out.WriteByte('}')
		}
		c.out.WriteByte(']')
	case Enum:
		c.out.WriteString(`,"symbols":[`)
		for i, s := range t.Symbols {
			if i > 0 {
				c.out.WriteByte(',')
			}
			c.text(s)
		}
		c.out.WriteByte(']')
	case Array:
		c.out.WriteString(`,"items":`)
		c.write(t.Items)
	case Map:
		c.out.WriteString(`,"values":`)
		c.write(t.Items)
	case Fixed:
		c.out.WriteString(`,"size":` + strconv.Itoa(t.Size))
	}
	c.out.WriteByte('}')
}

// text writes a string. Names hold only letters, digits, "_" and dots.
func (c *canon) text(s string) {
	b, _ := json.Marshal(s)
	c.out.Write(b)
}
