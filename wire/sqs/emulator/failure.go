package emulator

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// failure is an answer that says no, in the words of the services.
type failure struct {
	code    string // of the JSON protocol: "QueueDoesNotExist"
	query   string // of the query protocol, where it differs
	message string
	status  int // 0 is 400
}

func (f *failure) Error() string { return f.code + ": " + f.message }

func (f *failure) httpStatus() int {
	if f.status == 0 {
		return http.StatusBadRequest
	}
	return f.status
}

func (f *failure) queryCode() string {
	if f.query != "" {
		return f.query
	}
	return f.code
}

const oldPrefix = "AWS.SimpleQueueService."

func noQueue() *failure {
	return &failure{code: "QueueDoesNotExist", query: oldPrefix + "NonExistentQueue", message: "The specified queue does not exist."}
}

func badValue(format string, args ...any) *failure {
	return &failure{code: "InvalidParameterValue", message: fmt.Sprintf(format, args...)}
}

func missing(name string) *failure {
	return &failure{code: "MissingParameter", message: "The request must contain the parameter " + name + "."}
}

func badHandle() *failure {
	return &failure{code: "ReceiptHandleIsInvalid", message: "The input receipt handle is invalid."}
}

func tooLong(limit int) *failure {
	return badValue("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", limit)
}

func overLimit(what string) *failure {
	return &failure{code: "OverLimit", query: "OverLimit", message: what, status: http.StatusForbidden}
}

func unknownAction(name string) *failure {
	return &failure{code: "InvalidAction", message: fmt.Sprintf("The action %q is not one that this emulator has.", name)}
}

// readBody reads a request's body, which must not be larger than any of them.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *failure) {
	if r.Method != http.MethodPost {
		return nil, &failure{code: "InvalidAction", message: "Requests are POST.", status: http.StatusMethodNotAllowed}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, &failure{code: "RequestEntityTooLarge", message: "The request is too large.", status: http.StatusRequestEntityTooLarge}
	case err != nil:
		return nil, &failure{code: "IncompleteBody", message: "The request ended too early."}
	}
	return body, nil
}
