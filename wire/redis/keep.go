package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"

	goredis "github.com/redis/go-redis/v9"

	"github.com/weft-dev/weft/wire/driver"
)

var (
	_ driver.Keeper = (*channelConn)(nil)
	_ driver.Keeper = (*streamConn)(nil)
)

// maxKept bounds how many values of a shelf are read.
const maxKept = 100_000

// Keep keeps a value in a hash, whose key is the shelf.
func (c *conn) Keep(ctx context.Context, shelf, name string, value []byte) error {
	if value == nil {
		return c.fail(c.main.HDel(ctx, shelf, name).Err(), "keep", shelf)
	}
	return c.fail(c.main.HSet(ctx, shelf, name, value).Err(), "keep", shelf)
}

// Kept returns a field of the hash.
func (c *conn) Kept(ctx context.Context, shelf, name string) ([]byte, error) {
	value, err := c.main.HGet(ctx, shelf, name).Bytes()
	if errors.Is(err, goredis.Nil) {
		return nil, nil
	}
	return value, c.fail(err, "look up", shelf)
}

// KeptUnder reads the hash in pieces, so that the server is not held up by a
// large one.
func (c *conn) KeptUnder(ctx context.Context, shelf, prefix string) (map[string][]byte, error) {
	values := map[string][]byte{} // a scan may name a field twice
	for cursor := uint64(0); ; {
		fields, next, err := c.main.HScan(ctx, shelf, cursor, "", page).Result()
		if err != nil {
			return nil, c.fail(err, "look up", shelf)
		}
		for i := 0; i+1 < len(fields); i += 2 {
			if strings.HasPrefix(fields[i], prefix) {
				values[fields[i]] = []byte(fields[i+1])
			}
		}
		if len(values) > maxKept {
			return nil, c.fail(unsupportedError{fmt.Errorf("more than %d values are kept there", maxKept)}, "look up", shelf)
		}
		if cursor = next; cursor == 0 {
			return values, nil
		}
	}
}
