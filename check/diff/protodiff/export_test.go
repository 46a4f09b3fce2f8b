package protodiff

import "github.com/weft-dev/weft/spec/schema/protobuf"

// Exchange writes a value by one version and reads it by the other.
func Exchange(writer, reader *protobuf.Schema, value any) *Break {
	c := &comparer{old: writer, new: reader}
	return c.exchange(writer, reader, value)
}
