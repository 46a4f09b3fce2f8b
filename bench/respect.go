package main

import (
	"os"
	"path/filepath"
)

// respect is Redocly's runner of Arazzo documents with a chain to run, or why
// there is none. It judges each answer by its contract, too, as it does unless
// told otherwise; weft judges what the document asks for.
func respect(document, server string) (peer command, why string) {
	program := os.Getenv("WEFT_RESPECT")
	if program == "" {
		local, err := filepath.Abs(filepath.Join(".work", "peers", "respect", "node_modules", ".bin", "redocly"))
		if _, missing := os.Stat(local); err == nil && missing == nil {
			program = local
		}
	}
	if program == "" {
		return command{}, "Redocly's respect is not installed; make conformance installs it, or name its program in WEFT_RESPECT"
	}
	return command{
		words:  []string{program, "respect", document, "--server", "Links=" + server},
		prints: "1 passed, 1 total",
		// It reports its use and looks for updates over the network unless told not to.
		env: []string{"CI=true", "NO_COLOR=1", "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true"},
	}, ""
}
