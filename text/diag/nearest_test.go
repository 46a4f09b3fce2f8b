package diag_test

import (
	"strings"
	"testing"

	"github.com/weft-dev/weft/text/diag"
)

func TestNearestFindsWhatWasMeant(t *testing.T) {
	t.Parallel()
	fields := []string{"asyncapi", "info", "channels", "operations", "components", "servers", "defaultContentType", "x-owner"}
	tests := []struct{ name, want string }{
		{"chanels", "channels"},
		{"Channels", "channels"},
		{"channle", "channels"},
		{"compnoents", "components"},
		{"opertaions", "operations"},
		{"inof", "info"},
		{"defaultcontentype", "defaultContentType"},
		{"paths", ""},
		{"", ""},
		{"zzzzzzzz", ""},
		{"channels", ""}, // a name is not its own correction
		{strings.Repeat("channels", 100), ""},
	}
	for _, test := range tests {
		if got := diag.Nearest(test.name, fields); got != test.want {
			t.Errorf("Nearest(%q) is %q, want %q", test.name, got, test.want)
		}
	}
	if got := diag.Nearest("grösse", []string{"größe"}); got != "größe" {
		t.Errorf("beyond ASCII: got %q", got)
	}
}

func TestDidYouMeanIsAQuestionOrNothing(t *testing.T) {
	t.Parallel()
	if got, want := diag.DidYouMean("chanels", []string{"channels"}), `did you mean "channels"?`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := diag.DidYouMean("chanels", nil); got != "" {
		t.Errorf("got %q, want nothing", got)
	}
}
