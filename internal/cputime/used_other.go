//go:build !unix

package cputime

import "time"

// Used is not told by this system.
func Used() time.Duration { return 0 }
