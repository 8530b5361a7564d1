"""Clouds that cannot be reached or refuse us: 69 and 77 with a remedy, within seconds, nothing done."""
import http.server
import threading
import time

from _lib import check, config, expect, finish, run, write

FAST = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "2"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}
COMMANDS = [["plan"], ["deploy", "-y"], ["destroy", "--confirm", "hello"], ["status", "--fresh"]]


def timed(*args, env):
    began = time.monotonic()
    done = run(*args, env=env)
    took = time.monotonic() - began
    check(f"{' '.join(map(str, args))}: within seconds", took < 20, f"{took:.1f} s\n{done}")
    return done


write("ccloud.json", config())
for command in COMMANDS:
    done = timed(*command, env=FAST)
    expect(f"no credentials: {command[0]}", done, 77, "credentials")
    check("it says what to do", len(done.err.strip().splitlines()) > 1 or "\n  " in done.out, done)

# Nobody listens there.
pinned = config(providers={"aws": {"driver": "aws", "regions": ["us-east-1"],
                                   "endpoint": "http://127.0.0.1:9"}})
write("ccloud.json", pinned)
for command in COMMANDS:
    expect(f"wrong endpoint: {command[0]}", timed(*command, env={**FAST, **KEYS}), 69)


class Refuses(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = (b"<Response><Errors><Error><Code>AuthFailure</Code><Message>AWS was not able to "
                b"validate the provided access credentials</Message></Error></Errors>"
                b"<RequestID>r-1</RequestID></Response>")
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses)
threading.Thread(target=server.serve_forever, daemon=True).start()
pinned["providers"]["aws"]["endpoint"] = f"http://127.0.0.1:{server.server_port}"
write("ccloud.json", pinned)
for command in COMMANDS:
    expect(f"refused credentials: {command[0]}", timed(*command, env={**FAST, **KEYS}), 77)
done = timed("plan", "-o", "json", env={**FAST, **KEYS})
check("as a document", done.code == 77 and "schema" in done.json(), done)
server.shutdown()

expect("no simulator", run("plan", "--sim=" + "/nonexistent/sim"), 69, "ccloud sim up")
finish()
