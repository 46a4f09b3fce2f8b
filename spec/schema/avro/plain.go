package avro

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// plain gives a scalar the form that values have.
func (d *decoder) plain(t *Type, c cell) (any, error) {
	switch t.Kind {
	case Boolean:
		return c.i == 1, nil
	case Int, Long:
		if d.opt.Texts && t.isTime() {
			if text, ok := t.timeText(c.i); ok {
				return text, nil
			}
		}
		return json.Number(strconv.FormatInt(c.i, 10)), nil
	case Float:
		return plainFloat(c.f, 32), nil
	case Double:
		return plainFloat(c.f, 64), nil
	case String:
		if !utf8.Valid(c.b) {
			return nil, d.fail("a string is not text in UTF-8")
		}
		return string(c.b), nil
	case Enum:
		return t.Symbols[c.i], nil
	case Bytes, Fixed:
		v, err := plainBytes(t, c.b)
		if err != nil {
			return nil, d.fail("%v", err)
		}
		if n, ok := v.(json.Number); ok && d.opt.Texts {
			return string(n), nil
		}
		return v, nil
	}
	return nil, nil
}
