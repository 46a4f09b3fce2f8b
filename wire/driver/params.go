package driver

import (
	"fmt"
	"slices"
	"strings"
)

// CheckParams returns an error for a name in params that is not among known,
// so that a misspelt option is never silently without effect.
func CheckParams(params map[string]string, known ...string) error {
	var unknown []string
	for name := range params {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	if len(known) == 0 {
		return fmt.Errorf("unknown parameter %q: there are none here", unknown[0])
	}
	return fmt.Errorf("unknown parameter %q: there is %s", unknown[0], strings.Join(known, ", "))
}

// String returns the server as people are shown it: without user, password or
// parameters.
func (s Server) String() string {
	text := s.Protocol + "://" + strings.Join(s.Hosts, ",")
	if s.Path != "" {
		text += "/" + s.Path
	}
	return text
}
