package source

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
)

// FileURI returns the file: URI of an absolute path.
func FileURI(path string) string {
	slashed := filepath.ToSlash(path)
	if hasDrive(slashed) {
		slashed = "/" + slashed
	}
	u := url.URL{Scheme: "file", Path: slashed}
	if host, rest, ok := uncHost(slashed); ok {
		u.Host, u.Path = host, rest
	}
	return u.String()
}

// PathOf returns the path of a file: URI, in the form of this system.
func PathOf(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || !strings.EqualFold(u.Scheme, "file") || u.Opaque != "" || strings.ContainsRune(u.Path, 0) {
		return "", false
	}
	path := u.Path
	switch {
	case u.Host != "" && u.Host != "localhost":
		if filepath.Separator != '\\' {
			return "", false // another machine's file
		}
		path = "//" + u.Host + path
	case len(path) > 0 && hasDrive(path[1:]):
		if filepath.Separator == '\\' {
			path = path[1:]
		}
	}
	if path == "" {
		return "", false
	}
	return filepath.Clean(filepath.FromSlash(path)), true
}

// hasDrive reports whether a path with forward slashes starts as "C:/" does.
func hasDrive(path string) bool {
	return len(path) >= 3 && path[1] == ':' && path[2] == '/' && isLetter(path[0])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// uncHost splits "//host/share/x", the name of a file on another machine.
func uncHost(path string) (host, rest string, ok bool) {
	if filepath.Separator != '\\' || !strings.HasPrefix(path, "//") {
		return "", "", false
	}
	host, rest, ok = strings.Cut(path[2:], "/")
	return host, "/" + rest, ok
}

// Resolve resolves a reference that stands in the document at base (RFC 3986
// section 5) and splits the fragment from it. The target is the absolute URI
// of the document meant; it is base itself where the reference is only a
// fragment or empty. The fragment is decoded, without its "#".
func Resolve(base, ref string) (target, fragment string, err error) {
	ref, fragment, _ = strings.Cut(ref, "#")
	fragment, err = url.PathUnescape(fragment)
	if err != nil {
		return "", "", errors.New("a % in the fragment is not followed by two hexadecimal digits")
	}
	if ref == "" {
		return base, fragment, nil
	}
	if strings.ContainsAny(ref, "\r\n\x00") {
		return "", "", errors.New("a reference holds no line breaks")
	}
	from, err := url.Parse(base)
	if err != nil {
		return "", "", errors.New("the document it stands in has no proper address")
	}
	to, err := url.Parse(windowsPath(ref))
	if err != nil {
		return "", "", errors.New("this is not a URI: " + parseProblem(err))
	}
	resolved := from.ResolveReference(to)
	resolved.Fragment, resolved.RawFragment = "", ""
	return canonical(resolved), fragment, nil
}

// windowsPath makes a URI of what people write on Windows: "..\a.yaml" and
// "C:\a.yaml", whose drive would else pass for a scheme.
func windowsPath(ref string) string {
	slashed := strings.ReplaceAll(ref, `\`, "/")
	if hasDrive(slashed) {
		return "file:///" + slashed
	}
	if strings.Contains(ref, "://") {
		return ref
	}
	return slashed
}

func canonical(u *url.URL) string {
	u.Scheme = strings.ToLower(u.Scheme)
	u.Host = strings.ToLower(u.Host)
	if u.Scheme == "file" && u.Host == "localhost" {
		u.Host = ""
	}
	if u.RawPath != "" {
		// "%61" and "a" are one name, and must be one document.
		if decoded, err := url.PathUnescape(u.RawPath); err == nil && !strings.Contains(strings.ToLower(u.RawPath), "%2f") {
			u.Path, u.RawPath = decoded, ""
		}
	}
	return u.String()
}

// parseProblem is what url.Parse says, without the address, which may hold
// credentials.
func parseProblem(err error) string {
	var parse *url.Error
	if errors.As(err, &parse) {
		return parse.Err.Error()
	}
	return "it cannot be parsed"
}

// Redact returns a URI as it may be shown: without user, password and query,
// in which credentials travel.
func Redact(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return "(an address that cannot be parsed)"
	}
	if u.User != nil {
		u.User = url.User("…")
	}
	if u.RawQuery != "" {
		u.RawQuery = "…"
	}
	u.Fragment, u.RawFragment = "", ""
	if path, ok := PathOf(uri); ok {
		return displayPath(path)
	}
	return strings.ReplaceAll(u.String(), "%E2%80%A6", "…")
}

// DisplayName returns the name by which people know the document at a URI.
func DisplayName(uri string) string {
	if path, ok := PathOf(uri); ok {
		return displayPath(path)
	}
	return Redact(uri)
}

func unescapePath(path string) (string, error) { return url.PathUnescape(path) }
