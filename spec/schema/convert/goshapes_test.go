package convert_test

import (
	"encoding/json"
	"time"
)

// These types are read from this file as text, and their values are written by
// encoding/json: TestWhatGoWritesFitsItsSchema compares the two.

// Shape has a field of every kind.
//
// It has two paragraphs.
type Shape struct {
	Base
	*Beside
	Named   Inner `json:"named"`
	hidden  string
	Skipped string `json:"-"`
	Plain   bool
	Text    string `json:"text"`
	// Count is how many.
	Count  int               `json:"count"`
	Small  int8              `json:"small"`
	Byte   uint8             `json:"byte"`
	Big    uint64            `json:"big,string"`
	Ratio  float32           `json:"ratio"`
	Raw    []byte            `json:"raw"`
	Fixed  [3]byte           `json:"fixed"`
	When   time.Time         `json:"when"`
	Until  *time.Time        `json:"until,omitempty"`
	For    time.Duration     `json:"for"`
	Free   json.RawMessage   `json:"free"`
	Digits json.Number       `json:"digits"`
	Any    any               `json:"any"`
	Level  Level             `json:"level"`
	Rank   *Rank             `json:"rank"`
	Flags  Flags             `json:"flags"`
	Tags   []string          `json:"tags,omitempty"`
	ByID   map[int32]*Inner  `json:"byID,omitempty"`
	ByName map[string][]Rank `json:"byName"`
	Own    Own               `json:"own"`
	Word   Word              `json:"word"`
	Old    string            `json:"old,omitempty"` // Deprecated: use Text.
	Parent *Shape            `json:"parent,omitempty"`
	Group  struct {
		A, B int
	} `json:"group"`
	Wide    int64  `json:"wide,omitzero"`
	Nothing *Inner `json:"nothing"`
}

// Base is embedded: its fields are those of Shape, but for the one that Shape
// has itself.
type Base struct {
	ID   string `json:"id"`
	Text int    `json:"text"`
	deep
}

type deep struct {
	Deep string
}

// Beside is embedded by a pointer.
type Beside struct {
	Side string `json:"side"`
}

type Inner struct {
	X, Y float64
}

type Level string

const (
	LevelLow  Level = "low" // not much
	LevelHigh       = Level("hi" + "gh")
)

type Rank int

const (
	_ Rank = iota
	First
	Second
)

type Flags uint16

const (
	Red Flags = 1 << iota
	Blue
)

type Own struct{ n int }

func (o Own) MarshalJSON() ([]byte, error) { return json.Marshal([]int{o.n}) }

type Word struct{ s string }

func (w Word) MarshalText() ([]byte, error) { return []byte("word " + w.s), nil }
