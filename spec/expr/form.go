package expr

import (
	"errors"
	"net/url"
)

// ReadForm reads a text that is application/x-www-form-urlencoded as the object
// that replacements work on: a name that is given several times has an array.
func ReadForm(text string) (map[string]any, error) {
	values, err := url.ParseQuery(text)
	if err != nil {
		return nil, errors.New("the text is no form: names and values are joined by = and &, and escaped by %")
	}
	object := make(map[string]any, len(values))
	for name, list := range values {
		if len(list) == 1 {
			object[name] = list[0]
			continue
		}
		items := make([]any, len(list))
		for i, v := range list {
			items[i] = v
		}
		object[name] = items
	}
	return object, nil
}
