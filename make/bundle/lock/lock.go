// Package lock keeps what references to the network stood for: which version
// of a subject "latest" was, and a digest of every text. With it a document is
// bundled again to the same bytes, and what changed meanwhile is told.
//
// It must not know how a bundle is made, nor where its file lies.
package lock

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/text/source/subject"
	"github.com/weft-dev/weft/text/tree"
)

// Entry is what one address stood for.
type Entry struct {
	// URL is the address as the documents have it, without what may be secret.
	URL string
	// Subject, Version, ID and Type are what a registry says; Version is 0 for
	// addresses that are none of a registry.
	Subject string
	Version int
	ID      int
	Type    string
	// SHA256 is the digest of the text, in hexadecimal digits.
	SHA256 string
}

// Lock is what addresses stood for, by address.
type Lock struct {
	entries map[string]Entry
}

// New returns a lock without entries.
func New() *Lock { return &Lock{entries: map[string]Entry{}} }

// Entries returns the entries in the order of their addresses.
func (l *Lock) Entries() []Entry {
	var list []Entry
	for _, e := range l.entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(a.URL, b.URL) })
	return list
}

const version = "1"

// Parse reads the text of a lock.
func Parse(f *source.File) (*Lock, error) {
	root, findings := tree.Parse(f, tree.Options{})
	for _, d := range findings {
		if d.Severity >= diag.Error {
			return nil, fmt.Errorf("%s: %s", f.Name(), d.Message)
		}
	}
	if got := root.Get("lock"); !got.Is(tree.Number) || got.Text != version {
		return nil, fmt.Errorf("%s: this is no lock file of a version that is known; remove it, or name another file", f.Name())
	}
	l := New()
	list := root.Get("references")
	for i := range list.Len() {
		e, err := parseEntry(list.Items, i)
		if err != nil {
			return nil, fmt.Errorf("%s: entry %d: %w", f.Name(), i+1, err)
		}
		l.entries[e.URL] = e
	}
	return l, nil
}

func parseEntry(items []*tree.Node, i int) (Entry, error) {
	if i >= len(items) {
		return Entry{}, errors.New("references is no list")
	}
	n := items[i]
	e := Entry{URL: n.Get("url").Str(), Subject: n.Get("subject").Str(), Type: n.Get("type").Str()}
	if digest := n.Get("sha256"); digest != nil {
		e.SHA256 = digest.Text // digits alone are read as a number
	}
	for field, to := range map[string]*int{"version": &e.Version, "id": &e.ID} {
		if value := n.Get(field); value != nil {
			number, err := strconv.Atoi(value.Text)
			if err != nil || number < 0 {
				return e, fmt.Errorf("%s is not a number", field)
			}
			*to = number
		}
	}
	if e.URL == "" || len(e.SHA256) != 2*sha256.Size {
		return e, errors.New("it has no url or no sha256")
	}
	return e, nil
}

// Print writes a lock: the same entries always give the same bytes.
func (l *Lock) Print() []byte {
	var b bytes.Buffer
	b.WriteString("# What references to the network stood for when they were bundled.\n" +
		"# Written by weft bundle --lock; --update-lock renews it.\n" +
		"lock: " + version + "\n")
	entries := l.Entries()
	if len(entries) == 0 {
		b.WriteString("references: []\n")
		return b.Bytes()
	}
	b.WriteString("references:\n")
	for _, e := range entries {
		fmt.Fprintf(&b, "  - url: %s\n", strconv.Quote(e.URL))
		if e.Version > 0 {
			fmt.Fprintf(&b, "    subject: %s\n    version: %d\n    id: %d\n    type: %s\n", strconv.Quote(e.Subject), e.Version, e.ID, strconv.Quote(e.Type))
		}
		fmt.Fprintf(&b, "    sha256: %s\n", strconv.Quote(e.SHA256))
	}
	return b.Bytes()
}

// Drift is an address that stands for something else now.
type Drift struct {
	// Old is what is locked, and New what the address stands for now.
	Old, New Entry
	// Lost says that what is locked cannot be had any more: the text at the
	// address, or of the version, is another.
	Lost bool
}

// String says what changed.
func (d Drift) String() string {
	switch {
	case d.Lost && d.Old.Version > 0:
		return fmt.Sprintf("version %d of %s is not what is locked: its text changed (sha256 %.12s, was %.12s)", d.Old.Version, d.Old.Subject, d.New.SHA256, d.Old.SHA256)
	case d.Lost:
		return fmt.Sprintf("%s is not what is locked: its text changed (sha256 %.12s, was %.12s)", d.Old.URL, d.New.SHA256, d.Old.SHA256)
	}
	return fmt.Sprintf("%s is at version %d (id %d) now; locked is version %d (id %d)", d.Old.Subject, d.New.Version, d.New.ID, d.Old.Version, d.Old.ID)
}

// Opener opens what is locked, and locks what is not yet.
type Opener struct {
	// Inner opens addresses of registries and others.
	Inner *subject.Opener
	// Lock is what is locked; entries are added to it.
	Lock *Lock
	// Renew takes what addresses stand for now in the place of what is locked.
	Renew bool
	// Offline does not look for what is newer.
	Offline bool

	drifts  []Drift
	changed bool
	seen    map[string]bool
}

// Drifts returns what is something else now than what is locked.
func (o *Opener) Drifts() []Drift { return o.drifts }

// Changed reports whether the lock has other entries than before.
func (o *Opener) Changed() bool { return o.changed }

// Open opens a text. One that is locked is opened as what it was.
func (o *Opener) Open(ctx context.Context, uri string) (*source.File, error) {
	if !strings.HasPrefix(uri, "http://") && !strings.HasPrefix(uri, "https://") {
		return o.Inner.Open(ctx, uri)
	}
	key := keyOf(uri)
	old, locked := o.Lock.entries[key]
	a, ofRegistry := subject.Parse(uri)
	from := uri
	if locked && old.Version > 0 && ofRegistry && a.IsLatest() && !o.Renew {
		from = a.At(strconv.Itoa(old.Version))
	}
	f, err := o.Inner.Open(ctx, from)
	if err != nil {
		return nil, err
	}
	now := o.entry(ctx, key, from, f)
	o.compare(ctx, uri, old, now, locked, from != uri)
	return f, nil
}

// entry is what an address stands for.
func (o *Opener) entry(ctx context.Context, key, uri string, f *source.File) Entry {
	sum := sha256.Sum256(f.Data())
	e := Entry{URL: key, SHA256: hex.EncodeToString(sum[:])}
	// It was just opened, so that the answer is known already.
	if said, ok, err := o.Inner.Entry(ctx, uri); ok && err == nil {
		e.Subject, e.Version, e.ID, e.Type = said.Subject, said.Version, said.ID, said.Type
	}
	return e
}

// compare keeps what an address stands for, and what differs from what is
// locked. Pinned says that not the newest version was opened.
func (o *Opener) compare(ctx context.Context, uri string, old, now Entry, locked, pinned bool) {
	if o.seen[now.URL] {
		return
	}
	if o.seen == nil {
		o.seen = map[string]bool{}
	}
	o.seen[now.URL] = true
	switch {
	case !locked:
		o.Lock.entries[now.URL] = now
		o.changed = true
		return
	case o.Renew:
		if old != now {
			o.drifts = append(o.drifts, Drift{Old: old, New: now})
			o.Lock.entries[now.URL] = now
			o.changed = true
		}
		return
	case old.SHA256 != now.SHA256:
		o.drifts = append(o.drifts, Drift{Old: old, New: now, Lost: true})
		return
	}
	if !pinned || o.Offline {
		return
	}
	newest, ok, err := o.Inner.Entry(ctx, uri)
	if ok && err == nil && newest.Version != old.Version {
		o.drifts = append(o.drifts, Drift{Old: old, New: Entry{
			URL: old.URL, Subject: newest.Subject, Version: newest.Version, ID: newest.ID, Type: newest.Type,
		}})
	}
}

// keyOf is an address without what may be secret in it: user and password, and
// of the query only a digest.
func keyOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return "" // it could not have been opened
	}
	u.User = nil
	if u.RawQuery != "" {
		sum := sha256.Sum256([]byte(u.RawQuery))
		u.RawQuery = "sha256-" + hex.EncodeToString(sum[:8])
	}
	return u.String()
}

// The codes of what is told about a lock.
const (
	CodeDrift diag.Code = "bundle/lock-drift"
	CodeLost  diag.Code = "bundle/lock-lost"
)

// Rules describes the findings about locks, for explanations.
func Rules() []diag.Rule {
	return []diag.Rule{
		{
			Code: CodeDrift, Severity: diag.Warning, Summary: "what is locked is the newest there is",
			Why: "a bundle is made of the versions in its lock; a newer one is there now, and who reads the registry itself sees that one",
		},
		{
			Code: CodeLost, Severity: diag.Error, Summary: "what is locked is still there",
			Why: "the text at an address is another than when it was locked, so that the same bundle cannot be made again; whether the change is meant only people can say",
		},
	}
}
