package web_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/web"
)

func messages(n int) []*driver.Message {
	list := make([]*driver.Message, n)
	for i := range list {
		list[i] = &driver.Message{ID: strconv.Itoa(i), Body: []byte("x")}
	}
	return list
}

// TestManyMessagesGoThroughASmallInbox puts more than there is room for at once.
func TestManyMessagesGoThroughASmallInbox(t *testing.T) {
	const count, room = 100, 7
	box := web.NewInbox(room)
	put := make(chan error, 1)
	go func() { put <- box.PutAll(t.Context(), messages(count)) }()
	for got := 0; got < count; {
		list, err := box.Take(t.Context(), 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) > room {
			t.Errorf("%d messages waited, want at most %d", len(list), room)
		}
		for _, m := range list {
			if m.ID != strconv.Itoa(got) {
				t.Fatalf("message %s came as number %d", m.ID, got)
			}
			got++
		}
	}
	if err := <-put; err != nil {
		t.Error(err)
	}
}

func TestAFullInboxLetsGoOfWhoPutsMany(t *testing.T) {
	box := web.NewInbox(3)
	ctx, cancel := context.WithCancel(t.Context())
	put := make(chan error, 1)
	go func() { put <- box.PutAll(ctx, messages(10)) }()
	if _, err := box.Take(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-put; !errors.Is(err, context.Canceled) {
		t.Errorf("putting ended with %v, want that it was cancelled", err)
	}
	box.Close()
	if err := box.PutAll(t.Context(), messages(2)); !errors.Is(err, web.ErrClosed) {
		t.Errorf("putting into a closed inbox ended with %v", err)
	}
}
