// Package cloudevents is CloudEvents 1.0: what an event says of itself, judged,
// and both ways in which it travels. In structured mode the event is one JSON
// object; in binary mode its attributes are headers and its data the body.
//
// It must not know any driver or contract: headers are names and values here,
// and how a protocol calls them is data.
package cloudevents

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/weft-dev/weft/internal/lazy"
)

// SpecVersion is the version of the specification.
const SpecVersion = "1.0"

// The media types of structured mode.
const (
	MediaType = "application/cloudevents+json"
	BatchType = "application/cloudevents-batch+json"
)

// The attributes that every event has, and those of the specification that it
// may have ("Context Attributes").
const (
	ID              = "id"
	Source          = "source"
	Spec            = "specversion"
	Type            = "type"
	DataContentType = "datacontenttype"
	DataSchema      = "dataschema"
	Subject         = "subject"
	Time            = "time"
)

// Required are the attributes that every event has.
func Required() []string { return []string{ID, Source, Spec, Type} }

// Problem is something that an event may not be.
type Problem struct {
	// Attribute is the attribute, or "data" or "data_base64".
	Attribute string
	// Message says it in plain words and begins with the attribute's name.
	Message string
}

// Check says what is wrong with the attributes of an event, in their order.
func Check(attributes map[string]any) []Problem {
	var list []Problem
	for _, name := range Required() {
		if attributes[name] == nil {
			list = append(list, Problem{name, name + ": is required"})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if why := checkAttribute(name, attributes[name]); why != "" {
			list = append(list, Problem{name, name + ": " + why})
		}
	}
	return list
}

func checkAttribute(name string, value any) string {
	if value == nil {
		return "" // as if it were not there
	}
	if !isName(name) {
		return "is no name of an attribute: only a to z and 0 to 9 are"
	}
	text, isText := value.(string)
	if judge := judges.Get()[name]; judge != nil {
		if !isText || text == "" {
			return "must be a text that is not empty"
		}
		if why := judge(text); why != "" {
			return why
		}
	}
	switch v := value.(type) {
	case string:
		return checkText(v)
	case bool:
		return ""
	case json.Number:
		if _, err := strconv.ParseInt(string(v), 10, 32); err != nil {
			return "must be a whole number of 32 bits"
		}
		return ""
	}
	return "must be a text, a whole number, true or false"
}

// judges are what the specification says of its own attributes.
var judges = lazy.Of[map[string]func(string) string]{Make: func() map[string]func(string) string {
	return map[string]func(string) string{
		ID: anyText, Type: anyText, Subject: anyText,
		Spec: func(s string) string {
			if s != SpecVersion {
				return "must be " + SpecVersion
			}
			return ""
		},
		Source: func(s string) string {
			if _, err := url.Parse(s); err != nil {
				return "must be a URI reference"
			}
			return ""
		},
		DataSchema: func(s string) string {
			if u, err := url.Parse(s); err != nil || !u.IsAbs() {
				return "must be an absolute URI"
			}
			return ""
		},
		DataContentType: func(s string) string {
			if _, _, err := mime.ParseMediaType(s); err != nil {
				return "must be a media type"
			}
			return ""
		},
		Time: func(s string) string {
			if _, err := time.Parse(time.RFC3339Nano, s); err != nil {
				return "must be a timestamp of RFC 3339"
			}
			return ""
		},
	}
}}

func anyText(string) string { return "" }

// isName reports whether an attribute may be called so ("Naming Conventions").
func isName(name string) bool {
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// checkText is the type String ("Type System").
func checkText(s string) string {
	if !utf8.ValidString(s) {
		return "must be UTF-8"
	}
	for _, c := range s {
		if unicode.IsControl(c) || c >= 0xfdd0 && c <= 0xfdef || c&0xfffe == 0xfffe {
			return "must be without control characters"
		}
	}
	return ""
}

// The members of an event's JSON that are its data and no attributes.
const (
	data       = "data"
	dataBase64 = "data_base64"
)

// CheckStructured says what is wrong with an event in structured mode (JSON
// Event Format), given as plain data.
func CheckStructured(value any) []Problem {
	event, ok := value.(map[string]any)
	if !ok {
		return []Problem{{"", "it: must be an object with the attributes of an event"}}
	}
	attributes := maps.Clone(event)
	delete(attributes, data)
	delete(attributes, dataBase64)
	list := Check(attributes)
	bytes, inBase64 := event[dataBase64]
	if _, both := event[data]; both && inBase64 {
		list = append(list, Problem{dataBase64, "data_base64: must not stand beside data"})
	}
	if text, isText := bytes.(string); inBase64 && bytes != nil {
		if _, err := base64.StdEncoding.DecodeString(text); err != nil || !isText {
			list = append(list, Problem{dataBase64, "data_base64: must be a text in base64"})
		}
	}
	return list
}

// text is an attribute as headers have it ("Type System", canonical form).
func text(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case json.Number:
		return string(v), nil
	}
	return "", fmt.Errorf("must be a text, a whole number, true or false")
}
