package scaffold

import (
	"strings"
	"unicode"

	"github.com/weft-dev/weft/internal/lazy"
)

// words takes a text apart: "RestaurantOrder", "restaurant_order" and
// "restaurant order" are the same two words.
func words(text string) []string {
	var list []string
	var word []rune
	var last rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
		}
		word = nil
	}
	for _, r := range text {
		switch {
		case r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r):
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

func capital(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

func pascal(list []string) string {
	var b strings.Builder
	for _, word := range list {
		b.WriteString(capital(word))
	}
	return b.String()
}

func camel(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0] + pascal(list[1:])
}

func sentence(text string) string {
	list := words(text)
	if len(list) == 0 {
		return ""
	}
	return capital(strings.Join(list, " "))
}

func singular(word string) string {
	switch {
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "shes"), strings.HasSuffix(word, "ches"), strings.HasSuffix(word, "xes"):
		return word[:len(word)-2]
	case strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "us") && len(word) > 2:
		return word[:len(word)-1]
	}
	return word
}

// happenings are nouns that mean that something happened to what stands before
// them: a driver assignment is a driver that was assigned.
var happenings = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"assignment": "assigned", "update": "updated", "notification": "notified", "cancellation": "cancelled", "registration": "registered",
		"confirmation": "confirmed", "change": "changed", "request": "requested", "reservation": "reserved", "booking": "booked",
		"creation": "created", "deletion": "deleted", "signup": "signedup", "login": "loggedin", "verification": "verified",
		"approval": "approved", "rejection": "rejected", "completion": "completed", "activation": "activated", "expiry": "expired",
		"arrival": "arrived", "departure": "departed", "adjustment": "adjusted", "movement": "moved", "removal": "removed",
	}
}}

// events are what usually happens to things.
var events = lazy.Of[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"order": "placed", "purchase": "made", "payment": "received", "refund": "issued", "invoice": "issued", "charge": "made",
		"shipment": "dispatched", "parcel": "dispatched", "package": "dispatched", "delivery": "completed",
		"alert": "raised", "incident": "raised", "message": "sent", "notification": "sent", "email": "sent", "reminder": "sent",
		"reading": "taken", "measurement": "taken", "review": "submitted", "claim": "submitted", "ticket": "opened",
		"stock": "changed", "inventory": "changed", "price": "changed", "balance": "changed", "status": "changed",
	}
}}

// withEvent finds what happened in the name of a channel: by a verb at its end,
// a noun that means one, or what usually happens to such things.
func withEvent(c Channel) Channel {
	list := words(c.Entity)
	last := singular(list[len(list)-1])
	switch {
	case len(list) > 1 && happenings.Get()[last] != "":
		c.Entity, c.Event = strings.Join(list[:len(list)-1], " "), happenings.Get()[last]
		return c
	case len(list) > 1 && isPast(list[len(list)-1]):
		c.Entity, c.Event = strings.Join(list[:len(list)-1], " "), list[len(list)-1]
		return c
	}
	list[len(list)-1] = last
	c.Entity, c.Event = strings.Join(list, " "), events.Get()[last]
	if c.Event == "" {
		c.Event = happenings.Get()[last]
	}
	if c.Event == "" {
		c.Event = "created"
	}
	return c
}

func isPast(word string) bool {
	if strings.HasSuffix(word, "ed") && len(word) > 4 {
		return true
	}
	switch word {
	case "sent", "made", "paid", "sold", "lost", "taken", "given", "done", "held", "begun", "shipped":
		return true
	}
	return false
}
