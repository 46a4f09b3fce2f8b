package connect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/bridge/connect"
)

func read(text string) ([]connect.Edge, error) {
	return connect.Read(source.NewFile("memory:///p.yaml", "p.yaml", []byte(text)))
}

func TestEachInputLeadsToEachOutput(t *testing.T) {
	edges, err := read(`
input:
  broker:
    inputs:
      - {label: a, kafka_franz: {seed_brokers: ['k1:9092,k2:9092'], topics: [orders], consumer_group: g}}
      - {resource: more}
      - {read_until: {input: {nats_jetstream: {urls: ['nats://u:p@n:4222'], subject: s, durable: d}}}}
input_resources:
  - {label: more, mqtt: {urls: ['tcp://m:1883'], topics: [t/1, t/2]}}
output:
  fallback:
    - switch: {cases: [{output: {drop: {}}}, {output: {aws_sqs: {url: '${Q}'}}}]}
    - retry: {output: {mystery: {a: 1}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range edges {
		got = append(got, strings.Join(append(append([]string{e.From.Protocol, e.From.Group}, e.From.Servers...), e.From.Addresses...), " ")+" > "+e.To.Component+" "+strings.Join(e.To.Addresses, " "))
	}
	want := []string{
		"kafka g k1:9092 k2:9092 orders > aws_sqs ${Q}", "kafka g k1:9092 k2:9092 orders > mystery ",
		"mqtt  tcp://m:1883 t/1 t/2 > aws_sqs ${Q}", "mqtt  tcp://m:1883 t/1 t/2 > mystery ",
		"jetstream d nats://…@n:4222 s > aws_sqs ${Q}", "jetstream d nats://…@n:4222 s > mystery ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoPipelineSaysSo(t *testing.T) {
	for _, text := range []string{"", "a: 1", "input: {generate: {}}", "[", "asyncapi: 3.0.0"} {
		if _, err := read(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestAPipelineThatRepeatsItselfEnds(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 {kafka: {topics: [t]}}\n")
	for i := 1; i < 30; i++ {
		b.WriteString(strings.NewReplacer("N", string(rune('0'+i/10))+string(rune('0'+i%10)), "M", prev(i)).Replace("aN: &aN {broker: {inputs: [*aM, *aM]}}\n"))
	}
	b.WriteString("input: *a29\noutput: {drop: {}}\n")
	if _, err := read(b.String()); err == nil {
		t.Error("it was read")
	}
}

func prev(i int) string {
	if i == 1 {
		return "0"
	}
	return string(rune('0'+(i-1)/10)) + string(rune('0'+(i-1)%10))
}

func FuzzRead(f *testing.F) {
	f.Add("input: {kafka: {topics: [a]}}\noutput: {aws_sqs: {url: b}}\n")
	f.Add("input: {broker: {inputs: [&a {resource: a}, *a]}}\ninput_resources: [{label: a, resource: a}]\noutput: {fallback: [{drop: {}}]}\n")
	f.Fuzz(func(t *testing.T, text string) {
		if edges, err := read(text); err != nil && edges != nil {
			t.Fatal("an error and edges")
		}
	})
}
