package edit

import (
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/tree"
)

// FormatAddresses writes the addresses of channels as a convention has them,
// where they can be mended in one way only: old forms of the topic definition
// become those of today. Addresses that would still be wrong stay, and are told.
func (s *Session) FormatAddresses(convention *topic.Convention) error {
	docs, err := s.asyncAPI()
	if err != nil {
		return err
	}
	var keys []Rename // 2.x, where the key is the address
	done := map[*tree.Node]bool{}
	for _, d := range docs {
		for _, c := range d.model.Channels {
			at := s.addressNode(d, c)
			if at == nil || done[at] {
				continue
			}
			done[at] = true
			mended, ok := s.mended(convention, c.Address)
			switch {
			case !ok:
			case d.model.Major() == 2:
				keys = append(keys, Rename{Kind: "channel", Old: c.Name, New: mended, Address: true})
			default:
				s.patch.Replace(at, tree.NewString(mended))
				s.note("the address %q is %q now", c.Address, mended)
			}
		}
	}
	if err := s.apply(); err != nil {
		return err
	}
	for _, key := range keys {
		if err := s.Rename(key); err != nil {
			return err
		}
	}
	return nil
}

// addressNode is what says the address of a channel, if it may be changed here.
func (s *Session) addressNode(d *document, c *asyncapi.Channel) *tree.Node {
	at := c.Node.Get("address")
	if d.model.Major() == 2 {
		at = d.Root.Get("channels").Get(c.Name)
	}
	if !c.HasAddress || !s.given(at) {
		return nil
	}
	return at
}

// mended is an address as the convention has it; false where it is right, or
// nobody can tell what it should be.
func (s *Session) mended(convention *topic.Convention, address string) (string, bool) {
	reading := convention.Parse(address, "")
	if reading.Suggested == "" {
		if !reading.Valid() {
			s.note("the address %q stays: %s", address, reading.Problems[0].Message)
		}
		return "", false
	}
	after := convention.Parse(reading.Suggested, reading.Separator)
	if !after.Valid() {
		s.note("the address %q stays: %s", address, after.Problems[0].Message)
		return "", false
	}
	return reading.Suggested, true
}
