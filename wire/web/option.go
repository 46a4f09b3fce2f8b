package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/wire/driver"
)

// Options are the driver's own parameters of a URL, read one by one. The first
// that is wrong is kept.
type Options struct {
	given map[string]string
	err   error
}

// NewOptions takes what was given, where only the known may be.
func NewOptions(given map[string]string, known ...string) *Options {
	return &Options{given: given, err: driver.CheckParams(given, known...)}
}

// Err is the first thing that was wrong.
func (o *Options) Err() error { return o.err }

// Text is what was given, or "".
func (o *Options) Text(name string) string { return o.given[name] }

// OneOf is one of the values, the first where nothing is given.
func (o *Options) OneOf(name string, values ...string) string {
	value, err := OneOf(name, o.given[name], values...)
	o.note(err)
	return value
}

// Number is a whole number that is not negative.
func (o *Options) Number(name string, usual, most int64) int64 {
	text := o.given[name]
	if text == "" {
		return usual
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > most {
		o.note(fmt.Errorf("%s is %q: write a number from 0 to %d", name, text, most))
	}
	return n
}

func (o *Options) note(err error) {
	if o.err == nil {
		o.err = err
	}
}

// OneOf takes the first of the values where nothing is given.
func OneOf[T ~string](name string, given T, values ...T) (T, error) {
	if given == "" {
		return values[0], nil
	}
	if !slices.Contains(values, given) {
		return "", fmt.Errorf("%s is %q: write one of %v", name, string(given), values)
	}
	return given, nil
}

// IsToken reports whether text may stand as a name in HTTP (RFC 9110, 5.6.2).
func IsToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return text != ""
}
