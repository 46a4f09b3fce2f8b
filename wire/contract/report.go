package contract

import (
	"time"

	"github.com/weft-dev/weft/text/diag"
)

// Report is what a run of contract tests found about one document.
type Report struct {
	// Contract is the document's name and Title what it calls itself.
	Contract string    `json:"contract"`
	Title    string    `json:"title"`
	Began    time.Time `json:"began"`
	// Took is how long it took.
	Took   time.Duration `json:"took"`
	Checks []*Check      `json:"checks"`
}

// Mode is a way of testing.
type Mode string

// The modes.
const (
	Tapped Mode = "tap"   // messages of the wire were judged
	Driven Mode = "drive" // messages were sent, and what became of them judged
	Paired Mode = "pair"  // a sender was compared with a receiver
)

// Status is how a check ended.
type Status string

// The states.
const (
	Passed Status = "passed"
	Failed Status = "failed"
	// Unproven is a check that had nothing to judge: it is no pass.
	Unproven Status = "unproven"
)

// Check is one thing that was tested.
type Check struct {
	// Name says in words what was tested.
	Name string `json:"name"`
	Mode Mode   `json:"mode"`
	// Operation is its id; Address and Server are where messages were.
	Operation string `json:"operation,omitempty"`
	Address   string `json:"address,omitempty"`
	Server    string `json:"server,omitempty"`
	// Messages is how many were judged, or sent.
	Messages int    `json:"messages"`
	Status   Status `json:"status"`
	// Note says what there is to say besides, as what was not judged.
	Note     string    `json:"note,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
	// More is how many kinds of findings there were beyond those that are kept.
	More int `json:"more,omitempty"`
}

// Finding is a fault of a service.
type Finding struct {
	diag.Diagnostic `json:"-"`
	// Count is how many messages had it.
	Count int
	// Evidence is the first of them; nil where it is about no message.
	Evidence *Evidence
}

// maxFindings bounds how many kinds of findings one check keeps: past this a
// list helps nobody, and a hostile service could make it endless.
const maxFindings = 50

// add adds a finding, or counts it where the check has one that says the same.
// The evidence is taken only of the first: it costs more than the judgement.
func (c *Check) add(d diag.Diagnostic, evidence func() *Evidence) {
	for i := range c.Findings {
		known := &c.Findings[i]
		if known.Code == d.Code && known.Message == d.Message {
			known.Count++
			return
		}
	}
	if len(c.Findings) >= maxFindings {
		c.More++
		return
	}
	f := Finding{Diagnostic: d, Count: 1}
	if evidence != nil {
		f.Evidence = evidence()
	}
	c.Findings = append(c.Findings, f)
}

// settle decides how the check ended.
func (c *Check) settle() {
	c.Status = Passed
	if c.Messages == 0 {
		c.Status = Unproven
	}
	for i := range c.Findings {
		if c.Findings[i].Severity == diag.Error {
			c.Status = Failed
		}
	}
}

// Failed reports whether anything failed, or nothing at all was proven.
func (r *Report) Failed() bool {
	proven := false
	for _, c := range r.Checks {
		if c.Status == Failed {
			return true
		}
		proven = proven || c.Status == Passed
	}
	return !proven
}
