// Package casing knows the ways in which names are written: camelCase,
// kebab-case and their like. Rules of ours and rules of users share it.
//
// It is a function of texts: it must not know documents.
package casing

import (
	"slices"
	"strings"
	"unicode"

	"github.com/weft-dev/weft/internal/lazy"
)

// Style is a way to write names.
type Style string

// The styles.
const (
	Flat     Style = "flat"     // ordercreated
	Camel    Style = "camel"    // orderCreated
	Pascal   Style = "pascal"   // OrderCreated
	Kebab    Style = "kebab"    // order-created
	Cobol    Style = "cobol"    // ORDER-CREATED
	Snake    Style = "snake"    // order_created
	Constant Style = "constant" // ORDER_CREATED
	Dot      Style = "dot"      // order.created
	Path     Style = "path"     // order/created
)

// Styles are all styles, as users name them.
func Styles() []string {
	return []string{
		string(Camel), string(Pascal), string(Kebab), string(Snake), string(Dot), string(Flat), string(Constant), string(Cobol), string(Path),
	}
}

type look struct {
	separator       string
	upper, capitals bool // all letters are capitals; words begin with one
	first           bool // so does the first word
}

// looks say of each style what stands between words and which letters they have.
var looks = lazy.Of[map[Style]look]{Make: func() map[Style]look {
	return map[Style]look{
		Flat:     {},
		Camel:    {capitals: true},
		Pascal:   {capitals: true, first: true},
		Kebab:    {separator: "-"},
		Cobol:    {separator: "-", upper: true},
		Snake:    {separator: "_"},
		Constant: {separator: "_", upper: true},
		Dot:      {separator: "."},
		Path:     {separator: "/"},
	}
}}

// Options refine a style.
type Options struct {
	// NoDigits forbids digits.
	NoDigits bool
	// Between separates parts that are each in the style, as "." in
	// "order-events.v2"; "" is none.
	Between string
}

// Is reports whether a name is written in a style. Words begin with a letter
// or, but for the first, a digit.
func Is(style Style, name string, o Options) bool {
	if o.Between == "" {
		return isOne(style, name, o)
	}
	return !slices.ContainsFunc(strings.Split(name, o.Between), func(part string) bool { return !isOne(style, part, o) })
}

func isOne(style Style, name string, o Options) bool {
	look, known := looks.Get()[style]
	if !known || name == "" {
		return false
	}
	if o.NoDigits && strings.ContainsFunc(name, unicode.IsDigit) {
		return false
	}
	words := []string{name}
	if look.separator != "" {
		words = strings.Split(name, look.separator)
	}
	for i, word := range words {
		if word == "" || !lettersAndDigits(word, look.upper, look.capitals) || (i == 0 && unicode.IsDigit([]rune(word)[0])) {
			return false
		}
	}
	if first := []rune(name)[0]; look.capitals {
		return unicode.IsUpper(first) == look.first
	}
	return true
}

// lettersAndDigits reports whether a word has nothing else, and its letters
// are capitals (upper), of both kinds (mixed) or small.
func lettersAndDigits(word string, upper, mixed bool) bool {
	return !strings.ContainsFunc(word, func(c rune) bool {
		switch {
		case unicode.IsDigit(c):
			return false
		case !unicode.IsLetter(c):
			return true
		case mixed:
			return false
		case upper:
			return !unicode.IsUpper(c)
		}
		return unicode.IsUpper(c)
	})
}

// Convert writes a name in a style, as a suggestion.
func Convert(style Style, name string) string {
	look := looks.Get()[style]
	words := words(name)
	for i, word := range words {
		word = strings.ToLower(word)
		switch {
		case look.upper:
			word = strings.ToUpper(word)
		case look.capitals && (i > 0 || look.first):
			word = upperFirst(word)
		}
		words[i] = word
	}
	return strings.Join(words, look.separator)
}

func upperFirst(word string) string {
	runes := []rune(word)
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

// words cuts a name where separators stand and where capitals begin words.
func words(name string) []string {
	var list []string
	start := -1
	runes := []rune(name)
	end := func(i int) {
		if start >= 0 {
			list = append(list, string(runes[start:i]))
		}
		start = -1
	}
	for i, c := range runes {
		switch {
		case !unicode.IsLetter(c) && !unicode.IsDigit(c):
			end(i)
			continue
		case start >= 0 && unicode.IsUpper(c) && (!unicode.IsUpper(runes[i-1]) || (i+1 < len(runes) && unicode.IsLower(runes[i+1]))):
			end(i)
		}
		if start < 0 {
			start = i
		}
	}
	end(len(runes))
	return list
}
