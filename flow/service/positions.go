package service

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/weft-dev/weft/flow/engine"
	"github.com/weft-dev/weft/flow/journal"
)

// positions are where a trigger was when the last process ended, or nothing.
func (s *Service) positions(ctx context.Context, key string) []string {
	keeper, ok := s.opts.Journal.(journal.Keeper)
	if !ok {
		return nil
	}
	data, err := keeper.Kept(ctx, key)
	if err != nil || data == nil {
		return nil
	}
	var list []string
	_ = json.Unmarshal(data, &list) // what cannot be read begins from now
	return list
}

// positionPause is how often it is noted how far a trigger is. What came since
// is delivered again after a crash, and is known by the names of its runs.
const positionPause = time.Second

// notePositions notes how far a subscription is until the service ends.
func (s *Service) notePositions(key string, subscription engine.Subscription) {
	keeper, ok := s.opts.Journal.(journal.Keeper)
	if !ok {
		<-s.ctx.Done()
		return
	}
	var noted []string
	note := func() {
		now := subscription.Positions()
		if slices.Equal(now, noted) {
			return
		}
		data, err := json.Marshal(now)
		if err == nil && keeper.Keep(context.WithoutCancel(s.ctx), key, data) == nil {
			noted = now
		}
	}
	tick := time.NewTicker(positionPause)
	defer tick.Stop()
	note()
	for {
		select {
		case <-tick.C:
			note()
		case <-s.ctx.Done():
			note()
			return
		}
	}
}
