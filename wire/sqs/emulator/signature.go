package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A signature is Signature Version 4 in the Authorization header: what the AWS
// reference calls AWS4-HMAC-SHA256.
const (
	algorithm = "AWS4-HMAC-SHA256"
	stampForm = "20060102T150405Z"

	// skew is how far a client's clock may be from ours.
	skew = 15 * time.Minute
)

// signature is the Authorization header taken apart.
type signature struct {
	key, date, region, service string
	headers                    []string
	value                      string
}

func denied(code, message string) *failure {
	return &failure{code: code, message: message, status: http.StatusForbidden}
}

// authenticate lets in who signed. A page in a browser cannot: the header makes
// it ask first, and nobody answers.
func (s *Server) authenticate(r *http.Request, body []byte) *failure {
	header := r.Header.Get("Authorization")
	if header == "" {
		return denied("MissingAuthenticationToken", "Request is missing Authentication Token")
	}
	sig, ok := parseSignature(header)
	if !ok {
		return denied("IncompleteSignature", "The Authorization header is not one of Signature Version 4.")
	}
	if s.opts.Secret == "" {
		return nil
	}
	switch token := r.Header.Get("X-Amz-Security-Token"); {
	case sig.key != s.opts.AccessKey || !hmac.Equal([]byte(token), []byte(s.opts.Token)):
		return denied("InvalidClientTokenId", "The security token included in the request is invalid.")
	case !fresh(r.Header.Get("X-Amz-Date"), sig.date):
		return denied("RequestExpired", "Signature expired, or not yet current: check the clock.")
	case !slices.Contains(sig.headers, "host"):
		return denied("SignatureDoesNotMatch", "The header host must be signed.")
	case !hmac.Equal([]byte(sig.value), []byte(sig.compute(r, body, s.opts.Secret))):
		return denied("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided.")
	}
	return nil
}

func parseSignature(header string) (*signature, bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok {
		return nil, false
	}
	sig := &signature{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			scope := strings.Split(value, "/")
			if len(scope) != 5 || scope[4] != "aws4_request" {
				return nil, false
			}
			sig.key, sig.date, sig.region, sig.service = scope[0], scope[1], scope[2], scope[3]
		case "SignedHeaders":
			sig.headers = strings.Split(value, ";")
		case "Signature":
			sig.value = value
		}
	}
	raw, err := hex.DecodeString(sig.value)
	return sig, err == nil && len(raw) == sha256.Size && sig.key != "" && len(sig.headers) > 0
}

// fresh reports whether a request was signed about now.
func fresh(stamp, date string) bool {
	at, err := time.Parse(stampForm, stamp)
	return err == nil && strings.HasPrefix(stamp, date) && time.Since(at).Abs() < skew
}

// compute makes the signature that the owner of the secret would have made.
func (sig *signature) compute(r *http.Request, body []byte, secret string) string {
	scope := strings.Join([]string{sig.date, sig.region, sig.service, "aws4_request"}, "/")
	text := strings.Join([]string{algorithm, r.Header.Get("X-Amz-Date"), scope, hashHex([]byte(sig.canonical(r, body)))}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{sig.date, sig.region, sig.service, "aws4_request", text} {
		key = mac(key, part)
	}
	return hex.EncodeToString(key)
}

// canonical is the request in the one form that both sides write.
func (sig *signature) canonical(r *http.Request, body []byte) string {
	var b strings.Builder
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	b.WriteString(r.Method + "\n" + path + "\n" + canonicalQuery(r.URL.Query()) + "\n")
	for _, name := range sig.headers {
		values := r.Header.Values(name)
		switch name {
		case "host":
			values = []string{r.Host}
		case "content-length":
			values = []string{r.Header.Get("Content-Length")}
			if r.ContentLength >= 0 {
				values = []string{itoa(int(r.ContentLength))}
			}
		}
		trimmed := make([]string, len(values))
		for i, v := range values {
			trimmed[i] = strings.Join(strings.Fields(v), " ")
		}
		b.WriteString(name + ":" + strings.Join(trimmed, ",") + "\n")
	}
	b.WriteString("\n" + strings.Join(sig.headers, ";") + "\n" + hashHex(body))
	return b.String()
}

func canonicalQuery(query url.Values) string {
	return strings.ReplaceAll(query.Encode(), "+", "%20")
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func hashHex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
