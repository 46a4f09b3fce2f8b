package webhook

import (
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// errSilent is a stream on which nothing came for too long.
var errSilent = errors.New("the server has been silent for too long")

// watched is a stream that is given up when nothing comes on it. While a
// receiver is full nobody reads, and nothing can come.
type watched struct {
	io.Reader
	idle   time.Duration
	timer  *time.Timer // nil without a limit
	silent atomic.Bool
}

func (s *stream) watch(body io.ReadCloser) *watched {
	w := &watched{Reader: body, idle: s.conn.settings.idle}
	if w.idle > 0 {
		w.timer = time.AfterFunc(w.idle, func() {
			w.silent.Store(true)
			_ = body.Close() // whoever reads is told by silent
		})
	}
	return w
}

func (w *watched) Read(to []byte) (int, error) {
	n, err := w.Reader.Read(to)
	if err == nil {
		w.resume()
	}
	return n, err
}

func (w *watched) pause() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

func (w *watched) resume() {
	if w.timer != nil {
		w.timer.Reset(w.idle)
	}
}

func (w *watched) stop() { w.pause() }

// why is what ended the stream: that it was us says more than how.
func (w *watched) why(err error) error {
	if w.silent.Load() {
		return errSilent
	}
	return err
}
