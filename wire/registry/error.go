package registry

import (
	"fmt"
	"net/http"
	"strconv"
)

// Error is an answer of a registry that is not what was asked for.
type Error struct {
	// Status is that of HTTP.
	Status int
	// Code is the API's own: mostly the status and two digits more.
	Code    int
	Message string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Code != 0 && e.Code != e.Status {
		return fmt.Sprintf("%s (error %d)", e.Message, e.Code)
	}
	return e.Message
}

// The error codes of the API that the server answers with.
const (
	codeSubjectNotFound       = 40401
	codeVersionNotFound       = 40402
	codeSchemaNotFound        = 40403
	codeSubjectSoftDeleted    = 40404
	codeSubjectNotSoftDeleted = 40405
	codeVersionSoftDeleted    = 40406
	codeVersionNotSoftDeleted = 40407
	codeNoSubjectLevel        = 40408
	codeNoSubjectMode         = 40409
	codeIncompatible          = 409
	codeInvalidSchema         = 42201
	codeInvalidVersion        = 42202
	codeInvalidLevel          = 42203
	codeInvalidMode           = 42204
	codeNotPermitted          = 42205
	codeReferenceExists       = 42206
	codeIDMismatch            = 42207
	codeInvalidSubject        = 42208
	codeTooLarge              = 42209
	codeStore                 = 50001
)

// refuse makes an answer whose status is the beginning of its code.
func refuse(code int, format string, args ...any) *Error {
	status := code
	for status > 999 {
		status /= 10
	}
	return &Error{Status: status, Code: code, Message: fmt.Sprintf(format, args...)}
}

func subjectNotFound(name string) *Error {
	return refuse(codeSubjectNotFound, "Subject '%s' not found.", name)
}

func versionNotFound(number int) *Error {
	text := strconv.Itoa(number)
	if number == Latest {
		text = "latest"
	}
	return refuse(codeVersionNotFound, "Version %s not found.", text)
}

func schemaNotFound(what string) *Error {
	if what == "" {
		return refuse(codeSchemaNotFound, "Schema not found")
	}
	return refuse(codeSchemaNotFound, "Schema %s not found", what)
}

func storeFailed(err error) *Error {
	return &Error{Status: http.StatusInternalServerError, Code: codeStore, Message: "the registry could not keep the change: " + err.Error()}
}
