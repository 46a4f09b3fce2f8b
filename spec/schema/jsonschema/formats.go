package jsonschema

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"

	lib "github.com/santhosh-tekuri/jsonschema/v6"
)

// extraFormats are the formats that OpenAPI and AsyncAPI add. A format that
// nobody knows is an annotation, not an error.
func extraFormats() []*lib.Format {
	return []*lib.Format{
		{Name: "int32", Validate: fitsIn(31)},
		{Name: "int64", Validate: fitsIn(63)},
		{Name: "byte", Validate: isBase64},
	}
}

func fitsIn(bits uint) func(any) error {
	return func(v any) error {
		n, ok := v.(json.Number)
		if !ok {
			return nil
		}
		r, ok := new(big.Rat).SetString(string(n))
		if !ok || !r.IsInt() {
			return errors.New("not a whole number")
		}
		limit := new(big.Int).Lsh(big.NewInt(1), bits)
		if r.Num().Cmp(limit) >= 0 || r.Num().Cmp(new(big.Int).Neg(limit)) < 0 {
			return errors.New("out of range")
		}
		return nil
	}
}

func isBase64(v any) error {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	_, err := base64.StdEncoding.DecodeString(s)
	return err
}
