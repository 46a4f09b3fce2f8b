// Package stompserver is a server for STOMP 1.0, 1.1 and 1.2 inside this
// process, for runs and tests on a machine where no broker is. It exists because
// no maintained one in Go can be had. It keeps everything in memory and listens
// on loopback only.
//
// What it speaks, with what RabbitMQ and its clients understand by it:
//
//   - CONNECT and STOMP with login and passcode, or the name in a verified client
//     certificate; any host; TLS; heart-beats; receipts of every frame
//   - /queue/NAME, which is made when it is first used and kept; /amq/queue/NAME,
//     which must be there; /temp-queue/NAME, which goes with its connection, and
//     as a reply-to becomes an address that others can send to
//   - /topic/NAME and /exchange/amq.topic/NAME, where a subscription may have the
//     wildcards * for one word and # for any number of them
//   - subscriptions with ack auto, client and client-individual; prefetch-count;
//     on topics durable with an id, and x-queue-name, by which several share one
//   - ACK and NACK, which delivers again unless requeue is false; what is not
//     settled is delivered again when its subscription or connection ends
//   - transactions; the headers persistent, redelivered, expiration
//   - of queues x-message-ttl, x-expires, x-max-length, x-dead-letter-exchange
//     (empty, or amq.topic) and x-dead-letter-routing-key; durable, auto-delete
//
// A message keeps the message-id that it is given here for as long as it is
// stored, and its headers keep their order and their repetitions.
//
// What it refuses: other destinations and arguments, selectors, priorities of
// queues, virtual hosts of their own, permissions. A message's priority is
// carried and changes nothing.
//
// It must not know who talks to it, nor any driver.
package stompserver
