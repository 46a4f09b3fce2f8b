// Package connect reads and writes pipelines of Redpanda Connect: a bridge that
// has outgrown one machine goes on there, and what pipelines carry from where to
// where is read from them.
//
// It must not know what runs them, nor open any server.
package connect
