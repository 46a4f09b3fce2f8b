package pulsar_test

import (
	"bytes"
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/weft-dev/weft/extra/pulsar/server"
	"github.com/weft-dev/weft/wire/driver"
)

// program is what somebody would write in Python: each type of subscription,
// acknowledgement in both ways, giving back, reading from the beginning, and an
// answer that our driver waits for.
const program = `
import sys, pulsar
quiet = pulsar.ConsoleLogger(pulsar.LoggerLevel.Error)
c = pulsar.Client(sys.argv[1], logger=quiet, operation_timeout_seconds=10)
T = pulsar.ConsumerType

def consume(topic, kind, n):
    s = c.subscribe(topic, 'group', consumer_type=kind, negative_ack_redelivery_delay_ms=100)
    p = c.create_producer(topic, batching_enabled=True, batching_max_publish_delay_ms=5)
    for i in range(n):
        p.send_async(b'%d' % i, lambda r, m: None, partition_key=str(i % 3))
    p.flush()
    got = [s.receive(10000) for _ in range(n)]
    assert sorted(int(m.data()) for m in got) == list(range(n)), [m.data() for m in got]
    return s, p, got

for kind in (T.Exclusive, T.Shared, T.Failover, T.KeyShared):
    s, p, got = consume('py-%s' % kind.name, kind, 20)
    if kind in (T.Exclusive, T.Failover):
        s.acknowledge_cumulative(got[-1])
    else:
        for m in got: s.acknowledge(m)
    p.send(b'again')
    m = s.receive(10000)
    s.negative_acknowledge(m)
    m = s.receive(10000)
    assert m.data() == b'again' and m.redelivery_count() == 1, (m.data(), m.redelivery_count())
    s.acknowledge(m)
    s.unsubscribe()

r = c.create_reader('py-Exclusive', pulsar.MessageId.earliest)
assert r.read_next(10000).data() == b'0'
r.close()

s = c.subscribe('py-Shared', 'later', initial_position=pulsar.InitialPosition.Earliest)
assert s.receive(10000).data() == b'0'
s.seek(pulsar.MessageId.latest)

inbox = c.subscribe('questions', 'answerers')
print('ready', flush=True)
q = inbox.receive(10000)
assert q.properties() == {'kind': 'order', 'correlationId': '7'} and q.partition_key() == 'k', (q.properties(), q.partition_key())
inbox.acknowledge(q)
c.create_producer('answers').send(b'yes', properties={'correlationId': q.properties()['correlationId'], 'from': 'python'}, partition_key='k', event_timestamp=1700000000123)
c.close()
print('done')
`

// TestAForeignClient proves the server with the client of the Pulsar project for
// C++ and Python, and the driver with what it sends.
func TestAForeignClient(t *testing.T) {
	python := pythonWith(t, "pulsar")
	s := start(t, server.Options{})
	conn := connect(t, s.place())
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	answers, err := conn.OpenReceiver(ctx, driver.ReceiverOptions{Address: "answers", Group: "askers"})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, python, "-c", program, "pulsar://"+s.server.Addr())
	var out bytes.Buffer
	said := &signalled{to: &out, ready: make(chan struct{})}
	command.Stdout, command.Stderr = said, &out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case <-said.ready:
	case err := <-ended:
		t.Fatalf("the client ends: %v\n%s", err, &out)
	}
	questions, err := conn.OpenSender(ctx, driver.SenderOptions{Address: "questions"})
	if err != nil {
		t.Fatal(err)
	}
	question := &driver.Message{Key: []byte("k"), Body: []byte("?"), CorrelationID: "7", Headers: []driver.Header{{Name: "kind", Value: []byte("order")}}}
	if err := questions.Send(ctx, []*driver.Message{question}); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatalf("the client ends: %v\n%s", err, &out)
	}
	got, err := answers.Receive(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	if m := got[0]; string(m.Body) != "yes" || m.CorrelationID != "7" || string(m.Key) != "k" || m.Timestamp.UnixMilli() != 1700000000123 {
		t.Errorf("received %+v", m)
	}
	if from, _ := got[0].Header("from"); string(from) != "python" {
		t.Errorf("the header is %q", from)
	}
}

// signalled tells when something was written.
type signalled struct {
	to    *bytes.Buffer
	ready chan struct{}
	told  bool
}

func (s *signalled) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	if !s.told && bytes.Contains(s.to.Bytes(), []byte("ready")) {
		s.told = true
		close(s.ready)
	}
	return n, err
}
