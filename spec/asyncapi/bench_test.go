package asyncapi_test

import (
	"testing"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/shape"
)

// BenchmarkCompile is what the first document of a version costs beyond itself.
func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		shape.MustCompile(asyncapi.Tables(), "3.0")
	}
}
