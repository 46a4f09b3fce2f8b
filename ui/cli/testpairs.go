package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/check/pairs"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/wire/contract"
)

// codeUnpaired is about messages that a receiver's contract does not know.
const codeUnpaired diag.Code = "contract/pair-unknown-message"

// pair compares the documents with each other. Nobody is called.
func (f *testFlags) pair(cmd *cobra.Command, names []string) (*contract.Report, error) {
	report := &contract.Report{Contract: "pairs", Title: fmt.Sprintf("senders and receivers of %s", plural(len(names), "contract")), Began: time.Now()}
	var members []pairs.Member
	for _, name := range names {
		text, err := file(cmd.InOrStdin(), name)
		if err != nil {
			return nil, err
		}
		ws, release, err := f.workspace(name)
		if err != nil {
			return nil, err
		}
		defer release()
		document, err := diff.Load(cmd.Context(), ws, text)
		if err != nil {
			return nil, &outcome{code: exitFindings, err: err}
		}
		members = append(members, pairs.Member{Name: stem(name), Document: document})
	}
	found, alone := pairs.Compare(members)
	for i := range found {
		report.Checks = append(report.Checks, pairCheck(&found[i]))
	}
	for _, side := range alone {
		report.Checks = append(report.Checks, &contract.Check{
			Name: sideName(side) + " has a receiver", Mode: contract.Paired, Operation: side.Operation.ID, Status: contract.Unproven,
			Note: "none of the contracts receives it",
		})
	}
	report.Took = time.Since(report.Began)
	return report, nil
}

func sideName(s pairs.Side) string {
	name := s.Message.Key
	if s.Message.Name != "" {
		name = s.Message.Name
	}
	reply := ""
	if s.Reply {
		reply = ", the reply of"
	}
	return fmt.Sprintf("%s of %s%s %s", name, s.Document, reply, s.Operation.ID)
}

func pairCheck(p *pairs.Pair) *contract.Check {
	c := &contract.Check{
		Name: fmt.Sprintf("%s fits %s %s", sideName(p.Sender), p.Receiver.Document, p.Receiver.Operation.ID),
		Mode: contract.Paired, Operation: p.Sender.Operation.ID, Address: p.Sender.Channel.Address, Status: contract.Passed,
	}
	if p.Link == pairs.ByMessage {
		c.Note = fmt.Sprintf("they share the message, and not the address: %s and %s", p.Sender.Channel.Address, p.Receiver.Channel.Address)
	}
	if p.Unknown {
		c.Findings = append(c.Findings, contract.Finding{Count: 1, Diagnostic: diag.Diagnostic{
			Code: codeUnpaired, Severity: diag.Error, Span: p.Sender.Message.Node.Span,
			Message: fmt.Sprintf("it is sent to %s, and the receiver there does not know it", p.Sender.Channel.Address),
			Help:    "add it to the receiver's channel, or send it elsewhere",
		}})
	}
	for i := range p.Changes {
		c.Findings = append(c.Findings, pairFinding(&p.Changes[i]))
		if len(p.Changes[i].Breaks) == 0 && c.Status == contract.Passed {
			c.Status = contract.Unproven
		}
	}
	if !p.Fits() {
		c.Status = contract.Failed
	}
	return c
}

// pairFinding is a change between the receiver's contract, as what was before,
// and the sender's.
func pairFinding(of *diff.Change) contract.Finding {
	f := contract.Finding{Count: 1, Diagnostic: diag.Diagnostic{
		Code: of.Code, Severity: of.Severity, Path: of.Path, Span: of.After,
		Message: "from the receiver's contract to the sender's: " + of.What,
	}}
	if !f.Span.IsValid() {
		f.Span = of.Before
	}
	if of.Witness != nil {
		f.Help = fmt.Sprintf("the sender may send %s, which the receiver refuses: %s", fit(string(of.Witness), 300), of.Refusal)
	} else if of.Undecided {
		f.Help = of.Why
	}
	return f
}

// pairRules describe the findings on pairs that are not those of weft diff.
func pairRules() []diag.Rule {
	return []diag.Rule{{
		Code: codeUnpaired, Severity: diag.Error,
		Summary: "what is sent to an address is known to those who receive there",
		Why:     "A receiver that meets a message its contract does not list refuses it, or takes it for another.",
	}}
}
