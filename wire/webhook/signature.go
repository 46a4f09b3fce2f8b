package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// secrets are the keys by which webhooks are signed; none without http.secret.
// They are asked for each time, so that a new one need only be written.
func (s *settings) secrets() ([][]byte, error) {
	if s.secret == "" {
		return nil, nil
	}
	text, err := s.secret.Resolve()
	if err != nil {
		return nil, fmt.Errorf("http.secret: %w", err)
	}
	var keys [][]byte
	for word := range strings.FieldsSeq(text) {
		key := []byte(word)
		if encoded, ok := strings.CutPrefix(word, "whsec_"); ok {
			if key, err = base64.StdEncoding.DecodeString(encoded); err != nil {
				return nil, errors.New("http.secret: what follows whsec_ is not base64")
			}
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("http.secret: the secret is empty")
	}
	return keys, nil
}

// sign adds a signature to a request, as of now (Standard Webhooks, "Signature
// scheme"). The id is that of the message, the same each time it is sent.
func sign(header http.Header, keys [][]byte, id string, body []byte, now time.Time) {
	stamp := strconv.FormatInt(now.Unix(), 10)
	signatures := make([]string, len(keys))
	for i, key := range keys {
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(digest(key, id, stamp, body))
	}
	header.Set(hookID, id)
	header.Set(hookTimestamp, stamp)
	header.Set(hookSignature, strings.Join(signatures, " "))
}

func digest(key []byte, id, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// maxSignatures bounds how many signatures of one webhook are looked at.
const maxSignatures = 16

// verify says why a webhook is not signed by one of the keys, or nil.
func verify(header http.Header, keys [][]byte, body []byte, now time.Time, tolerance time.Duration) error {
	id, stamp := header.Get(hookID), header.Get(hookTimestamp)
	at, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil {
		return errors.New("the webhook is not signed")
	}
	if age := now.Sub(time.Unix(at, 0)); age.Abs() > tolerance {
		return errors.New("the webhook's timestamp is too far from now")
	}
	looked := 0
	for signature := range strings.FieldsSeq(header.Get(hookSignature)) {
		version, encoded, _ := strings.Cut(signature, ",")
		got, err := base64.StdEncoding.DecodeString(encoded)
		if version != "v1" || err != nil {
			continue
		}
		if looked++; looked > maxSignatures {
			break
		}
		for _, key := range keys {
			if hmac.Equal(got, digest(key, id, stamp, body)) {
				return nil
			}
		}
	}
	return errors.New("the webhook's signature is not right")
}

// newID makes the id of a message that has none.
func newID() string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // it never fails
	return "msg_" + hex.EncodeToString(random[:])
}
