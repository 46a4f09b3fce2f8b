package convert_test

import (
	"encoding/json"
	"time"
)

// MadeOrder was made.
type MadeOrder struct {
	// is the key
	OrderID string             `json:"orderId"`
	State   *MadeState         `json:"state"`
	Lines   []MadeLine         `json:"lines"`
	Note    *string            `json:"note"`
	Raw     []byte             `json:"raw,omitempty"`
	Size    *MadeSize          `json:"size,omitempty"`
	PaidAt  *time.Time         `json:"paidAt,omitempty"`
	Big     *uint64            `json:"big,omitempty,string"`
	Parent  *MadeOrder         `json:"parent,omitempty"`
	Free    any                `json:"free,omitempty"`
	Rates   map[string]float64 `json:"rates,omitempty"`
	Price   *json.Number       `json:"price,omitempty"`
}

type MadeState string

// The values of MadeState.
const (
	MadeStateNew        MadeState = "new"
	MadeStateInProgress MadeState = "in-progress"
)

type MadeLine struct {
	SKUIDs []string `json:"skuIds,omitempty"`
	Gift   bool     `json:"gift,omitempty"`
}

type MadeSize int64

// The values of MadeSize.
const (
	// is small
	MadeSize1 MadeSize = 1
	MadeSize2 MadeSize = 2
)
