package rules

import (
	"fmt"

	"github.com/weft-dev/weft/check/lint"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/text/diag"
	"github.com/weft-dev/weft/text/tree"
)

// recommended are the rules about what a document should say of itself. Nothing
// breaks where it does not; they are warnings for 2.x, for which there is a
// common practice, and remarks from 3.0 on.
func recommended() []*lint.Rule {
	list := []*lint.Rule{
		saysOfItself("id", "id", "the document says which application it is about", "The id tells one application from all others, in a catalog as in a diff.", "id: 'urn:example:users'\n", "add \"id\" with a URI, such as \"urn:example:users\""),
		defaultContentType(),
		saysInInfo("info-description", "description", "the document says what the application is for", "It is the first that a reader looks for.", "description: Who joins and who leaves."),
		saysInInfo("info-contact", "contact", "the document says whom to ask", "Who finds a fault in the API has to know whom to tell.", "contact: {name: Accounts, url: 'https://example.com/', email: accounts@example.com}"),
		contactFields(),
		saysInInfo("info-license", "license", "the document says by which license it may be used", "Without one, nobody else may copy it or generate code from it.", "license: {name: MIT, url: 'https://example.com/'}"),
		licenseURL(), hasServers(), hasTags(),
	}
	for _, r := range list {
		r.Why += " In 3.x documents it is only a remark."
		r.Remark = true
	}
	return append(list, operationID(), messageID(), latestVersion())
}

// remark makes a finding milder where there is no common practice.
func remark(p *lint.Pass, d *diag.Diagnostic) *diag.Diagnostic {
	if p.AsyncAPI.Major() > 2 {
		d.Severity = diag.Info
	}
	return d
}

// ofDocument adds a finding about the whole document, at the line that says
// what it is.
func ofDocument(p *lint.Pass, format string, args ...any) *diag.Diagnostic {
	at := p.Root
	if n := p.Root.Get("asyncapi"); n != nil {
		at = n
	}
	return remark(p, p.ReportSpan(p.Root, lint.Head(at), format, args...))
}

// isSaid reports whether a value is there and says something.
func isSaid(n *tree.Node) bool {
	return n != nil && n.Kind != tree.Null && (n.Kind != tree.String || n.Text != "")
}

func saysOfItself(code, field, summary, why, example, help string) *lint.Rule {
	return &lint.Rule{
		Code: diag.Code("asyncapi/" + code), Severity: diag.Warning, Summary: summary, Why: why,
		Good: head2 + "channels: {}\n" + example,
		Bad:  head2 + "channels: {}\n",
		Run: func(p *lint.Pass) {
			if !isSaid(p.Root.Get(field)) {
				ofDocument(p, "the document has no %q", field).Help = help
			}
		},
	}
}

func saysInInfo(code, field, summary, why, example string) *lint.Rule {
	return &lint.Rule{
		Code: diag.Code("asyncapi/" + code), Severity: diag.Warning, Summary: summary, Why: why,
		Good: "asyncapi: 2.6.0\ninfo:\n  title: Users\n  version: 1.0.0\n  " + example + "\nchannels: {}\n",
		Bad:  "asyncapi: 2.6.0\ninfo:\n  title: Users\n  version: 1.0.0\nchannels: {}\n",
		Run: func(p *lint.Pass) {
			info := p.Root.Get("info")
			if info.Is(tree.Mapping) && !isSaid(info.Get(field)) {
				remark(p, p.ReportKey(info, "%q says nothing of %q", "info", field)).Help = fmt.Sprintf("add %q", field)
			}
		},
	}
}

func defaultContentType() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/default-content-type", Severity: diag.Warning,
		Summary: "every message has a content type, its own or the document's",
		Why:     "Without one, each tool guesses how the payload is written.",
		Good:    head2 + "defaultContentType: application/json\nchannels: {users: {publish: {message: {payload: {type: string}}}}}\n",
		Bad:     head2 + "channels: {users: {publish: {message: {payload: {type: string}}}}}\n",
		Run: func(p *lint.Pass) {
			list := p.Objects().Messages
			if isSaid(p.Root.Get("defaultContentType")) {
				return
			}
			lacking := 0
			for _, m := range list {
				if m.ContentType == "" && (m.Payload != nil || p.AsyncAPI.Major() == 2) {
					lacking++
				}
			}
			if lacking > 0 || len(list) == 0 && p.AsyncAPI.Major() == 2 {
				ofDocument(p, "the document has no \"defaultContentType\"%s", ofMessages(lacking)).
					Help = "add one, such as \"application/json\", or give each message its own \"contentType\""
			}
		},
	}
}

func ofMessages(lacking int) string {
	switch lacking {
	case 0:
		return ""
	case 1:
		return ", and one message has no content type"
	}
	return fmt.Sprintf(", and %d messages have no content type", lacking)
}

func contactFields() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/contact-fields", Severity: diag.Warning,
		Summary: "a contact has a name, an address and an e-mail address",
		Why:     "Who asks has to know how.",
		Good:    "asyncapi: 2.6.0\ninfo:\n  title: Users\n  version: 1.0.0\n  contact: {name: Accounts, url: 'https://example.com/', email: accounts@example.com}\nchannels: {}\n",
		Bad:     "asyncapi: 2.6.0\ninfo:\n  title: Users\n  version: 1.0.0\n  contact: {name: Accounts, url: 'https://example.com/'}\nchannels: {}\n",
		Run: func(p *lint.Pass) {
			contact := p.Root.Get("info").Get("contact")
			if !contact.Is(tree.Mapping) {
				return
			}
			for _, field := range []string{"name", "url", "email"} {
				if !isSaid(contact.Get(field)) {
					remark(p, p.ReportKey(contact, "the contact has no %q", field)).Help = fmt.Sprintf("add %q", field)
				}
			}
		},
	}
}

func licenseURL() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/license-url", Severity: diag.Warning, Optional: true,
		Summary: "a license has the address of its text",
		Why:     "A name alone may mean several versions of a license.",
		Good:    "asyncapi: 2.6.0\ninfo:\n  title: Users\n  version: 1.0.0\n  license: {name: MIT, url: 'https://example.com/'}\nchannels: {}\n",
		Bad:     "asyncapi: 2.6.0\ninfo:\n  title: Users\n  version: 1.0.0\n  license: {name: MIT}\nchannels: {}\n",
		Run: func(p *lint.Pass) {
			license := p.Root.Get("info").Get("license")
			if license.Is(tree.Mapping) && !isSaid(license.Get("url")) {
				remark(p, p.ReportKey(license, "the license has no \"url\"")).Help = "add the address of its text"
			}
		},
	}
}

func hasServers() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/servers", Severity: diag.Warning,
		Summary: "the document has servers",
		Why:     "Without them nobody knows where the channels are.",
		Good:    head2 + "servers: {main: {url: localhost, protocol: kafka}}\nchannels: {}\n",
		Bad:     head2 + "channels: {}\n",
		Run: func(p *lint.Pass) {
			servers := p.Root.Get("servers")
			switch {
			case servers == nil:
				ofDocument(p, "the document has no \"servers\"").Help = "add at least one"
			case servers.Is(tree.Mapping) && len(servers.Members) == 0:
				remark(p, p.ReportKey(servers, "the document has no servers")).Help = "add at least one"
			}
		},
	}
}

func hasTags() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/tags", Severity: diag.Warning,
		Summary: "the document has tags",
		Why:     "Catalogs group applications by them.",
		Good:    head2 + "channels: {}\ntags: [{name: accounts}]\n",
		Bad:     head2 + "channels: {}\n",
		Run: func(p *lint.Pass) {
			if p.AsyncAPI.Major() == 2 {
				if tags := p.Root.Get("tags"); !isSaid(tags) || tags.Is(tree.Sequence) && len(tags.Items) == 0 {
					ofDocument(p, "the document has no \"tags\"").Help = "add at least one"
				}
				return
			}
			info := p.Root.Get("info")
			if tags := info.Get("tags"); info.Is(tree.Mapping) && (!isSaid(tags) || tags.Is(tree.Sequence) && len(tags.Items) == 0) {
				remark(p, p.ReportKey(info, "\"info\" has no \"tags\"")).Help = "add at least one"
			}
		},
	}
}

func operationID() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/operation-id", Severity: diag.Warning,
		Summary: "operations have an operationId",
		Why:     "Programs, workflows and diffs call an operation by it. Without one they depend on the channel's address.",
		Good:    head2 + "channels: {users: {publish: {operationId: take}}}\n",
		Bad:     head2 + "channels: {users: {publish: {summary: Someone joins.}}}\n",
		Run: func(p *lint.Pass) {
			for _, o := range p.AsyncAPI.Operations {
				if p.AsyncAPI.Major() == 2 && !isSaid(o.Merged.Get("operationId")) {
					p.ReportKey(o.Node, "the operation has no \"operationId\"").Help = "add a name for it that no other operation has"
				}
			}
		},
	}
}

func messageID() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/message-id", Severity: diag.Warning,
		Summary: "messages have a messageId",
		Why:     "Programs, workflows and diffs call a message by it.",
		Good:    head2 + "channels: {users: {publish: {message: {messageId: joined}}}}\n",
		Bad:     head2 + "channels: {users: {publish: {message: {payload: {type: object}}}}}\n",
		Run: func(p *lint.Pass) {
			if !hasMessageIDs(p.AsyncAPI) {
				return
			}
			for _, m := range messagesInUse(p.AsyncAPI) {
				if !isSaid(m.Merged.Get("messageId")) {
					p.ReportKey(m.Node, "the message has no \"messageId\"").Help = "add a name for it that no other message has"
				}
			}
		},
	}
}

// hasMessageIDs reports whether messages of the document's version have a
// messageId: those of 2.4 to 2.6 do.
func hasMessageIDs(d *asyncapi.Document) bool {
	return d.Major() == 2 && len(d.Version) > 2 && d.Version[2] >= '4'
}

func latestVersion() *lint.Rule {
	return &lint.Rule{
		Code: "asyncapi/latest-version", Severity: diag.Info,
		Summary: "documents are written in the newest version of AsyncAPI",
		Why:     "Tools know it best, and it says some things that older versions cannot.",
		Good:    "asyncapi: " + asyncapi.Latest + "\ninfo: {title: Users, version: 1.0.0}\n",
		Bad:     head3,
		Run: func(p *lint.Pass) {
			if n := p.Root.Get("asyncapi"); n.Is(tree.String) && n.Text != asyncapi.Latest {
				d := p.Report(n, "the newest version of AsyncAPI is %s", asyncapi.Latest)
				if p.AsyncAPI.Major() == 2 {
					d.Help = "convert it with: weft convert"
				} else {
					d.Fixes = []diag.Fix{{Title: "write " + asyncapi.Latest, Edits: []diag.Edit{{Span: n.Span, Text: inStyleOf(n, asyncapi.Latest)}}}}
					d.Help = "change the number: nothing else has to change"
				}
			}
		},
	}
}
