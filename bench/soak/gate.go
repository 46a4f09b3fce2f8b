package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
)

// gate stands before a server that keeps everything in memory: to be cut off is
// what its clients see of a service that is away for a while, and what the
// service has it keeps.
type gate struct {
	address string // where the gate is
	behind  string // host and port of the server

	mu     sync.Mutex
	door   net.Listener // nil while it is shut
	guests map[net.Conn]struct{}
	all    sync.WaitGroup
}

// newGate opens a gate on any port of this machine.
func newGate(behind string) (*gate, error) {
	g := &gate{address: "127.0.0.1:0", behind: behind, guests: map[net.Conn]struct{}{}}
	return g, g.open()
}

// open listens, again at the same port.
func (g *gate) open() error {
	door, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", g.address)
	if err != nil {
		return fmt.Errorf("open the gate: %w", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.door, g.address = door, door.Addr().String()
	g.all.Go(func() { g.admit(door) })
	return nil
}

// shut breaks all connections in the middle of what they do, and refuses others.
func (g *gate) shut() {
	g.mu.Lock()
	if g.door != nil {
		_ = g.door.Close()
		g.door = nil
	}
	for guest := range g.guests {
		_ = guest.Close()
	}
	g.mu.Unlock()
	g.all.Wait()
}

func (g *gate) admit(door net.Listener) {
	for {
		guest, err := door.Accept()
		if err != nil {
			return // it is shut
		}
		g.all.Go(func() { g.lead(door, guest) })
	}
}

// lead carries bytes both ways until one side ends.
func (g *gate) lead(door net.Listener, guest net.Conn) {
	defer func() { _ = guest.Close() }()
	server, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", g.behind)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	if !g.enter(door, guest, server) {
		return
	}
	defer g.leave(guest, server)
	back := make(chan struct{})
	go func() {
		defer close(back)
		_, _ = io.Copy(guest, server)
		_ = guest.Close()
	}()
	_, _ = io.Copy(server, guest)
	_ = server.Close()
	<-back
}

// enter reports false where the gate was shut meanwhile.
func (g *gate) enter(door net.Listener, both ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range both {
		g.guests[c] = struct{}{}
	}
	return g.door == door
}

func (g *gate) leave(both ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range both {
		delete(g.guests, c)
	}
}
