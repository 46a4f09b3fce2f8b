package duel

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/weft-dev/weft/spec/asyncapi"
	"github.com/weft-dev/weft/spec/schema"
	"github.com/weft-dev/weft/spec/schema/languages"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
	"github.com/weft-dev/weft/wire/driver"
	"github.com/weft-dev/weft/wire/endpoint"
)

// Contract is a channel of orders at a server: weft with everything it does for
// a message, where the library only moves bytes.
type Contract struct {
	hub    *endpoint.Hub
	source *endpoint.Source
	orders *endpoint.Target
}

const orders = `asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels:
  orders:
    address: %q
    messages:
      Order:
        contentType: application/json
        payload:
          type: object
          required: [orderRequestId, quantity]
          additionalProperties: false
          properties:
            orderRequestId: {type: string, format: uuid}
            quantity: {type: integer, minimum: 1, maximum: 99}
            status: {enum: [new, paid]}
            note: {type: string, maxLength: 200}
            lines:
              type: array
              minItems: 1
              items:
                type: object
                required: [sku]
                properties:
                  sku: {type: string, pattern: '^[A-Z]{2}-\d+$', maxLength: 8}
                  price: {type: number, exclusiveMinimum: 0}
operations:
  order: {action: send, channel: {$ref: '#/channels/orders'}}
`

// noFiles opens nothing: the document stands for itself.
type noFiles struct{}

// Open implements ref.Opener.
func (noFiles) Open(context.Context, string) (*source.File, error) {
	return nil, fmt.Errorf("there are no other documents")
}

// NewContract reads the contract; the URL is of the server, the address that of
// the channel there.
func NewContract(b *testing.B, url, address string) *Contract {
	b.Helper()
	ws := ref.New(noFiles{}, ref.Options{})
	file := source.NewFile("file:///orders.yaml", "orders.yaml", fmt.Appendf(nil, orders, address))
	doc, findings := asyncapi.Load(context.Background(), ws, ws.Load(file))
	if doc == nil {
		b.Fatal(findings)
	}
	c := &Contract{source: endpoint.NewSource("Orders", doc, languages.In(ws))}
	op, err := c.source.Operation("order")
	if err != nil {
		b.Fatal(err)
	}
	c.orders = endpoint.OfChannel(op.Channel, endpoint.Send)
	c.hub = endpoint.NewHub(endpoint.HubOptions{Choices: map[string]endpoint.Choice{"Orders": {URL: url}}})
	b.Cleanup(func() { _ = c.hub.Close(context.Background()) })
	return c
}

// Order is the payload of a number.
func Order(number int) any {
	id := fmt.Sprintf("7d444840-9dc0-11d1-b245-%012d", number)
	return map[string]any{
		"orderRequestId": id, "quantity": json.Number("2"), "status": "new", "note": "to be left with the neighbours, who know of it",
		"lines": []any{
			map[string]any{"sku": "AB-1", "price": json.Number("1.25")}, map[string]any{"sku": "AB-" + strconv.Itoa(number%1000)},
		},
	}
}

// Native is an order as a program has it that knows no contract: a type of its
// own, which encoding/json writes and reads, and which nobody judges.
type Native struct {
	ID       string       `json:"orderRequestId"`
	Quantity int          `json:"quantity"`
	Status   string       `json:"status,omitempty"`
	Note     string       `json:"note,omitempty"`
	Lines    []NativeLine `json:"lines,omitempty"`
}

// NativeLine is a line of a Native.
type NativeLine struct {
	SKU   string  `json:"sku"`
	Price float64 `json:"price,omitempty"`
}

// Natives are the orders of bodies.
func Natives(b *testing.B, bodies [][]byte) []Native {
	b.Helper()
	list := make([]Native, len(bodies))
	for i, body := range bodies {
		if err := json.Unmarshal(body, &list[i]); err != nil {
			b.Fatal(err)
		}
	}
	return list
}

// Orders are payloads, and the bytes that the library sends of each.
func Orders(b *testing.B, n int) (payloads []any, bodies [][]byte) {
	b.Helper()
	for i := range n {
		payload := Order(i)
		body, err := schema.EncodeJSON(payload)
		if err != nil {
			b.Fatal(err)
		}
		payloads, bodies = append(payloads, payload), append(bodies, body)
	}
	return payloads, bodies
}

// Sender returns a turn that encodes, validates and sends payloads, so many at
// once and so often.
func (c *Contract) Sender(b *testing.B, payloads []any, times int) func() {
	b.Helper()
	sender, err := c.hub.Sender(context.Background(), c.source, c.orders, endpoint.SenderOptions{})
	if err != nil {
		b.Fatal(err)
	}
	return func() {
		for range times {
			list := make([]*endpoint.Message, len(payloads))
			for i, payload := range payloads {
				sent, err := sender.Encode(endpoint.Outgoing{Message: "Order", Payload: payload})
				if err != nil {
					b.Fatal(err)
				}
				list[i] = sent
			}
			if err := sender.SendAll(context.Background(), list); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// Receiver opens a receiver of a group, which decodes and validates.
func (c *Contract) Receiver(b *testing.B, group string, start driver.Start) *endpoint.Receiver {
	b.Helper()
	r, err := c.hub.Receiver(context.Background(), c.source, c.orders, endpoint.ReceiverOptions{
		Group: group, Start: start, OnRejected: func(no *endpoint.Rejected) { b.Error(no) },
	})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// Receive receives and settles so many messages, at most so many at once.
func Receive(b *testing.B, r *endpoint.Receiver, messages, atOnce int) {
	b.Helper()
	for got := 0; got < messages; {
		list, err := r.Receive(context.Background(), atOnce)
		if err != nil {
			b.Fatal(err)
		}
		got += len(list)
		if err := r.Ack(context.Background(), list...); err != nil {
			b.Fatal(err)
		}
	}
}
