package cli

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/weft-dev/weft/spec/arazzo"
)

// expand turns the names that a user typed into files: "-" and plain names stay
// as they are, a pattern ("specs/**/*.yaml") becomes the files that fit it. A
// pattern that fits nothing is an error, since silence would look like success.
func expand(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		if !isPattern(name) || exists(name) {
			files = append(files, name)
			continue
		}
		found, err := matches(name)
		if err != nil {
			return nil, usage("the pattern %q: %w", name, err)
		}
		if len(found) == 0 {
			return nil, usage("no file fits the pattern %q", name)
		}
		files = append(files, found...)
	}
	return unique(files), nil
}

// expandFolders is expand for commands that show documents together: a folder
// stands for the contracts and workflows in it and below it.
func expandFolders(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || !info.IsDir() {
			files = append(files, name)
			continue
		}
		found, err := documentsIn(name, func(kind arazzo.SourceType) bool { return kind != arazzo.SourceUnknown })
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, usage("%s holds no AsyncAPI, OpenAPI or Arazzo document", name)
		}
		files = append(files, found...)
	}
	return expand(files)
}

func isPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// matches walks the folder before the pattern's first wildcard.
func matches(pattern string) ([]string, error) {
	pattern = filepath.ToSlash(pattern)
	parts := strings.Split(pattern, "/")
	plain := slices.IndexFunc(parts, isPattern)
	if _, err := path.Match(strings.ReplaceAll(pattern, "**", "*"), ""); err != nil {
		return nil, err
	}
	base := strings.Join(parts[:plain], "/")
	switch {
	case base == "" && plain > 0:
		base = "/"
	case base == "":
		base = "."
	}
	var found []string
	err := filepath.WalkDir(base, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return skipHidden(file, base, entry, err)
		}
		if fits(parts[plain:], below(base, file)) {
			found = append(found, file)
		}
		return nil
	})
	return found, err
}

// skipHidden keeps the walk out of folders such as .git, and passes over what
// cannot be read: a pattern asks for the files there are.
func skipHidden(file, base string, entry fs.DirEntry, err error) error {
	if err != nil {
		return nil //nolint:nilerr // an unreadable folder holds nothing that fits
	}
	if file != base && strings.HasPrefix(entry.Name(), ".") {
		return fs.SkipDir
	}
	return nil
}

func below(base, file string) []string {
	rest, err := filepath.Rel(base, file)
	if err != nil {
		return nil
	}
	return strings.Split(filepath.ToSlash(rest), "/")
}

// fits matches a path against a pattern, part by part; "**" is any number of
// parts.
func fits(pattern, parts []string) bool {
	if len(pattern) == 0 {
		return len(parts) == 0
	}
	if pattern[0] == "**" {
		return fits(pattern[1:], parts) || (len(parts) > 0 && fits(pattern, parts[1:]))
	}
	if len(parts) == 0 {
		return false
	}
	ok, _ := path.Match(pattern[0], parts[0])
	return ok && fits(pattern[1:], parts[1:])
}

func unique(files []string) []string {
	seen := make(map[string]bool, len(files))
	return slices.DeleteFunc(files, func(file string) bool {
		again := seen[file]
		seen[file] = true
		return again
	})
}
