package report

import (
	"net/url"
	"strings"
)

// veiled stands in the place of what only its owner may see.
const veiled = "***"

// secretWords are what names of secrets have in them, in lower case and without
// the marks between words.
var secretWords = [...]string{
	"password", "passwd", "passphrase", "secret", "authorization", "cookie", "apikey", "accesstoken", "refreshtoken", "idtoken", "authtoken",
	"sessiontoken", "privatekey", "accesskey", "clientassertion", "credential",
}

// Secret reports whether something of this name is likely to be a secret. What
// the author of a workflow says is one (format: password) is hidden already
// before anything is told of it; this is for what services answer.
func Secret(name string) bool {
	name = strings.NewReplacer("-", "", "_", "", ".", "", " ", "").Replace(strings.ToLower(name))
	if name == "token" || strings.HasSuffix(name, "xauthtoken") {
		return true
	}
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// Address is where a call or message went, as it may be shown: without a
// password, and without what is secret in its query.
func Address(address string) string {
	if !strings.ContainsAny(address, "?@#") {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		before, _, _ := strings.Cut(address, "?")
		return before[strings.LastIndex(before, "@")+1:]
	}
	if u.User != nil {
		return strings.Replace(u.Scheme+"://"+veiled+"@"+u.Host+u.EscapedPath()+queryOf(u), ":///", "://", 1)
	}
	path, _, _ := strings.Cut(address, "?")
	path, _, _ = strings.Cut(path, "#")
	return path + queryOf(u)
}

func queryOf(u *url.URL) string {
	if u.RawQuery == "" {
		return ""
	}
	pairs := strings.Split(u.RawQuery, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err != nil || Secret(plain) {
			pairs[i] = name + "=" + veiled
		}
	}
	return "?" + strings.Join(pairs, "&")
}
