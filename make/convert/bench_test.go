package convert_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weft-dev/weft/make/convert"
	"github.com/weft-dev/weft/text/ref"
	"github.com/weft-dev/weft/text/source"
)

// older writes an AsyncAPI 2.6 document with that many channels.
func older(channels int) string {
	var b strings.Builder
	b.WriteString("asyncapi: 2.6.0\ninfo: {title: Large, version: 1.0.0}\nservers:\n  main: {url: 'kafka.example.com:9092', protocol: kafka}\nchannels:\n")
	for i := range channels {
		fmt.Fprintf(&b, `  region.{region}.orders.%04[1]d:
    description: Everything that happens to the orders of department %04[1]d
    parameters:
      region:
        description: Where the department is
        schema: {type: string, enum: [north, south]}
    publish:
      operationId: onEvent%04[1]d
      message:
        $ref: '#/components/messages/Event%04[1]d'
`, i)
	}
	b.WriteString("components:\n  messages:\n")
	for i := range channels {
		fmt.Fprintf(&b, "    Event%04[1]d:\n      title: Event of department %04[1]d\n      payload:\n        $ref: '#/components/schemas/Event%04[1]d'\n", i)
	}
	b.WriteString("  schemas:\n")
	for i := range channels {
		fmt.Fprintf(&b, "    Event%04[1]d:\n      type: object\n      required: [orderId]\n      properties:\n        orderId: {type: string, format: uuid}\n        total: {type: number, minimum: 0}\n", i)
	}
	return b.String()
}

// BenchmarkConvert reads an AsyncAPI 2.6 document and writes it as 3.1: one of
// the size that most contracts have, and one of 2,000 channels.
func BenchmarkConvert(b *testing.B) {
	for _, channels := range []int{10, 2000} {
		b.Run(fmt.Sprint(channels), func(b *testing.B) {
			text := []byte(older(channels))
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				ws := ref.New(source.Memory{}, ref.Options{})
				d := ws.Load(source.NewFile("memory:///d.yaml", "d.yaml", text))
				if _, err := convert.Convert(b.Context(), ws, d, convert.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
