package engine

import (
	"errors"

	"github.com/weft-dev/weft/wire/driver"
)

// Away reports whether an error says no more than that a server is not there
// now: it may be when it is asked again. One that is just going may also break
// off in the middle of a word.
func Away(err error) bool {
	for _, kind := range []error{driver.ErrUnreachable, driver.ErrTimeout, driver.ErrProtocol} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return driver.Retryable(err)
}
