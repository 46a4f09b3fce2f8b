package registry

import "context"

// Judge knows the languages of schemas. The server asks it what it cannot know.
type Judge interface {
	// Types are the types of schema that it can judge.
	Types() []string
	// Parse reads a schema, and says in the error what is wrong with one.
	Parse(ctx context.Context, d Document) (Form, error)
	// Compare decides whether a schema may follow earlier versions at a level,
	// the oldest first. It returns an error only where a schema cannot be read.
	Compare(ctx context.Context, level string, next Document, earlier []Version) (Verdict, error)
}

// Document is a schema with the texts of all that it refers to, directly or
// not, each once and after those that it refers to itself.
type Document struct {
	Type string
	Text string
	Uses []Used
}

// Used is a schema that another refers to.
type Used struct {
	Name string
	Text string
}

// Version is an earlier version of a subject.
type Version struct {
	Number int
	Document
}

// Form is a schema in the forms that tell whether two are the same.
type Form struct {
	// Canonical is without what never matters, as spaces between the words.
	Canonical string
	// Normalized is also without what rarely matters, as the order of members.
	Normalized string
}

// Verdict is whether a schema may follow earlier ones.
type Verdict struct {
	Compatible bool
	// Messages say why not, or what to know although it may.
	Messages []string
}
