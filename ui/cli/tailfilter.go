package cli

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weft-dev/weft/spec/expr"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/text/diag"
)

// filter decides which messages are shown. A nil filter shows all.
type filter struct{ condition *expr.Condition }

// parseFilter reads a condition of Arazzo over one message.
func parseFilter(text string) (*filter, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // a nil filter is one that shows all
	}
	condition, problems := expr.ParseCondition(text)
	for _, p := range problems {
		if p.Severity != diag.Error {
			continue
		}
		if p.Help != "" {
			return nil, usage("--filter: %s; %s", p.Message, p.Help)
		}
		return nil, usage("--filter: %s", p.Message)
	}
	messages := 0
	for _, ref := range condition.Refs() {
		if ref.Root != expr.Message {
			return nil, usage("--filter: %s is not known here: there is $message.payload#/POINTER, $message.header.NAME and $message.timestamp", ref)
		}
		messages++
	}
	if messages == 0 {
		return nil, usage("--filter: %s says nothing about a message: write a condition as $message.payload#/quantity > 5", text)
	}
	return &filter{condition: condition}, nil
}

// passes reports whether a message is to be shown.
func (f *filter) passes(a arrival) bool {
	if f == nil {
		return true
	}
	return f.condition.Eval(expr.EnvFunc(a.lookup))
}

// lookup finds what a filter asks for. Of a message that is none of the
// contract's it sees what can be read without a contract.
func (a arrival) lookup(ref expr.Ref) (any, bool) {
	switch ref.Part {
	case expr.Body:
		return a.payload(), true
	case expr.Timestamp:
		at := a.timestamp()
		return at.UTC().Format(time.RFC3339Nano), true
	case expr.Header:
		headers := a.headers()
		if ref.Name == "" {
			return headers, true
		}
		for _, name := range slices.Sorted(maps.Keys(headers)) {
			if strings.EqualFold(name, ref.Name) {
				return headers[name], true
			}
		}
	}
	return nil, false
}

func (a arrival) payload() any {
	if a.message != nil {
		return a.message.Payload
	}
	value, err := schema.DecodeJSON(a.rejected.Raw.Body)
	if err != nil {
		return strings.ToValidUTF8(string(a.rejected.Raw.Body), "\uFFFD")
	}
	return value
}

func (a arrival) headers() map[string]any {
	if a.message != nil {
		return a.message.Headers
	}
	headers := map[string]any{}
	for _, h := range a.rejected.Raw.Headers {
		if _, twice := headers[h.Name]; !twice {
			headers[h.Name] = strings.ToValidUTF8(string(h.Value), "\uFFFD")
		}
	}
	return headers
}

// timestamp is when it was produced, as far as anybody says, else when it came.
func (a arrival) timestamp() time.Time {
	at := time.Time{}
	if a.message != nil {
		at = a.message.Timestamp
	} else {
		at = a.rejected.Timestamp
	}
	if at.IsZero() {
		return a.time
	}
	return at
}
