// Package shelf keeps what embedded servers have for the next time they start:
// a file of records in JSON, one a line, that is replaced as a whole or not at
// all.
//
// It must not know what the records say.
package shelf

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Save replaces a file by the records that write gives. Without a name nothing
// is kept.
func Save(name string, write func(*json.Encoder) error) error {
	if name == "" {
		return nil
	}
	file, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // it has another name by then, or is of no use
	out := bufio.NewWriter(file)
	err = write(json.NewEncoder(out))
	if err = errors.Join(err, out.Flush(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}

// Load gives the records of a file one by one, in their order. Where there is
// no such file there are none.
func Load[R any](name string, restore func(R) error) error {
	if name == "" {
		return nil
	}
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	in := json.NewDecoder(bufio.NewReader(file))
	for {
		var r R
		err := in.Decode(&r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = restore(r)
		}
		if err != nil {
			return fmt.Errorf("%s, which an earlier server kept, cannot be read: %w", name, err)
		}
	}
}
