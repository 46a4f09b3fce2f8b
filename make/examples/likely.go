package examples

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// likelyText is a text that the format or, failing that, the name of its place
// makes one expect.
func likelyText(name, format string, chance uint64) string {
	rng := rand.New(rand.NewPCG(chance, 7))
	if text, ok := byFormat(format, name, rng); ok {
		return text
	}
	return byName(name, rng)
}

func oneOf(rng *rand.Rand, list ...string) string { return list[rng.IntN(len(list))] }

// moment is a time of day in a year that every reader has heard of.
func moment(rng *rand.Rand) time.Time {
	start := time.Date(2025, 3, 1, 8, 0, 0, 0, time.UTC)
	return start.Add(time.Duration(rng.IntN(200*24*60)) * time.Minute).Add(time.Duration(rng.IntN(60)) * time.Second)
}

func uuid(rng *rand.Rand) string {
	a, b := rng.Uint64(), rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%x%03x-%012x", uint32(a>>32), uint16(a>>16), a&0xfff, 8+b>>62, b>>48&0xfff, b&0xffffffffffff)
}

func byFormat(format, name string, rng *rand.Rand) (string, bool) {
	switch format {
	case "date-time":
		return moment(rng).Format(time.RFC3339), true
	case "date":
		return moment(rng).Format(time.DateOnly), true
	case "time":
		return moment(rng).Format("15:04:05Z"), true
	case "duration":
		return oneOf(rng, "PT15M", "PT2H", "P1D", "P3D"), true
	case "email", "idn-email":
		return email(rng), true
	case "uuid":
		return uuid(rng), true
	case "uri", "url", "iri", "uri-reference", "iri-reference":
		return "https://example.com/" + strings.Join(words(orElse(name, "items")), "-") + "/" + strconv.Itoa(1000+rng.IntN(9000)), true
	case "hostname", "idn-hostname":
		return oneOf(rng, "api", "broker", "eu1") + ".example.com", true
	case "ipv4":
		return "192.0.2." + strconv.Itoa(1+rng.IntN(250)), true
	case "ipv6":
		return fmt.Sprintf("2001:db8::%x", 1+rng.IntN(0xfffe)), true
	case "byte":
		return "d2VmdA==", true
	case "json-pointer":
		return "/items/0", true
	}
	return "", false
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

var (
	firstNames = []string{"Ada", "Grace", "Edsger", "Barbara", "Alan", "Margaret", "Dennis", "Radia"}
	lastNames  = []string{"Lovelace", "Hopper", "Dijkstra", "Liskov", "Turing", "Hamilton", "Ritchie", "Perlman"}
)

func email(rng *rand.Rand) string {
	i := rng.IntN(len(firstNames))
	return strings.ToLower(firstNames[i]+"."+lastNames[i]) + "@example.com"
}

// habit is what the values of places are like whose names have some words.
type habit struct {
	words []string // of which the name has one
	make  func(rng *rand.Rand) string
}

// habits are gone through in order: what is said more exactly comes first.
func habits() []habit {
	one := func(list ...string) func(*rand.Rand) string {
		return func(rng *rand.Rand) string { return oneOf(rng, list...) }
	}
	person := func(rng *rand.Rand) string {
		i := rng.IntN(len(firstNames))
		return firstNames[i] + " " + lastNames[i]
	}
	code := func(prefix string) func(*rand.Rand) string {
		return func(rng *rand.Rand) string { return prefix + strconv.Itoa(10000+rng.IntN(90000)) }
	}
	when := func(rng *rand.Rand) string { return moment(rng).Format(time.RFC3339) }
	return []habit{
		{[]string{"email", "mail"}, email},
		{[]string{"phone", "mobile", "fax"}, func(rng *rand.Rand) string { return "+1 202 555 01" + strconv.Itoa(10+rng.IntN(89)) }},
		{[]string{"firstname", "givenname"}, one(firstNames...)},
		{[]string{"lastname", "surname", "familyname"}, one(lastNames...)},
		{[]string{"username", "login", "nickname"}, one("ada", "grace", "edsger")},
		{[]string{"uuid", "guid"}, uuid},
		{[]string{"correlationid", "traceid", "requestid", "messageid", "eventid"}, uuid},
		{[]string{"sku"}, code("SKU-")},
		{[]string{"tracking", "trackingnumber"}, code("TRK")},
		{[]string{"iban"}, one("DE02120300000000202051", "GB82WEST12345698765432")},
		{[]string{"currency"}, one("EUR", "USD", "GBP")},
		{[]string{"countrycode"}, one("DE", "FR", "US")},
		{[]string{"country"}, one("Germany", "France", "Portugal")},
		{[]string{"city", "town"}, one("Berlin", "Lyon", "Porto")},
		{[]string{"street", "address", "line1", "addressline"}, func(rng *rand.Rand) string {
			return strconv.Itoa(1+rng.IntN(200)) + " " + oneOf(rng, "Main Street", "Harbour Road", "Mill Lane")
		}},
		{[]string{"postcode", "postalcode", "zip", "zipcode"}, func(rng *rand.Rand) string { return strconv.Itoa(10000 + rng.IntN(89999)) }},
		{[]string{"state", "region", "province"}, one("eu-west", "eu-north", "us-east")},
		{[]string{"locale"}, one("en-GB", "de-DE", "fr-FR")},
		{[]string{"language", "lang"}, one("en", "de", "fr")},
		{[]string{"timezone"}, one("Europe/Berlin", "UTC")},
		{[]string{"url", "uri", "link", "href", "website"}, func(rng *rand.Rand) string { return "https://example.com/" + strconv.Itoa(1000+rng.IntN(9000)) }},
		{[]string{"host", "hostname", "domain"}, one("api.example.com", "broker.example.com")},
		{[]string{"ip"}, func(rng *rand.Rand) string { return "192.0.2." + strconv.Itoa(1+rng.IntN(250)) }},
		{[]string{"status", "phase", "stage"}, one("confirmed", "pending", "completed")},
		{[]string{"priority", "severity", "level"}, one("normal", "high", "low")},
		{[]string{"errorcode"}, one("OUT_OF_STOCK", "TIMED_OUT", "NOT_FOUND")},
		{[]string{"card", "cardnumber"}, one("**** **** **** 4242")},
		{[]string{"reason", "error", "cause"}, one("out of stock", "payment declined", "timed out")},
		{[]string{"color", "colour"}, one("red", "blue", "green")},
		{[]string{"unit"}, one("kg", "pieces", "km")},
		{[]string{"description", "note", "notes", "comment", "message", "text", "body", "summary", "content"}, one("Please ring twice.", "Left with the neighbour.", "As agreed by phone.")},
		{[]string{"title", "subject", "headline"}, one("Your order is on its way", "A new arrival", "Weekly summary")},
		{[]string{"product", "item", "article"}, one("Espresso machine", "Desk lamp", "Notebook")},
		{[]string{"customer", "driver", "user", "person", "author", "owner", "recipient", "sender", "contact"}, person},
		{[]string{"company", "organization", "organisation", "vendor", "supplier", "carrier", "restaurant", "store", "shop"}, one("Blue Door", "North Harbour", "Green Fork")},
		{[]string{"version"}, one("1.0.0", "1.2.0", "2.0.0")},
		{[]string{"type", "kind", "category"}, one("standard", "express", "custom")},
		{[]string{"time", "timestamp", "date", "at", "on"}, when},
		{[]string{"amount", "price", "total", "cost", "sum"}, func(rng *rand.Rand) string { return money(rng) }},
		{[]string{"token", "key", "secret", "password"}, one("not-a-real-one", "replace-me")},
		{[]string{"source"}, one("/orders/eu1", "/shop/web")},
		{[]string{"name"}, person},
	}
}

func money(rng *rand.Rand) string { return fmt.Sprintf("%d.%d0", 5+rng.IntN(200), 1+rng.IntN(9)) }

// byName looks at the words of a name: all together, by twos, and the last.
func byName(name string, rng *rand.Rand) string {
	list := words(name)
	if len(list) == 0 {
		return "text"
	}
	last := list[len(list)-1]
	if (last == "id" || last == "number" || last == "no" || last == "ref" || last == "reference") && len(list) > 1 {
		if pair := list[len(list)-2] + last; !known(pair) {
			return strings.ToUpper(list[len(list)-2][:min(3, len(list[len(list)-2]))]) + "-" + strconv.Itoa(1000+rng.IntN(9000))
		}
	}
	keys := []string{strings.Join(list, "")}
	if len(list) > 1 {
		keys = append(keys, list[len(list)-2]+last)
	}
	keys = append(keys, last)
	if last == "name" && len(list) > 1 {
		keys = append(keys, list[len(list)-2])
		slices.Reverse(keys[1:])
	}
	for _, key := range keys {
		for _, h := range habits() {
			if slices.Contains(h.words, key) {
				return h.make(rng)
			}
		}
	}
	if last == "id" {
		return strconv.Itoa(1000 + rng.IntN(9000))
	}
	return strings.Join(list, " ")
}

func known(key string) bool {
	return slices.ContainsFunc(habits(), func(h habit) bool { return slices.Contains(h.words, key) })
}

// likelyNumber is a number that the name of its place makes one expect.
func likelyNumber(name string, integer bool, chance uint64) string {
	rng := rand.New(rand.NewPCG(chance, 11))
	list := words(name)
	last := ""
	if len(list) > 0 {
		last = list[len(list)-1]
	}
	switch {
	case slices.Contains([]string{"quantity", "count", "qty", "pieces", "attempts", "retries"}, last):
		return strconv.Itoa(1 + rng.IntN(4))
	case slices.Contains([]string{"latitude", "lat"}, last):
		return decimals(rng, 52, 4, integer)
	case slices.Contains([]string{"longitude", "lng", "lon"}, last):
		return decimals(rng, 13, 4, integer)
	case slices.Contains([]string{"percent", "percentage"}, last):
		return strconv.Itoa(5 + rng.IntN(90))
	case last == "age":
		return strconv.Itoa(21 + rng.IntN(50))
	case last == "year":
		return "2025"
	case slices.Contains([]string{"rating", "score"}, last):
		return strconv.Itoa(3 + rng.IntN(3))
	case slices.Contains([]string{"timestamp", "at", "time"}, last) && integer:
		return strconv.FormatInt(moment(rng).UnixMilli(), 10)
	case slices.Contains([]string{"minutes", "seconds", "duration", "eta"}, last):
		return strconv.Itoa(10 * (1 + rng.IntN(5)))
	case !integer:
		return decimals(rng, 10+rng.IntN(80), 1, false)
	case last == "id" || last == "number":
		return strconv.Itoa(1000 + rng.IntN(9000))
	}
	return strconv.Itoa(1 + rng.IntN(50))
}

func decimals(rng *rand.Rand, whole, places int, integer bool) string {
	if integer {
		return strconv.Itoa(whole)
	}
	var b strings.Builder
	b.WriteString(strconv.Itoa(whole) + ".")
	for range places {
		b.WriteByte(byte('1' + rng.IntN(9)))
	}
	return b.String()
}

// words takes a name apart: "orderId", "order_id" and "Order ID" are the same.
func words(name string) []string {
	var list []string
	var word []rune
	var last rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
		}
		word = nil
	}
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
		case unicode.IsUpper(r) && !unicode.IsUpper(last):
			flush()
			word = append(word, r)
		default:
			word = append(word, r)
		}
		last = r
	}
	flush()
	return list
}
