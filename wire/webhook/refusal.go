package webhook

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/weft-dev/weft/wire/web"
)

// How much of what a server says of a refusal is read, and shown.
const (
	maxRefusal = 4 << 10
	maxReason  = 200
)

// refusal is an answer that did not take what was sent.
func refusal(response *http.Response) web.AnswerError {
	return web.AnswerError{
		Status: response.StatusCode,
		Text:   reason(response),
		Wait:   retryAfter(response.Header.Get("Retry-After"), time.Now()),
	}
}

// reason is what the server says in plain text, or in a problem of RFC 9457.
func reason(response *http.Response) string {
	data, err := io.ReadAll(io.LimitReader(response.Body, maxRefusal))
	if err != nil {
		return ""
	}
	text := ""
	switch media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); media {
	case "text/plain":
		text = string(data)
	case "application/problem+json":
		var problem struct{ Title, Detail string }
		if json.Unmarshal(data, &problem) == nil {
			text = strings.TrimSpace(problem.Title + " " + problem.Detail)
		}
	}
	return firstLine(text)
}

func firstLine(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return text
}

// retryAfter is how long a server wants us to wait: seconds, or until a date
// (RFC 9110, 10.2.3). It is 0 where the server does not say.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return time.Duration(n) * time.Second //nolint:gosec // 32 bits of seconds fit
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
