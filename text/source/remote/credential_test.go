package remote_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/source/remote"
)

func hostOf(t *testing.T, base string) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// A credential goes to its own host, also after a redirect, and to no other,
// wherever that host sends the request on to.
func TestCredentialsGoToTheirOwnHost(t *testing.T) {
	t.Parallel()
	var stranger []string
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		stranger = append(stranger, r.Header.Get("Authorization"))
		if r.URL.Path == "/back" {
			http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("other: 1\n"))
	})
	own := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "user" || password != "secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path == "/away" {
			http.Redirect(w, r, other+"/x", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("own: 1\n"))
	})
	o := opener(t, remote.Options{AllowHosts: allowLocal, Credentials: []remote.Credential{{Host: hostOf(t, own), User: "user", Secret: "secret"}}})
	for uri, want := range map[string]string{
		own + "/x":    "own: 1\n",
		own + "/away": "other: 1\n",
		other + "/x":  "other: 1\n",
		other + "/back?to=" + url.QueryEscape(own+"/y"): "own: 1\n",
	} {
		f, err := o.Open(t.Context(), uri)
		if err != nil {
			t.Errorf("%s: %v", uri, err)
		} else if string(f.Data()) != want {
			t.Errorf("%s: %s", uri, f.Data())
		}
	}
	for _, header := range stranger {
		if header != "" {
			t.Errorf("the other host was told %q", header)
		}
	}
}

func TestCredentialsAreNotSentInTheClear(t *testing.T) {
	t.Parallel()
	o := opener(t, remote.Options{
		AllowHosts:  []string{"registry.invalid"},
		Credentials: []remote.Credential{{Host: "registry.invalid", Secret: "secret"}},
	})
	_, err := o.Open(t.Context(), "http://registry.invalid/x")
	if !errors.Is(err, source.ErrNotAllowed) || !strings.Contains(err.Error(), "not sent over http") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestWhatWasFetchedIsThereOffline(t *testing.T) {
	t.Parallel()
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/folder/x.yaml?token=hunter2", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("a: 1\n"))
	})
	dir := filepath.Join(t.TempDir(), "cache")
	online := opener(t, remote.Options{AllowHosts: allowLocal, Cache: remote.NewCache(dir)})
	for _, path := range []string{"/moved", "/x?token=hunter2"} {
		if _, err := online.Open(t.Context(), base+path); err != nil {
			t.Fatal(err)
		}
	}
	offline := opener(t, remote.Options{AllowHosts: allowLocal, Cache: remote.NewCache(dir), Offline: true})
	f, err := offline.Open(t.Context(), base+"/moved")
	if err != nil || string(f.Data()) != "a: 1\n" || f.URI() != base+"/folder/x.yaml" {
		t.Fatalf("%v, %v", f, err)
	}
	if _, err := offline.Open(t.Context(), base+"/x?token=other"); !errors.Is(err, source.ErrUnavailable) {
		t.Errorf("another token: %v", err)
	}
	// Only the user can read it, nothing secret is in it, half an entry is none.
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		text, err := os.ReadFile(path)
		if err != nil || strings.Contains(string(text), "hunter2") {
			t.Errorf("%s: %s, %v", path, text, err)
		}
		if info, _ := entry.Info(); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		if err := os.WriteFile(path, text[:len(text)-1], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := offline.Open(t.Context(), base+"/moved"); !errors.Is(err, source.ErrUnavailable) {
		t.Errorf("half of an entry: %v", err)
	}
	if _, err := opener(t, remote.Options{Cache: remote.NewCache(dir), Offline: true}).Open(t.Context(), base+"/moved"); !errors.Is(err, source.ErrNotAllowed) {
		t.Errorf("a host that is not allowed: %v", err)
	}
}

// A host that hangs is waited for once, not for each reference to it.
func TestAHostThatHangsIsWaitedForOnce(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	base := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	o := opener(t, remote.Options{AllowHosts: allowLocal, Timeout: 200 * time.Millisecond})
	begin := time.Now()
	for i := range 50 {
		_, err := o.Open(t.Context(), fmt.Sprintf("%s/%d", base, i))
		if !errors.Is(err, source.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		if want := "not asked again"; i > 0 && !strings.Contains(err.Error(), want) {
			t.Fatalf("got %v", err)
		}
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}
