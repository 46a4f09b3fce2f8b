"""stomp.py against a server of STOMP: foreign.py HOST PORT. Prints "fine" at the end."""

import queue
import sys
import time
import uuid

import stomp

HOST, PORT = sys.argv[1], int(sys.argv[2])


class Listener(stomp.ConnectionListener):
    def __init__(self):
        self.messages, self.receipts, self.errors = queue.Queue(), queue.Queue(), queue.Queue()

    def on_message(self, frame):
        self.messages.put(frame)

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def on_error(self, frame):
        self.errors.put(frame.headers.get("message", ""))


def connect(kind=stomp.Connection12, passcode="guest", **more):
    c = kind([(HOST, PORT)], reconnect_attempts_max=1, heartbeats=(4000, 4000), vhost="/", **more)
    listener = Listener()
    c.set_listener("", listener)
    c.connect("guest", passcode, wait=True)
    return c, listener


def name():
    return "foreign." + uuid.uuid4().hex


def send(c, listener, destination, body, **headers):
    c.send(destination, body, receipt="r", **headers)
    assert listener.receipts.get(timeout=5) == "r"


def subscribe(c, listener, destination, ack="client-individual", **headers):
    c.subscribe(destination, "1", ack, headers={"receipt": "s", **headers})
    assert listener.receipts.get(timeout=5) == "s"


def next_message(listener):
    return listener.messages.get(timeout=5)


def acknowledge(c, frame, kind):
    c.ack(frame.headers["ack"] if kind is stomp.Connection12 else frame.headers["message-id"], *([] if kind is stomp.Connection12 else ["1"]))


def queues(kind):
    q = "/queue/" + name()
    c, listener = connect(kind, auto_content_length=False)
    send(c, listener, q, "größe: 1\\2", **{"x-own": "a:b\\c", "expires-soon": "no"})
    subscribe(c, listener, q)
    frame = next_message(listener)
    assert frame.body == "größe: 1\\2", frame.body
    assert frame.headers["x-own"] == "a:b\\c", frame.headers
    c.disconnect()
    c, listener = connect(kind)
    subscribe(c, listener, q)
    frame = next_message(listener)
    assert frame.headers.get("redelivered") == "true", frame.headers
    acknowledge(c, frame, kind)
    c.disconnect(receipt="d")
    c, listener = connect(kind)
    subscribe(c, listener, q)
    time.sleep(0.2)
    assert listener.messages.empty()
    c.disconnect()


def topics():
    t = "/topic/" + name()
    one, heard = connect()
    other, also = connect()
    subscribe(one, heard, t + ".*", "auto")
    subscribe(other, also, t + ".#", "auto")
    send(one, heard, t + ".a", "hello")
    for listener in heard, also:
        assert next_message(listener).body == "hello"
    one.unsubscribe("1")
    one.disconnect()
    other.disconnect()


def transactions():
    q = "/queue/" + name()
    c, listener = connect()
    subscribe(c, listener, q, "auto")
    for body, end in ("lost", c.abort), ("kept", c.commit):
        t = c.begin()
        c.send(q, body, transaction=t)
        end(t)
    assert next_message(listener).body == "kept"
    c.disconnect()


def nacks():
    q = "/queue/" + name()
    c, listener = connect()
    subscribe(c, listener, q, "client")
    for body in "abc":
        send(c, listener, q, body)
    frames = [next_message(listener) for _ in "abc"]
    c.ack(frames[1].headers["ack"])
    c.nack(frames[2].headers["ack"])
    again = next_message(listener)
    assert again.body == "c" and again.headers["redelivered"] == "true", again
    c.disconnect()


def errors():
    c, listener = connect()
    c.send("/nowhere/x", "x")
    assert "destination" in listener.errors.get(timeout=5).lower()
    try:
        connect(passcode="wrong")
    except stomp.exception.ConnectFailedException:
        return
    raise AssertionError("the wrong passcode is let in")


queues(stomp.Connection12)
queues(stomp.Connection11)
topics()
transactions()
nacks()
errors()
print("fine")
