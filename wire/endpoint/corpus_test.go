package endpoint_test

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weft-dev/weft/internal/corpus"
	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/endpoint"
)

// TestEveryMessageOfTheCorpusCrossesTheWire samples each message of each
// operation of the official examples, encodes it and decodes it again. What
// cannot be must say that it is not supported yet.
func TestEveryMessageOfTheCorpusCrossesTheWire(t *testing.T) {
	t.Parallel()
	crossed := 0
	err := filepath.WalkDir(filepath.Join(corpus.Dir(t), "asyncapi"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yml" {
			return err
		}
		file, err := source.ReadFile(path)
		if err != nil {
			return err
		}
		dir, err := source.Local(filepath.Dir(path))
		if err != nil {
			return err
		}
		ws := ref.New(dir, ref.Options{})
		doc, _ := asyncapi.Load(t.Context(), ws, ws.Load(file))
		if doc == nil {
			return nil
		}
		s := endpoint.NewSource(filepath.Base(path), doc, languages.In(ws))
		for _, op := range doc.Operations {
			crossed += cross(t, s, endpoint.RequestOf(op, endpoint.Send))
			if reply, err := endpoint.ReplyOf(op, endpoint.Send); err == nil {
				crossed += cross(t, s, reply)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if crossed < 100 {
		t.Errorf("only %d messages crossed", crossed)
	}
	t.Logf("%d messages", crossed)
}

func cross(t *testing.T, s *endpoint.Source, target *endpoint.Target) int {
	t.Helper()
	c, err := s.Codec(target)
	if err != nil {
		if !strings.Contains(err.Error(), "not supported yet") {
			t.Error(err)
		}
		return 0
	}
	for _, m := range target.Messages {
		out, err := c.Sample(m.Key, "", 1)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		raw, sent, err := c.Encode(out)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		got, no := c.Decode(raw)
		if no != nil {
			t.Errorf("%s: %s, message %s: %v\n%s", s.Name, target.Name(), m.Key, no, raw.Body)
			continue
		}
		if got.Name != sent.Name {
			t.Errorf("%s: %s: message %s came back as %s", s.Name, target.Name(), sent.Name, got.Name)
		}
	}
	return len(target.Messages)
}
