package googlepubsub

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ownPrefix is how the names of subscriptions begin that are made for receivers.
const ownPrefix = "weft-sub."

// maxName is the longest name of a topic or subscription.
const maxName = 255

// topicName returns the full name of the topic that an address means.
func (c *conn) topicName(address string) (string, error) {
	return c.fullName(address, "topics")
}

// fullName puts a name of a collection into the project.
func (c *conn) fullName(name, collection string) (string, error) {
	project, short := c.project, name
	if rest, ok := strings.CutPrefix(name, "projects/"); ok {
		var found bool
		if project, short, found = strings.Cut(rest, "/"+collection+"/"); !found || project == "" || strings.Contains(project, "/") {
			return "", invalidError{fmt.Errorf("%q is no name: write projects/PROJECT/%s/NAME", name, collection)}
		}
	}
	if err := checkName(short); err != nil {
		return "", invalidError{err}
	}
	if project == "" {
		return "", invalidError{fmt.Errorf("the project is missing: write it in the URL, as googlepubsub://%s/PROJECT, or before the name, as projects/PROJECT/%s/%s",
			c.server.Hosts[0], collection, short)}
	}
	return "projects/" + project + "/" + collection + "/" + short, nil
}

func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("the address is empty")
	case len(name) < 3 || len(name) > maxName:
		return fmt.Errorf("%q is no name on Pub/Sub: it has 3 to %d characters", name, maxName)
	case !isLetter(rune(name[0])):
		return fmt.Errorf("%q is no name on Pub/Sub: it begins with a letter", name)
	case strings.HasPrefix(name, "goog"):
		return fmt.Errorf("%q is no name on Pub/Sub: it must not begin with goog", name)
	}
	for _, r := range name {
		if !isNameRune(r) {
			return fmt.Errorf("%q is no name on Pub/Sub: %q is not among a-z A-Z 0-9 . _ ~ + %% -", name, r)
		}
	}
	return nil
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

func isNameRune(r rune) bool {
	return isLetter(r) || r >= '0' && r <= '9' || strings.ContainsRune("._~+%-", r)
}

// subscriptionFor names the subscription of a group, or of one receiver, beside
// its topic. What does not fit into a name is told apart by its digest.
func subscriptionFor(topic, group string) string {
	project, short, _ := strings.Cut(topic, "/topics/")
	name := ownPrefix + short + "." + group
	if group == "" {
		name = ownPrefix + short + ".~" + random()
	}
	if group != "" && checkName(name) != nil || len(name) > maxName {
		digest := sha256.Sum256([]byte(topic + "\x00" + group))
		name = ownPrefix + short[:min(len(short), 150)] + ".~" + hex.EncodeToString(digest[:16])
		if group == "" {
			name = ownPrefix + short[:min(len(short), 150)] + ".~" + random()
		}
	}
	return project + "/subscriptions/" + name
}

// random returns an identifier that nobody has used.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
