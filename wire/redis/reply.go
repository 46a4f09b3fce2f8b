package redis

import (
	"fmt"

	goredis "github.com/redis/go-redis/v9"
)

// The answers about streams are read from their general form: the client
// library's own puts fields into maps, where order and repeated names are lost.

// readEntries reads the answer of XREAD and XREADGROUP for one stream.
func readEntries(cmd *goredis.Cmd) ([]entry, error) {
	answer, err := cmd.Result()
	if err == goredis.Nil { //nolint:errorlint // it is a constant of the library, never wrapped here
		return nil, nil // nothing came in time
	}
	if err != nil {
		return nil, err
	}
	streams, ok := answer.([]any)
	if !ok || len(streams) != 1 {
		return nil, strangeAnswer(cmd)
	}
	stream, ok := streams[0].([]any)
	if !ok || len(stream) != 2 {
		return nil, strangeAnswer(cmd)
	}
	return entriesOf(cmd, stream[1])
}

// entriesOf reads a list of entries, as XRANGE answers and others contain.
func entriesOf(cmd *goredis.Cmd, part any) ([]entry, error) {
	items, ok := part.([]any)
	if !ok {
		return nil, strangeAnswer(cmd)
	}
	list := make([]entry, 0, len(items))
	for _, item := range items {
		if item == nil {
			continue // Redis 6 answers so for an entry that was deleted
		}
		pair, ok := item.([]any)
		if !ok || len(pair) != 2 {
			return nil, strangeAnswer(cmd)
		}
		id, err := parseID(text(pair[0]))
		if err != nil {
			return nil, strangeAnswer(cmd)
		}
		fields, _ := pair[1].([]any)
		list = append(list, entry{id, fields})
	}
	return list, nil
}

func strangeAnswer(cmd *goredis.Cmd) error {
	return fmt.Errorf("the answer to %s has an unknown form", cmd.Name())
}
