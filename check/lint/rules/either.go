package rules

import "github.com/weft-dev/weft/spec/asyncapi"

// allChannels are the channels of the document and those that are only in its
// components.
func allChannels(d *asyncapi.Document) []*asyncapi.Channel {
	return inEither(d.Channels, d.Components.Channels)
}

// allOperations are the operations of the document and those that are only in
// its components.
func allOperations(d *asyncapi.Document) []*asyncapi.Operation {
	return inEither(d.Operations, d.Components.Operations)
}

// allServers are the servers of the document and those that are only in its
// components.
func allServers(d *asyncapi.Document) []*asyncapi.Server {
	return inEither(d.Servers, d.Components.Servers)
}

// inEither is a list, with those of another that are not in it.
func inEither[T comparable](list, more []T) []T {
	out := make([]T, 0, len(list)+len(more))
	seen := make(map[T]bool, len(list)+len(more))
	for _, part := range [][]T{list, more} {
		for _, x := range part {
			if !seen[x] {
				seen[x] = true
				out = append(out, x)
			}
		}
	}
	return out
}
