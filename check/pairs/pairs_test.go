package pairs_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/weft-dev/weft/check/diff"
	"github.com/weft-dev/weft/check/pairs"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

type noFiles struct{}

func (noFiles) Open(context.Context, string) (*source.File, error) { return nil, os.ErrNotExist }

func member(t *testing.T, name, action, address, message, payload string) pairs.Member {
	t.Helper()
	text := `asyncapi: 3.0.0
info: {title: ` + name + `, version: 1.0.0}
channels:
  c: {address: '` + address + `', messages: {` + message + `: {contentType: application/json, payload: ` + payload + `}}}
operations:
  op: {action: ` + action + `, channel: {$ref: '#/channels/c'}}
`
	document, err := diff.Load(t.Context(), ref.New(noFiles{}, ref.Options{}), source.NewFile("file:///"+name, name, []byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pairs.Member{Name: name, Document: document}
}

const (
	narrow = `{type: object, required: [id], properties: {id: {type: integer, minimum: 1}}}`
	wide   = `{type: object, required: [id], properties: {id: {type: integer}}}`
)

func TestASenderMustFitEveryReceiver(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name           string
		sends, expects string
		fits           bool
	}{
		{"the same", narrow, narrow, true},
		{"less than is taken", narrow, wide, true},
		{"more than is taken", wide, narrow, false},
	} {
		found, alone := pairs.Compare([]pairs.Member{
			member(t, "a", "send", "orders.{region}", "Order", test.sends),
			member(t, "b", "receive", "orders.{place}", "Order", test.expects),
			member(t, "c", "receive", "elsewhere", "Other", narrow),
		})
		if len(found) != 1 || len(alone) != 0 || found[0].Fits() != test.fits || found[0].Link != pairs.ByAddress {
			t.Errorf("%s: %+v, alone %v", test.name, found, alone)
		}
		if !test.fits && !strings.Contains(string(found[0].Changes[0].Witness), `"id"`) {
			t.Errorf("%s: there is no witness: %+v", test.name, found[0].Changes)
		}
	}
}

func TestAMessageLinksWhatABridgeLiesBetween(t *testing.T) {
	t.Parallel()
	found, _ := pairs.Compare([]pairs.Member{
		member(t, "a", "send", "kafka-topic", "Order", narrow), member(t, "b", "receive", "a-queue", "Order", narrow),
	})
	if len(found) != 1 || found[0].Link != pairs.ByMessage || !found[0].Fits() {
		t.Errorf("%+v", found)
	}
}

func TestWhatNobodyReceivesIsTold(t *testing.T) {
	t.Parallel()
	found, alone := pairs.Compare([]pairs.Member{
		member(t, "a", "send", "orders", "Order", narrow), member(t, "b", "send", "orders", "Order", narrow),
	})
	if len(found) != 0 || len(alone) != 2 {
		t.Errorf("%+v, alone %v", found, alone)
	}
}
