package source_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/source"
)

func TestReferencesAreResolvedAsRFC3986Says(t *testing.T) {
	t.Parallel()
	const base = "file:///srv/api/orders.yaml"
	tests := []struct{ base, ref, target, fragment string }{
		{base, "", base, ""},
		{base, "#", base, ""},
		{base, "#/a/b", base, "/a/b"},
		{base, "other.yaml", "file:///srv/api/other.yaml", ""},
		{base, "./other.yaml#/x", "file:///srv/api/other.yaml", "/x"},
		{base, "../x/y.yaml", "file:///srv/x/y.yaml", ""},
		{base, "../../../../etc/passwd", "file:///etc/passwd", ""},
		{base, "/etc/passwd", "file:///etc/passwd", ""},
		{base, "a%20b.yaml", "file:///srv/api/a%20b.yaml", ""},
		{base, "a b.yaml", "file:///srv/api/a%20b.yaml", ""},
		{base, "%61.yaml", "file:///srv/api/a.yaml", ""},
		{base, "größe.yaml#/gr%C3%B6%C3%9Fe", "file:///srv/api/gr%C3%B6%C3%9Fe.yaml", "/größe"},
		{base, "a.yaml#/x#y", "file:///srv/api/a.yaml", "/x#y"},
		{base, "https://Example.COM/a.yaml?v=1#/x", "https://example.com/a.yaml?v=1", "/x"},
		{base, "//host/a.yaml", "file://host/a.yaml", ""},
		{base, "?q", "file:///srv/api/orders.yaml?q", ""},
		{base, `..\x\y.yaml`, "file:///srv/x/y.yaml", ""},
		{base, `C:\api\a.yaml#/x`, "file:///C:/api/a.yaml", "/x"},
		{base, "file:other.yaml", "file:other.yaml", ""},
		{"https://example.com/a/b.yaml", "c.yaml", "https://example.com/a/c.yaml", ""},
		{"https://example.com/a/b.yaml", "/c.yaml", "https://example.com/c.yaml", ""},
		{"memory:///a.yaml", "b.yaml", "memory:///b.yaml", ""},
	}
	for _, test := range tests {
		target, fragment, err := source.Resolve(test.base, test.ref)
		if err != nil || target != test.target || fragment != test.fragment {
			t.Errorf("%q is %q and %q (%v), want %q and %q", test.ref, target, fragment, err, test.target, test.fragment)
		}
	}
	for _, bad := range []string{"#/%zz", "a\nb", "http://[", ":", "http://user:secret@[/x"} {
		if _, _, err := source.Resolve(base, bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v, want an error without the address", bad, err)
		}
	}
}

func TestPathsAndURIsAreInverse(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the paths of this test are those of other systems")
	}
	for path, uri := range map[string]string{
		"/a/b.yaml": "file:///a/b.yaml", "/a b/ü#?.yaml": "file:///a%20b/%C3%BC%23%3F.yaml", "/a/100%.yaml": "file:///a/100%25.yaml",
	} {
		if got := source.FileURI(path); got != uri {
			t.Errorf("the URI of %s is %s, want %s", path, got, uri)
		}
		if got, ok := source.PathOf(uri); !ok || got != filepath.FromSlash(path) {
			t.Errorf("the path of %s is %s, want %s", uri, got, path)
		}
	}
	for _, uri := range []string{"http://x/a", "file:a", "file://host/a", "file:///a%00b", "::", ""} {
		if path, ok := source.PathOf(uri); ok {
			t.Errorf("%s has the path %s, want none", uri, path)
		}
	}
	if got := source.FileURI("C:/api/a.yaml"); got != "file:///C:/api/a.yaml" {
		t.Errorf("a path with a drive is %s", got)
	}
}

func TestWhatIsShownHoldsNoCredentials(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"https://me:secret@example.com/a?token=secret#/x": "https://…@example.com/a?…",
		"https://secret@example.com/a":                    "https://…@example.com/a",
		"https://example.com/a":                           "https://example.com/a",
		"http://[::secret":                                "(an address that cannot be parsed)",
		"memory:///a.yaml":                                "memory:///a.yaml",
	} {
		if got := source.Redact(uri); got != want {
			t.Errorf("%s is shown as %s, want %s", uri, got, want)
		}
	}
}
