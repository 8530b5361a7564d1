"""`doctor`: with and without a config; credentials, endpoints, clock and tools; what it exits with."""
import email.utils
import http.client
import http.server
import pathlib
import threading
import time
import urllib.parse

from _lib import check, config, expect, finish, run, work, write

SIM = f"--sim={work}/sim"
# No cloud is asked whether this machine is one of its own.
NOWHERE = {"AWS_EC2_METADATA_DISABLED": "true", "AZURE_TOKEN_CREDENTIALS": "dev",
           "GOOGLE_APPLICATION_CREDENTIALS": "/nonexistent", "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
DRIVERS = ["aws", "azure", "gcp", "alibaba", "openstack"]


class Skewed(http.server.BaseHTTPRequestHandler):
    """Hands requests on to the simulator and answers with a clock that is ten minutes ahead."""
    protocol_version = "HTTP/1.1"
    target = None

    def hand_on(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        link = http.client.HTTPConnection(self.target, timeout=20)
        link.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            link.putheader(name, value)
        link.endheaders(body)
        answer = link.getresponse()
        text = answer.read()
        self.send_response_only(answer.status)
        self.send_header("Date", email.utils.formatdate(time.time() + 600, usegmt=True))
        self.send_header("Content-Type", answer.headers.get("Content-Type", "text/xml"))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = hand_on

    def log_message(self, *_):
        pass


def doctor(*args, **options):
    done = run("doctor", *args, "-o", "json", **options)
    return done, {one["subject"]: one for one in done.json().get("checks", [])}


def of(checks, name):
    return checks.get(name, {}).get("state")


up = run("sim", "up", "--dir", f"{work}/sim", "--boot", "none")
if not check("sim up", up.code == 0, up):
    finish()
variables = dict(line.removeprefix("export ").split("=", 1) for line in
                 run("sim", "env", "--dir", f"{work}/sim").out.splitlines() if line)
variables = {name: value.strip("'") for name, value in variables.items()}
endpoint = urllib.parse.urlsplit(variables["AWS_ENDPOINT_URL"])
Skewed.target = endpoint.netloc
proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Skewed)
threading.Thread(target=proxy.serve_forever, daemon=True).start()

try:
    done, checks = doctor(SIM)
    check("without a config all simulated clouds are found", done.code == 0 and
          of(checks, "config") == "skipped" and
          all(of(checks, f"{name}: credentials") == "good" for name in DRIVERS), done)
    check("the summary counts", done.json()["schema"] == "ccloud.doctor/1" and
          sum(done.json()["summary"].values()) == len(done.json()["checks"]), done)
    done, checks = doctor(env=NOWHERE)
    check("no credentials anywhere: 77, every cloud skipped with a remedy", done.code == 77 and all(
        of(checks, f"{name}: credentials") == "skipped" and checks[f"{name}: credentials"]["remedy"]
        for name in DRIVERS), done)
    done, checks = doctor(env={**NOWHERE, **{k: v for k, v in variables.items() if "AWS" in k}})
    check("one cloud's credentials are enough", done.code == 0 and
          of(checks, "aws: credentials") == "good" and of(checks, "gcp: credentials") == "skipped",
          done)
    expect("a file that was named must be there", run("doctor", "-f", "no.json", SIM), 65, "no.json")

    write("ccloud.json", config())
    done, checks = doctor(SIM)
    check("with a config: its provider, its region", done.code == 0 and
          of(checks, "aws us-east-1: nodes") == "good" and of(checks, "aws: clock") == "good" and
          of(checks, "aws: endpoint") == "good" and "gcp: credentials" not in checks, done)
    shown = run("doctor", SIM)
    expect("for people", shown, 0, "aws: endpoint", "everything is in order")
    check("fits a terminal", max(map(len, shown.out.splitlines())) <= 100, shown)

    off = f"http://127.0.0.1:{proxy.server_port}{endpoint.path}"
    done, checks = doctor(env={**variables, "AWS_ENDPOINT_URL": off})
    check("a clock that is off is a warning", done.code == 0 and
          of(checks, "aws: clock") == "warning" and
          checks["aws: clock"]["message"].startswith("this machine is 10m"), done)
    done, checks = doctor(env={**variables, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, timeout=60)
    check("an endpoint that is not there: 69", done.code == 69 and
          of(checks, "aws: endpoint") == "bad" and of(checks, "aws: credentials") == "skipped" and
          checks["aws: endpoint"]["error"]["code"] == "unavailable", done)
    done, checks = doctor(env={**variables, "AWS_SECRET_ACCESS_KEY": "wrong"})
    check("refused credentials: 77, and the endpoint is fine", done.code == 77 and
          of(checks, "aws: credentials") == "bad" and of(checks, "aws: endpoint") == "good", done)
    both = config()
    both["clusters"]["web"]["place"]["eu"] = {"provider": "gcp", "region": "europe-west1", "count": 1}
    write("both.json", both)
    done, checks = doctor("-f", "both.json", env={**variables, "AWS_SECRET_ACCESS_KEY": "wrong"})
    check("one of two clouds: 3", done.code == 3 and of(checks, "gcp: credentials") == "good", done)

    empty = work / "empty"
    empty.mkdir()
    done, checks = doctor(SIM, env={"PATH": str(empty), "SSH_AUTH_SOCK": f"{work}/no-agent"})
    check("what a machine lacks is a warning", done.code == 0 and
          of(checks, "tool ssh") == "warning" and of(checks, "tool ssh-agent") == "warning" and
          "openssh-client" in checks["tool ssh"]["remedy"], done)
    check("where ssh is", pathlib.Path(doctor(SIM)[1]["tool ssh"]["message"]).name == "ssh")
finally:
    proxy.shutdown()
    down = run("sim", "down", "--dir", f"{work}/sim")
    check("sim down", down.code == 0, down)
finish()
