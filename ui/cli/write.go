package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// replaceFile puts a text in the place of a file, or makes the file. Whoever
// reads it meanwhile sees the old text or the new, never a part; a file that
// was there keeps its permissions, and a link keeps leading where it leads.
func replaceFile(name string, text []byte) (err error) {
	target, mode, err := targetOf(name)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, withoutPath(err))
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary.Name())
			err = fmt.Errorf("write %s: %w", name, withoutPath(err))
		}
	}()
	_, err = temporary.Write(text)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), target)
}

// targetOf is the file behind a name, which may be a link, and its permissions.
func targetOf(name string) (string, fs.FileMode, error) {
	target, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		return name, 0o644, nil
	}
	if err != nil {
		return "", 0, withoutPath(err)
	}
	info, err := os.Stat(target)
	switch {
	case err != nil:
		return "", 0, withoutPath(err)
	case !info.Mode().IsRegular():
		return "", 0, errors.New("it is not a regular file")
	}
	return target, info.Mode().Perm(), nil
}

// withoutPath leaves a file's name out of an error that has it: it may be that
// of a temporary file, and the user's is said already.
func withoutPath(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
