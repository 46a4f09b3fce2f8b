package practice

import (
	"strings"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

func commandResult() *lint.Rule {
	channels := func(more string) string {
		return head + "channels:\n" +
			"  send: {address: hitch.email.1.command.welcome.send, description: Ask for a mail.}\n" + more
	}
	return &lint.Rule{
		Code: "practice/command-result", Severity: diag.Info,
		Summary: "a command has events that tell what became of it",
		Why: "Who gives a command wants to know when it is done, and whether it failed. By the topic definition, …command.welcome.send is followed by" +
			" …event.welcome.send.done and …event.welcome.send.failed. Only addresses that are commands by that definition are looked at, and not those whose operation has a reply.",
		Good: channels("  done: {address: hitch.email.1.event.welcome.send.done, description: It was tried.}\n" +
			"  failed: {address: hitch.email.1.event.welcome.send.failed, description: It could not be sent., messages: {failed: {summary: Why., payload: {type: object, properties: {reason: {type: string}}}, examples: [{payload: {reason: no such mailbox}}]}}}\n"),
		Bad: channels(""),
		Run: runCommandResult,
	}
}

func runCommandResult(p *lint.Pass) {
	answered := map[*tree.Node]bool{}
	for _, o := range p.Objects().Operations {
		if o.Reply != nil {
			answered[o.Channel.Node] = true
		}
	}
	told := map[string]bool{} // "command status", in one form
	definition := topic.Definition()
	all := p.Objects().Channels
	readings := make([]topic.Reading, len(all))
	for i, c := range all {
		if !c.HasAddress {
			continue
		}
		readings[i] = definition.Parse(c.Address, "")
		if status := readings[i].Get("status"); status != "" {
			told[commandOf(&readings[i])+" "+status] = true
		}
	}
	for i, c := range all {
		r := &readings[i]
		if !c.HasAddress || r.Get("type") != "command" || !r.Valid() || answered[c.Node] {
			continue
		}
		var missing []string
		for _, status := range []string{"done", "failed"} {
			if !told[commandOf(r)+" "+status] {
				missing = append(missing, eventOf(r, status))
			}
		}
		if len(missing) > 0 {
			p.ReportKey(c.Node, "nothing tells what became of the command %q", short(c.Address)).
				Help = "describe " + strings.Join(missing, " and ")
		}
	}
}

// mostAddress is how much of an address is told that somebody should write; the
// longest that brokers take is not much longer.
const mostAddress = 250

// commandOf is what a command and the events about it have in common.
func commandOf(r *topic.Reading) string {
	var words []string
	for _, part := range r.Parts {
		if part.Role != "type" && part.Role != "status" {
			words = append(words, part.Role+"="+part.Text)
		}
	}
	return strings.Join(words, " ")
}

// eventOf is the address of the event that tells a status of a command.
func eventOf(r *topic.Reading, status string) string {
	var words []string
	for _, part := range r.Parts {
		if part.Role == "type" {
			part.Text = "event"
		}
		words = append(words, part.Text)
	}
	return clipped(strings.Join(append(words, status), r.Separator), mostAddress)
}
