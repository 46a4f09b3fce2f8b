package edit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/tree"
)

// Set puts a value at a place of every document: a JSON Pointer, such as
// /info/version. What stands there is replaced; the objects on the way are made
// where they are missing. An index one behind the end of a list adds an item.
func (s *Session) Set(pointer string, value *tree.Node) error {
	pointer = strings.TrimPrefix(pointer, "#")
	if pointer == "" || pointer[0] != '/' {
		return fmt.Errorf("%q is no place in a document: write a JSON Pointer such as /info/version", pointer)
	}
	tokens := strings.Split(pointer[1:], "/")
	for i := range tokens {
		tokens[i] = tree.UnescapePointer(tokens[i])
	}
	for _, d := range s.docs {
		if err := s.setIn(d.Root, tokens, value); err != nil {
			return fmt.Errorf("%s: %w", d.File.Name(), err)
		}
	}
	return s.apply()
}

func (s *Session) setIn(n *tree.Node, tokens []string, value *tree.Node) error {
	for i, token := range tokens {
		next := n.At("/" + tree.EscapePointer(token))
		switch {
		case next != nil && i == len(tokens)-1:
			s.patch.Replace(next, value.Clone())
			return nil
		case next != nil:
			n = next
			continue
		}
		made := value.Clone()
		for j := len(tokens) - 1; j > i; j-- {
			if tokens[j] == "0" || tokens[j] == "-" {
				made = tree.NewArray(made)
			} else {
				made = object(tokens[j], made)
			}
		}
		switch {
		case n.Is(tree.Mapping) || n.Is(tree.Null):
			s.patch.Add(n, token, made)
			return nil
		case n.Is(tree.Sequence) && (token == "-" || token == strconv.Itoa(n.Len())):
			s.patch.Append(n, made)
			return nil
		}
		return fmt.Errorf("%q has no %q, and none can be made: it is %s", n.Path(), token, n.Kind)
	}
	return nil
}
