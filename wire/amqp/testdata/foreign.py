"""Talks to a server of AMQP 0-9-1 as a client of another make does.

Run by TestForeignClient: python3 foreign.py HOST PORT. What went wrong is an
exception; the last line of what it prints is "fine".
"""
import sys
import threading

import pika
import pika.exceptions

host, port = sys.argv[1], int(sys.argv[2])
parameters = pika.ConnectionParameters(host=host, port=port, heartbeat=1, blocked_connection_timeout=5)


def connect():
    return pika.BlockingConnection(parameters)


def routes(channel):
    channel.exchange_declare("foreign.topic", exchange_type="topic", durable=True)
    queue = channel.queue_declare("", exclusive=True).method.queue
    assert queue.startswith("amq.gen-"), queue
    channel.queue_bind(queue, "foreign.topic", routing_key="order.*.placed")
    channel.basic_publish("foreign.topic", "order.eu.placed", b"yes")
    channel.basic_publish("foreign.topic", "order.placed", b"no")
    method, _, body = channel.basic_get(queue, auto_ack=True)
    assert (method.routing_key, body) == ("order.eu.placed", b"yes"), (method, body)
    assert channel.basic_get(queue)[0] is None
    channel.queue_unbind(queue, "foreign.topic", routing_key="order.*.placed")
    channel.exchange_delete("foreign.topic")


def carries(channel):
    queue = channel.queue_declare("", exclusive=True).method.queue
    headers = {"text": "Größe", "n": -7, "big": 2**40, "ok": True, "none": None, "list": ["a", 1], "table": {"k": {"v": 1}}}
    sent = pika.BasicProperties(
        content_type="text/plain", content_encoding="utf-8", headers=headers, delivery_mode=2, priority=3, correlation_id="c",
        reply_to="r", expiration="60000", message_id="m", timestamp=1700000000, type="t", user_id="guest", app_id="a")
    body = bytes(range(256)) * 2000
    channel.basic_publish("", queue, body, sent)
    _, got, returned = channel.basic_get(queue, auto_ack=True)
    assert returned == body and vars(got) == vars(sent), (vars(got), vars(sent))


def confirms(channel):
    channel.confirm_delivery()
    queue = channel.queue_declare("", exclusive=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"}).method.queue
    channel.basic_publish("", queue, b"1", mandatory=True)
    try:
        channel.basic_publish("", queue, b"2")
        raise AssertionError("a full queue confirms")
    except pika.exceptions.NackError:
        pass
    try:
        channel.basic_publish("", "foreign.nowhere", b"3", mandatory=True)
        raise AssertionError("what nobody takes does not come back")
    except pika.exceptions.UnroutableError as e:
        assert e.messages[0].method.reply_code == 312


def consumes(connection):
    channel = connection.channel()
    queue = channel.queue_declare("foreign.work", durable=True).method.queue
    for n in range(20):
        channel.basic_publish("", queue, str(n).encode(), pika.BasicProperties(delivery_mode=2))
    channel.basic_qos(prefetch_count=3)
    seen, rejected = [], []
    for method, _, body in channel.consume(queue, inactivity_timeout=5):
        assert method is not None, seen
        n = int(body)
        if n == 5 and not method.redelivered:
            channel.basic_nack(method.delivery_tag, requeue=True)
            continue
        if n == 7:
            channel.basic_reject(method.delivery_tag, requeue=False)
            rejected.append(n)
        else:
            channel.basic_ack(method.delivery_tag)
            seen.append(n)
        if len(seen) + len(rejected) == 20:
            break
    channel.cancel()
    assert sorted(seen + rejected) == list(range(20)), seen
    assert channel.queue_purge(queue).method.message_count == 0
    channel.queue_delete(queue)


def refuses(connection):
    for code, do in [
        (404, lambda ch: ch.queue_declare("foreign.none", passive=True)),
        (403, lambda ch: ch.queue_declare("amq.mine")),
        (406, lambda ch: ch.exchange_declare("amq.direct", exchange_type="topic", durable=True)),
    ]:
        try:
            do(connection.channel())
            raise AssertionError("%d was expected" % code)
        except pika.exceptions.ChannelClosedByBroker as e:
            assert e.reply_code == code, e
    wrong = pika.ConnectionParameters(host=host, port=port, credentials=pika.PlainCredentials("guest", "wrong"))
    try:
        pika.BlockingConnection(wrong)
        raise AssertionError("a wrong password is let in")
    except pika.exceptions.ProbableAuthenticationError:
        pass


def answers(connection):
    """A question and its answer between two connections."""
    def clerk(ready):
        own = connect()
        channel = own.channel()
        channel.queue_declare("foreign.questions", auto_delete=True)

        def answer(ch, method, properties, body):
            ch.basic_publish("", properties.reply_to, body.upper(), pika.BasicProperties(correlation_id=properties.correlation_id))
            ch.basic_ack(method.delivery_tag)
            ch.stop_consuming()

        channel.basic_consume("foreign.questions", answer)
        ready.set()
        channel.start_consuming()
        own.close()

    ready = threading.Event()
    thread = threading.Thread(target=clerk, args=(ready,), daemon=True)
    thread.start()
    assert ready.wait(5)
    channel = connection.channel()
    replies = channel.queue_declare("", exclusive=True).method.queue
    channel.basic_publish("", "foreign.questions", b"how much", pika.BasicProperties(reply_to=replies, correlation_id="7"))
    for _, properties, body in channel.consume(replies, inactivity_timeout=5, auto_ack=True):
        assert (properties.correlation_id, body) == ("7", b"HOW MUCH")
        break
    channel.cancel()
    thread.join(5)


def rests(connection):
    """An idle connection lives on heartbeats."""
    connection.sleep(3.5)
    connection.channel().close()


main = connect()
routes(main.channel())
carries(main.channel())
confirms(main.channel())
consumes(main)
refuses(main)
answers(main)
if "--rest" in sys.argv:
    rests(main)
main.close()
print("fine")
