// Package machine says what comes next. It takes a plan and, one by one, the
// events of a run, and answers each with effects: what is to be called, sent,
// listened to or waited for, and what to tell people.
//
// It is a function. It has no clock, no chance and no goroutines, and it never
// waits, sends or logs: time arrives in events, ids are made of the run's name
// and of how often a step was begun. Given the same events it gives the same
// effects, so a run is rebuilt from its journal after any crash, and the same
// machine runs under any host.
//
// It must not know how an effect is performed or an event is stored. The
// stored form of events, though, is its own: see EncodeEvent.
package machine
