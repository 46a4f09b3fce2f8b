// Package amqp1server is a server for AMQP 1.0 inside this process, for runs and
// tests on a machine where no broker is. It exists because there is none in Go.
// It keeps everything in memory and listens on loopback only.
//
// What it speaks:
//
//   - connections: SASL ANONYMOUS, PLAIN, and EXTERNAL by a verified client
//     certificate, or none where ANONYMOUS is welcome; TLS; idle time-outs, frames
//     from 512 bytes on; the one virtual host "/"
//   - sessions with windows, links with credit, drain and echo; messages in any
//     number of frames, aborted ones; the modes of settlement first and second of
//     receivers, and all three of senders
//   - the outcomes accepted, rejected (the message is gone), released and modified,
//     with annotations; undeliverable-here is taken as rejected, as RabbitMQ does
//   - of messages the header (time to live, delivery-count, first-acquirer);
//     everything else is passed on as it came
//   - /queue/NAME, queue://NAME and plain names, which are queues and are made when
//     they are first used; /amq/queue/NAME and /queues/NAME, which must be there
//   - /topic/KEY, topic://KEY, /exchange/NAME/KEY, /exchanges/NAME/KEY and, with
//     the capability topic, plain names: topics, where a receiver's key may have the
//     wildcards * for one word and # for any number of them. An exchange is there
//     when it is named; one without a key takes the subject of messages
//   - subscriptions: of each receiver; shared and durable ones by the capability
//     shared and the link's name up to a bar, as JMS has them; durable ones of one
//     receiver by container and link
//   - targets without an address (the message's to says where), and dynamic ones
//
// What it refuses: transactions, resuming deliveries, selectors and other filters,
// permissions, other virtual hosts. A message's priority is carried and changes
// nothing.
//
// It must not know who talks to it, nor any driver.
package amqp1server
