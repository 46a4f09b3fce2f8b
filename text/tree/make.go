package tree

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// NewString returns a string that stands nowhere yet.
func NewString(text string) *Node { return &Node{Kind: String, Text: text} }

// NewObject returns an object without members.
func NewObject() *Node { return &Node{Kind: Mapping} }

// NewArray returns an array of values, which become its own.
func NewArray(items ...*Node) *Node {
	n := &Node{Kind: Sequence}
	for _, item := range items {
		n.Append(item)
	}
	return n
}

// Append adds a value to the end of an array.
func (n *Node) Append(item *Node) {
	item.Parent, item.Key, item.Index = n, nil, len(n.Items)
	n.Items = append(n.Items, item)
}

// Set puts a value under a key of an object: in the place of the one that is
// there, or else at the end.
func (n *Node) Set(key string, value *Node) {
	if i, ok := n.place(key); ok {
		value.Parent, value.Key, value.Index = n, n.Members[i].Key, i
		n.Members[i].Value = value
		return
	}
	k := NewString(key)
	value.Parent, value.Key, value.Index = n, k, len(n.Members)
	n.Members = append(n.Members, Member{Key: k, Value: value})
	switch {
	case n.index != nil:
		n.index[key] = len(n.Members) - 1
	case len(n.Members) == indexFrom:
		n.reindex()
	}
}

// Remove takes the member with a key out of an object, where there is one.
func (n *Node) Remove(key string) {
	i, ok := n.place(key)
	if !ok {
		return
	}
	n.Members = slices.Delete(n.Members, i, i+1)
	for ; i < len(n.Members); i++ {
		n.Members[i].Value.Index = i
	}
	n.reindex()
}

// Fill gives an object these members, which become its own, in place of those
// it has. Each key is there once.
func (n *Node) Fill(members []Member) {
	n.Members = members
	for i, m := range n.Members {
		m.Value.Parent, m.Value.Key, m.Value.Index = n, m.Key, i
	}
	n.reindex()
}

// Rename gives the member with a key another key, in its place. There must be
// no member of that name.
func (n *Node) Rename(key, name string) {
	i, ok := n.place(key)
	if !ok {
		return
	}
	k := *n.Members[i].Key
	k.Text = name
	n.Members[i].Key, n.Members[i].Value.Key = &k, &k
	n.reindex()
}

// place is the number of the member that has a key, the first of its name.
func (n *Node) place(key string) (int, bool) {
	if n == nil {
		return 0, false
	}
	if n.index != nil {
		i, ok := n.index[key]
		return i, ok
	}
	for i := range n.Members {
		if n.Members[i].Key.Text == key {
			return i, true
		}
	}
	return 0, false
}

// Clone returns a copy of a value with all that is in it. The copy stands
// nowhere (it has no parent), keeps the spans it was written at, and holds no
// aliases: what was one is written out.
func (n *Node) Clone() *Node {
	if n == nil {
		return nil
	}
	c := &Node{Kind: n.Kind, Span: n.Span, Text: n.Text, Comments: n.Comments}
	for _, item := range n.Items {
		c.Append(item.Clone())
	}
	for _, m := range n.Members {
		if n.Get(m.Key.Text) != m.Value {
			continue // a key that is written twice counts once
		}
		c.Members = append(c.Members, Member{Key: m.Key, Value: m.Value.Clone()})
	}
	for i, m := range c.Members {
		m.Value.Parent, m.Value.Key, m.Value.Index = c, m.Key, i
	}
	c.reindex()
	return c
}

// FromValue returns a node of plain data, as Value gives it. The members of an
// object are in the order of their keys, since a Go map has none.
func FromValue(v any) (*Node, error) {
	switch v := v.(type) {
	case nil:
		return &Node{Kind: Null, Text: "null"}, nil
	case bool:
		return &Node{Kind: Bool, Text: strconv.FormatBool(v)}, nil
	case string:
		return NewString(v), nil
	case json.Number:
		return numberNode(v.String())
	case int:
		return numberNode(strconv.Itoa(v))
	case int64:
		return numberNode(strconv.FormatInt(v, 10))
	case float64:
		text, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("%v is not a number that JSON can hold", v)
		}
		return numberNode(string(text))
	case []any:
		return arrayNode(v)
	case map[string]any:
		return objectNode(v)
	}
	return nil, fmt.Errorf("a %T is not a value of JSON", v)
}

func numberNode(text string) (*Node, error) {
	number, ok := decimalOf(text)
	if !ok {
		return nil, fmt.Errorf("%s is not a number", quote(text))
	}
	return &Node{Kind: Number, Text: number}, nil
}

func arrayNode(list []any) (*Node, error) {
	n := NewArray()
	for _, v := range list {
		item, err := FromValue(v)
		if err != nil {
			return nil, err
		}
		n.Append(item)
	}
	return n, nil
}

func objectNode(object map[string]any) (*Node, error) {
	n := NewObject()
	for _, key := range slices.Sorted(maps.Keys(object)) {
		value, err := FromValue(object[key])
		if err != nil {
			return nil, err
		}
		k := NewString(key)
		value.Parent, value.Key, value.Index = n, k, len(n.Members)
		n.Members = append(n.Members, Member{Key: k, Value: value})
	}
	n.reindex()
	return n, nil
}

// reindex makes the index of a large object anew.
func (n *Node) reindex() {
	n.index = nil
	if len(n.Members) < indexFrom {
		return
	}
	n.index = make(map[string]int, len(n.Members))
	for i := range n.Members {
		if _, twice := n.index[n.Members[i].Key.Text]; !twice {
			n.index[n.Members[i].Key.Text] = i
		}
	}
}
