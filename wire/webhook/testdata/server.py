"""A hub of events in the standard library: what is posted to a path is offered
there as server-sent events, as anybody would write it. It knows nothing of weft."""

import http.server
import queue
import sys
import threading

lock = threading.Lock()
listeners = {}  # path -> queues
history = {}  # path -> (number, body)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.send_response(204)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("X-Busy"):
            self.plain(503, "not now", {"Retry-After": "0"})
            return
        if body == b"wrong":
            self.plain(422, "this is wrong")
            return
        with lock:
            kept = history.setdefault(self.path, [])
            kept.append((len(kept) + 1, body.decode("utf-8")))
            for listener in listeners.get(self.path, []):
                listener.put(kept[-1])
        self.plain(200, "")

    def plain(self, status, text, headers={}):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def do_GET(self):
        mine = queue.Queue()
        after = self.headers.get("Last-Event-ID")
        with lock:
            if after:
                for event in history.get(self.path, []):
                    if event[0] > int(after):
                        mine.put(event)
            listeners.setdefault(self.path, []).append(mine)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b": hello\nretry: 10\n\n")
        self.wfile.flush()
        try:
            while True:
                number, body = mine.get()
                lines = "".join("data: %s\r\n" % line for line in body.split("\n"))
                self.wfile.write(("event: posted\r\nid: %d\r\n%s\r\n" % (number, lines)).encode())
                self.wfile.flush()
                if body == "hang up":
                    break
        except OSError:
            pass
        with lock:
            listeners[self.path].remove(mine)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown())).start()
server.serve_forever()
