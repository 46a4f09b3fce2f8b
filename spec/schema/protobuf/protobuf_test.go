package protobuf_test

import (
	"context"
	"slices"
	"testing"

	"github.com/weft-dev/weft/spec/schema/protobuf"
	"github.com/weft-dev/weft/text/diag"
)

// check returns the findings about a text that stands alone.
func check(text string) []diag.Diagnostic {
	_, found := protobuf.Parse(context.Background(), "order.proto", text, nil)
	return found
}

func TestRulesHoldByTheirExamples(t *testing.T) {
	t.Parallel()
	for _, rule := range protobuf.Rules() {
		if rule.Summary == "" || rule.Why == "" {
			t.Errorf("%s says too little", rule.Code)
		}
		if rule.Good == "" {
			continue
		}
		if found := check(rule.Good); len(found) > 0 {
			t.Errorf("%s: the good example has %s: %s", rule.Code, found[0].Code, found[0].Message)
		}
		found := check(rule.Bad)
		at := slices.IndexFunc(found, func(d diag.Diagnostic) bool { return d.Code == rule.Code })
		if at < 0 {
			t.Errorf("%s: the bad example has %v", rule.Code, found)
			continue
		}
		if found[at].Severity != rule.Severity || !found[at].Span.IsValid() {
			t.Errorf("%s: found as %v at %v", rule.Code, found[at].Severity, found[at].Span)
		}
	}
}
