package embedded

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/weft-dev/weft/wire/driver"
)

// startKafka runs one Kafka broker.
func startKafka(_ context.Context, opts Options) (*Server, error) {
	settings := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.Ports(opts.Port),
		kfake.DefaultNumPartitions(max(1, opts.Partitions)),
		kfake.AllowAutoTopicCreation(),
		kfake.SeedTopics(int32(opts.Partitions), opts.Addresses...),
		// A member that died may be noticed sooner than real servers allow it.
		kfake.GroupMinSessionTimeout(time.Second),
		kfake.BrokerConfigs(map[string]string{"default.replication.factor": "1"}),
	}
	if opts.DataDir != "" {
		if err := os.MkdirAll(opts.DataDir, 0o700); err != nil {
			return nil, startError("kafka", err)
		}
		settings = append(settings, kfake.DataDir(opts.DataDir), kfake.SyncWrites())
	}
	cluster, err := kfake.NewCluster(settings...)
	if err != nil {
		return nil, startError("kafka", err)
	}
	return &Server{
		URL:   "kafka://" + cluster.ListenAddrs()[0],
		close: func() error { cluster.Close(); return nil },
	}, nil
}

func startError(protocol string, err error) error {
	return &driver.Error{Kind: driver.ErrServer, Op: "start an embedded server", Err: fmt.Errorf("%s: %w", protocol, err)}
}
