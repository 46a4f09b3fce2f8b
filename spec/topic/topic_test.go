package topic_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/topic"
	"github.com/weft-dev/weft/text/diag"
)

func TestSeedNamesAreJudgedAsTheyShould(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(corpus.Seeds(t), "topic-names.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if strings.HasPrefix(line, "#") || len(fields) < 2 {
			continue
		}
		seen++
		reading := topic.Definition().Parse(fields[0], "")
		if want := fields[1] == "valid"; reading.Valid() != want {
			t.Errorf("%s: valid is %v, want %v: %+v", fields[0], reading.Valid(), want, reading.Problems)
		}
	}
	if seen < 10 {
		t.Fatalf("only %d names were found", seen)
	}
}

func TestDefinition(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, parts, codes, suggested string
	}{
		{"hitch.accounts.1.event.user.signedup", "hitch|accounts|1|event|user|signedup|", "", ""},
		{"hitch.email.1.command.user.welcome.send", "hitch|email|1|command|user.welcome|send|", "", ""},
		{"hitch/email/1/event/user/welcome/send/queued", "hitch|email|1|event|user/welcome|send|queued", "", ""},
		{"hitch.accounts.1.event.user.full_name.changed", "hitch|accounts|1|event|user.full_name|changed|", "", ""},
		// history
		{"hitch.accounts.1.0.event.user.signup", "hitch|accounts|1|event|user|signedup|", "topic/old-form topic/tense", "hitch.accounts.1.event.user.signedup"},
		{"hitch.email.1.action.user.welcome.send", "hitch|email|1|command|user.welcome|send|", "topic/old-form", "hitch.email.1.command.user.welcome.send"},
		{"hitch.email.1.event.user.welcome.send.succeed", "hitch|email|1|event|user.welcome|send|succeeded", "topic/old-form", "hitch.email.1.event.user.welcome.send.succeeded"},
		{"hitch/accounts/1.0/event/user/signup", "hitch|accounts|1|event|user|signedup|", "topic/old-form topic/tense", "hitch/accounts/1/event/user/signedup"},
		{"hitch.accounts.v2.event.user.signedup", "hitch|accounts|2|event|user|signedup|", "topic/version", "hitch.accounts.2.event.user.signedup"},
		// tense
		{"hitch.accounts.1.event.user.sign_up", "hitch|accounts|1|event|user|signed_up|", "topic/tense", "hitch.accounts.1.event.user.signed_up"},
		{"hitch.accounts.1.event.user.signUp", "hitch|accounts|1|event|user|signed_up|", "topic/tense", "hitch.accounts.1.event.user.signed_up"},
		{"hitch.email.1.command.mail.sent", "hitch|email|1|command|mail|send|", "topic/tense", "hitch.email.1.command.mail.send"},
		{"hitch.billing.1.event.invoice.overdue", "hitch|billing|1|event|invoice|overdue|", "topic/tense", ""},
		{"hitch.billing.1.event.card.email_verified", "hitch|billing|1|event|card|email_verified|", "", ""},
		{"hitch.email.1.event.mail.sent.done", "hitch|email|1|event|mail|send|done", "topic/tense", "hitch.email.1.event.mail.send.done"},
		// ambiguity
		{"shop.orders.1.event.payment.failed", "shop|orders|1|event|payment|failed|", "topic/ambiguous", ""},
		{"shop.orders.1.event.order.payment.failed", "shop|orders|1|event|order|payment|failed", "topic/tense topic/ambiguous", ""},
		// parameters
		{"hitch.accounts.{version}.event.{user}.signedup", "hitch|accounts|{version}|event|{user}|signedup|", "", ""},
		{"hitch.accounts.1.{type}.user.signup", "hitch|accounts|1|{type}|user|signup|", "topic/ambiguous", ""},
		// faults
		{"hitch.accounts.1.events.user.signedup", "hitch|accounts|1||||", "topic/type", ""},
		{"hitch.accounts.1.EVENT.user.signedup", "hitch|accounts|1|event|user|signedup|", "topic/type", "hitch.accounts.1.event.user.signedup"},
		{"accounts.1.event.user.signedup", "|||event|user|signedup|", "topic/missing-part", ""},
		{"hitch.accounts.1.event", "hitch|accounts|1|event|||", "topic/missing-part", ""},
		{".hitch.accounts.1.event.user.signedup", "||||||", "topic/empty-part", ""},
		{"orders", "orders||||||", "topic/missing-part", ""},
		{"", "||||||", "topic/empty-part", ""},
		{"hitch.accounts.1.event.the user.signedup", "hitch|accounts|1|event|the user|signedup|", "topic/characters", ""},
		{"hitch.email.1.command.mail.queued", "hitch|email|1|command|mail|queued|", "topic/status", ""},
	} {
		reading := topic.Definition().Parse(c.name, "")
		var parts, codes []string
		for _, role := range topic.Definition().Roles() {
			parts = append(parts, reading.Get(role))
		}
		for _, p := range reading.Problems {
			codes = append(codes, string(p.Code))
			if p.Message == "" || p.Start < 0 || p.End < p.Start || p.End > len(c.name) {
				t.Errorf("%q: the problem is incomplete: %+v", c.name, p)
			}
		}
		if got := strings.Join(parts, "|"); got != c.parts {
			t.Errorf("%q reads as %s, want %s", c.name, got, c.parts)
		}
		if got := strings.Join(codes, " "); got != c.codes {
			t.Errorf("%q has %q, want %q", c.name, got, c.codes)
		}
		if reading.Suggested != c.suggested {
			t.Errorf("%q: suggested %q, want %q", c.name, reading.Suggested, c.suggested)
		}
	}
}

func TestAmbiguousNamesHaveBothReadings(t *testing.T) {
	t.Parallel()
	reading := topic.Definition().Parse("shop.orders.1.event.order.payment.failed", "")
	if len(reading.Others) != 1 {
		t.Fatalf("there are %d other readings", len(reading.Others))
	}
	last := reading.Others[0][len(reading.Others[0])-1]
	if last.Role != topic.Verb || last.Text != "failed" || reading.Get(topic.Status) != "failed" {
		t.Errorf("the readings are %+v and %+v", reading.Parts, reading.Others)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name, sep string
		valid              bool
	}{
		{topic.SimplePattern, "payments.invoice.overdue", "", true},
		{topic.SimplePattern, "topic-1", "", false},
		{topic.SimplePattern, "orders-queue", "", false},
		{topic.SimplePattern, "payments/invoice/overdue", "/", true},
		{topic.SimplePattern, "payments.{invoice}.overdue", "", true},
		{topic.SimplePattern, "payments.inv{id}.overdue", "", true},
		{topic.SimplePattern, "payments..overdue", "", false},
		{"acme.{area}.{event:past}.v{version:number}", "acme.orders.created.v2", "", true},
		{"acme.{area}.{event:past}.v{version:number}", "acme.orders.create.v2", "", false},
		{"acme.{area}.{event:past}.v{version:number}", "acme.orders.created.2", "", false},
		{"acme.{area}.{event:past}.v{version:number}", "acme.orders.created.vx", "", false},
		{"acme.{area}.{event:past}.v{version:number}", "emca.orders.created.v1", "", false},
		{"{domain:lower}.{rest...}", "a.b.c.d", "", true},
		{"{domain:lower}.{rest...}", "a", "", false},
		{"{domain:lower}.{rest...}", "A.b", "", false},
		{"{a}-{type:event|command}", "x-event", "", true},
		{"{a}-{type:event|command}", "x-evnt", "", false},
	} {
		convention, err := topic.ParseConvention(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if reading := convention.Parse(c.name, c.sep); reading.Valid() != c.valid {
			t.Errorf("%s as %s: valid is %v: %+v", c.name, c.pattern, reading.Valid(), reading.Problems)
		}
	}
	for _, wrong := range []string{"definitions", "{a}{b}.c", "{a}..{b}", "{a.b", "{}", "{a:odd}", "{a}.{a}", "{a...}.{b...}"} {
		if _, err := topic.ParseConvention(wrong); err == nil {
			t.Errorf("the pattern %q is accepted", wrong)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	parts := map[string]string{
		"organization": "hitch", "team": "email", "version": "1", "type": "event",
		"resource": "user.welcome", "name": "send", "status": "queued",
	}
	for sep, want := range map[string]string{
		"": "hitch.email.1.event.user.welcome.send.queued", "/": "hitch/email/1/event/user/welcome/send/queued",
	} {
		if got, err := topic.Definition().Format(parts, sep); err != nil || got != want {
			t.Errorf("with %q: %s, %v", sep, got, err)
		}
	}
	for role, text := range map[string]string{"team": "", "version": "one", "type": "x", "organization": "a.b", "tema": "x", "name": "sent"} {
		wrong := map[string]string{}
		for k, v := range parts {
			wrong[k] = v
		}
		wrong[role] = text
		if got, err := topic.Definition().Format(wrong, ""); err == nil {
			t.Errorf("%s=%q gives %s", role, text, got)
		}
	}
	convention, _ := topic.ParseConvention("acme.{area}.v{version:number}")
	if got, err := convention.Format(map[string]string{"area": "orders", "version": "2"}, "/"); err != nil || got != "acme/orders/v2" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct{ protocol, address, codes string }{
		{"kafka", "orders.created", ""},
		{"kafka-secure", "orders/created", "topic/address"},
		{"kafka", "orders.{region}.created", ""},
		{"kafka", long(249), ""},
		{"kafka", long(250), "topic/address-length"},
		{"kafka", long(248) + "{region}", ""},
		{"kafka", long(249) + "{region}", "topic/address-length"},
		{"kafka", "..", "topic/address"},
		{"kafka", "", "topic/address-length"},
		{"kafka", "__orders", "topic/address-reserved"},
		{"kafka", "orders.late_ones", "topic/address-collision"},
		{"kafka", "größe", "topic/address"},
		{"mqtt", "lights/{id}/measured", ""},
		{"mqtt5", "lights/+/measured", "topic/address-wildcard"},
		{"secure-mqtt", "lights/#", "topic/address-wildcard"},
		{"mqtts", "lights/#/x", "topic/address-wildcard"},
		{"mqtt", "lights/a+/x", "topic/address-wildcard"},
		{"mqtt", "$SYS/x", "topic/address-reserved"},
		{"mqtt", "a\x00b", "topic/address"},
		{"mqtt", long(65_536), "topic/address-length"},
		{"amqp", "orders.created", ""},
		{"amqps", "orders.#.x", "topic/address-wildcard"},
		{"amqp", long(256), "topic/address-length"},
		{"amqp", strings.Repeat("ü", 128), "topic/address-length"},
		{"nats", "orders.created", ""},
		{"nats", "orders..created", "topic/address"},
		{"nats", "orders.cre ated", "topic/address"},
		{"nats", "orders.>", "topic/address-wildcard"},
		{"nats", "orders.>.x", "topic/address-wildcard"},
		{"nats", "$JS.API", "topic/address-reserved"},
		{"redis", "anything: goes/here", ""},
		{"sqs", "orders-created", ""},
		{"sqs", "orders-created.fifo", ""},
		{"sqs", "orders.created", "topic/address"},
		{"sqs", long(76) + ".fifo", "topic/address-length"},
		{"sqs", "arn:aws:sqs:us-east-1:123456789012:orders", ""},
		{"sqs", "https://sqs.us-east-1.amazonaws.com/123456789012/orders.x", "topic/address"},
		{"sns", long(256), ""},
		{"sns", "a.fifo.b", "topic/address"},
		{"googlepubsub", "orders", ""},
		{"googlepubsub", "1orders", "topic/address"},
		{"googlepubsub", "or", "topic/address-length"},
		{"googlepubsub", "googorders", "topic/address-reserved"},
		{"googlepubsub", "projects/p/topics/orders", ""},
		{"googlepubsub", "{topic}", ""},
		{"pulsar", "persistent://public/default/orders", ""},
		{"pulsar", "a/b", "topic/address"},
		{"rocketmq", "a.b", "topic/address"},
		{"solace", "a/b/*", "topic/address-wildcard"},
		{"solace", "a/b*", "topic/address-wildcard"},
		{"solace", strings.Repeat("a/", 129) + "a", "topic/address-length topic/address-length"},
		{"ws", "/prices", ""},
		{"wss", "/pri ces", "topic/address"},
		{"https", "/orders/{id}", ""},
		{"jms", "any thing", ""},
		{"ibmmq", "dev/orders", ""},
		{"stomp", "/queue/orders", ""},
		{"mercure", "https://example.com/books/{id}", ""},
		{"anypointmq", "a_b", "topic/address"},
		{"ros2", "/turtle1/cmd_vel", ""},
		{"ros2", "/turtle1//cmd_vel", "topic/address"},
		{"carrier-pigeon", "any thing", ""},
		{"", "any thing", ""},
	} {
		var codes []string
		for _, p := range topic.CheckAddress(c.protocol, c.address) {
			codes = append(codes, string(p.Code))
			if p.Start < 0 || p.End < p.Start || p.End > len(c.address) {
				t.Errorf("%s %q: a problem lies outside: %+v", c.protocol, c.address, p)
			}
		}
		if got := strings.Join(codes, " "); got != c.codes {
			t.Errorf("%s %.60q: %q, want %q", c.protocol, c.address, got, c.codes)
		}
	}
}

func TestMap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, from, to, want string }{
		{"hitch.accounts.1.event.user.signedup", "kafka", "mqtt", "hitch/accounts/1/event/user/signedup"},
		{"hitch.accounts.1.event.user.signedup", "amqp", "sqs", "hitch-accounts-1-event-user-signedup"},
		{"hitch.accounts.1.event.user.signedup", "nats", "redis", "hitch:accounts:1:event:user:signedup"},
		{"a.b", "kafka", "http", "/a/b"},
		{"/a/b", "ws", "kafka", "a.b"},
		{"orders.{region}.created", "kafka", "mqtt", "orders/{region}/created"},
		{"a-b.fifo", "sqs", "sns", "a-b.fifo"},
		{"a.b", "kafka", "nats", "a.b"},
		{"a_b.c", "kafka", "sqs", "a_b-c"},
		// refused
		{"a-b.c", "kafka", "sqs", ""},
		{"a/b.c", "mqtt", "kafka", ""},
		{"a/b c", "mqtt", "nats", ""},
		{"a-b.fifo", "sqs", "kafka", ""},
		{"a.b.fifo", "kafka", "sqs", "a-b-fifo"},
		{strings.Repeat("a.", 45) + "a", "kafka", "sqs", ""},
		{"a/+/b", "mqtt", "nats", ""},
		{"/a/b", "mqtt", "kafka", ""},
		{"a b", "kafka", "mqtt", ""},
		{"arn:aws:sqs:us-east-1:123456789012:orders", "sqs", "sns", ""},
		{"a.b", "kafak", "mqtt", ""},
		{"a.b", "kafka", "pigeon", ""},
	} {
		got, err := topic.Map(c.name, c.from, c.to)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q from %s to %s: %q, %v; want %q", c.name, c.from, c.to, got, err, c.want)
		}
	}
}

// What is mapped maps back, on every pair of protocols, or is refused.
func TestMapIsReversible(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range topic.Protocols() {
		names = append(names, p.Name)
	}
	mapped := 0
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.SampledFrom(names).Draw(t, "from")
		to := rapid.SampledFrom(names).Draw(t, "to")
		name := rapid.StringMatching(`[/]?[a-z{}]{1,4}([./:_-][a-z]{0,3}){0,6}([.]fifo)?`).Draw(t, "name")
		there, err := topic.Map(name, from, to)
		if err != nil {
			return
		}
		mapped++
		for _, p := range topic.CheckAddress(to, there) {
			if p.Severity >= diag.Error {
				t.Fatalf("%q on %s is not allowed: %s", there, to, p.Message)
			}
		}
		back, err := topic.Map(there, to, from)
		if err != nil || back != name {
			t.Fatalf("%q → %q → %q, %v", name, there, back, err)
		}
	})
	if mapped == 0 {
		t.Error("nothing was ever mapped")
	}
}

func TestRulesHaveExamplesThatShowThem(t *testing.T) {
	t.Parallel()
	has := func(rule diag.Rule, example string) bool {
		problems := topic.Definition().Check(example, "")
		if protocol, address, ok := strings.Cut(example, " "); ok && strings.HasPrefix(string(rule.Code), "topic/address") {
			problems = topic.CheckAddress(protocol, address)
		} else if rule.Code == topic.CodePattern {
			simple, _ := topic.ParseConvention(topic.SimplePattern)
			problems = simple.Check(example, "")
		}
		for _, p := range problems {
			if p.Code == rule.Code {
				return true
			}
		}
		return false
	}
	for _, rule := range topic.Rules() {
		if !has(rule, rule.Bad) || has(rule, rule.Good) {
			t.Errorf("%s: the examples do not show it", rule.Code)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("hitch.accounts.1.event.user.signedup", ".")
	f.Add("a/{b}/1.0/action/x/succeed", "")
	f.Fuzz(func(t *testing.T, name, sep string) {
		if len(sep) > 1 {
			return
		}
		for _, pattern := range []string{topic.DefinitionName, topic.SimplePattern, "x.{a...}.{b:past}.v{n:number}"} {
			convention, err := topic.ParseConvention(pattern)
			if err != nil {
				t.Fatal(err)
			}
			reading := convention.Parse(name, sep)
			for _, p := range reading.Problems {
				if p.Start < 0 || p.End < p.Start || p.End > len(name) {
					t.Fatalf("%q: a problem lies outside: %+v", name, p)
				}
			}
			if reading.Suggested == "" {
				continue
			}
			// What is suggested cannot be mended further.
			if again := convention.Parse(reading.Suggested, reading.Separator); again.Suggested != "" {
				t.Fatalf("%q → %q → %q", name, reading.Suggested, again.Suggested)
			}
		}
		for _, protocol := range topic.Protocols() {
			topic.CheckAddress(protocol.Name, name)
		}
	})
}
