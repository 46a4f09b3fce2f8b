// Package amqpserver is a server for AMQP 0-9-1 inside this process, for runs
// and tests on a machine where no broker is. It exists because no maintained
// one in Go can be had. It keeps everything in memory and listens on loopback
// only.
//
// What it speaks, a subset of the protocol with RabbitMQ's extensions of it:
//
//   - connections: PLAIN, and EXTERNAL by a verified client certificate; TLS;
//     heartbeats; the one virtual host "/"
//   - exchanges: direct, fanout, topic, headers; durable, auto-delete,
//     internal; bindings of exchanges to exchanges; alternate-exchange
//   - queues: durable, exclusive, auto-delete, named by the server; the
//     arguments x-message-ttl, x-expires, x-max-length, x-max-length-bytes,
//     x-overflow (drop-head, reject-publish), x-dead-letter-exchange,
//     x-dead-letter-routing-key, and x-queue-type, by which every queue is a
//     classic one here
//   - messages: all properties, mandatory and returned ones, confirms, expiration,
//     CC and BCC, x-death; get, consume, cancel, prefetch, ack, nack, reject,
//     recover, the redelivered mark and the place in the queue of what comes back
//   - the exceptions of channels and connections with their reply codes
//
// What it refuses: transactions, immediate, priority queues, streams,
// permissions, policies, other virtual hosts. Priorities of messages are carried
// and change nothing.
//
// It must not know who talks to it, nor any driver.
package amqpserver
