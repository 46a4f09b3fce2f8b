package nats

import (
	"strconv"
	"strings"
	"time"
)

// facts are what the server says of a message in the subject to which it wants
// the acknowledgement.
type facts struct {
	stream    string
	consumer  string
	delivered uint64 // how often, this time included
	sequence  uint64 // in the stream
	order     uint64 // of the deliveries of the consumer
	stored    time.Time
}

// readFacts reads "$JS.ACK.stream.consumer.delivered.sequence.order.time.pending",
// or the longer form that has domain and account after ACK and more at the end.
func readFacts(reply string) (facts, bool) {
	rest, ok := strings.CutPrefix(reply, "$JS.ACK.")
	if !ok {
		return facts{}, false
	}
	if strings.Count(rest, ".") >= 8 {
		for range 2 {
			_, rest, _ = strings.Cut(rest, ".")
		}
	}
	var f facts
	f.stream, rest, _ = strings.Cut(rest, ".")
	f.consumer, rest, _ = strings.Cut(rest, ".")
	var nanos uint64
	for _, place := range []*uint64{&f.delivered, &f.sequence, &f.order, &nanos} {
		var token string
		token, rest, _ = strings.Cut(rest, ".")
		n, err := strconv.ParseUint(token, 10, 64)
		if err != nil {
			return facts{}, false
		}
		*place = n
	}
	f.stored = time.Unix(0, int64(nanos))
	return f, f.stream != "" && f.consumer != "" && f.sequence > 0
}
