package plan

import (
	"fmt"
	"strings"
)

// String writes the plan for people: what runs in which order, what waits for
// what, and where messages are listened to.
func (p *Plan) String() string {
	var b strings.Builder
	for i, w := range p.Workflows {
		if i > 0 {
			b.WriteByte('\n')
		}
		w.print(&b)
	}
	if len(p.Channels) > 0 {
		b.WriteString("\nlistens before anything is called or sent:\n")
		for _, place := range p.Listens() {
			fmt.Fprintf(&b, "  %s\n", place)
		}
	}
	if len(p.Uses) > 0 {
		b.WriteString("\nneeds a server for:\n")
		for _, u := range p.Uses {
			fmt.Fprintf(&b, "  %s (%s)\n", u.Name, u.What())
		}
	}
	return b.String()
}

// Listens says where messages are listened to, in the order of Channels.
func (p *Plan) Listens() []string {
	var list []string
	for _, c := range p.Channels {
		list = append(list, c.where()+" of "+c.Use.Name+c.late())
	}
	return list
}

func (w *Workflow) print(b *strings.Builder) {
	fmt.Fprintf(b, "workflow %s", w.Name)
	if w.Ordered {
		b.WriteString(": steps one after the other")
	} else {
		b.WriteString(": steps as soon as what they depend on is done")
	}
	b.WriteByte('\n')
	if len(w.Required) > 0 {
		fmt.Fprintf(b, "  needs the inputs %s\n", strings.Join(w.Required, ", "))
	}
	for _, need := range w.DependsOn {
		fmt.Fprintf(b, "  after workflow %s\n", need.Name)
	}
	for i, s := range w.Steps {
		fmt.Fprintf(b, "  %d. %s: %s\n", i+1, s.ID, s.Summary())
		for _, line := range s.Notes() {
			fmt.Fprintf(b, "       %s\n", line)
		}
	}
}

// Summary says in a few words what the step does.
func (s *Step) Summary() string {
	//exhaustive:enforce
	switch s.Kind {
	case Call:
		return fmt.Sprintf("%s %s of %s", s.Operation.Method, s.Operation.Path, s.Use.Name)
	case Send:
		return fmt.Sprintf("send to %s of %s", s.Channel.where(), s.Use.Name)
	case Receive:
		return fmt.Sprintf("receive from %s of %s", s.Channel.where(), s.Use.Name)
	case Invoke:
		return "run workflow " + s.Target.Name
	case Gather:
		return fmt.Sprintf("wait for %d of %d answers", s.Quorum, len(s.Parts))
	case Ask:
		return "ask a person"
	case Respond:
		return "give outputs"
	}
	return "nothing"
}

// Notes says for people what else there is to know of the step: what it waits
// for, how long, whether it holds up what follows, and its actions.
func (s *Step) Notes() []string {
	var notes []string
	if waits := s.waits(); len(waits) > 0 {
		notes = append(notes, "waits for "+strings.Join(waits, ", "))
	}
	for _, callback := range s.Callbacks {
		notes = append(notes, fmt.Sprintf("first has messages of %s of %s delivered to a webhook, also after the run", callback.Channel.where(), callback.Channel.Use.Name))
	}
	if s.Owner != nil {
		return append(notes, "begins and ends with "+s.Owner.ID)
	}
	if s.Kind == Receive || s.Kind == Gather || s.Kind == Ask {
		if s.Fork {
			notes = append(notes, "does not hold up what follows")
		} else {
			notes = append(notes, "holds up what follows, since its actions move control")
		}
	}
	if s.Timeout > 0 {
		notes = append(notes, "within "+s.Timeout.String())
	}
	for i := range s.OnSuccess {
		notes = append(notes, "on success: "+s.OnSuccess[i].describe(s.Workflow))
	}
	for i := range s.OnFailure {
		notes = append(notes, "on failure: "+s.OnFailure[i].describe(s.Workflow))
	}
	return notes
}

// waits names what the step waits for besides the order of the steps.
func (s *Step) waits() []string {
	var names []string
	for _, d := range s.After {
		name := d.Step().ID
		if d.Workflow != s.Workflow {
			name += " of workflow " + d.Workflow.Name
		}
		names = append(names, name)
	}
	for _, i := range s.Joins {
		other := s.Workflow.Steps[i]
		if !s.after(other) && (other.Fork || !s.Workflow.Ordered) {
			names = append(names, other.ID+" (its outputs)")
		}
	}
	return names
}

func (s *Step) after(other *Step) bool {
	for _, d := range s.After {
		if d.Step() == other {
			return true
		}
	}
	return false
}

func (a *Action) describe(w *Workflow) string {
	text := a.Name + ", " + a.Type.String()
	switch {
	case a.Workflow != nil:
		text += " workflow " + a.Workflow.Name
	case a.Step >= 0:
		text += " step " + w.Steps[a.Step].ID
	}
	if a.Type == Retry {
		text += fmt.Sprintf(" at most %d times, after %s", a.RetryLimit, a.RetryAfter)
	}
	for i, c := range a.Criteria {
		word := " and "
		if i == 0 {
			word = " if "
		}
		text += word + c.Source().Condition
	}
	return text
}

func (c *Channel) where() string {
	if c.ReplyTo != nil {
		return "the address that the request has at " + c.ReplyTo.String()
	}
	return c.Address
}

func (c *Channel) late() string {
	if c.Fixed() {
		return ""
	}
	return ", as soon as the address is known"
}

// What says what steps do with the source.
func (u *Use) What() string {
	var parts []string
	if u.Calls {
		parts = append(parts, "calls")
	}
	if u.Sends {
		parts = append(parts, "sends")
	}
	if u.Receives {
		parts = append(parts, "receives")
	}
	return strings.Join(parts, ", ")
}
