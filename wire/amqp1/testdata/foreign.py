"""Talks to a server with python-qpid-proton, as somebody would who has never heard of weft."""

import sys

from proton import Message, ulong
from proton.utils import BlockingConnection

HOST, PORT, RUN = sys.argv[1:4]


def connect(**options):
    return BlockingConnection("amqp://%s:%s" % (HOST, PORT), timeout=10, **options)


def queue_keeps_what_was_sent(conn):
    address = "/queue/foreign.%s" % RUN
    sender = conn.create_sender(address)
    for n in range(50):
        sender.send(Message(id="m%d" % n, body="body %d" % n, durable=True, properties={"n": n, "text": "häß", "ok": True, "bytes": b"\0\xff"}))
    sender.send(Message(body=b"x" * 300_000, correlation_id=ulong(7), reply_to="answers", content_type="text/plain", subject="big", priority=9))
    receiver = conn.create_receiver(address, credit=10)
    for n in range(50):
        m = receiver.receive(timeout=10)
        assert (m.id, m.body, m.properties["n"], m.properties["text"], m.properties["bytes"]) == ("m%d" % n, "body %d" % n, n, "häß", b"\0\xff"), m
        receiver.accept()
    m = receiver.receive(timeout=10)
    assert len(m.body) == 300_000 and m.correlation_id == 7 and m.reply_to == "answers" and m.subject == "big" and m.priority == 9, m
    receiver.accept()


def outcomes(conn):
    address = "/queue/foreign.outcomes.%s" % RUN
    sender = conn.create_sender(address)
    sender.send(Message(body="released"))
    receiver = conn.create_receiver(address, credit=1)
    assert receiver.receive(timeout=10).body == "released"
    receiver.release(delivered=False)
    m = receiver.receive(timeout=10)
    assert m.body == "released" and not m.first_acquirer, m
    receiver.accept()
    for body in ("rejected", "last"):
        sender.send(Message(body=body))
    assert receiver.receive(timeout=10).body == "rejected"
    receiver.reject()
    assert receiver.receive(timeout=10).body == "last"
    receiver.accept()


def unsettled_comes_again():
    address = "/queue/foreign.again.%s" % RUN
    first = connect()
    first.create_sender(address).send(Message(body="again"))
    receiver = first.create_receiver(address, credit=1)
    assert receiver.receive(timeout=10).body == "again"
    first.close()
    second = connect()
    receiver = second.create_receiver(address, credit=1)
    assert receiver.receive(timeout=10).body == "again"
    receiver.accept()
    second.close()


def topics_give_copies(conn):
    receivers = [conn.create_receiver("/topic/foreign.%s.%s" % (RUN, key), credit=10) for key in ("*.placed", "#", "eu.*")]
    for key in ("eu.placed", "us.placed", "eu.gone"):
        conn.create_sender("/topic/foreign.%s.%s" % (RUN, key)).send(Message(body=key))
    for receiver, bodies in zip(receivers, (["eu.placed", "us.placed"], ["eu.placed", "us.placed", "eu.gone"], ["eu.placed", "eu.gone"])):
        for body in bodies:
            assert receiver.receive(timeout=10).body == body, body
            receiver.accept()
    

def wrong_login():
    try:
        connect(user="guest", password="wrong", allowed_mechs="PLAIN", allow_insecure_mechs=True)
    except Exception:
        return
    raise AssertionError("a wrong password is let in")


def login():
    conn = connect(user="guest", password="guest", allowed_mechs="PLAIN", allow_insecure_mechs=True)
    conn.create_sender("/queue/foreign.login.%s" % RUN).send(Message(body="in"))
    conn.create_receiver("/queue/foreign.login.%s" % RUN, credit=1).receive(timeout=10)
    conn.close()


def only_ours(conn):
    """What RabbitMQ 3 has no form of: dynamic addresses, targets without one, failed deliveries."""
    answers = conn.create_receiver(None, dynamic=True, credit=1)
    requests = "/queue/foreign.rpc.%s" % RUN
    asks = conn.create_sender(requests)
    asks.send(Message(body="ask", reply_to=answers.link.remote_source.address))
    receiver = conn.create_receiver(requests, credit=1)
    request = receiver.receive(timeout=10)
    conn.create_sender(None).send(Message(address=request.reply_to, body="answer"))
    receiver.accept()
    assert answers.receive(timeout=10).body == "answer"
    answers.accept()
    asks.send(Message(body="fails"))
    assert receiver.receive(timeout=10).body == "fails"
    receiver.fetcher.unsettled[0].local.failed = True
    receiver.release(delivered=True)
    m = receiver.receive(timeout=10)
    assert m.body == "fails" and m.delivery_count == 1, m
    receiver.accept()


def main():
    conn = connect()
    queue_keeps_what_was_sent(conn)
    outcomes(conn)
    topics_give_copies(conn)
    if "--ours" in sys.argv:
        only_ours(conn)
    conn.close()
    unsettled_comes_again()
    login()
    if "--ours" in sys.argv:
        wrong_login()
    print("fine")


main()
