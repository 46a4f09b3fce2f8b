package conformance

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"strings"
)

// partsOf are the parts of a multipart body as fixtures state them, whatever
// stands between them; nil where it is none.
func partsOf(h hit) []any {
	kind, params, err := mime.ParseMediaType(h.headers.Get("Content-Type"))
	if err != nil || !strings.HasPrefix(kind, "multipart/") {
		return nil
	}
	list := []any{}
	for reader := multipart.NewReader(bytes.NewReader(h.body), params["boundary"]); ; {
		part, err := reader.NextRawPart()
		if err != nil {
			return list // what is no part is missing from the list
		}
		data, err := io.ReadAll(part)
		if err != nil {
			return list
		}
		said := map[string]any{}
		for name, value := range map[string]string{"name": part.FormName(), "filename": part.FileName(), "type": part.Header.Get("Content-Type")} {
			if value != "" {
				said[name] = value
			}
		}
		var value any = string(data)
		if isJSON(part.Header.Get("Content-Type")) {
			_ = strictly(data, &value) // else it is a text
		}
		said["body"] = value
		list = append(list, said)
	}
}
