package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/source"
)

// folders opens the files of the folders that a user named, wherever they are,
// and passes all others on.
type folders []*source.Dir

// openFolders opens folders and returns the URIs that names in them are
// relative to.
func openFolders(names []string) (folders, []string, error) {
	var list folders
	var uris []string
	for _, name := range names {
		dir, err := source.Local(name)
		if err != nil {
			list.close()
			return nil, nil, fmt.Errorf("--proto-path: %w", err)
		}
		list = append(list, dir)
		uris = append(uris, strings.TrimSuffix(source.FileURI(dir.Root()), "/")+"/")
	}
	return list, uris, nil
}

func (f folders) close() {
	for _, dir := range f {
		_ = dir.Close()
	}
}

// Open opens a file that is in one of the folders. What is outside of them is
// for another opener to judge.
func (f folders) Open(ctx context.Context, uri string) (*source.File, error) {
	var passed error = &source.OpenError{URI: source.Redact(uri), Kind: source.ErrNotSupported, Reason: "it is in no folder of --proto-path"}
	for _, dir := range f {
		file, err := dir.Open(ctx, uri)
		switch {
		case errors.Is(err, source.ErrNotFound):
			passed = err
		case errors.Is(err, source.ErrNotAllowed), errors.Is(err, source.ErrNotSupported):
		default:
			return file, err
		}
	}
	return nil, passed
}
