package http

import (
	"errors"
	"fmt"
	"mime"
	nethttp "net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/weft-dev/weft/spec/schema"
)

// Response is what came back.
type Response struct {
	Status int
	// Headers are by their canonical name ("Content-Type"); several values of
	// one name are joined by ", ".
	Headers     map[string]string
	ContentType string
	// Body is the body as plain data: JSON decoded, text as a string, nothing
	// as nil. Bytes that are neither are nil, and only in Raw.
	Body any
	Raw  []byte
	// Problem says why the body is not what its content type says; Body is
	// then its text.
	Problem  string
	Duration time.Duration
	date     time.Time
}

// RetryAfter returns how long the server asks to wait, by its header
// Retry-After: seconds, or a date against the server's own clock if it told
// that, else against now.
func (r *Response) RetryAfter(now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(r.Headers["Retry-After"])
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	at, err := nethttp.ParseTime(text)
	if err != nil {
		return 0, false
	}
	if !r.date.IsZero() {
		now = r.date
	}
	return max(0, at.Sub(now)), true
}

func decode(answer *nethttp.Response, data []byte, took time.Duration) *Response {
	r := &Response{
		Status: answer.StatusCode, Headers: make(map[string]string, len(answer.Header)),
		ContentType: answer.Header.Get("Content-Type"), Raw: data, Duration: took,
	}
	for name, values := range answer.Header {
		r.Headers[name] = strings.Join(values, ", ")
	}
	if at, err := nethttp.ParseTime(answer.Header.Get("Date")); err == nil {
		r.date = at
	}
	r.decodeBody(data)
	return r
}

func (r *Response) decodeBody(data []byte) {
	if len(data) == 0 {
		return
	}
	media := mediaType(r.ContentType)
	switch {
	case isJSON(media):
		value, err := schema.DecodeJSON(data)
		if err == nil {
			r.Body = value
			return
		}
		r.Problem = fmt.Sprintf("the content type is %s and the body %v", media, err)
	case media == "":
		if value, err := schema.DecodeJSON(data); err == nil {
			r.Body = value
			return
		}
	case media == formMedia:
		if values, err := url.ParseQuery(string(data)); err == nil {
			r.Body = formObject(values)
			return
		}
	}
	if utf8.Valid(data) {
		r.Body = string(data)
	}
}

func formObject(values url.Values) map[string]any {
	object := make(map[string]any, len(values))
	for name, list := range values {
		if len(list) == 1 {
			object[name] = list[0]
			continue
		}
		items := make([]any, len(list))
		for i, v := range list {
			items[i] = v
		}
		object[name] = items
	}
	return object
}

func mediaType(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media, _, _ = strings.Cut(contentType, ";")
		media = strings.ToLower(strings.TrimSpace(media))
	}
	return media
}

func isJSON(media string) bool {
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// unwrapURL takes the URL out of an error of net/http: it may hold a secret.
func unwrapURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}
