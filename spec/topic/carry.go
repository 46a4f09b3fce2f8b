package topic

import (
	"fmt"
	"strings"

	"github.com/weft-dev/weft/text/diag"
)

// Map carries a name from the form of one protocol to that of another: "a.b.c"
// on Kafka is "a/b/c" on MQTT. What it returns maps back to the same name; a
// name for which that is not so is refused, with the reason.
func Map(name, from, to string) (string, error) {
	source, err := protocolNamed(from)
	if err != nil {
		return "", err
	}
	target, err := protocolNamed(to)
	if err != nil {
		return "", err
	}
	if err := source.fits(from, name); err != nil {
		return "", err
	}
	mapped, err := carry(name, source, target)
	if err != nil {
		return "", fmt.Errorf("%s cannot be carried from %s to %s: %w", quote(name), source.Title, target.Title, err)
	}
	if err := target.fits(to, mapped); err != nil {
		return "", fmt.Errorf("%s cannot be carried from %s to %s: %w", quote(name), source.Title, target.Title, err)
	}
	back, err := carry(mapped, target, source)
	if err != nil || back != name {
		return "", fmt.Errorf("%s cannot be carried from %s to %s: %s would come back as %s", quote(name), source.Title, target.Title, quote(mapped), quote(back))
	}
	return mapped, nil
}

func protocolNamed(name string) (*Protocol, error) {
	p, ok := ProtocolOf(name)
	if ok {
		return p, nil
	}
	help := diag.DidYouMean(name, protocolNames())
	if help == "" {
		help = "known are " + strings.Join(protocolNames(), ", ")
	}
	return nil, fmt.Errorf("there is no protocol %s; %s", quote(name), help)
}

// fits refuses an address that has errors on a protocol, and one that is no
// single name.
func (p *Protocol) fits(protocol, address string) error {
	for _, problem := range CheckAddress(protocol, address) {
		if problem.Severity >= diag.Error || problem.Code == CodeWildcard {
			return fmt.Errorf("%s: %s", quote(address), problem.Message)
		}
	}
	if _, offset := p.unwrap(address); offset > 0 {
		return fmt.Errorf("%s names more than a name: its place; give the name alone", quote(address))
	}
	return nil
}

func carry(name string, from, to *Protocol) (string, error) {
	body := name
	if from.Lead != "" {
		var ok bool
		if body, ok = strings.CutPrefix(name, from.Lead); !ok {
			return "", fmt.Errorf("on %s it begins with %s", from.Title, quote(from.Lead))
		}
	}
	suffix := ""
	if from.Suffix != "" && strings.HasSuffix(body, from.Suffix) {
		if to.Suffix != from.Suffix {
			return "", fmt.Errorf("%s has no %s", to.Title, quote(from.Suffix))
		}
		body, suffix = strings.TrimSuffix(body, from.Suffix), from.Suffix
	}
	if from.Separator == to.Separator {
		return to.Lead + body + suffix, nil
	}
	parts := cut(body, from.Separator)
	for _, p := range parts {
		switch {
		case p.Text == "":
			return "", fmt.Errorf("a part of it is empty")
		case strings.Contains(outsideBraces(p.Text), to.Separator):
			return "", fmt.Errorf("the part %s holds %s, which separates parts there", quote(p.Text), quote(to.Separator))
		}
	}
	return to.Lead + join(parts, to.Separator) + suffix, nil
}
