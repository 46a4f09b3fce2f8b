package telemetry

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/weft-dev/weft/wire/trace"
)

// The JSON form of OTLP (opentelemetry-proto 1.x, "JSON Protobuf Encoding"):
// ids are hexadecimal, numbers of 64 bits are texts.
type (
	otlpRequest struct {
		ResourceSpans []otlpResource `json:"resourceSpans"`
	}
	otlpResource struct {
		Resource   otlpAttributes `json:"resource"`
		ScopeSpans []otlpScope    `json:"scopeSpans"`
	}
	otlpAttributes struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpScope struct {
		Scope struct {
			Name string `json:"name"`
		} `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		ParentID   string          `json:"parentSpanId,omitempty"`
		State      string          `json:"traceState,omitempty"`
		Name       string          `json:"name"`
		Kind       int             `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
		Links      []otlpLink      `json:"links,omitempty"`
		Status     otlpStatus      `json:"status"`
	}
	otlpLink struct {
		TraceID string `json:"traceId"`
		SpanID  string `json:"spanId"`
	}
	otlpStatus struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpValue struct {
		Text   *string `json:"stringValue,omitempty"`
		Number string  `json:"intValue,omitempty"`
	}
)

// statusError is the number of a span's status that says it failed.
const statusError = 2

// maxText bounds a text in a span, in bytes.
const maxText = 1024

func encode(resource []attribute, spans []*span) ([]byte, error) {
	scope := otlpScope{Spans: make([]otlpSpan, len(spans))}
	scope.Scope.Name = "github.com/weft-dev/weft"
	for i, s := range spans {
		scope.Spans[i] = otlpOf(s)
	}
	return json.Marshal(otlpRequest{ResourceSpans: []otlpResource{{
		Resource: otlpAttributes{Attributes: attributesOf(resource)}, ScopeSpans: []otlpScope{scope},
	}}})
}

func otlpOf(s *span) otlpSpan {
	out := otlpSpan{
		TraceID: traceID(s.at), SpanID: spanID(s.at), ParentID: s.parent, State: s.at.State, Name: bounded(s.name), Kind: s.kind,
		Start: nanos(s.from), End: nanos(s.to), Attributes: attributesOf(s.attrs), Links: linksOf(s.links),
	}
	if s.bad {
		out.Status = otlpStatus{statusError, bounded(s.failed)}
	}
	return out
}

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

func linksOf(list []trace.Context) []otlpLink {
	var links []otlpLink
	for _, l := range list {
		links = append(links, otlpLink{traceID(l), spanID(l)})
	}
	return links
}

func attributesOf(list []attribute) []otlpAttribute {
	out := make([]otlpAttribute, len(list))
	for i, a := range list {
		out[i].Key = a.key
		switch v := a.value.(type) {
		case int:
			out[i].Value.Number = strconv.Itoa(v)
		case string:
			text := bounded(v)
			out[i].Value.Text = &text
		}
	}
	return out
}

func bounded(text string) string {
	if len(text) > maxText {
		return text[:maxText] + "…" // json.Marshal mends a character that is cut
	}
	return text
}
