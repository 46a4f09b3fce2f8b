package embedded

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/weft-dev/weft/wire/mqtt/server"
)

// startMQTT runs one MQTT server, for 3.1.1 and 5, in plain text. With a data directory it
// keeps sessions and retained messages when it is closed. Addresses need not be
// made.
func startMQTT(ctx context.Context, opts Options) (*Server, error) {
	return startMQTTFor(ctx, "mqtt", opts)
}

// startMQTT3 runs the same server, to be reached by 3.1.1.
func startMQTT3(ctx context.Context, opts Options) (*Server, error) {
	return startMQTTFor(ctx, "mqtt3", opts)
}

func startMQTTFor(ctx context.Context, scheme string, opts Options) (*Server, error) {
	var settings server.Options
	if opts.DataDir != "" {
		if err := os.MkdirAll(opts.DataDir, 0o700); err != nil {
			return nil, startError("mqtt", err)
		}
		settings.File = filepath.Join(opts.DataDir, "mqtt.json")
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(opts.Port)))
	if err != nil {
		return nil, startError("mqtt", err)
	}
	mqtt, err := server.Serve(listener, settings)
	if err != nil {
		return nil, startError("mqtt", err)
	}
	return &Server{URL: scheme + "://" + listener.Addr().String(), close: mqtt.Close}, nil
}
