// Package archtest holds who may import whom, as data, and the test that the
// source keeps to it. It exists because an architecture that only a page
// describes is bent by the first convenient import.
//
// It reads source files itself: an answer of "go list" is not among the inputs
// that the test cache looks at, so a test built on it is served stale passes.
// It must not know what any package does, only what stands beside what.
package archtest

import "slices"

// module is the import path under which every room stands.
const module = "github.com/weft-dev/weft"

// Room is one package of ours and what its code may import. The standard
// library is open to all, but for what Rules close.
type Room struct {
	// Path is the package's directory below the module.
	Path string
	// Ours are the rooms it may import; "text/..." is a wing, the room text/
	// and all below it.
	Ours []string
	// Theirs are the import paths of other people's code it may import, each
	// with all that stands below it. One room, one library: what wraps a
	// library is the only place that knows it.
	Theirs []string
	// ForTests says that only tests, and other rooms for tests, may import it.
	ForTests bool
	// ForAll says that every room may import it.
	ForAll bool
	// Never is what it must not reach, through however many rooms of ours.
	Never []Reach
	// Without is what it must not import itself, of what is open to others.
	Without []Reach
}

// Reach is something that a room must stay away from, and why.
type Reach struct {
	// Path is a package: "net/http", or a room, or "net/..." for a wing.
	Path string
	Why  string
}

// The reasons why rooms stay away from things; each is one line of
// ARCHITECTURE.md.
var (
	noAPIs = Reach{"spec/asyncapi", "protocols know nothing of AsyncAPI; wire/endpoint is where the two meet"}
	noWire = Reach{"wire/...", "documents are judged without brokers"}
)

// offline is what reaches beyond the machine; net/url and its like only parse.
var offline = []Reach{
	{"net", offlineWhy},
	{"net/http/...", offlineWhy},
	{"net/rpc/...", offlineWhy},
	{"net/smtp", offlineWhy},
	{"crypto/tls", offlineWhy},
}

const offlineWhy = "reading documents is offline; only text/source/remote and wire/ open connections"

// function closes everything by which code could do more than compute.
var function = []Reach{
	{"os/...", "it is a function: no files, no processes"},
	{"net", "it is a function: no network"},
	{"net/http/...", "it is a function: no network"},
	{"database/sql/...", "it is a function: no store"},
	{"sync/...", "it is a function: no goroutines"},
	{"context", "it is a function: it never waits"},
	{"log/...", "it is a function: what happened is in its effects"},
	{"math/rand/...", "it is a function: chance arrives in events"},
	{"crypto/rand", "it is a function: chance arrives in events"},
}

// Table lists every package of the module. A package that is not here fails
// the test: say first where it stands.
var Table = []Room{
	// text: what we were given, and where.
	{Path: "text/source", Never: offline},
	{Path: "text/source/remote", Ours: []string{"text/source"}},
	{Path: "text/source/subject", Ours: []string{"text/source"}, Never: offline},
	{Path: "text/diag", Ours: []string{"text/source"}, Never: offline},
	{
		Path:   "text/tree",
		Ours:   []string{"text/source", "text/diag"},
		Theirs: []string{"go.yaml.in/yaml/v4", "github.com/go-json-experiment/json/jsontext"},
		Never:  offline,
	},
	{Path: "text/ref", Ours: []string{"text/source", "text/diag", "text/tree"}, Never: offline},
	{Path: "text/unified", Never: offline},

	// spec: what documents mean.
	{Path: "spec/shape", Ours: []string{"text/..."}, Never: offline},
	{Path: "spec/schema", Ours: []string{"text/..."}, Never: offline},
	{
		Path:   "spec/schema/jsonschema",
		Ours:   []string{"text/...", "spec/schema"},
		Theirs: []string{"github.com/dlclark/regexp2"},
		Never:  offline,
	},
	{Path: "spec/schema/raml", Ours: []string{"text/...", "spec/schema", "spec/schema/inline"}, Never: offline},
	{Path: "spec/schema/inline", Ours: []string{"text/..."}, Never: offline},
	{
		Path:   "spec/schema/protobuf",
		Ours:   []string{"text/...", "spec/schema", "spec/schema/inline"},
		Theirs: []string{"github.com/bufbuild/protocompile", "google.golang.org/protobuf"},
		Never:  offline,
	},
	{Path: "spec/schema/avro", Ours: []string{"text/...", "spec/schema"}, Never: offline},
	{
		Path:   "spec/schema/convert",
		Ours:   []string{"text/...", "spec/schema/avro", "spec/schema/protobuf", "spec/schema/gotype", "spec/schema/gosource"},
		Theirs: []string{"google.golang.org/protobuf"},
		Never:  offline,
	},
	{Path: "spec/schema/gotype", Never: offline},
	{Path: "spec/schema/gosource", Ours: []string{"text/...", "spec/schema/gotype"}, Never: offline},
	{Path: "spec/schema/alone", Ours: []string{"text/...", "spec/schema", "spec/schema/protobuf"}, Never: offline},
	{Path: "spec/schema/languages", Ours: []string{"text/...", "spec/schema/..."}, Never: offline},
	{Path: "spec/expr", Ours: []string{"text/...", "spec/expr/..."}, Never: offline, Without: function},
	{Path: "spec/expr/jsonpath", Ours: []string{"text/...", "spec/expr/decimal"}, Never: offline},
	{Path: "spec/expr/xpath", Ours: []string{"text/...", "spec/expr/decimal"}, Never: offline},
	{Path: "spec/expr/decimal"},
	{Path: "spec/topic", Ours: []string{"text/diag"}, Never: offline},
	{Path: "spec/asyncapi", Ours: []string{"text/...", "spec/shape", "spec/schema", "spec/expr"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "spec/openapi", Ours: []string{"text/...", "spec/shape", "spec/schema"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "spec/arazzo", Ours: []string{"text/...", "spec/shape", "spec/schema", "spec/expr", "spec/expr/jsonpath"}, Never: slices.Concat(offline, []Reach{noWire})},

	// check: readers that judge.
	{Path: "check/lint", Ours: []string{"text/...", "spec/..."}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "check/lint/casing", Never: offline},
	{Path: "check/lint/ruleset", Ours: []string{"text/...", "spec/...", "check/lint", "check/lint/casing"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "check/lint/practice", Ours: []string{"text/...", "spec/...", "check/lint", "check/lint/casing"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "check/lint/rules", Ours: []string{"text/...", "spec/...", "check/lint/..."}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "check/lint/arazzorules", Ours: []string{"text/...", "spec/...", "check/lint"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "check/lint/openapirules", Ours: []string{"text/...", "spec/...", "check/lint"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "check/diff", Ours: []string{"text/...", "spec/...", "check/diff/avrodiff", "check/diff/protodiff", "check/diff/schemadiff", "check/diff/registrydiff"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "check/pairs", Ours: []string{"text/...", "spec/...", "check/diff"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "check/diff/registrydiff", Ours: []string{"text/...", "spec/...", "check/diff/schemadiff", "check/diff/avrodiff", "check/diff/protodiff"}, Theirs: []string{"google.golang.org/protobuf/reflect"}, Never: slices.Concat(offline, []Reach{noWire})},
	{
		Path:   "check/diff/protodiff",
		Ours:   []string{"text/source", "spec/schema/protobuf"},
		Theirs: []string{"google.golang.org/protobuf/reflect/protoreflect", "google.golang.org/protobuf/encoding/protowire"},
		Never:  slices.Concat(offline, []Reach{noWire}),
	},
	{
		Path:   "check/diff/avrodiff",
		Ours:   []string{"text/...", "spec/...", "check/diff/schemadiff"},
		Theirs: []string{"github.com/twmb/avro"},
		Never:  slices.Concat(offline, []Reach{noWire}),
	},
	{Path: "check/diff/schemadiff", Ours: []string{"text/...", "spec/..."}, Never: slices.Concat(offline, []Reach{noWire})},

	// make: hands that write documents.
	{Path: "make/bundle/lock", Ours: []string{"text/..."}},
	{Path: "make/bundle", Ours: []string{"text/...", "spec/..."}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/subjects", Ours: []string{"text/...", "spec/schema", "spec/schema/alone", "spec/asyncapi"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/patch", Ours: []string{"text/...", "spec/schema"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/scaffold", Ours: []string{"text/...", "spec/...", "make/edit", "make/examples", "make/layout"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/edit", Ours: []string{"text/...", "spec/...", "make/patch", "make/examples"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/examples", Ours: []string{"text/...", "spec/..."}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/layout", Ours: []string{"text/...", "spec/..."}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/diagram", Ours: []string{"text/...", "spec/arazzo", "spec/asyncapi", "spec/openapi"}, Never: slices.Concat(offline, []Reach{noWire})},

	{Path: "make/convert", Ours: []string{"text/...", "spec/...", "make/convert/..."}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/convert/fromopenapi", Ours: []string{"text/...", "spec/...", "make/convert/rewrite"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/convert/rewrite", Ours: []string{"text/..."}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/convert/arazzo11", Ours: []string{"text/...", "spec/...", "make/convert/rewrite"}, Never: slices.Concat(offline, []Reach{noWire})},
	{Path: "make/convert/asyncapi3", Ours: []string{"text/...", "spec/...", "make/convert/rewrite"}, Never: slices.Concat(offline, []Reach{noWire})},

	// wire: messages on real brokers.
	{Path: "wire/driver", Never: []Reach{noAPIs}},
	{Path: "wire/apart", Ours: []string{"wire/driver"}, Never: []Reach{noAPIs}},
	{Path: "wire/broker", Ours: []string{"wire/driver"}, Never: []Reach{noAPIs}},
	{Path: "wire/drivertest", Ours: []string{"internal/freeport", "internal/leaks", "wire/driver", "wire/broker"}, ForTests: true},
	{Path: "wire/duel", Ours: []string{"text/...", "spec/...", "wire/driver", "wire/endpoint", "internal/cputime"}, ForTests: true},
	{Path: "wire/inmem", Ours: []string{"wire/driver", "wire/broker"}, Never: []Reach{noAPIs}},
	{
		Path: "wire/kafka",
		Ours: []string{"wire/driver", "wire/broker"},
		Theirs: []string{
			"github.com/twmb/franz-go/pkg/kgo", "github.com/twmb/franz-go/pkg/kadm", "github.com/twmb/franz-go/pkg/kmsg",
			"github.com/twmb/franz-go/pkg/kerr", "github.com/twmb/franz-go/pkg/sasl",
		},
		Never: []Reach{noAPIs},
	},
	{
		Path:   "wire/redis",
		Ours:   []string{"wire/driver", "wire/broker"},
		Theirs: []string{"github.com/redis/go-redis/v9"},
		Never:  []Reach{noAPIs},
	},
	{
		Path: "wire/nats",
		Ours: []string{"wire/driver", "wire/broker"},
		Theirs: []string{
			"github.com/nats-io/nats.go", "github.com/nats-io/nats.go/jetstream", "github.com/nats-io/nkeys", "github.com/nats-io/nuid",
		},
		Never: []Reach{noAPIs},
	},
	{Path: "wire/amqp", Ours: []string{"wire/driver", "wire/broker"}, Theirs: []string{"github.com/rabbitmq/amqp091-go"}, Never: []Reach{noAPIs}},
	{Path: "wire/amqp1", Ours: []string{"wire/driver", "wire/broker"}, Theirs: []string{"github.com/Azure/go-amqp"}, Never: []Reach{noAPIs}},
	{Path: "wire/mqtt/frame", Theirs: []string{"github.com/eclipse/paho.golang/packets"}, Never: []Reach{noAPIs}},
	{Path: "wire/mqtt/server", Ours: []string{"wire/embedded/door", "wire/embedded/shelf", "wire/mqtt/frame"}, Theirs: []string{"github.com/eclipse/paho.golang/packets", "github.com/coder/websocket"}, Never: []Reach{noAPIs}},
	{
		Path:   "wire/mqtt",
		Ours:   []string{"wire/driver", "wire/broker", "wire/mqtt/frame"},
		Theirs: []string{"github.com/eclipse/paho.golang/packets", "github.com/coder/websocket"},
		Never:  []Reach{noAPIs},
	},
	{Path: "wire/embedded/backlog", Never: []Reach{noAPIs}},
	{Path: "wire/embedded/door", Never: []Reach{noAPIs}},
	{Path: "wire/embedded/outbox", Never: []Reach{noAPIs}},
	{Path: "wire/embedded/shelf", Never: []Reach{noAPIs}},
	{Path: "wire/embedded/topic", Never: []Reach{noAPIs}},
	{Path: "wire/embedded/amqp1server", Ours: []string{"wire/embedded/backlog", "wire/embedded/door", "wire/embedded/outbox", "wire/embedded/shelf", "wire/embedded/topic"}, Never: []Reach{noAPIs}},
	{Path: "wire/embedded/amqpserver", Ours: []string{"wire/embedded/backlog", "wire/embedded/door", "wire/embedded/outbox", "wire/embedded/shelf", "wire/embedded/topic"}, Never: []Reach{noAPIs}},
	{Path: "wire/web/sse", Never: []Reach{noAPIs}},
	{Path: "wire/web", Ours: []string{"wire/driver"}, Never: []Reach{noAPIs}},
	{Path: "wire/webhook", Ours: []string{"wire/driver", "wire/broker", "wire/web", "wire/web/sse"}, Never: []Reach{noAPIs}},
	{Path: "wire/embedded/streams", Ours: []string{"wire/web", "wire/web/sse"}, Never: []Reach{noAPIs}},
	{Path: "wire/websocket", Ours: []string{"wire/driver", "wire/broker", "wire/web"}, Theirs: []string{"github.com/coder/websocket"}, Never: []Reach{noAPIs}},
	{Path: "wire/embedded/rooms", Theirs: []string{"github.com/coder/websocket"}, Never: []Reach{noAPIs}},
	{
		Path:   "wire/embedded",
		Ours:   []string{"wire/apart", "wire/embedded/rooms", "wire/embedded/streams", "wire/driver", "wire/inmem", "wire/embedded/amqpserver", "wire/embedded/amqp1server", "wire/embedded/stompserver", "wire/mqtt/server", "wire/nats", "wire/redis", "wire/sqs/emulator"},
		Theirs: []string{"github.com/twmb/franz-go/pkg/kfake", "github.com/nats-io/nats-server/v2/server", "github.com/alicebob/miniredis/v2"},
		Never:  []Reach{noAPIs},
	},
	{
		Path: "wire/sqs",
		Ours: []string{"wire/driver", "wire/broker"},
		Theirs: []string{
			"github.com/aws/aws-sdk-go-v2/aws", "github.com/aws/aws-sdk-go-v2/service/sqs", "github.com/aws/aws-sdk-go-v2/service/sns",
			"github.com/aws/smithy-go",
		},
		Never: []Reach{noAPIs},
	},
	{Path: "wire/sqs/emulator", Never: []Reach{noAPIs}},
	{Path: "wire/oauth", Ours: []string{"wire/driver", "wire/broker"}, Never: []Reach{noAPIs}},
	{Path: "wire/stomp/frame", Never: []Reach{noAPIs}},
	{Path: "wire/stomp", Ours: []string{"wire/driver", "wire/broker", "wire/stomp/frame"}, Never: []Reach{noAPIs}},
	{Path: "wire/embedded/stompserver", Ours: []string{"wire/embedded/backlog", "wire/embedded/door", "wire/embedded/outbox", "wire/embedded/shelf", "wire/embedded/topic", "wire/stomp/frame"}, Never: []Reach{noAPIs}},
	{Path: "wire/registry", Ours: []string{"wire/broker"}, Never: []Reach{noAPIs}},
	{Path: "wire/registry/sqlite", Ours: []string{"wire/registry"}, Theirs: []string{"modernc.org/sqlite"}, Never: []Reach{noAPIs}},
	{Path: "wire/trace", Never: []Reach{noAPIs}, Without: function},
	{Path: "wire/cloudevents", Never: []Reach{noAPIs}},
	{Path: "wire/callback", Ours: []string{"wire/cloudevents"}, Never: []Reach{noAPIs}},
	{Path: "wire/http", Ours: []string{"text/...", "spec/openapi", "spec/schema/...", "wire/oauth"}, Never: []Reach{noAPIs}},
	{Path: "wire/endpoint", Ours: []string{"text/...", "spec/...", "wire/driver", "wire/broker", "wire/registry", "wire/cloudevents", "wire/oauth", "wire/trace"}},
	{Path: "wire/mock", Ours: []string{"text/...", "spec/...", "wire/driver", "wire/broker", "wire/endpoint", "wire/http"}},
	{Path: "wire/record", Ours: []string{"wire/driver"}, Never: []Reach{noAPIs}},
	{Path: "wire/contract", Ours: []string{"text/...", "spec/...", "wire/driver", "wire/broker", "wire/endpoint"}},
	{Path: "wire/bridge", Ours: []string{"text/diag", "spec/expr", "wire/driver", "wire/endpoint"}},
	{Path: "wire/discover", Ours: []string{"text/...", "spec/...", "wire/driver", "wire/broker", "wire/endpoint", "wire/registry"}},
	{Path: "wire/bridge/connect", Ours: []string{"text/source", "text/tree", "wire/bridge"}},
	{Path: "wire/stage", Ours: []string{"text/...", "spec/...", "wire/apart", "wire/embedded", "wire/endpoint", "wire/http", "wire/mock", "wire/oauth", "wire/registry"}},

	// flow: workflows that survive.
	{Path: "flow/plan", Ours: []string{"text/...", "spec/..."}, Never: []Reach{noWire}},
	{Path: "flow/machine", Ours: []string{"flow/plan", "spec/expr"}, Never: []Reach{noWire}, Without: function},
	{Path: "flow/machinetest", Ours: []string{"text/...", "spec/...", "flow/plan", "flow/machine"}, ForTests: true},
	{Path: "flow/journal"},
	{Path: "flow/journal/sqlite", Ours: []string{"flow/journal"}, Theirs: []string{"modernc.org/sqlite"}},
	{Path: "flow/journal/journaltest", Ours: []string{"flow/journal"}, ForTests: true},
	{
		Path: "flow/engine",
		Ours: []string{
			"text/...", "spec/...", "flow/plan", "flow/machine", "flow/journal",
			"wire/driver", "wire/broker", "wire/endpoint", "wire/http", "wire/trace",
		},
	},
	{Path: "flow/service", Ours: []string{"text/...", "spec/...", "flow/plan", "flow/machine", "flow/journal", "flow/engine"}},
	{Path: "flow/callbacks", Ours: []string{"flow/engine", "flow/machine", "wire/callback"}},
	{Path: "flow/report", Ours: []string{"text/...", "flow/plan", "flow/machine", "flow/engine"}},
	{Path: "flow/telemetry", Ours: []string{"text/source", "flow/plan", "flow/machine", "flow/engine", "flow/report", "wire/trace"}},

	// ui: faces. Leaves: only a main may import them.
	{
		Path: "ui/cli",
		Ours: []string{"text/...", "spec/...", "check/...", "make/...", "wire/...", "flow/...", "ui/mcp"},
		Theirs: []string{
			"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/fsnotify/fsnotify", "charm.land/lipgloss/v2", "golang.org/x/term",
		},
	},
	{Path: "ui/mcp"},
	{Path: "cmd/weft", Ours: []string{"ui/cli", "wire/...", "internal/thrift"}},

	// What serves the project itself.
	{Path: "internal/archtest", Ours: []string{"internal/golden"}, ForTests: true},
	{
		Path:     "internal/conformance",
		Ours:     []string{"text/...", "spec/...", "flow/plan", "flow/machine", "flow/machinetest", "flow/engine", "flow/callbacks", "wire/driver", "wire/broker", "wire/callback", "wire/endpoint", "wire/http", "wire/inmem"},
		ForTests: true,
	},
	{Path: "internal/corpus", ForTests: true},
	{Path: "internal/cputime", ForTests: true},
	{Path: "internal/freeport", ForTests: true},
	{Path: "internal/golden", ForTests: true},
	{Path: "internal/leaks", ForTests: true},
	{Path: "internal/thrift", Never: offline},
	{Path: "internal/lazy", ForAll: true, Never: offline},
	{Path: "bench"},
	{Path: "bench/bareclient"},
	{Path: "bench/wires"},
	{
		Path:  "bench/soak",
		Ours:  []string{"wire/driver", "wire/broker", "wire/kafka", "wire/amqp", "wire/nats", "wire/sqs", "wire/embedded", "internal/freeport"},
		Never: []Reach{noAPIs}, ForTests: true,
	},
}

// testLibraries are the modules that only tests may import.
var testLibraries = []string{
	"github.com/google/go-cmp",
	"github.com/rogpeppe/go-internal",
	"go.uber.org/goleak",
	"pgregory.net/rapid",
	// The official schemas are an oracle; the rules that users meet are ours.
	"github.com/asyncapi/spec-json-schemas/v6",
	// Somebody else's client of the API that our registry serves.
	"github.com/twmb/franz-go/pkg/sr",
	// Somebody else's client of the protocol that assistants speak to us.
	"github.com/modelcontextprotocol/go-sdk",
	// Makes accounts and credentials for a NATS server to try.
	"github.com/nats-io/jwt/v2",
	// Somebody else's clients of the server that we embed.
	"github.com/eclipse/paho.golang/paho",
	"github.com/eclipse/paho.mqtt.golang",
	// A validator to compare ours with. It compiles schemas whenever a program
	// that holds it starts, which costs 5 ms.
	"github.com/santhosh-tekuri/jsonschema/v6",
}

// closed are packages that no code of ours may import, tests included where
// the reason holds for them too.
var closed = []Reach{
	{"text/template", "it makes the linker keep every exported method, 12 MiB; write with a writer"},
	{"html/template", "it makes the linker keep every exported method, 12 MiB; write with a writer"},
	{"plugin", "it makes the linker keep every exported method"},
	{"C", "every binary is built without cgo"},
}

// wings are the levels of the house from the ground up. A room may import its
// own wing and lower levels; no row of Table may say otherwise.
var wings = [][]string{
	{"text"},
	{"spec"},
	{"check", "make", "wire"},
	{"flow"},
	{"ui"},
	{"cmd"},
}
