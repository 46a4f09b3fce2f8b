package expr

import "net/url"

// percentDecoded decodes a URI fragment; text that is not validly encoded
// stands for itself.
func percentDecoded(text string) string {
	decoded, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return decoded
}
