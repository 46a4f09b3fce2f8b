package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/telemetry"
	"github.com/weft-dev/weft/text/diag"
)

// telemetryLimit is how long the end of a command waits for a collector.
const telemetryLimit = 3 * time.Second

// openTelemetry makes the exporter that the environment asks for; nil where it
// asks for none. What it asks for and cannot have is told, and keeps nobody from
// running. The function that is returned sends what is left.
func openTelemetry(talk io.Writer) (*telemetry.Exporter, func()) {
	config, err := telemetry.FromEnvironment(os.Getenv)
	var exporter *telemetry.Exporter
	if err == nil && config != nil {
		exporter, err = telemetry.New(config)
	}
	if err != nil {
		fmt.Fprintf(talk, "no spans are sent: %s\n", diag.Safe(err.Error()))
	}
	if exporter == nil {
		return nil, func() {}
	}
	return exporter, func() {
		ctx, cancel := context.WithTimeout(context.Background(), telemetryLimit)
		defer cancel()
		if err := exporter.Close(ctx); err != nil {
			fmt.Fprintf(talk, "telemetry: %s\n", diag.Safe(err.Error()))
		}
	}
}

// watching tells an exporter of each run of a service.
func watching(exporter *telemetry.Exporter) func(run string) engine.Observer {
	if exporter == nil {
		return nil
	}
	return func(run string) engine.Observer { return exporter.Observer(run, nil) }
}
