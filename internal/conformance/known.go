package conformance

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// Known reads a list of known failures: lines of "NAME: REASON".
func Known(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	known := map[string]string{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("%s: %q gives no reason: write NAME: REASON", path, line)
		}
		known[name] = reason
	}
	return known, lines.Err()
}
