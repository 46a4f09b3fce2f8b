package http

import (
	"encoding/base64"
	"errors"
	"mime"
)

// content is bytes that plain data cannot hold as they are.
type content struct {
	name, media string
	data        []byte
}

// readFile reads the object in place of a value that is a file: "text" or
// "base64", and perhaps "filename" and "contentType". An object with any other
// member is none.
func readFile(value any) (file content, ok bool, err error) {
	object, isObject := value.(map[string]any)
	if !isObject {
		return content{}, false, nil
	}
	text, hasText := object["text"].(string)
	coded, hasCoded := object["base64"].(string)
	file.name, _ = object["filename"].(string)
	file.media, _ = object["contentType"].(string)
	if hasText == hasCoded || len(object) != count(true, file.name != "", file.media != "") || file.name == "" && file.media == "" && hasText {
		return content{}, false, nil
	}
	if file.media != "" {
		if _, _, err := mime.ParseMediaType(file.media); err != nil {
			return content{}, false, errors.New("the contentType of the file cannot be read")
		}
	}
	file.data = []byte(text)
	if hasCoded {
		if file.data, err = base64.StdEncoding.DecodeString(coded); err != nil {
			return content{}, false, errors.New("the base64 of the file cannot be read")
		}
	}
	return file, true, nil
}

// count is how many are true.
func count(facts ...bool) int {
	n := 0
	for _, fact := range facts {
		if fact {
			n++
		}
	}
	return n
}
