package remote_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/source/remote"
)

func serve(t *testing.T, handler http.HandlerFunc) (base string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func opener(t *testing.T, opt remote.Options) *remote.Opener {
	t.Helper()
	o := remote.New(opt)
	t.Cleanup(o.Close)
	return o
}

var allowLocal = []string{"127.0.0.1"}

func TestAnAllowedHostIsAskedOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = w.Write([]byte("a: 1\n"))
	})
	o := opener(t, remote.Options{AllowHosts: allowLocal})
	for range 2 {
		f, err := o.Open(t.Context(), base+"/x.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if string(f.Data()) != "a: 1\n" || f.URI() != base+"/x.yaml" {
			t.Errorf("got %q at %s", f.Data(), f.URI())
		}
	}
	if asked.Load() != 1 {
		t.Errorf("the server is asked %d times, want once", asked.Load())
	}
}

func TestNothingIsCalledThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	base := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the server is called") })
	port := base[strings.LastIndex(base, ":")+1:]
	tests := []struct {
		name, uri string
		opt       remote.Options
		says      string
	}{
		{"by default", base, remote.Options{}, "not on the list of allowed hosts"},
		{"another host", base, remote.Options{AllowHosts: []string{"example.com"}}, "not on the list"},
		{"a wildcard", base, remote.Options{AllowHosts: []string{"*.0.0.1"}}, "not a public address"},
		{"all", base, remote.Options{AllowHosts: []string{"*"}}, "not on the list"},
		{"another port", base, remote.Options{AllowHosts: []string{"127.0.0.1:1"}}, "not on the list"},
		{"another spelling", "http://localhost:" + port, remote.Options{AllowHosts: allowLocal}, "not on the list"},
		{"offline", base, remote.Options{AllowHosts: allowLocal, Offline: true}, "offline"},
		{"metadata", "http://169.254.169.254/latest", remote.Options{AllowHosts: allowLocal}, "not on the list"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := opener(t, test.opt).Open(t.Context(), test.uri)
			if !errors.Is(err, source.ErrNotAllowed) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want a refusal that says %q", err, test.says)
			}
		})
	}
	if _, err := opener(t, remote.Options{AllowHosts: allowLocal}).Open(t.Context(), "file:///etc/passwd"); !errors.Is(err, source.ErrNotSupported) {
		t.Errorf("a file: %v, want ErrNotSupported", err)
	}
}

func TestRedirectsAreCheckedToo(t *testing.T) {
	t.Parallel()
	var base string
	base = serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		case "/name":
			http.Redirect(w, r, strings.Replace(base, "127.0.0.1", "localhost", 1), http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/moved":
			http.Redirect(w, r, "/dir/x.yaml", http.StatusFound)
		default:
			_, _ = w.Write([]byte("a: 1\n"))
		}
	})
	o := opener(t, remote.Options{AllowHosts: allowLocal})
	for path, kind := range map[string]error{
		"/metadata": source.ErrNotAllowed, "/name": source.ErrNotAllowed, "/file": source.ErrNotSupported, "/loop": source.ErrUnavailable,
	} {
		if _, err := o.Open(t.Context(), base+path); !errors.Is(err, kind) {
			t.Errorf("%s: %v, want the kind %v", path, err, kind)
		}
	}
	f, err := o.Open(t.Context(), base+"/moved")
	if err != nil {
		t.Fatal(err)
	}
	if f.URI() != base+"/dir/x.yaml" {
		t.Errorf("references are relative to %s, want where the document was found", f.URI())
	}
}

func TestWhatTheServerDoesEndsInAKindOfError(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/missing":
			w.WriteHeader(http.StatusNotFound)
		case "/denied":
			w.WriteHeader(http.StatusForbidden)
		case "/broken":
			w.WriteHeader(http.StatusInternalServerError)
		case "/large":
			w.Header().Set("Content-Length", "200000000")
		case "/endless":
			block := make([]byte, 1<<20)
			for range 2 * source.MaxSize >> 20 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		case "/slow":
			<-stop
		}
	})
	t.Cleanup(func() { close(stop) })
	o := opener(t, remote.Options{AllowHosts: allowLocal, Timeout: 2 * time.Second})
	for path, kind := range map[string]error{
		"/missing": source.ErrNotFound, "/denied": source.ErrNotAllowed, "/broken": source.ErrUnavailable,
		"/large": source.ErrTooLarge, "/endless": source.ErrTooLarge,
	} {
		if _, err := o.Open(t.Context(), base+path); !errors.Is(err, kind) {
			t.Errorf("%s: %v, want the kind %v", path, err, kind)
		}
	}
	quick := opener(t, remote.Options{AllowHosts: allowLocal, Timeout: 50 * time.Millisecond})
	if _, err := quick.Open(t.Context(), base+"/slow"); !errors.Is(err, source.ErrUnavailable) || !strings.Contains(err.Error(), "did not answer within 50ms") {
		t.Errorf("a slow server: %v", err)
	}
	stopped, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := o.Open(stopped, base+"/slow"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's own limit: %v", err)
	}
	if _, err := o.Open(t.Context(), "http://127.0.0.1:1/x"); !errors.Is(err, source.ErrUnavailable) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestCredentialsAreNotShown(t *testing.T) {
	t.Parallel()
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ok" {
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	})
	secret := strings.Replace(base, "http://", "http://user:hunter2@", 1)
	allowed := opener(t, remote.Options{AllowHosts: allowLocal})
	for _, o := range []*remote.Opener{allowed, opener(t, remote.Options{})} {
		_, err := o.Open(t.Context(), secret+"/x?token=hunter2")
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
	f, err := allowed.Open(t.Context(), secret+"/ok?token=hunter2")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(f.Name(), "hunter2") {
		t.Errorf("the file is named %s", f.Name())
	}
}
