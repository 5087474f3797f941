"""A website on loopback that behaves: pages can be put there and taken away, and conditional requests are answered."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.log.append(self.path)
        self.server.headers = dict(self.headers)
        status, headers, body = self.server.pages.get(self.path, (404, {}, b"niet hier"))
        etag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
        if status == 200 and self.headers.get("If-None-Match") == etag:
            status, body = 304, b""
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", "ETag": etag, **headers}.items():
            if value is not None:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def friendly_web(address="127.0.0.1"):
    """Yield the server: `put(path, body, status, headers)`, `pages`, `log` of paths, `headers` of the last request."""

    class Server(ThreadingHTTPServer):
        pages = {}
        log = []
        headers = {}

        @property
        def url(self):
            return f"http://{address}:{self.server_port}"

        def put(self, path, body=b"", status=200, **headers):
            content = body.encode() if isinstance(body, str) else body
            self.pages[path] = (status, {name.replace("_", "-"): value for name, value in headers.items()}, content)
            return self.url + path

        def asked(self):
            """Return the paths that were asked for since the last time, robots.txt aside."""
            paths = [path for path in self.log if path != "/robots.txt"]
            self.log.clear()
            return paths

    server = Server((address, 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
