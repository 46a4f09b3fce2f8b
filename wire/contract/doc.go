// Package contract judges what services really put on wires, and what they do
// with what they get, by their contracts. A tap listens and judges every message
// that passes; a drive plays the counterpart of a consumer and sends it what it
// must accept and what it must not.
//
// What could not be judged is a finding, and never a pass.
//
// It must not know how a report is shown, nor any one protocol: wire/endpoint
// reads and writes messages.
package contract
