package embedded

import (
	"context"
	"errors"
	"net"
	"strconv"

	"github.com/alicebob/miniredis/v2"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/redis"
)

// startRedisChannels runs a Redis server, addressed for publish/subscribe.
// Channels need not be made.
func startRedisChannels(_ context.Context, opts Options) (*Server, error) {
	m, err := runRedis(opts)
	if err != nil {
		return nil, startError("redis", err)
	}
	return redisServer("redis", m), nil
}

// startRedisStreams runs the same server, addressed for streams.
func startRedisStreams(ctx context.Context, opts Options) (*Server, error) {
	const protocol = "redis-streams"
	m, err := runRedis(opts)
	if err != nil {
		return nil, startError(protocol, err)
	}
	s := redisServer(protocol, m)
	if err := makeRedisStreams(ctx, m.Addr(), opts.Addresses); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func makeRedisStreams(ctx context.Context, host string, addresses []string) error {
	if len(addresses) == 0 {
		return nil
	}
	streams := redis.Driver{Streams: true}
	conn, err := streams.Connect(ctx, driver.Server{Protocol: streams.Protocols()[0], Hosts: []string{host}})
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, address := range addresses {
		if err := conn.(driver.Admin).Create(ctx, address, driver.AddressSpec{}); err != nil {
			return err
		}
	}
	return nil
}

func runRedis(opts Options) (*miniredis.Miniredis, error) {
	if opts.DataDir != "" {
		return nil, errors.New("it is in memory: it has no data directory")
	}
	m := miniredis.NewMiniRedis()
	if err := m.StartAddr(net.JoinHostPort("127.0.0.1", strconv.Itoa(opts.Port))); err != nil {
		return nil, err
	}
	m.ClockTTL(true) // it is made for tests, in which time stands still
	return m, nil
}

func redisServer(protocol string, m *miniredis.Miniredis) *Server {
	return &Server{URL: protocol + "://" + m.Addr(), close: func() error { m.Close(); return nil }}
}
