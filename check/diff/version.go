package diff

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/internal/lazy"
	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// version holds the document's own version against what changed: whoever breaks
// others must say so by the number that they look at.
func (d *differ) version() {
	if len(d.report.Changes) == 0 || d.new.doc.Info.Version == "" && d.old.doc.Info.Version == "" {
		return
	}
	d.addresses()
	before, after := d.old.doc.Info, d.new.doc.Info
	need := d.needs()
	if need == none {
		return
	}
	a, ok := parseVersion(before.Version)
	b, ok2 := parseVersion(after.Version)
	at := func(n *tree.Node) *tree.Node { return cmpNode(n.Get("version"), n) }
	c := change(codeVersionBump, diag.Warning, Source, "info.version", at(before.Node), at(after.Node))
	switch {
	case !ok || !ok2:
		if before.Version != after.Version {
			return // a scheme of its own that was followed, for all that is known
		}
		c.What = fmt.Sprintf("the version is still %q", after.Version)
	case a.bump(b) >= need:
		return
	case a.bump(b) < 0:
		c.What = fmt.Sprintf("the version went back from %s to %s", before.Version, after.Version)
	case before.Version == after.Version:
		c.What = fmt.Sprintf("the version is still %s", after.Version)
	default:
		c.What = fmt.Sprintf("the version went only from %s to %s", before.Version, after.Version)
	}
	c.Why = fmt.Sprintf("%s; readers of the number expect at least %s", need.reason(), or(a.next(need), "another"))
	d.add(c)
}

// bump is a step of a version.
type bump int

const (
	back bump = iota - 1
	none
	patch
	minor
	major
)

func (b bump) reason() string {
	if b == major {
		return "something breaks others"
	}
	return "the contract changed"
}

// needs is the least step that the changes ask for.
func (d *differ) needs() bump {
	need := none
	for i := range d.report.Changes {
		c := &d.report.Changes[i]
		switch {
		case c.Code == codeAddressVersion:
		case d.report.Breaking(c, JSON):
			return major
		default:
			need = minor
		}
	}
	return need
}

type version struct{ parts [3]int }

func parseVersion(s string) (version, bool) {
	s = strings.TrimPrefix(s, "v")
	if cut := strings.IndexAny(s, "-+"); cut >= 0 {
		s = s[:cut]
	}
	fields := strings.Split(s, ".")
	var v version
	if len(fields) > 3 {
		return v, false
	}
	for i, f := range fields {
		n, err := strconv.Atoi(f)
		if err != nil || n < 0 {
			return v, false
		}
		v.parts[i] = n
	}
	return v, true
}

// bump is the step from one version to the next. Before 1.0.0 the second number
// stands for the first (Semantic Versioning 2.0.0, rule 4 and common use).
func (v version) bump(to version) bump {
	for i := range v.parts {
		switch {
		case to.parts[i] < v.parts[i]:
			return back
		case to.parts[i] == v.parts[i]:
			continue
		case i == 0 || i == 1 && v.parts[0] == 0:
			return major
		case i == 1 || i == 2 && v.parts[0] == 0:
			return minor
		}
		return patch
	}
	return none
}

func (v version) next(b bump) string {
	switch {
	case b == major && v.parts[0] > 0:
		return fmt.Sprintf("%d.0.0", v.parts[0]+1)
	case b == major, b == minor && v.parts[0] > 0:
		return fmt.Sprintf("%d.%d.0", v.parts[0], v.parts[1]+1)
	case b == minor:
		return fmt.Sprintf("%d.%d.%d", v.parts[0], v.parts[1], v.parts[2]+1)
	}
	return ""
}

var addressVersion = lazy.Of[*regexp.Regexp]{Make: func() *regexp.Regexp { return regexp.MustCompile(`(^|[./_-])v([0-9]+)($|[./_-])`) }}

// unnumbered is an address without the version in it: a part such as "v2", or
// the number in the third place of the topic definition.
func unnumbered(address string) string {
	if plain := addressVersion.Get().ReplaceAllString(address, "$1$3"); plain != address {
		return plain
	}
	definition := topic.Definition().Parse(address, "")
	kind, version := definition.Get(topic.Type), definition.Get(topic.Version)
	if kind != topic.Event && kind != topic.Command || strings.Trim(version, "0123456789") != "" {
		return address
	}
	for _, part := range definition.Parts {
		if part.Role == topic.Version && part.Start < part.End {
			return address[:part.Start] + address[part.End:]
		}
	}
	return address
}

func hasNumber(address string) bool { return unnumbered(address) != address }

// addresses holds versions in addresses ("orders.v1") against what changed
// there: a break of a payload wants a new one.
func (d *differ) addresses() {
	broken := map[string]bool{}
	for i := range d.report.Changes {
		if c := &d.report.Changes[i]; d.report.Breaking(c, JSON) && c.channel != "" {
			broken[c.channel] = true
		}
	}
	for _, pair := range d.pairs {
		b := pair.new
		switch {
		case !hasNumber(b.Address):
		case pair.old.Address != b.Address:
			d.renumbered(pair.old, b, broken[b.Name])
		case broken[b.Name]:
			c := change(codeAddressVersion, diag.Warning, Source, channelName(b), addressNode(pair.old), addressNode(b))
			c.What = fmt.Sprintf("the version in the address %q did not change", b.Address)
			c.Why = "the messages there are no longer compatible, which is what the number is for; send the new form to the next version's address and keep this one for the old"
			d.add(c)
		}
	}
}
