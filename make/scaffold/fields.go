package scaffold

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// formats are the formats of strings that a field may have for a type.
func formats() []string {
	return []string{"uuid", "email", "date-time", "date", "time", "uri", "hostname", "ipv4", "duration"}
}

// types are the other types.
func types() []string {
	return []string{"string", "integer", "number", "boolean", "object", "money"}
}

// ParseField reads "name:type", as in "total:money", "status:open|paid",
// "tags:[]string" and "note?:string", where the mark says that it may be left
// out. Without a type the name decides.
func ParseField(text string) (Field, error) {
	name, kind, _ := strings.Cut(text, ":")
	f := Field{Name: strings.TrimSuffix(strings.TrimSpace(name), "?"), Type: strings.TrimSpace(kind)}
	f.Optional = strings.HasSuffix(strings.TrimSpace(name), "?")
	if f.Name == "" {
		return f, fmt.Errorf("the field %q has no name: write name:type", text)
	}
	if f.Type == "" {
		f.Type = typeByName(f.Name)
	}
	inner := strings.TrimPrefix(f.Type, "[]")
	if inner == "" || !strings.Contains(inner, "|") && !slices.Contains(formats(), inner) && !slices.Contains(types(), inner) {
		known := slices.Concat(types(), formats())
		help := diag.DidYouMean(inner, known)
		if help == "" {
			help = "it is one of " + strings.Join(known, ", ") + ", or values such as open|paid"
		}
		return f, fmt.Errorf("the field %s has the type %q, which is not known; %s", f.Name, inner, help)
	}
	return f, nil
}

func typeByName(name string) string {
	list := words(name)
	if len(list) == 0 {
		return "string"
	}
	switch last := list[len(list)-1]; last {
	case "id":
		return "uuid"
	case "email":
		return "email"
	case "at", "timestamp":
		return "date-time"
	case "date":
		return "date"
	case "url", "uri", "link":
		return "uri"
	case "quantity", "count", "number":
		return "integer"
	case "amount", "price", "total", "cost":
		return "money"
	}
	return "string"
}

// schema is the schema of a field.
func (f Field) schema() *tree.Node {
	if inner, ok := strings.CutPrefix(f.Type, "[]"); ok {
		item := Field{Name: singular(f.Name), Type: inner}
		n := object("type", "array", "description", describe(f.Name))
		n.Set("items", item.schema())
		return n
	}
	description := describe(f.Name)
	switch {
	case strings.Contains(f.Type, "|"):
		values := tree.NewArray()
		for value := range strings.SplitSeq(f.Type, "|") {
			values.Append(str(strings.TrimSpace(value)))
		}
		n := object("type", "string", "description", description)
		n.Set("enum", values)
		return n
	case f.Type == "line":
		return lineItem()
	case f.Type == "money":
		return object("type", "number", "description", description, "minimum", 0)
	case slices.Contains(formats(), f.Type):
		return object("type", "string", "description", description, "format", f.Type)
	case f.Type == "integer":
		return object("type", "integer", "description", description, "minimum", 0)
	}
	return object("type", f.Type, "description", description)
}

// lineItem is one line of an order.
func lineItem() *tree.Node {
	return object(
		"type", "object",
		"required", tree.NewArray(str("sku"), str("quantity")),
		"properties", object(
			"sku", object("type", "string", "description", "What was ordered."),
			"quantity", object("type", "integer", "description", "How many of it.", "minimum", 1),
			"unitPrice", object("type", "number", "description", "The price of one.", "minimum", 0),
		),
	)
}

// describe is a sentence about a field by its name.
func describe(name string) string {
	list := words(name)
	switch last := list[len(list)-1]; {
	case last == "id" && len(list) > 1:
		return "Identifies the " + strings.Join(list[:len(list)-1], " ") + "."
	case name == "failedAt":
		return "When it failed."
	case last == "at" && len(list) > 1:
		return "When it was " + strings.Join(list[:len(list)-1], " ") + "."
	case name == "currency":
		return "The currency of all amounts, by ISO 4217."
	case name == "reason":
		return "What went wrong, for people."
	case name == "errorCode":
		return "What went wrong, for programs."
	case name == "retryable":
		return "Whether it may go well at another attempt."
	}
	return "The " + strings.Join(list, " ") + "."
}

// usual are fields that things of a kind usually have, by the last word of what
// a message is about.
func usual(noun string) []Field {
	switch noun {
	case "order", "purchase", "cart", "basket":
		return []Field{{Name: "customerId", Type: "uuid"}, {Name: "items", Type: "[]line"}, {Name: "total", Type: "money"}, {Name: "currency", Type: "EUR|USD|GBP"}, {Name: "note", Type: "string", Optional: true}}
	case "payment", "refund", "invoice", "charge", "transaction":
		return []Field{{Name: "orderId", Type: "uuid"}, {Name: "amount", Type: "money"}, {Name: "currency", Type: "EUR|USD|GBP"}, {Name: "method", Type: "card|transfer|wallet", Optional: true}}
	case "driver", "courier", "agent", "rider":
		return []Field{{Name: "orderId", Type: "uuid"}, {Name: "name", Type: "string"}, {Name: "vehicle", Type: "bike|scooter|car", Optional: true}}
	case "delivery", "shipment", "parcel", "package":
		return []Field{{Name: "orderId", Type: "uuid"}, {Name: "status", Type: "preparing|underway|delivered"}, {Name: "estimatedAt", Type: "date-time", Optional: true}, {Name: "trackingNumber", Type: "string", Optional: true}}
	case "customer", "user", "account", "member", "subscriber", "patient":
		return []Field{{Name: "email", Type: "email"}, {Name: "name", Type: "string", Optional: true}}
	case "notification", "message", "email", "alert", "reminder":
		return []Field{{Name: "recipientId", Type: "uuid"}, {Name: "channel", Type: "email|sms|push"}, {Name: "subject", Type: "string"}, {Name: "body", Type: "string", Optional: true}}
	case "reading", "measurement", "sensor", "temperature", "device", "telemetry":
		return []Field{{Name: "deviceId", Type: "uuid"}, {Name: "value", Type: "number"}, {Name: "unit", Type: "string"}}
	case "stock", "inventory", "product", "item", "price":
		return []Field{{Name: "sku", Type: "string"}, {Name: "quantity", Type: "integer"}, {Name: "warehouse", Type: "string", Optional: true}}
	}
	return []Field{{Name: "status", Type: "string"}, {Name: "note", Type: "string", Optional: true}}
}

// usualFields are an identifier, what is usual, and when it happened.
func usualFields(c Channel) []Field {
	list := words(c.Entity)
	own := Field{Name: camel(list) + "Id", Type: "uuid"}
	fields := []Field{own}
	for _, f := range usual(singular(list[len(list)-1])) {
		if f.Name != own.Name {
			fields = append(fields, f)
		}
	}
	return append(fields, Field{Name: camel(words(c.Event)) + "At", Type: "date-time"})
}
