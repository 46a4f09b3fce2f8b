// Package http calls the operations of OpenAPI documents: parameters in their
// styles, bodies in their media types, servers with variables, credentials by
// reference. It exists so that a workflow's step can name an operation and
// values, and need not know how HTTP wants them written.
//
// It must not know workflows, nor decide whether an answer is a success: it
// reports what came back. It never follows a redirect, never reads more than a
// bound, and keeps secrets out of everything that it returns for people.
package http
