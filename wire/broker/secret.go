package broker

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Ref is a reference to a secret: "env:NAME" is the environment variable of
// that name, "file:PATH" the content of a file without its last line break. A
// Ref is safe to print unless somebody put the secret itself there, and then
// it prints as "(not a reference)".
type Ref string

// maxSecret bounds the size of a secret's file: a certificate chain fits.
const maxSecret = 1 << 20

// String returns the reference, never what it refers to.
func (r Ref) String() string {
	if r != "" && r.check() != nil {
		return "(not a reference)"
	}
	return string(r)
}

// GoString keeps %#v from printing what String hides.
func (r Ref) GoString() string { return fmt.Sprintf("broker.Ref(%q)", r.String()) }

func (r Ref) check() error {
	kind, name, ok := strings.Cut(string(r), ":")
	if ok && name != "" && (kind == "env" || kind == "file") {
		return nil
	}
	return errors.New("it is not a reference: write env:NAME or file:PATH")
}

// Resolve returns the secret.
func (r Ref) Resolve() (string, error) {
	if err := r.check(); err != nil {
		return "", err
	}
	kind, name, _ := strings.Cut(string(r), ":")
	if kind == "env" {
		secret, ok := os.LookupEnv(name)
		if !ok {
			return "", fmt.Errorf("the environment variable %s is not set", name)
		}
		return secret, nil
	}
	return readSecret(name)
}

func readSecret(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("cannot be read: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("cannot be read: %w", err)
	}
	if len(data) > maxSecret {
		return "", fmt.Errorf("the file %s is too large for a secret", path)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}

// Issuer gives secrets that do not last, such as tokens of OAuth.
type Issuer interface {
	// Secret returns one that is good now. It is asked for at each login, so it
	// keeps what it has for as long as that is good. Its errors say who did not
	// give it, and hold nothing secret.
	Secret() (string, error)

	// Identity names the issuer: those with the same give the same secrets. It
	// is not shown.
	Identity() string
}

// APIKey is a secret that goes with each request or handshake of HTTP.
type APIKey struct {
	In    string // "header", "query" or "cookie"
	Name  string
	Value Ref
}

// userName returns a name that was given, or that a reference leads to. Names
// are no secrets, but often stand beside one.
func userName(text string) (string, error) {
	if Ref(text).check() != nil {
		return text, nil
	}
	name, err := Ref(text).Resolve()
	if err != nil {
		return "", fmt.Errorf("the user: %w", err)
	}
	return name, nil
}
