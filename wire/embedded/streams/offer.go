package streams

import (
	"context"
	"net/http"
	"time"

	"github.com/weft-dev/weft/wire/web/sse"
)

// offer writes the events of a path until its client goes.
func (s *Streams) offer(w http.ResponseWriter, r *http.Request) {
	st := s.open(r.URL.Path)
	if st == nil {
		tooMuch(w)
		return
	}
	defer s.leave(st)
	ctx, leave := context.WithCancel(r.Context())
	defer leave()
	defer context.AfterFunc(s.ctx, leave)()
	reader, greeting := st.join(r.Header.Get("Last-Event-ID"), leave)
	defer st.part(reader)
	w.Header().Set("Content-Type", sse.ContentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	out := &client{ctx: ctx, w: w, control: http.NewResponseController(w)}
	if out.write(greeting) != nil {
		return
	}
	alive := time.NewTicker(heartbeat)
	defer alive.Stop()
	for {
		var err error
		select {
		case <-reader.ready:
			err = out.write(st.take(reader)...)
		case <-alive.C:
			err = out.write(sse.AppendComment(nil, "alive"))
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// client is where a stream is written to.
type client struct {
	ctx     context.Context
	w       http.ResponseWriter
	control *http.ResponseController
}

// write writes events, and gives up when they are not read.
func (c *client) write(frames ...[]byte) error {
	for _, frame := range frames {
		if c.ctx.Err() != nil {
			return c.ctx.Err()
		}
		if err := c.control.SetWriteDeadline(time.Now().Add(Patience)); err != nil {
			return err
		}
		if _, err := c.w.Write(frame); err != nil {
			return err
		}
	}
	return c.control.Flush()
}
