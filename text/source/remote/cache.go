package remote

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/weft-dev/weft/text/source"
)

// Cache keeps documents that were fetched in a directory, so that they can be
// read offline. Only its user can read them. An entry is one file whose name is
// a digest of the address: what may be secret in an address is written nowhere.
type Cache struct {
	dir string
}

// NewCache returns a cache in a directory, which is made when something is
// kept.
func NewCache(dir string) *Cache { return &Cache{dir: dir} }

// cached is the first line of an entry; the document is all that follows.
type cached struct {
	Address string    `json:"address"` // as it may be shown
	Final   string    `json:"final"`   // where it was found in the end
	Fetched time.Time `json:"fetched"`
	Digest  string    `json:"sha256"`
}

const cacheHeader = 16 << 10

func (c *Cache) path(uri string) string {
	sum := sha256.Sum256([]byte(uri))
	return filepath.Join(c.dir, hex.EncodeToString(sum[:]))
}

// get returns the document that was kept under an address.
func (c *Cache) get(uri string) (*source.File, *cached) {
	if c == nil {
		return nil, nil
	}
	file, err := os.Open(c.path(uri))
	if err != nil {
		return nil, nil
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, source.MaxSize+cacheHeader))
	if err != nil {
		return nil, nil
	}
	line, body, found := bytes.Cut(text, []byte("\n"))
	var head cached
	if !found || json.Unmarshal(line, &head) != nil || head.Digest != digest(body) {
		return nil, nil // half of an entry is none
	}
	return source.NewFile(head.Final, source.DisplayName(uri), body), &head
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// put keeps a document: whole, or not at all.
func (c *Cache) put(uri string, f *source.File) error {
	final, err := url.Parse(f.URI())
	if err != nil {
		return fmt.Errorf("the address cannot be parsed")
	}
	final.User, final.RawQuery = nil, ""
	head, err := json.Marshal(cached{
		Address: source.Redact(uri), Final: final.String(), Fetched: time.Now().UTC().Truncate(time.Second), Digest: digest(f.Data()),
	})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(c.dir, ".new-*") // readable for its owner alone
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // it is gone where all went well
	_, err = temporary.Write(append(append(head, '\n'), f.Data()...))
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), c.path(uri))
}
