package oauth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/oauth"
)

const secret = "planted/s3cret+value"

func issuer(t *testing.T, answer http.HandlerFunc) *oauth.Issuer {
	t.Helper()
	return hastyIssuer(t, time.Minute, answer)
}

// hastyIssuer waits so long for an answer.
func hastyIssuer(t *testing.T, haste time.Duration, answer http.HandlerFunc) *oauth.Issuer {
	t.Helper()
	t.Setenv("WEFT_TEST_CLIENT", secret)
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	client := server.Client()
	client.Timeout = haste
	i, err := oauth.New(oauth.Options{TokenURL: server.URL + "/token", ClientID: "ada:1", Secret: "env:WEFT_TEST_CLIENT", Scopes: []string{"a", "b"}, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestATokenIsKeptUntilItIsOld(t *testing.T) {
	var asked atomic.Int32
	var lasts float64
	i := issuer(t, func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		user, password, _ := r.BasicAuth()
		if user != "ada%3A1" || password != "planted%2Fs3cret%2Bvalue" || r.FormValue("scope") != "a b" || r.Method != http.MethodPost {
			t.Errorf("asked with %q %q %v", user, password, r.Form)
		}
		fmt.Fprintf(w, `{"access_token": "t%d", "token_type": "bearer", "expires_in": %v}`, n, lasts)
	})
	get := func(want string) {
		t.Helper()
		if got, err := i.Secret(); got != want || err != nil {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
	lasts = 0.05
	get("t1")
	time.Sleep(60 * time.Millisecond)
	lasts = 3600
	get("t2")
	get("t2")
}

func TestAServerThatWantsTheSecretInTheBodyHasIt(t *testing.T) {
	i := issuer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("client_id") != "ada:1" || r.FormValue("client_secret") != secret || r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"error": "invalid_client"}`)
			return
		}
		fmt.Fprint(w, `{"access_token": "t", "expires_in": "60"}`)
	})
	if got, err := i.Secret(); got != "t" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// mute hears a request and says nothing until whoever asked has gone.
func mute(_ http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // or nobody notices that they have
	<-r.Context().Done()
}

func TestWhatGivesNoToken(t *testing.T) {
	say := func(status int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   error
		says   string
	}{
		"a wrong client":    {say(401, `{"error": "invalid_client", "error_description": "`+secret+`"}`), driver.ErrAuth, "invalid_client"},
		"a wrong scope":     {say(400, `{"error": "invalid_scope"}`), driver.ErrAuth, "scopes"},
		"a code of its own": {say(400, `{"error": "`+secret+`"}`), driver.ErrAuth, "answers 400"},
		"a web page":        {say(200, `<html>`+secret), driver.ErrAuth, "no token"},
		"an empty token":    {say(200, `{}`), driver.ErrAuth, "without a token"},
		"a line break":      {say(200, `{"access_token": "a\nb"}`), driver.ErrAuth, "without a token"},
		"another type":      {say(200, `{"access_token": "a", "token_type": "DPoP"}`), driver.ErrAuth, "bearers"},
		"a long answer":     {say(200, `{"access_token": "`+strings.Repeat("a", 100_000)+`"}`), driver.ErrAuth, "no token"},
		"an error of its":   {say(503, ""), driver.ErrServer, "later"},
		"a redirect":        {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/token", http.StatusFound) }, driver.ErrAuth, ""},
		"silence":           {mute, driver.ErrTimeout, "authorization server"},
	} {
		t.Run(name, func(t *testing.T) {
			haste := time.Minute
			if errors.Is(c.kind, driver.ErrTimeout) {
				haste = 300 * time.Millisecond
			}
			_, err := hastyIssuer(t, haste, c.answer).Secret()
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("got %v, want %v that says %q", err, c.kind, c.says)
			}
			if err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%v tells the secret", err)
			}
		})
	}
}

func TestAddressesThatAreNotAsked(t *testing.T) {
	for url, want := range map[string]string{
		"":                         "no address",
		"ftp://example.com/token":  "no address",
		"http://example.com/token": "https://",
		"https://a:b@example.com":  "must not hold a password",
	} {
		if _, err := oauth.New(oauth.Options{TokenURL: url}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", url, err, want)
		}
	}
}
