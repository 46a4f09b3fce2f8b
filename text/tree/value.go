package tree

import "encoding/json"

// Value returns the node as plain Go data, the form in which messages and
// expressions see it: nil, bool, json.Number, string, []any, map[string]any.
// Where a key is written twice the first counts, as with Get.
func (n *Node) Value() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Bool:
		return n.Text == "true"
	case Number:
		return json.Number(n.Text)
	case String:
		return n.Text
	case Sequence:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = item.Value()
		}
		return list
	case Mapping:
		object := make(map[string]any, len(n.Members))
		for i := len(n.Members) - 1; i >= 0; i-- {
			object[n.Members[i].Key.Text] = n.Members[i].Value.Value()
		}
		return object
	}
	return nil
}
