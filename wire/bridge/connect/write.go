package connect

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/weft-dev/weft/text/tree"
	"github.com/weft-dev/weft/wire/bridge"
)

// Site is where one end of a bridge is.
type Site struct {
	// Name says which operation it is, for people.
	Name string
	// Server is the URL of its server, without secrets, and Address its topic or
	// queue.
	Server, Address string
	Group           string
	// ContentTypes are those of its messages, and Framed says that they name
	// their schema in the schema registry at Registry.
	ContentTypes []string
	Framed       bool
	Registry     string
}

// Write writes a pipeline that does what a bridge does. It fails, and says why,
// where that cannot be said there.
func Write(from, to Site, mapping *bridge.Mapping) ([]byte, error) {
	input, err := componentFor(from, true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from.Name, err)
	}
	output, err := componentFor(to, false)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", to.Name, err)
	}
	processors, err := processorsOf(from, to, mapping)
	if err != nil {
		return nil, err
	}
	root := tree.NewObject()
	root.Comments = &tree.Comments{Head: "From " + from.Name + " to " + to.Name + ".\n" +
		"Unlike weft bridge, this judges no message by a contract: what the schema registry\ndoes not refuse goes through. Secrets are not here; add them."}
	for _, member := range []struct {
		name  string
		value any
	}{{"input", input}, {"pipeline", map[string]any{"processors": processors}}, {"output", output}} {
		node, err := tree.FromValue(member.value)
		if err != nil {
			return nil, err
		}
		root.Set(member.name, node)
	}
	return tree.Print(root, tree.YAML)
}

// componentFor is the input or output for a site.
func componentFor(s Site, input bool) (map[string]any, error) {
	where, err := url.Parse(s.Server)
	if err != nil {
		return nil, fmt.Errorf("%q is no URL", s.Server)
	}
	hosts := []any{}
	for host := range strings.SplitSeq(where.Host, ",") {
		hosts = append(hosts, host)
	}
	address := strings.TrimPrefix(s.Address, "/")
	scheme := strings.ToLower(where.Scheme)
	switch strings.TrimSuffix(scheme, "-secure") {
	case "kafka":
		return kafka(s, hosts, input), nil
	case "sqs":
		return sqs(where, address, input)
	case "amqp", "amqps":
		return amqp(where, address, input), nil
	case "nats", "jetstream":
		return nats(s, scheme, hosts, address, input), nil
	}
	return nil, fmt.Errorf("no pipeline is written for the protocol %s: there is kafka, sqs, amqp, nats and jetstream", scheme)
}

func kafka(s Site, hosts []any, input bool) map[string]any {
	if input {
		return map[string]any{"kafka_franz": map[string]any{
			"seed_brokers": hosts, "topics": []any{s.Address}, "consumer_group": s.Group, "start_from_oldest": true,
		}}
	}
	return map[string]any{"kafka_franz": map[string]any{
		"seed_brokers": hosts, "topic": s.Address, "key": `${! metadata("kafka_key").or("") }`, "metadata": map[string]any{"include_patterns": []any{".*"}},
	}}
}

func sqs(where *url.URL, queue string, input bool) (map[string]any, error) {
	if strings.HasPrefix(queue, "arn:") {
		return nil, errors.New("its queue is an ARN, and a pipeline wants the queue's URL")
	}
	fields := map[string]any{}
	host := where.Hostname()
	switch region, isAWS := regionOf(host); {
	case strings.HasPrefix(queue, "http"):
		fields["url"] = queue
	case isAWS:
		fields["url"], fields["region"] = "https://"+where.Host+"/${AWS_ACCOUNT_ID}/"+queue, region
	default:
		fields["endpoint"], fields["url"], fields["region"] = "http://"+where.Host, "http://"+where.Host+"/000000000000/"+queue, "us-east-1"
	}
	if !input {
		fields["metadata"] = map[string]any{"exclude_prefixes": []any{"kafka_"}}
		if strings.HasSuffix(queue, ".fifo") {
			fields["message_group_id"] = `${! metadata("kafka_key").or("weft.no-key") }`
			fields["message_deduplication_id"] = `${! metadata("weft-id").or(uuid_v4()) }`
		}
	}
	return map[string]any{"aws_sqs": fields}, nil
}

// regionOf is the region in the name of one of Amazon's hosts.
func regionOf(host string) (string, bool) {
	parts := strings.Split(host, ".")
	if len(parts) > 3 && strings.HasSuffix(host, ".amazonaws.com") {
		return parts[1], true
	}
	return "", false
}

func amqp(where *url.URL, address string, input bool) map[string]any {
	fields := map[string]any{"urls": []any{where.Scheme + "://" + where.Host + where.EscapedPath()}}
	if input {
		fields["queue"] = address
	} else {
		fields["exchange"], fields["key"], fields["persistent"] = "", address, true
	}
	return map[string]any{"amqp_0_9": fields}
}

func nats(s Site, scheme string, hosts []any, subject string, input bool) map[string]any {
	urls := make([]any, len(hosts))
	for i, host := range hosts {
		urls[i] = fmt.Sprintf("nats://%v", host)
	}
	fields := map[string]any{"urls": urls, "subject": subject}
	name := "nats"
	if scheme == "jetstream" {
		name = "nats_jetstream"
	}
	if input && s.Group != "" {
		fields["queue"] = s.Group
	}
	return map[string]any{name: fields}
}

// processorsOf decode, map and encode.
func processorsOf(from, to Site, mapping *bridge.Mapping) ([]any, error) {
	list := []any{}
	decode, err := decoder(from)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from.Name, err)
	}
	if decode != nil {
		list = append(list, decode)
	}
	text, err := mapping.Bloblang()
	if err != nil {
		return nil, fmt.Errorf("the map: %w", err)
	}
	if text != "" {
		list = append(list, map[string]any{"mapping": text})
	}
	encode, err := encoder(to)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", to.Name, err)
	}
	if encode != nil {
		list = append(list, encode)
	}
	return list, nil
}

func decoder(s Site) (map[string]any, error) {
	switch {
	case s.Framed && s.Registry != "":
		return map[string]any{"schema_registry_decode": map[string]any{"url": s.Registry, "avro": map[string]any{"raw_unions": true}}}, nil
	case !allJSON(s.ContentTypes):
		return nil, fmt.Errorf("a pipeline reads %s only by a schema registry: say schemaIdLocation in the Kafka binding of its messages", strings.Join(s.ContentTypes, ", "))
	}
	return nil, nil //nolint:nilnil // JSON needs no decoder
}

func encoder(s Site) (map[string]any, error) {
	switch {
	case s.Framed && s.Registry != "":
		return map[string]any{"schema_registry_encode": map[string]any{"url": s.Registry, "subject": s.Address + "-value", "avro": map[string]any{"raw_json": true}}}, nil
	case !allJSON(s.ContentTypes):
		return nil, fmt.Errorf("a pipeline writes %s only by a schema registry: say schemaIdLocation in the Kafka binding of its messages", strings.Join(s.ContentTypes, ", "))
	}
	return nil, nil //nolint:nilnil // JSON needs no encoder
}

func allJSON(types []string) bool {
	for _, t := range types {
		media, _, _ := strings.Cut(strings.ToLower(t), ";")
		media = strings.TrimSpace(media)
		if media != "" && media != "application/json" && (!strings.HasSuffix(media, "+json") || strings.Contains(media, "avro")) && !strings.HasPrefix(media, "text/") {
			return false
		}
	}
	return true
}
