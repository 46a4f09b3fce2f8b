package amqp_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rabbitmq/amqp091-go"

	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/embedded"
)

// The embedded server is held to what RabbitMQ does: each conversation runs
// with both, where there is a RabbitMQ.

// peer is a server to talk to without our driver.
type peer struct {
	*testing.T
	conn   *amqp091.Connection
	suffix string
}

func eachPeer(t *testing.T, talk func(p *peer)) {
	hosts := map[string]string{"embedded": newBroker(t, embedded.Options{}).host()}
	if real := os.Getenv("WEFT_RABBITMQ"); real != "" {
		hosts["RabbitMQ"] = real
	}
	for name, host := range hosts {
		t.Run(name, func(t *testing.T) {
			conn, err := amqp091.Dial("amqp://guest:guest@" + host + "/")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			talk(&peer{T: t, conn: conn, suffix: fmt.Sprintf(".%d", time.Now().UnixNano())})
		})
	}
}

// name is a name that no other test has.
func (p *peer) name(base string) string { return "conversation." + base + p.suffix }

func (p *peer) channel() *amqp091.Channel {
	p.Helper()
	ch, err := p.conn.Channel()
	p.must(err)
	return ch
}

func (p *peer) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// queue declares a queue that goes with the test.
func (p *peer) queue(ch *amqp091.Channel, base string, args amqp091.Table) string {
	p.Helper()
	q, err := ch.QueueDeclare(p.name(base), false, false, true, false, args)
	p.must(err)
	return q.Name
}

func (p *peer) exchange(ch *amqp091.Channel, base, kind string) string {
	p.Helper()
	name := p.name(base)
	p.must(ch.ExchangeDeclare(name, kind, false, false, false, false, nil))
	return name
}

func (p *peer) publish(ch *amqp091.Channel, exchange, key string, m amqp091.Publishing) {
	p.Helper()
	p.must(ch.Publish(exchange, key, false, false, m))
}

// got takes the bodies that are in a queue, once those are there that are wanted;
// nothing is wanted where none may come.
func (p *peer) got(ch *amqp091.Channel, queue, wanted string) string {
	p.Helper()
	patience, many := drivertest.Patience, len(strings.Fields(wanted))
	if many == 0 {
		patience = 300 * time.Millisecond
	}
	var bodies []string
	for deadline := time.Now().Add(patience); ; {
		d, ok, err := ch.Get(queue, true)
		p.must(err)
		if ok {
			bodies = append(bodies, string(d.Body))
			continue
		}
		if many > 0 && len(bodies) >= many || time.Now().After(deadline) {
			return strings.Join(bodies, " ")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// gone asks for what the server lets go by itself, until it is not there.
func (p *peer) gone(ask func(*amqp091.Channel) error) {
	p.Helper()
	err := ask(p.channel())
	for limit := time.Now().Add(drivertest.Patience); err == nil && time.Now().Before(limit); err = ask(p.channel()) {
		time.Sleep(300 * time.Millisecond) // to ask may be to use it
	}
	p.refused(err, 404)
}

// refused checks the reply code by which a channel ends.
func (p *peer) refused(err error, code int) {
	p.Helper()
	var e *amqp091.Error
	if !errors.As(err, &e) || e.Code != code || !e.Server {
		p.Errorf("got %v, want the code %d", err, code)
	}
}

func TestServerRoutes(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		for _, c := range []struct {
			kind     string
			bindings []string // keys of the queues a, b, …
			keys     []string
			want     []string // by queue
		}{
			{"direct", []string{"x", "y", "x"}, []string{"x", "y", "z"}, []string{"x", "y", "x"}},
			{"fanout", []string{"", "q"}, []string{"x", "y"}, []string{"x y", "x y"}},
			{
				"topic",
				[]string{"*.orange.*", "*.*.rabbit", "lazy.#", "#", "a.#.b.#.c", "*"},
				[]string{"quick.orange.rabbit", "lazy.orange.elephant", "lazy", "a.b.c", "a.x.b.b.y.z.c", "", "a.b"},
				[]string{
					"quick.orange.rabbit lazy.orange.elephant", "quick.orange.rabbit", "lazy.orange.elephant lazy",
					"quick.orange.rabbit lazy.orange.elephant lazy a.b.c a.x.b.b.y.z.c  a.b", "a.b.c a.x.b.b.y.z.c", "lazy",
				},
			},
		} {
			exchange := p.exchange(ch, c.kind, c.kind)
			var queues []string
			for i, key := range c.bindings {
				q := p.queue(ch, fmt.Sprint(c.kind, i), nil)
				p.must(ch.QueueBind(q, key, exchange, false, nil))
				p.must(ch.QueueBind(q, key, exchange, false, nil)) // twice is once
				queues = append(queues, q)
			}
			for _, key := range c.keys {
				p.publish(ch, exchange, key, amqp091.Publishing{Body: []byte(key)})
			}
			for i, q := range queues {
				if got := p.got(ch, q, c.want[i]); got != c.want[i] {
					p.Errorf("%s: the queue bound by %q has %q, want %q", c.kind, c.bindings[i], got, c.want[i])
				}
			}
			p.must(ch.QueueUnbind(queues[0], c.bindings[0], exchange, nil))
			p.publish(ch, exchange, c.keys[0], amqp091.Publishing{Body: []byte("late")})
			if got := p.got(ch, queues[0], ""); got != "" {
				p.Errorf("%s: a queue that is not bound any more has %q", c.kind, got)
			}
			p.must(ch.ExchangeDelete(exchange, false, false))
		}
	})
}

func TestServerRoutesByHeadersAndBetweenExchanges(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		headers, fanout := p.exchange(ch, "headers", "headers"), p.exchange(ch, "second", "fanout")
		all, any, beyond := p.queue(ch, "all", nil), p.queue(ch, "any", nil), p.queue(ch, "beyond", nil)
		p.must(ch.QueueBind(all, "", headers, false, amqp091.Table{"x-match": "all", "kind": "a", "size": int32(1)}))
		p.must(ch.QueueBind(any, "", headers, false, amqp091.Table{"x-match": "any", "kind": "a", "size": int32(1)}))
		p.must(ch.ExchangeBind(fanout, "", headers, false, amqp091.Table{"far": true}))
		p.must(ch.QueueBind(beyond, "", fanout, false, nil))
		for body, table := range map[string]amqp091.Table{
			"both": {"kind": "a", "size": int64(1)}, "one": {"kind": "a", "size": int64(2)}, "none": {"kind": "b"}, "far": {"far": true},
		} {
			p.publish(ch, headers, "", amqp091.Publishing{Headers: table, Body: []byte(body)})
		}
		if got := p.got(ch, all, "both"); got != "both" {
			p.Errorf("all: %q", got)
		}
		if got := p.got(ch, any, "both one"); got != "both one" && got != "one both" {
			p.Errorf("any: %q", got)
		}
		if got := p.got(ch, beyond, "far"); got != "far" {
			p.Errorf("beyond: %q", got)
		}
		for _, name := range []string{headers, fanout} {
			p.must(ch.ExchangeDelete(name, false, false))
		}
	})
}

func TestServerAnswersMistakesWithTheirCodes(t *testing.T) {
	eachPeer(t, func(p *peer) {
		q := p.queue(p.channel(), "q", nil)
		durable := p.name("durable")
		_, err := p.channel().QueueDeclare(durable, true, false, false, false, nil)
		p.must(err)
		defer func() { _, _ = p.channel().QueueDelete(durable, false, false, false) }()
		other, err := amqp091.Dial("amqp://guest:guest@" + p.conn.RemoteAddr().String() + "/")
		p.must(err)
		defer other.Close()
		for _, c := range []struct {
			what string
			code int
			do   func(ch *amqp091.Channel) error
		}{
			{"a queue that is not there", 404, func(ch *amqp091.Channel) error {
				_, err := ch.QueueDeclarePassive(p.name("none"), false, false, false, false, nil)
				return err
			}},
			{"consume from none", 404, func(ch *amqp091.Channel) error {
				_, err := ch.Consume(p.name("none"), "", false, false, false, false, nil)
				return err
			}},
			{"bind to no exchange", 404, func(ch *amqp091.Channel) error { return ch.QueueBind(q, "", p.name("none"), false, nil) }},
			{"an exchange that is not there", 404, func(ch *amqp091.Channel) error {
				return ch.ExchangeDeclarePassive(p.name("none"), "direct", false, false, false, false, nil)
			}},
			{"a queue declared otherwise", 406, func(ch *amqp091.Channel) error {
				_, err := ch.QueueDeclare(durable, false, false, false, false, nil)
				return err
			}},
			{"an exchange declared otherwise", 406, func(ch *amqp091.Channel) error {
				return ch.ExchangeDeclare("amq.direct", "topic", true, false, false, false, nil)
			}},
			{"a reserved name of an exchange", 403, func(ch *amqp091.Channel) error {
				return ch.ExchangeDeclare("amq.mine", "topic", true, false, false, false, nil)
			}},
			{"a reserved name of a queue", 403, func(ch *amqp091.Channel) error {
				_, err := ch.QueueDeclare("amq.mine", true, false, false, false, nil)
				return err
			}},
			{"bind to the default exchange", 403, func(ch *amqp091.Channel) error { return ch.QueueBind(q, "k", "", false, nil) }},
			{"an unknown delivery tag", 406, func(ch *amqp091.Channel) error { return sooner(ch, func() error { return ch.Ack(99, false) }) }},
			{"an exchange to publish to that is not there", 404, func(ch *amqp091.Channel) error {
				return sooner(ch, func() error { return ch.Publish(p.name("none"), "", false, false, amqp091.Publishing{}) })
			}},
			{"another's name as user", 406, func(ch *amqp091.Channel) error {
				return sooner(ch, func() error { return ch.Publish("", q, false, false, amqp091.Publishing{UserId: "ada"}) })
			}},
			{"an expiration that is no number", 406, func(ch *amqp091.Channel) error {
				return sooner(ch, func() error { return ch.Publish("", q, false, false, amqp091.Publishing{Expiration: "soon"}) })
			}},
			{"a dead letter key without its exchange", 406, func(ch *amqp091.Channel) error {
				_, err := ch.QueueDeclare("", false, false, true, false, amqp091.Table{"x-dead-letter-routing-key": "k"})
				return err
			}},
			{"a queue in use", 406, func(ch *amqp091.Channel) error {
				if _, err := ch.Consume(q, "", false, false, false, false, nil); err != nil {
					return err
				}
				_, err := ch.QueueDelete(q, true, false, false)
				return err
			}},
			{"a second exclusive consumer", 403, func(ch *amqp091.Channel) error {
				if _, err := ch.Consume(q, "", false, true, false, false, nil); err != nil {
					return err
				}
				_, err := ch.Consume(q, "", false, false, false, false, nil)
				return err
			}},
		} {
			err := c.do(p.channel())
			var e *amqp091.Error
			if !errors.As(err, &e) || e.Code != c.code || !e.Server {
				p.Errorf("%s: got %v, want the code %d", c.what, err, c.code)
			}
		}
		ch, err := other.Channel()
		p.must(err)
		_, err = ch.QueueDeclarePassive(q, false, false, false, false, nil)
		p.refused(err, amqp091.ResourceLocked)
	})
}

// sooner does what has no answer of its own and waits for the channel's end,
// for which it listens before: the server may be faster.
func sooner(ch *amqp091.Channel, do func() error) error {
	ended := ch.NotifyClose(make(chan *amqp091.Error, 1))
	if err := do(); err != nil {
		return err
	}
	select {
	case e := <-ended:
		if e != nil {
			return e
		}
		return errors.New("it ended without a reason")
	case <-time.After(time.Minute):
		return errors.New("nothing happened")
	}
}

func TestServerEndsConnectionsThatBreakTheRules(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		_, err := ch.Consume(p.queue(ch, "q", nil), "tag", false, false, false, false, nil)
		p.must(err)
		ended := p.conn.NotifyClose(make(chan *amqp091.Error, 1))
		if _, err := ch.Consume(p.name("q"), "tag", false, false, false, false, nil); err == nil {
			p.Error("a tag was used twice")
		}
		p.refused(<-ended, amqp091.NotAllowed)
		_, err = amqp091.Dial("amqp://guest:guest@" + p.conn.RemoteAddr().String() + "/nowhere")
		p.refused(err, amqp091.NotAllowed)
		_, err = amqp091.Dial("amqp://guest:wrong@" + p.conn.RemoteAddr().String() + "/")
		if !errors.Is(err, amqp091.ErrCredentials) {
			p.Errorf("a wrong password: %v", err)
		}
	})
}

func TestServerGivesBackWhatWasNotSettled(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		q := p.queue(ch, "q", nil)
		for _, body := range strings.Fields("a b c d e f") {
			p.publish(ch, "", q, amqp091.Publishing{Body: []byte(body)})
		}
		worker := p.channel()
		p.must(worker.Qos(4, 0, false))
		deliveries, err := worker.Consume(q, "worker", false, false, false, false, nil)
		p.must(err)
		var tags []uint64
		for range 4 {
			d := <-deliveries
			tags = append(tags, d.DeliveryTag)
		}
		p.must(worker.Ack(tags[1], false))         // b; e comes
		p.must(worker.Nack(tags[2], false, false)) // c is gone; f comes
		for range 2 {
			if d := <-deliveries; d.Redelivered {
				p.Errorf("%s was not delivered before", d.Body)
			}
		}
		p.must(worker.Cancel("worker", false))
		p.must(worker.Close())
		var got []string
		for range 4 {
			d := p.wait(ch, q)
			if !d.Redelivered {
				p.Fatalf("%s was not delivered before", d.Body)
			}
			got = append(got, string(d.Body))
		}
		if text := strings.Join(got, " "); text != "a d e f" {
			p.Errorf("what comes back is %s, want a d e f", text)
		}
	})
}

func TestServerRecoversAndSharesAPrefetch(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		q := p.queue(ch, "q", nil)
		for _, body := range strings.Fields("a b c") {
			p.publish(ch, "", q, amqp091.Publishing{Body: []byte(body)})
		}
		p.must(ch.Qos(2, 0, true))
		one, err := ch.Consume(q, "one", false, false, false, false, nil)
		p.must(err)
		first, second := <-one, <-one
		select {
		case d := <-one:
			p.Errorf("%s is more than the channel may have", d.Body)
		case <-time.After(100 * time.Millisecond):
		}
		p.must(ch.Recover(true)) //nolint:staticcheck // old clients use it
		again, next := <-one, <-one
		if string(again.Body) == "c" { // RabbitMQ may send it before it has put the others back
			again, next = next, again
		}
		if string(again.Body) != string(first.Body) || !again.Redelivered || again.DeliveryTag <= second.DeliveryTag {
			p.Errorf("recovered %s with the tag %d, redelivered %t, and %s", again.Body, again.DeliveryTag, again.Redelivered, next.Body)
		}
		p.must(ch.Ack(0, true)) // all
	})
}

func TestServerReturnsConfirmsAndRefuses(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		p.must(ch.Confirm(false))
		returned := ch.NotifyReturn(make(chan amqp091.Return, 1))
		confirmed := ch.NotifyPublish(make(chan amqp091.Confirmation, 10))
		p.must(ch.Publish("", p.name("none"), true, false, amqp091.Publishing{Body: []byte("back"), MessageId: "1"}))
		if r := <-returned; r.ReplyCode != 312 || string(r.Body) != "back" || r.MessageId != "1" {
			p.Errorf("returned %+v", r)
		}
		if c := <-confirmed; !c.Ack {
			p.Error("what came back is not confirmed")
		}
		q := p.queue(ch, "small", amqp091.Table{"x-max-length": int64(2), "x-overflow": "reject-publish"})
		var acks []bool
		for _, body := range strings.Fields("a b c") {
			p.publish(ch, "", q, amqp091.Publishing{Body: []byte(body)})
			c := <-confirmed
			acks = append(acks, c.Ack)
		}
		if fmt.Sprint(acks) != "[true true false]" {
			p.Errorf("a queue of two confirms %v", acks)
		}
		if got := p.got(ch, q, "a b"); got != "a b" {
			p.Errorf("it has %q", got)
		}
	})
}

func TestServerBuriesDeadLetters(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		grave := p.queue(ch, "grave", nil)
		args := func(more amqp091.Table) amqp091.Table {
			more["x-dead-letter-exchange"], more["x-dead-letter-routing-key"] = "", grave
			return more
		}
		for _, c := range []struct {
			reason string
			queue  string
			kill   func(q string)
		}{
			{"rejected", p.queue(ch, "r", args(amqp091.Table{})), func(q string) {
				p.publish(ch, "", q, amqp091.Publishing{Body: []byte("rejected"), Headers: amqp091.Table{"h": "v"}})
				for {
					d, ok, err := ch.Get(q, false)
					if p.must(err); ok {
						p.must(d.Reject(false))
						return
					}
				}
			}},
			{"expired", p.queue(ch, "e", args(amqp091.Table{"x-message-ttl": int32(20)})), func(q string) {
				p.publish(ch, "", q, amqp091.Publishing{Body: []byte("expired"), Headers: amqp091.Table{"h": "v"}})
			}},
			{"expired", p.queue(ch, "m", args(amqp091.Table{})), func(q string) {
				p.publish(ch, "", q, amqp091.Publishing{Body: []byte("expired"), Expiration: "20", Headers: amqp091.Table{"h": "v"}})
			}},
			{"maxlen", p.queue(ch, "l", args(amqp091.Table{"x-max-length": int32(1)})), func(q string) {
				p.publish(ch, "", q, amqp091.Publishing{Body: []byte("maxlen"), Headers: amqp091.Table{"h": "v"}})
				p.publish(ch, "", q, amqp091.Publishing{Body: []byte("newer")})
			}},
		} {
			c.kill(c.queue)
			d := p.wait(ch, grave)
			if string(d.Body) != c.reason || d.Expiration != "" || d.RoutingKey != grave {
				p.Errorf("the dead letter is %+v", d)
			}
			deaths, _ := d.Headers["x-death"].([]any)
			if len(deaths) != 1 {
				p.Fatalf("%s: x-death is %v", c.reason, d.Headers["x-death"])
			}
			death := deaths[0].(amqp091.Table)
			if death["reason"] != c.reason || death["queue"] != c.queue || death["count"] != int64(1) || death["exchange"] != "" ||
				fmt.Sprint(death["routing-keys"]) != "["+c.queue+"]" || d.Headers["h"] != "v" ||
				d.Headers["x-first-death-queue"] != c.queue || d.Headers["x-first-death-reason"] != c.reason {
				p.Errorf("%s: the headers are %v", c.reason, d.Headers)
			}
		}
	})
}

func (p *peer) wait(ch *amqp091.Channel, queue string) amqp091.Delivery {
	p.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		d, ok, err := ch.Get(queue, true)
		if p.must(err); ok {
			return d
		}
	}
	p.Fatalf("nothing came to %s", queue)
	return amqp091.Delivery{}
}

// TestServerEndsRounds: a message that goes from queue to queue by itself is
// let go when it comes round, one that somebody rejects goes round for ever.
func TestServerEndsRounds(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		work, pause := p.name("work"), p.name("pause")
		p.queue(ch, "work", amqp091.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": pause})
		p.queue(ch, "pause", amqp091.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": work, "x-message-ttl": int32(10)})
		loop := p.name("loop")
		p.queue(ch, "loop", amqp091.Table{"x-dead-letter-exchange": "", "x-dead-letter-routing-key": loop, "x-message-ttl": int32(10)})
		p.publish(ch, "", loop, amqp091.Publishing{Body: []byte("round")})
		p.publish(ch, "", work, amqp091.Publishing{Body: []byte("try")})
		for n := range int64(3) {
			for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
				d, ok, err := ch.Get(work, false)
				p.must(err)
				if !ok && time.Now().Before(deadline) {
					continue
				}
				if n > 0 && d.Headers["x-death"].([]any)[0].(amqp091.Table)["count"] != n {
					p.Errorf("the %d. time it says %v", n+1, d.Headers["x-death"])
				}
				p.must(ch.Reject(d.DeliveryTag, false))
				break
			}
		}
		if got := p.got(ch, loop, ""); got != "" {
			p.Errorf("%q goes round", got)
		}
	})
}

func TestServerSendsCopies(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		a, b, c := p.queue(ch, "a", nil), p.queue(ch, "b", nil), p.queue(ch, "c", nil)
		p.publish(ch, "", a, amqp091.Publishing{Body: []byte("x"), Headers: amqp091.Table{"CC": []any{b, a}, "BCC": []any{c}}})
		for _, q := range []string{a, b, c} {
			d := p.wait(ch, q)
			if _, seen := d.Headers["BCC"]; seen || d.Headers["CC"] == nil {
				p.Errorf("%s: the headers are %v", q, d.Headers)
			}
		}
		if got := p.got(ch, a, ""); got != "" {
			p.Errorf("a has it twice: %q", got)
		}
	})
}

func TestServerLetsQueuesGo(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		auto, err := ch.QueueDeclare("", false, true, false, false, nil)
		p.must(err)
		if !strings.HasPrefix(auto.Name, "amq.gen-") {
			p.Errorf("a queue is named %s by the server", auto.Name)
		}
		brief, err := ch.QueueDeclare(p.name("brief"), false, false, false, false, amqp091.Table{"x-expires": int32(50)})
		p.must(err)
		exchange := p.name("auto")
		p.must(ch.ExchangeDeclare(exchange, "fanout", false, true, false, false, nil))
		p.must(ch.QueueBind(auto.Name, "", exchange, false, nil))
		_, err = ch.Consume(auto.Name, "tag", false, false, false, false, nil)
		p.must(err)
		p.must(ch.Cancel("tag", false))
		passive := func(name string, auto bool) func(*amqp091.Channel) error {
			return func(ch *amqp091.Channel) error {
				_, err := ch.QueueDeclarePassive(name, false, auto, false, false, nil)
				return err
			}
		}
		p.gone(passive(auto.Name, true))
		p.gone(func(ch *amqp091.Channel) error {
			return ch.ExchangeDeclarePassive(exchange, "fanout", false, true, false, false, nil)
		})
		time.Sleep(300 * time.Millisecond)
		p.gone(passive(brief.Name, false))
		doomed := p.queue(ch, "doomed", nil)
		deliveries, err := ch.Consume(doomed, "doomed", false, false, false, false, nil)
		p.must(err)
		cancelled := ch.NotifyCancel(make(chan string, 1))
		_, err = p.channel().QueueDelete(doomed, false, false, false)
		p.must(err)
		if tag := <-cancelled; tag != "doomed" {
			p.Errorf("cancelled %q", tag)
		}
		if _, open := <-deliveries; open {
			p.Error("a queue that is gone delivers")
		}
	})
}

func TestServerCarriesEveryPropertyAndType(t *testing.T) {
	eachPeer(t, func(p *peer) {
		ch := p.channel()
		q := p.queue(ch, "q", nil)
		now := time.Now().Truncate(time.Second)
		headers := amqp091.Table{
			"t": true, "b": int8(-1), "B": uint8(200), "s": int16(-300), "u": uint16(60000), "I": int32(-70000), "i": uint32(4e9), "l": int64(-5e12),
			"f": float32(1.5), "d": 2.25, "D": amqp091.Decimal{Scale: 2, Value: 1234}, "S": "text", "x": []byte{0, 255}, "T": now, "V": nil,
			"F": amqp091.Table{"in": amqp091.Table{"deep": []any{"a", int64(1)}}}, "A": []any{"a", int32(2), amqp091.Table{"k": "v"}},
		}
		m := amqp091.Publishing{
			Headers: headers, ContentType: "text/plain", ContentEncoding: "utf-8", DeliveryMode: 2, Priority: 5, CorrelationId: "c", ReplyTo: "r",
			Expiration: "60000", MessageId: "m", Timestamp: now, Type: "ty", UserId: "guest", AppId: "app", Body: []byte(strings.Repeat("x", 300_000)),
		}
		p.publish(ch, "", q, m)
		d := p.wait(ch, q)
		for name, want := range headers {
			if got := d.Headers[name]; fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", want, want) {
				p.Errorf("header %s is %T %v, want %T %v", name, got, got, want, want)
			}
		}
		d.Acknowledger, d.Headers, m.Headers = nil, nil, nil
		want := amqp091.Delivery{
			ContentType: m.ContentType, ContentEncoding: m.ContentEncoding, DeliveryMode: 2, Priority: 5, CorrelationId: "c", ReplyTo: "r",
			Expiration: "60000", MessageId: "m", Timestamp: now, Type: "ty", UserId: "guest", AppId: "app", Body: m.Body,
			DeliveryTag: 1, RoutingKey: q,
		}
		if fmt.Sprint(d) != fmt.Sprint(want) {
			p.Errorf("received %+.300v", d)
		}
	})
}
