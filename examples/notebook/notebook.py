"""Shows the files of the current folder to whoever has the token that it prints when it starts."""

import secrets
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PORT = 8888
token = secrets.token_hex(24)


class Notebook(SimpleHTTPRequestHandler):
    def do_GET(self):
        given = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
        if secrets.compare_digest(given, token):
            super().do_GET()
        else:
            self.send_error(403, "The token is missing or wrong: see the logs")


print(f"The notebook is at http://127.0.0.1:{PORT}/?token={token}")
try:
    ThreadingHTTPServer(("", PORT), Notebook).serve_forever()
except KeyboardInterrupt:
    print("Stopped")
