package topic

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/weft-dev/weft/text/diag"
)

// CheckAddress says what is wrong with an address on a protocol: characters,
// length, wildcards and beginnings that are reserved. The values of parameters
// in braces are not known, so each counts as one character that is right. A
// protocol that is not in the table allows everything.
//
// A wildcard that stands where it may is a Warning of CodeWildcard: right in a
// subscription, wrong where something is sent.
func CheckAddress(protocol, address string) []Problem {
	p, ok := ProtocolOf(protocol)
	if !ok {
		return nil
	}
	c := &addressCheck{p: p, address: address}
	c.name, c.offset = p.unwrap(address)
	c.length()
	c.characters()
	c.levels()
	c.reserved()
	c.habits()
	sortProblems(c.problems)
	return c.problems
}

// unwrap returns the name in an address that also names its place, and where it
// begins.
func (p *Protocol) unwrap(address string) (name string, offset int) {
	for _, w := range p.Wrap {
		if strings.HasPrefix(address, w.Prefix) {
			offset = strings.LastIndex(address, w.Cut) + len(w.Cut)
			return address[offset:], offset
		}
	}
	return address, 0
}

type addressCheck struct {
	p             *Protocol
	address, name string
	offset        int // of the name in the address
	problems      []Problem
}

func (c *addressCheck) report(severity diag.Severity, code diag.Code, start, end int, help, format string, args ...any) {
	c.problems = append(c.problems, Problem{
		Code: code, Severity: severity, Message: fmt.Sprintf(format, args...), Help: help,
		Start: c.offset + start, End: c.offset + end,
	})
}

func (c *addressCheck) length() {
	size := len(outsideBraces(c.name)) + parameters(c.name)
	switch {
	case c.name == "" && c.p.Min > 0:
		c.report(diag.Error, CodeLength, 0, 0, "name the channel", "an address on %s cannot be empty", c.p.Title)
	case size < c.p.Min && parameters(c.name) == 0:
		c.report(diag.Error, CodeLength, 0, len(c.name), "", "the address has %s; %s wants at least %d", count(size, "character"), c.p.Title, c.p.Min)
	case c.p.Max > 0 && size > c.p.Max:
		c.report(diag.Error, CodeLength, 0, len(c.name), "choose shorter words", "the address has %d bytes; %s allows %d", size, c.p.Title, c.p.Max)
	}
}

// parameters counts the parameters in an address.
func parameters(name string) int {
	n := 0
	for _, r := range pieces(name) {
		if r.parameter {
			n++
		}
	}
	return n
}

// run is a piece of an address: plain text, or a parameter in braces.
type run struct {
	start, end int
	parameter  bool
}

func pieces(name string) []run {
	var list []run
	for at := 0; at < len(name); {
		open := strings.IndexByte(name[at:], '{')
		length := -1
		if open >= 0 {
			length = strings.IndexByte(name[at+open:], '}')
		}
		if length < 0 {
			return append(list, run{start: at, end: len(name)})
		}
		if open > 0 {
			list = append(list, run{start: at, end: at + open})
		}
		list = append(list, run{start: at + open, end: at + open + length + 1, parameter: true})
		at += open + length + 1
	}
	return list
}

func (c *addressCheck) characters() {
	body := len(c.name)
	if c.p.Suffix != "" && strings.HasSuffix(c.name, c.p.Suffix) {
		body -= len(c.p.Suffix)
	}
	for _, r := range pieces(c.name) {
		if r.parameter {
			continue
		}
		for i, char := range c.name[r.start:min(r.end, max(body, r.start))] {
			if !c.p.allows(char) {
				c.badCharacter(char, r.start+i)
				return
			}
		}
	}
}

func (c *addressCheck) badCharacter(char rune, at int) {
	what := quote(string(char))
	if char == ' ' || char == 0xa0 {
		what = "a blank"
	}
	help := "leave it out"
	if c.p.Allowed != "" {
		help = "use " + describeClass(c.p.Allowed)
	}
	if strings.ContainsRune("./:-_", char) && c.p.Allowed != "" {
		help = fmt.Sprintf("separate the parts of a name by %s: %s", quote(c.p.Separator), help)
	}
	c.report(diag.Error, CodeAddress, at, at+max(1, utf8.RuneLen(char)), help, "%s does not allow %s in an address", c.p.Title, what)
}

// describeClass puts a class of characters in words.
func describeClass(class string) string {
	rest := strings.NewReplacer("a-z", "", "A-Z", "", "0-9", "").Replace(class)
	if rest == "" {
		return "letters and digits"
	}
	return "letters, digits and " + strings.Join(strings.Split(rest, ""), " ")
}

// levels checks the parts: wildcards, and parts that are empty.
func (c *addressCheck) levels() {
	if c.p.One == "" && !c.p.Full && c.p.Levels == 0 {
		return
	}
	body, skip := c.name, 0
	if c.p.Lead != "" && strings.HasPrefix(body, c.p.Lead) {
		body, skip = body[len(c.p.Lead):], len(c.p.Lead)
	}
	parts := cut(body, c.p.Separator)
	if c.p.Levels > 0 && len(parts) > c.p.Levels {
		c.report(diag.Error, CodeLength, 0, len(c.name), "", "the address has %d levels; %s allows %d", len(parts), c.p.Title, c.p.Levels)
	}
	for i, part := range parts {
		part.Start, part.End = part.Start+skip, part.End+skip
		switch {
		case part.Text == "" && c.p.Full && c.name != "":
			c.report(diag.Error, CodeAddress, max(0, part.Start-1), min(len(c.name), part.End+1), "remove one "+quote(c.p.Separator),
				"a part of the address is empty, which %s does not allow", c.p.Title)
			return
		case c.p.One != "":
			c.wildcard(part, i == len(parts)-1)
		}
	}
}

func (c *addressCheck) wildcard(part Part, last bool) {
	switch text := part.Text; {
	case text == c.p.One:
	case text == c.p.Many && (last || c.p.Name == "amqp"):
	case text == c.p.Many:
		c.report(diag.Error, CodeWildcard, part.Start, part.End, "", "the wildcard %s must be the last part on %s", c.p.Many, c.p.Title)
		return
	case c.p.Name == "solace" && len(text) > 1 && strings.HasSuffix(text, "*"):
	case strings.ContainsAny(outsideBraces(text), c.p.One+c.p.Many):
		if c.p.Name == "solace" || c.p.Name == "amqp" {
			return // only characters there
		}
		c.report(diag.Error, CodeWildcard, part.Start, part.End, "let it stand alone between "+quote(c.p.Separator),
			"a wildcard is a whole part on %s; %s mixes it with others", c.p.Title, quote(text))
		return
	default:
		return
	}
	c.report(diag.Warning, CodeWildcard, part.Start, part.End, "use a parameter, such as {id}, in the place of the wildcard",
		"%s is a wildcard of %s: it can be subscribed to, and nothing can be sent to it", quote(part.Text), c.p.Title)
}

func (c *addressCheck) reserved() {
	for _, r := range c.p.Reserved {
		if strings.HasPrefix(c.name, r.Prefix) {
			c.report(r.Severity, CodeReserved, 0, len(r.Prefix), "begin it with another word", "%s", r.Why)
			return
		}
	}
}

// habits are what single protocols add, and no table would make plainer.
func (c *addressCheck) habits() {
	plain := outsideBraces(c.name)
	switch c.p.Name {
	case "kafka":
		if c.name == "." || c.name == ".." {
			c.report(diag.Error, CodeAddress, 0, len(c.name), "name the topic", "%s is not a name of a topic on Kafka", quote(c.name))
		}
		if strings.Contains(plain, ".") && strings.Contains(plain, "_") {
			at := strings.IndexByte(c.name, '_')
			c.report(diag.Info, CodeCollision, at, at+1, "use - in the place of one of them",
				"Kafka writes . as _ in the names of metrics, so that topics which differ only there collide")
		}
	case "googlepubsub":
		if first, _ := utf8.DecodeRuneInString(c.name); c.name != "" && first != '{' && c.p.allows(first) && !isLetter(first) {
			c.report(diag.Error, CodeAddress, 0, utf8.RuneLen(first), "begin it with a letter", "a name on %s begins with a letter", c.p.Title)
		}
	case "ros2":
		if at := strings.Index(c.name, "__"); at >= 0 {
			c.report(diag.Error, CodeAddress, at, at+2, "write one underscore", "a name on ROS 2 has no two underscores in a row")
		}
	}
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
