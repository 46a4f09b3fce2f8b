package protobuf

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// foreignRules are texts by which others add rules for values, and foreignTags
// the tags in comments that some tools read as such.
var (
	foreignRules = []string{"buf/validate/validate.proto", "validate/validate.proto"}
	foreignTags  = []string{"@Min ", "@Max ", "@Pattern ", "@Default ", "@Example "}
)

// unjudged tells once that a text has rules for values which are not looked
// at, so that nobody takes silence for consent.
func (l *linked) unjudged() {
	data := l.unit.data
	for _, name := range foreignRules {
		if at := strings.Index(data, `"`+name+`"`); at >= 0 {
			l.unjudgedAt(at, at+len(name)+2, fmt.Sprintf("the rules for values that %q adds are not judged", name))
			return
		}
	}
	for _, tag := range foreignTags {
		if at := strings.Index(data, tag); at >= 0 {
			l.unjudgedAt(at, at+len(tag)-1, fmt.Sprintf("tags in comments, as %s, are not judged", strings.TrimSpace(tag)))
			return
		}
	}
}

func (l *linked) unjudgedAt(start, end int, message string) {
	d := l.unit.finding(CodeUnjudged, diag.Info, start, end, message)
	d.Help = "messages and examples that break them pass here; let the tool that reads them judge those"
	l.findings = append(l.findings, d)
}
