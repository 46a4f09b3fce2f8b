package webhook

import (
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// errSilent is a stream on which nothing came for too long.
var errSilent = errors.New("the server has been silent for too long")

// watched is a stream that is given up when nothing comes on it. Only while
// somebody reads can anything come: who has to wait for a full receiver, waits
// between two reads.
type watched struct {
	io.Reader
	before func() error // reading: what it fails with is what reading fails with
	idle   time.Duration
	timer  *time.Timer // nil without a limit
	silent atomic.Bool
}

func (s *stream) watch(body io.ReadCloser, before func() error) *watched {
	w := &watched{Reader: body, before: before, idle: s.conn.settings.idle}
	if w.idle > 0 {
		w.timer = time.AfterFunc(w.idle, func() {
			w.silent.Store(true)
			_ = body.Close() // whoever reads is told by silent
		})
		w.stop()
	}
	return w
}

func (w *watched) Read(to []byte) (int, error) {
	if err := w.before(); err != nil {
		return 0, err
	}
	if w.timer != nil {
		w.timer.Reset(w.idle)
		defer w.timer.Stop()
	}
	return w.Reader.Read(to)
}

func (w *watched) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// why is what ended the stream: that it was us says more than how.
func (w *watched) why(err error) error {
	if w.silent.Load() {
		return errSilent
	}
	return err
}
