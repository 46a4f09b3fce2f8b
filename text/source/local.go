package source

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Dir opens the files below one directory and no others: neither "..", nor an
// absolute path, nor a symbolic link leads out of it.
type Dir struct {
	root  *os.Root
	path  string // absolute, with symbolic links resolved
	shown string // as it was given, made absolute
}

// Local returns an opener of the files below a directory. Close it.
func Local(dir string) (*Dir, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, &OpenError{URI: dir, Kind: ErrUnavailable, Reason: reason(err)}
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, fileError(abs, err)
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		real = abs
	}
	return &Dir{root: root, path: real, shown: abs}, nil
}

// Close releases the directory.
func (d *Dir) Close() error { return d.root.Close() }

// Root is the absolute path of the directory.
func (d *Dir) Root() string { return d.shown }

// Open opens the file at a file: URI, if it lies below the directory.
func (d *Dir) Open(ctx context.Context, uri string) (*File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	path, ok := PathOf(uri)
	if !ok {
		return nil, notSupported(uri)
	}
	relative, ok := d.below(path)
	if !ok {
		return nil, d.outside(path)
	}
	file, err := d.root.OpenFile(relative, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, d.openError(path, err)
	}
	defer file.Close()
	return readRegular(file, uri, path)
}

// Neighbours returns the names of the files beside a file: URI, if it lies
// below the directory.
func (d *Dir) Neighbours(uri string) []string {
	path, ok := PathOf(uri)
	if !ok {
		return nil
	}
	relative, ok := d.below(filepath.Dir(path))
	if !ok {
		return nil
	}
	dir, err := d.root.Open(relative)
	if err != nil {
		return nil
	}
	defer dir.Close()
	// An error after some names leaves these: it is only for advice.
	entries, _ := dir.ReadDir(maxNeighbours)
	var names []string
	for _, entry := range entries {
		if !entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	slices.Sort(names)
	return names
}

// below returns the path within the directory of an absolute path.
func (d *Dir) below(path string) (string, bool) {
	for _, root := range []string{d.shown, d.path} {
		relative, err := filepath.Rel(root, path)
		if err == nil && filepath.IsLocal(relative) {
			return relative, true
		}
	}
	return "", false
}

func (d *Dir) outside(path string) error {
	return &OpenError{
		URI: displayPath(path), Kind: ErrNotAllowed, Reason: "the file lies outside of " + displayPath(d.shown),
		Help: "only files below that directory are read; move the file, or choose a higher root",
	}
}

func (d *Dir) openError(path string, err error) error {
	// os.Root has no error of its own for a way out of it; the text is all.
	if strings.Contains(err.Error(), "escapes from parent") {
		return d.outside(path)
	}
	return fileError(path, err)
}

// readRegular reads a file that is open, if it is one that ends.
func readRegular(file *os.File, uri, path string) (*File, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fileError(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, notRegular(path, info)
	}
	data, err := readBounded(displayPath(path), file, info.Size())
	if err != nil {
		return nil, err
	}
	return checked(uri, displayPath(path), data)
}

func notRegular(path string, info fs.FileInfo) error {
	e := &OpenError{URI: displayPath(path), Kind: ErrNotAllowed, Reason: "this is not a regular file", Help: "name a file"}
	if info.IsDir() {
		e.Reason = "this is a directory"
		e.Help = "name a file in it"
	}
	return e
}

// ReadFile reads the document that a user named, wherever it is. Unlike a
// reference inside of a document, a path that a person typed is trusted.
func ReadFile(path string) (*File, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, &OpenError{URI: path, Kind: ErrUnavailable, Reason: reason(err)}
	}
	file, err := os.OpenFile(abs, os.O_RDONLY, 0)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fileError(path, err)
	}
	if info.IsDir() {
		return nil, notRegular(path, info)
	}
	size := int64(-1) // a pipe ("<(command)") has no size, and is read all the same
	if info.Mode().IsRegular() {
		size = info.Size()
	}
	data, err := readBounded(path, file, size)
	if err != nil {
		return nil, err
	}
	return checked(FileURI(abs), path, data)
}

// ReadStdin reads the document that a user piped in. Its references are
// relative to the working directory.
func ReadStdin(r io.Reader) (*File, error) {
	data, err := readBounded("standard input", r, -1)
	if err != nil {
		return nil, err
	}
	dir, err := os.Getwd()
	if err != nil {
		dir = string(filepath.Separator)
	}
	return checked(FileURI(filepath.Join(dir, "<stdin>")), "<stdin>", data)
}

// FS is an opener over a file system of Go. A document at "a/b.yaml" in it has
// the URI Base + "a/b.yaml".
type FS struct {
	FS fs.FS
	// Base is the URI of the file system's root; it ends in "/".
	Base string
}

// Open opens the file at a URI below the base.
func (o FS) Open(ctx context.Context, uri string) (*File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	escaped, ok := strings.CutPrefix(uri, o.Base)
	if !ok {
		return nil, notSupported(uri)
	}
	name, err := unescapePath(escaped)
	if err != nil || !fs.ValidPath(name) {
		return nil, &OpenError{URI: Redact(uri), Kind: ErrNotAllowed, Reason: "this is not a path below " + Redact(o.Base)}
	}
	file, err := o.FS.Open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fileError(name, err)
	}
	if !info.Mode().IsRegular() {
		return nil, notRegular(name, info)
	}
	data, err := readBounded(name, file, info.Size())
	if err != nil {
		return nil, err
	}
	return checked(uri, name, data)
}

// fileError says in our words why a file could not be opened.
func fileError(path string, err error) error {
	e := &OpenError{URI: displayPath(path), Kind: ErrUnavailable, Reason: reason(err)}
	switch {
	case errors.Is(err, fs.ErrNotExist), strings.Contains(e.Reason, "not a directory"):
		e.Kind, e.Reason, e.Help = ErrNotFound, "there is no such file", "check the path"
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Reason, e.Help = ErrNotAllowed, "the file may not be read", "check its permissions"
	case errors.Is(err, fs.ErrInvalid), strings.Contains(e.Reason, "invalid argument"):
		e.Kind, e.Reason, e.Help = ErrNotFound, "this is not a file name", "check the path"
	}
	return e
}

// reason is the innermost message of an error, without the path it repeats.
func reason(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

func passes(err error) bool { return isKind(err, ErrNotFound) || isKind(err, ErrNotSupported) }

func isKind(err, kind error) bool { return errors.Is(err, kind) }

// displayPath shows a path as people would type it: relative to the working
// directory where it lies below it.
func displayPath(path string) string {
	dir, err := os.Getwd()
	if err != nil {
		return path
	}
	relative, err := filepath.Rel(dir, path)
	if err != nil || !filepath.IsLocal(relative) {
		return path
	}
	return relative
}
