package mcp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// maxLine bounds a message, in bytes.
const maxLine = 16 << 20

// The codes of errors in JSON-RPC 2.0, section 5.1.
const (
	codeParse    = -32700
	codeRequest  = -32600
	codeMethod   = -32601
	codeParams   = -32602
	codeInternal = -32603
)

// incoming is a request, or a notification where it has no id. What has no
// method is an answer, and nothing was asked.
type incoming struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

func (in *incoming) isNotification() bool { return len(in.ID) == 0 }

// hasID reports whether the id is one: a string or a number.
func (in *incoming) hasID() bool {
	return len(in.ID) > 0 && (in.ID[0] == '"' || in.ID[0] == '-' || in.ID[0] >= '0' && in.ID[0] <= '9')
}

// cancels is the id of the request that a client wants no answer to any more
// (Utilities: Cancellation); empty where this says nothing of the kind.
func (in *incoming) cancels() string {
	var params struct {
		ID json.RawMessage `json:"requestId"`
	}
	if in.Method != "notifications/cancelled" || json.Unmarshal(in.Params, &params) != nil {
		return ""
	}
	return string(params.ID)
}

type outgoing struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"` // null where it is not known
	Result  any             `json:"result,omitempty"`
	Error   *fault          `json:"error,omitempty"`
}

// fault is an error of the protocol, told with a code.
type fault struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (f *fault) Error() string { return f.Message }

func reply(id json.RawMessage, result any, err error) *outgoing {
	out := &outgoing{Version: "2.0", ID: id}
	switch f := (*fault)(nil); {
	case err == nil:
		out.Result = result
	case errors.As(err, &f):
		out.Error = f
	default:
		out.Error = &fault{codeInternal, err.Error()}
	}
	if out.ID == nil {
		out.ID = json.RawMessage("null")
	}
	return out
}

// errLong is a line that is longer than maxLine.
var errLong error = &fault{codeRequest, "a message is longer than 16 MiB"}

// readLine returns the next line that is not empty. Of one that is too long
// nothing is kept.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case long:
			return nil, errLong // what may be behind it comes next
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// decode reads what a line holds: one message, or several in a batch.
func decode(line []byte) (list []incoming, batch bool, err error) {
	if batch = line[0] == '['; batch {
		err = json.Unmarshal(line, &list)
	} else {
		list = make([]incoming, 1)
		err = json.Unmarshal(line, &list[0])
	}
	switch {
	case err != nil && !json.Valid(line):
		return nil, batch, &fault{codeParse, "this is no JSON: " + err.Error()}
	case err != nil || len(list) == 0:
		return nil, batch, &fault{codeRequest, "this is no request of JSON-RPC"}
	}
	return list, batch, nil
}

// write sends one line.
func write(out io.Writer, message any) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false) // it is no page
	if err := encoder.Encode(message); err != nil {
		return err
	}
	_, err := out.Write(line.Bytes())
	return err
}
