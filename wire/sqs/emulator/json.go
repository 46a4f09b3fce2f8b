package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// handler answers one action of SQS.
type handler func(s *Server, ctx context.Context, body []byte) (any, *failure)

// take makes a handler of a function on a request that was read.
func take[In any](do func(*Server, context.Context, *In) (any, *failure)) handler {
	return func(s *Server, ctx context.Context, body []byte) (any, *failure) {
		in := new(In)
		if err := json.Unmarshal(body, in); err != nil {
			return nil, &failure{code: "SerializationException", message: "The request is not the JSON of this action: " + reason(err)}
		}
		return do(s, ctx, in)
	}
}

func reason(err error) string {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return "the field " + kind.Field + " is a JSON " + kind.Value
	}
	return "it cannot be read"
}

// locked is for actions that never wait.
func locked[In any](do func(*Server, *In) (any, *failure)) handler {
	return take(func(s *Server, _ context.Context, in *In) (any, *failure) {
		s.state.mu.Lock()
		defer s.state.mu.Unlock()
		return do(s, in)
	})
}

// actions are those of SQS by name.
func action(name string) handler {
	switch name {
	case "CreateQueue":
		return locked((*Server).createQueue)
	case "GetQueueUrl":
		return locked((*Server).getQueueURL)
	case "ListQueues":
		return locked((*Server).listQueues)
	case "DeleteQueue":
		return locked((*Server).deleteQueue)
	case "PurgeQueue":
		return locked((*Server).purgeQueue)
	case "GetQueueAttributes":
		return locked((*Server).getQueueAttributes)
	case "SetQueueAttributes":
		return locked((*Server).setQueueAttributes)
	case "TagQueue":
		return locked((*Server).tagQueue)
	case "UntagQueue":
		return locked((*Server).untagQueue)
	case "ListQueueTags":
		return locked((*Server).listQueueTags)
	case "ListDeadLetterSourceQueues":
		return locked((*Server).listDeadLetterSourceQueues)
	case "SendMessage":
		return locked((*Server).sendMessage)
	case "SendMessageBatch":
		return locked((*Server).sendMessageBatch)
	case "ReceiveMessage":
		return take((*Server).receiveMessage)
	case "DeleteMessage":
		return locked((*Server).deleteMessage)
	case "DeleteMessageBatch":
		return locked((*Server).deleteMessageBatch)
	case "ChangeMessageVisibility":
		return locked((*Server).changeMessageVisibility)
	case "ChangeMessageVisibilityBatch":
		return locked((*Server).changeMessageVisibilityBatch)
	}
	return nil
}

// serveJSON answers a request of SQS, or says what was wrong with it.
func (s *Server) serveJSON(w http.ResponseWriter, r *http.Request, target string, body []byte, f *failure) {
	name, _ := strings.CutPrefix(target, "AmazonSQS.")
	do := action(name)
	if f == nil && do == nil {
		f = unknownAction(name)
	}
	var out any
	if f == nil {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(s.stopped, cancel)()
		out, f = do(s, ctx, body)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Requestid", newID())
	if f != nil {
		fault := "Sender"
		w.Header().Set("X-Amzn-Query-Error", f.queryCode()+";"+fault)
		w.WriteHeader(f.httpStatus())
		out = map[string]string{"__type": "com.amazonaws.sqs#" + f.code, "message": f.message}
	}
	data, err := json.Marshal(out)
	if err != nil {
		panic(err) // our own types are always JSON
	}
	_, _ = w.Write(data) // a client that is gone wants no answer
}
