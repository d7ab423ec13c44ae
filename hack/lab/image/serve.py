#!/usr/bin/env python3
"""Answers with the name of the workload that serves: HTTP/1.1 on 8080, HTTP/2 on 8082, lines of text on 8083.

The name is $NAME, or the host's. HTTP_PORT, GRPC_PORT and TCP_PORT choose other ports; 0 leaves one out.
"""
import http.server
import os
import socket
import socketserver
import struct
import threading

NAME = os.environ.get("NAME") or socket.gethostname()
LINE = (NAME + "\n").encode()


class Http(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = body or LINE
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("X-Workload", NAME)
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Http2(socketserver.StreamRequestHandler):
    """As much of HTTP/2 as one fixed answer takes: what is asked for is not even decoded."""

    PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 4, 6, 8
    END_STREAM, ACK, END_HEADERS = 1, 1, 4

    def frame(self, kind, flags=0, stream=0, payload=b""):
        self.wfile.write(struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload)

    def handle(self):
        if self.rfile.read(len(self.PREFACE)) != self.PREFACE:
            return
        self.frame(self.SETTINGS)
        while len(head := self.rfile.read(9)) == 9:
            length = int.from_bytes(head[:3], "big")
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            payload = self.rfile.read(length)
            if kind == self.SETTINGS and not flags & self.ACK:
                self.frame(self.SETTINGS, self.ACK)
            elif kind == self.PING and not flags & self.ACK:
                self.frame(self.PING, self.ACK, 0, payload)
            elif kind == self.DATA and length:
                for window in {0, stream}:  # the connection's and the stream's
                    self.frame(self.WINDOW_UPDATE, 0, window, struct.pack(">I", length))
            if kind in (self.DATA, self.HEADERS) and flags & self.END_STREAM:
                # :status 200 is entry 8 of HPACK's static table, content-type entry 31, sent as plain text
                headers = b"\x88" + b"\x0f\x10" + bytes([len("text/plain")]) + b"text/plain"
                self.frame(self.HEADERS, self.END_HEADERS, stream, headers)
                self.frame(self.DATA, self.END_STREAM, stream, LINE)


class Tcp(socketserver.StreamRequestHandler):
    """Every line is answered with the name."""

    def handle(self):
        for _ in self.rfile:
            self.wfile.write(LINE)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # a client that went away is no error of ours


def main():
    handlers = (("HTTP_PORT", 8080, Http), ("GRPC_PORT", 8082, Http2), ("TCP_PORT", 8083, Tcp))
    for variable, default, handler in handlers:
        port = int(os.environ.get(variable, default))
        if port:
            server = Server(("", port), handler)
            threading.Thread(target=server.serve_forever).start()


main()
