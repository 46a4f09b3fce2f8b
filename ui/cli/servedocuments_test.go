package cli

import "testing"

// The documents that describe the service's own API are judged as anybody's.
func TestTheDocumentsOfTheServiceAreValid(t *testing.T) {
	t.Parallel()
	ran(t, exitFine, "validate", "../../flow/service/openapi.yaml", "../../flow/service/asyncapi.yaml", "--fail-on", "warning")
}
