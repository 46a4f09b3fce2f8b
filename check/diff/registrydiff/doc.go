// Package registrydiff says what a schema registry would say: whether a schema
// may follow earlier versions of its subject at a compatibility level.
//
// It decides as Confluent's registry decides, also where that is not what is
// true of messages, since what it says here must be what happens there. Where
// both differ it says so in words, with a message that proves it if there is
// one.
//
// It must not know where schemas are kept, nor what a contract is.
package registrydiff

import (
	"fmt"
	"slices"
	"strings"
)

// Level is what a new version must keep whole.
type Level string

// The levels. Backward: readers of the new schema read what writers of the
// last wrote; Forward: the other way round; the transitive ones look at all
// versions and not only at the last.
const (
	None               Level = "NONE"
	Backward           Level = "BACKWARD"
	BackwardTransitive Level = "BACKWARD_TRANSITIVE"
	Forward            Level = "FORWARD"
	ForwardTransitive  Level = "FORWARD_TRANSITIVE"
	Full               Level = "FULL"
	FullTransitive     Level = "FULL_TRANSITIVE"
)

// Levels returns the levels, the mildest first.
func Levels() []Level {
	return []Level{None, Backward, BackwardTransitive, Forward, ForwardTransitive, Full, FullTransitive}
}

// ParseLevel reads a level, however it is cased.
func ParseLevel(text string) (Level, error) {
	level := Level(strings.ToUpper(strings.ReplaceAll(text, "-", "_")))
	if !slices.Contains(Levels(), level) {
		return "", fmt.Errorf("%q is no compatibility level", text)
	}
	return level, nil
}

// Transitive reports whether all earlier versions count, not only the last.
func (l Level) Transitive() bool { return strings.HasSuffix(string(l), "_TRANSITIVE") }

// directions are those in which the level asks.
func (l Level) directions() []Direction {
	switch Level(strings.TrimSuffix(string(l), "_TRANSITIVE")) {
	case Backward:
		return []Direction{NewReadsOld}
	case Forward:
		return []Direction{OldReadsNew}
	case Full:
		return []Direction{NewReadsOld, OldReadsNew}
	}
	return nil
}

// Direction is who reads what.
type Direction string

// The directions.
const (
	NewReadsOld Direction = "backward"
	OldReadsNew Direction = "forward"
)

// Type is a language of schemas, as registries name it.
type Type string

// The types.
const (
	Avro     Type = "AVRO"
	JSON     Type = "JSON"
	Protobuf Type = "PROTOBUF"
)

// Types returns the types that are judged.
func Types() []Type { return []Type{Avro, JSON, Protobuf} }

// Schema is a schema with the texts of all that it refers to.
type Schema struct {
	Type Type
	Text string
	Uses []Used
}

// Used is a schema that another refers to by a name.
type Used struct {
	Name string
	Text string
}

// Version is an earlier version of a subject.
type Version struct {
	Number int
	Schema *Parsed
}

// Problem is a difference that the registry does not allow at the level.
type Problem struct {
	// Kind is the registry's own word, as "READER_FIELD_MISSING_DEFAULT_VALUE".
	Kind string
	// Path is the place in the schema, as a pointer or a name.
	Path string
	// Message says what differs, in a sentence without a full stop.
	Message string
	// Version is the earlier version that it is about.
	Version   int
	Direction Direction
}

// String is the problem in one line, in the form in which the registry writes
// its own.
func (p Problem) String() string {
	return fmt.Sprintf("{errorType:'%s', description:'%s at %s (%s, version %d)'}", p.Kind, p.Message, p.Path, p.Direction, p.Version)
}

// Note says where what is true of messages is not what the registry says.
type Note struct {
	Message   string
	Version   int
	Direction Direction
	// Witness is a message that may be written and is not readable, where
	// that is what the registry overlooks; nil else.
	Witness any
}

// Report is the registry's answer.
type Report struct {
	Level      Level
	Compatible bool
	Problems   []Problem
	Notes      []Note
}

// Compare decides whether a schema may follow earlier versions at a level, the
// oldest first. An error says that it could not be decided.
func Compare(level Level, next *Parsed, earlier []Version) (*Report, error) {
	report := &Report{Level: level, Compatible: true}
	if !level.Transitive() && len(earlier) > 1 {
		earlier = earlier[len(earlier)-1:]
	}
	for _, version := range slices.Backward(earlier) {
		for _, direction := range level.directions() {
			if err := report.ask(direction, next, version); err != nil {
				return nil, err
			}
		}
	}
	return report, nil
}

// ask compares with one version in one direction.
func (r *Report) ask(direction Direction, next *Parsed, version Version) error {
	reader, writer := next, version.Schema
	if direction == OldReadsNew {
		reader, writer = writer, reader
	}
	if reader.schema.Type != writer.schema.Type {
		r.add(direction, version.Number, []Problem{{
			Kind: "SCHEMA_TYPE_CHANGED", Path: "#/",
			Message: fmt.Sprintf("the new schema is %s and version %d is %s", next.schema.Type, version.Number, version.Schema.schema.Type),
		}}, nil)
		return nil
	}
	problems, notes, err := reader.language.compare(reader, writer)
	if err != nil {
		return fmt.Errorf("version %d: %w", version.Number, err)
	}
	r.add(direction, version.Number, problems, notes)
	return nil
}

func (r *Report) add(direction Direction, number int, problems []Problem, notes []Note) {
	for _, p := range problems {
		p.Version, p.Direction = number, direction
		r.Problems = append(r.Problems, p)
		r.Compatible = false
	}
	for _, n := range notes {
		n.Version, n.Direction = number, direction
		r.Notes = append(r.Notes, n)
	}
}

// Messages are the problems and the notes as a registry's verbose answer.
func (r *Report) Messages() []string {
	list := []string{}
	for _, p := range r.Problems {
		list = append(list, p.String())
	}
	for _, n := range r.Notes {
		list = append(list, fmt.Sprintf("note (%s, version %d): %s", n.Direction, n.Version, n.Message))
	}
	return list
}
