package frame_test

import (
	"bytes"
	"testing"

	"github.com/weft-dev/weft/extra/pulsar/frame"
)

func TestACommandIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	body := frame.Body(nil).Uint(1, 7).Text(2, "one").Bytes(3, frame.Body(nil).Uint(1, 300)).Bytes(3, nil)
	data := frame.Append(nil, frame.Lookup, body, []byte("rest"))
	c, err := frame.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	inner, err := c.Fields.All(3)
	if err != nil || len(inner) != 2 || inner[0].Uint(1) != 300 {
		t.Errorf("the repeated field is %v, %v", inner, err)
	}
	if c.Type != frame.Lookup || c.Fields.Uint(1) != 7 || c.Fields.Text(2) != "one" || string(c.Rest) != "rest" || c.Fields.Has(4) {
		t.Errorf("read %+v", c)
	}
}

// FuzzRead reads what anybody may send.
func FuzzRead(f *testing.F) {
	f.Add(frame.Append(nil, frame.Connect, frame.Body(nil).Text(1, "x").Uint(4, 19), nil))
	f.Add(frame.Append(nil, frame.Send, frame.Body(nil).Uint(1, 0), []byte("\x0e\x01\x00\x00\x00\x00\x00\x00\x00\x02\x08\x01body")))
	f.Add([]byte("\x7f\xff\xff\xff\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := frame.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if _, err := frame.Metadata(c.Rest); err != nil {
			return
		}
		_, _ = c.Fields.All(2) // it may be anything, and must not panic
	})
}
