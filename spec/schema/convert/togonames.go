package convert

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words that Go writes in one case.
var initialisms = []string{
	"ACL", "API", "ASCII", "CPU", "CSS", "DB", "DLQ", "DNS", "EOF", "GUID", "HTML", "HTTP", "HTTPS", "IBAN", "ID", "IP", "ISBN", "JSON",
	"QPS", "RAM", "RPC", "SKU", "SLA", "SMTP", "SQL", "SSH", "TCP", "TLS", "TTL", "UDP", "UI", "UID", "URI", "URL", "UTC", "UTF8", "UUID",
	"VAT", "VM", "XML", "XMPP",
}

// maxGoName bounds the length of a name that is made of a text.
const maxGoName = 100

// exported turns a text into a name that other packages see: "order-id" and
// "orderId" are OrderID. It is "" where the text has no letter or digit.
func exported(s string) string {
	name := goWord(s)
	if name == "" {
		return ""
	}
	if first, _ := utf8.DecodeRuneInString(name); !unicode.IsUpper(first) {
		name = "X" + name // a digit, or a letter of a script without capitals
	}
	return name
}

// goWord is what a text gives to a name after its first letters.
func goWord(s string) string {
	var b strings.Builder
	for _, word := range goWords(s) {
		if upper := strings.ToUpper(word); slices.Contains(initialisms, upper) {
			b.WriteString(upper)
			continue
		}
		if stem, plural := strings.CutSuffix(word, "s"); plural && slices.Contains(initialisms, strings.ToUpper(stem)) && len(stem) > 1 {
			b.WriteString(strings.ToUpper(stem) + "s")
			continue
		}
		first, size := utf8.DecodeRuneInString(word)
		rest := word[size:]
		if len(word) > 3 && strings.ToUpper(word) == word {
			rest = strings.ToLower(rest) // SHOUTED
		}
		b.WriteRune(unicode.ToUpper(first))
		b.WriteString(rest)
		if b.Len() > maxGoName {
			break
		}
	}
	return b.String()
}

// goWords splits a text where its letters end, and where small ones go over
// into capitals.
func goWords(s string) []string {
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, string(word))
		}
		word = nil
	}
	runes := []rune(strings.ToValidUTF8(s[:min(len(s), 4*maxGoName)], ""))
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		camel := i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || unicode.IsDigit(runes[i-1]))
		acronym := i > 0 && i+1 < len(runes) && unicode.IsUpper(r) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]) && !(runes[i+1] == 's' && (i+2 == len(runes) || !unicode.IsLower(runes[i+2])))
		if camel || acronym {
			end()
		}
		word = append(word, r)
	}
	end()
	return words
}

// sayable reports whether encoding/json takes a name of a property from a tag.
func sayable(name string) bool {
	if name == "" {
		return false
	}
	for _, r := range name {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return utf8.ValidString(name)
}
