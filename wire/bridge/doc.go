// Package bridge carries messages from one contract to another: what it
// receives by one operation it decodes, changes, validates and sends by another.
// It exists because two systems seldom speak one protocol, one format and one
// shape at the same time.
//
// A message is settled at its source only when the target's server has confirmed
// it: a bridge that is killed loses nothing, and what it carries twice has the
// same id (endpoint.HeaderID). Messages of one key keep their order, those of
// different keys go at the same time, and bridges of one group share the work.
// A message that cannot be carried is a dead letter, is skipped, or stops the
// bridge, as its user says; it is never lost unsaid.
//
// It must not know protocols, formats or files: wire/endpoint makes contracts
// into bytes.
package bridge
