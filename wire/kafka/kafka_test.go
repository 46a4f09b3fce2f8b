package kafka_test

import (
	"os"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/drivertest"
	"github.com/weft-dev/weft/wire/kafka"
)

func TestConformsEmbedded(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.DefaultNumPartitions(1))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	drivertest.Run(t, drivertest.Harness{Driver: kafka.Driver{}, Server: server(cluster.ListenAddrs()...)})
}

// TestConformsReal runs the same suite against a real broker.
func TestConformsReal(t *testing.T) {
	address := os.Getenv("WEFT_KAFKA")
	if address == "" {
		t.Skip(`no real Kafka: run eval "$(scripts/brokers up kafka)", which sets WEFT_KAFKA=host:port`)
	}
	drivertest.Run(t, drivertest.Harness{Driver: kafka.Driver{}, Server: server(address)})
}

func server(hosts ...string) driver.Server {
	return driver.Server{Protocol: "kafka", Hosts: hosts}
}
