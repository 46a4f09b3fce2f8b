package service

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Letter is a callback on its way to whoever is to be told when a run is over.
type Letter struct {
	// ID is the delivery's, the same however often it is made.
	ID       string `json:"id"`
	Workflow string `json:"workflow"`
	Run      string `json:"run"`
	Step     string `json:"step"`
	Event    string `json:"event"`
	// Webhook is where it goes, without secrets.
	Webhook string `json:"webhook"`
	// State is one of LetterStates. A dead letter was given up, and can be sent
	// again.
	State    string    `json:"state"`
	Attempts int       `json:"attempts"`
	Error    string    `json:"error,omitempty"`
	Time     time.Time `json:"time,omitzero"`
}

// LetterStates are what a letter's state may be.
func LetterStates() []string { return []string{"pending", "delivered", "dead"} }

// Letters are the callbacks of a workflow's runs.
type Letters interface {
	// Letters lists them, the oldest first.
	Letters() []Letter
	// SendAgain sends a dead letter once more, with the id that it had.
	SendAgain(id string) error
}

// ErrNoLetter means that there is no callback of that id.
var ErrNoLetter = errors.New("there is no such callback")

// Letters lists the callbacks of all workflows. A state narrows it; "" is any.
func (s *Service) Letters(state string) []Letter {
	list := []Letter{}
	for _, name := range s.Names() {
		if letters := s.opts.Workflows[name].Letters; letters != nil {
			for _, l := range letters.Letters() {
				l.Workflow = name
				list = append(list, l)
			}
		}
	}
	return slices.DeleteFunc(list, func(l Letter) bool { return state != "" && l.State != state })
}

// SendAgain sends a dead letter once more.
func (s *Service) SendAgain(id string) (Letter, error) {
	find := func() (Letter, error) {
		list := s.Letters("")
		i := slices.IndexFunc(list, func(l Letter) bool { return l.ID == id })
		if i < 0 {
			return Letter{}, fmt.Errorf("%w: %q", ErrNoLetter, id)
		}
		return list[i], nil
	}
	l, err := find()
	if err != nil {
		return l, err
	}
	if err := s.opts.Workflows[l.Workflow].Letters.SendAgain(id); err != nil {
		return l, fmt.Errorf("%w: %w", ErrState, err)
	}
	return find()
}
