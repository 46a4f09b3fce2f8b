package drivertest

import (
	"time"

	"github.com/weft-dev/weft/wire/driver"
)

func startChecks() []check {
	replay := func(c driver.Capabilities) string { return need(promise{"Replay", c.Replay}) }
	topics := func(c driver.Capabilities) string { return need(promise{"FanOut", c.FanOut}) }
	return []check{
		{name: "starts now", needs: topics, run: startsNow},
		{name: "starts now in a group", needs: func(c driver.Capabilities) string {
			return need(promise{"FanOut", c.FanOut}, promise{"Groups", c.Groups})
		}, run: startsNowInGroup},
		{name: "starts at the beginning", needs: replay, run: startsAtBeginning},
		{name: "starts at positions taken earlier", needs: replay, run: startsAtPositions},
		{name: "goes on after a message", needs: replay, run: goesOnAfterMessage},
		{name: "starts sources without a position at their beginning", needs: replay, run: startsUnknownSources},
		{name: "starts at a time", needs: func(c driver.Capabilities) string { return need(promise{"StartTime", c.StartTime}) }, run: startsAtTime},
		{name: "refuses positions that make no sense", needs: replay, run: refusesBadPositions},
		{name: "keeps messages until a receiver comes", needs: func(c driver.Capabilities) string { return need(promise{"Queue", c.Queue}) }, run: queueKeeps},
	}
}

// startsNow is about the moment between subscribing and sending: what is sent
// right after OpenReceiver returned must arrive, what was sent before must not.
func startsNow(s *suite) {
	address := s.address(3)
	sender := s.sender(address)
	for range 10 {
		s.sendBodies(sender, "before")
		receiver := s.receiver(driver.ReceiverOptions{Address: address, Start: driver.StartNow()})
		s.sendBodies(sender, "after")
		s.expect(receiver, "after")
		s.close(receiver)
	}
}

func startsNowInGroup(s *suite) {
	address := s.address(1)
	sender := s.sender(address)
	for range 3 {
		s.sendBodies(sender, "before")
		receiver := s.receiver(driver.ReceiverOptions{Address: address, Group: s.name(), Start: driver.StartNow()})
		s.sendBodies(sender, "after")
		s.expect(receiver, "after")
		s.close(receiver)
	}
}

func startsAtBeginning(s *suite) {
	address := s.address(1)
	s.sendBodies(s.sender(address), "a", "b", "c")
	s.expect(s.receiver(driver.ReceiverOptions{Address: address, Start: driver.StartBeginning()}), "a", "b", "c")
	if s.caps.Groups {
		s.expect(s.receiver(driver.ReceiverOptions{Address: address, Group: s.name(), Start: driver.StartBeginning()}), "a", "b", "c")
	}
}

func (s *suite) positions(address string) []driver.Position {
	s.Helper()
	positions, err := s.conn.(driver.Positioner).Positions(s.ctx, address)
	if err != nil {
		s.Fatalf("positions: %v", err)
	}
	return positions
}

// startsAtPositions is how a run subscribes ahead and survives a crash.
func startsAtPositions(s *suite) {
	address := s.address(3)
	sender := s.sender(address)
	s.sendBodies(sender, "a", "b", "c")
	positions := s.positions(address)
	s.sendBodies(sender, "d")
	for range 2 {
		receiver := s.receiver(driver.ReceiverOptions{Address: address, Start: driver.StartAt(positions...)})
		s.expect(receiver, "d")
		s.silence(receiver)
	}
}

func goesOnAfterMessage(s *suite) {
	address := s.address(1)
	s.sendBodies(s.sender(address), "a", "b", "c", "d")
	first := s.receiver(driver.ReceiverOptions{Address: address, Start: driver.StartBeginning()})
	got := s.expect(first, "a", "b")
	s.close(first)
	s.expect(s.receiver(driver.ReceiverOptions{Address: address, Start: driver.StartAt(got[1].Next)}), "c", "d")
	again := s.expect(s.receiver(driver.ReceiverOptions{Address: address, Start: driver.StartAt(got[1].Position)}), "b", "c", "d")
	if again[0].ID != got[1].ID {
		s.Errorf("one message has the ids %q and %q", got[1].ID, again[0].ID)
	}
}

func startsUnknownSources(s *suite) {
	address := s.address(1)
	s.sendBodies(s.sender(address), "a", "b")
	s.expect(s.receiver(driver.ReceiverOptions{Address: address, Start: driver.StartAt()}), "a", "b")
}

func startsAtTime(s *suite) {
	address := s.address(1)
	noon := time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)
	sender := s.sender(address)
	for i, body := range []string{"a", "b", "c"} {
		s.send(sender, &driver.Message{Body: []byte(body), Timestamp: noon.Add(time.Duration(i) * time.Minute)})
	}
	s.expect(s.receiver(driver.ReceiverOptions{Address: address, Start: driver.StartTime(noon.Add(time.Minute))}), "b", "c")
	late := s.receiver(driver.ReceiverOptions{Address: address, Start: driver.StartTime(noon.Add(time.Hour))})
	s.silence(late)
}

func refusesBadPositions(s *suite) {
	address := s.address(1)
	good := s.positions(address)[0]
	for name, positions := range map[string][]driver.Position{
		"no position":   {"somewhere"},
		"empty":         {""},
		"twice":         {good, good},
		"without place": {driver.NewPosition(good.Source(), "")},
	} {
		_, err := s.conn.OpenReceiver(s.ctx, driver.ReceiverOptions{Address: address, Start: driver.StartAt(positions...)})
		s.isKind(err, driver.ErrInvalid, name)
	}
}

func queueKeeps(s *suite) {
	address := s.address(1)
	s.sendBodies(s.sender(address), "a", "b")
	receiver := s.receiver(driver.ReceiverOptions{Address: address})
	s.settle(receiver, driver.Ack, s.expect(receiver, "a", "b")...)
	s.close(receiver)
	s.silence(s.receiver(driver.ReceiverOptions{Address: address}))
}
