"""`ccloud init` on a terminal: every cloud, wrong answers, Ctrl-C, the end of the input."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import time

from _lib import ENV, PROGRAM, check, expect, key, run, finish, work


class Wizard:
    """The program on a terminal of its own; `answer` waits for a question first."""

    def __init__(self, *args, cwd=None):
        self.seen = ""
        master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [PROGRAM, *args], stdin=slave, stdout=slave, stderr=slave, cwd=cwd or work, env=ENV,
            start_new_session=True, preexec_fn=lambda: __import__("fcntl").ioctl(0, 0x540E, 0))
        os.close(slave)
        self.master = master

    def read(self, seconds):
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        try:
            got = os.read(self.master, 65536)
        except OSError:  # the other side is gone
            return False
        self.seen += got.decode("utf-8", "replace")
        return bool(got)

    def wait_for(self, text, seconds=30):
        """Whether it comes; what was seen up to it is dropped."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            if time.monotonic() > end or (not self.read(0.2) and self.process.poll() is not None):
                return False
        self.before, _, self.seen = self.seen.partition(text)
        return True

    def answer(self, question, text):
        check(f"asks: {question}", self.wait_for(question) and self.wait_for("]: "), self.seen)
        os.write(self.master, text.encode())

    def end(self, seconds=30):
        end = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.1)
        while self.read(0.1):
            pass
        if self.process.poll() is None:
            self.process.kill()
        code = self.process.wait()
        os.close(self.master)
        return code


QUESTIONS = ["Project", "Cloud", "Region", "Nodes", "SSH public key"]
key()  # the one that it finds in HOME

regions = {"aws": "eu-central-1", "azure": "northeurope", "gcp": "us-central1",
           "alibaba": "cn-hangzhou", "openstack": "RegionOne"}
for driver, region in regions.items():
    folder = f"wizard-{driver}"
    wizard = Wizard("init", folder)
    for question, text in zip(QUESTIONS, ["shop\n", f"{driver}\n", f"{region}\n", "2\n", "\n"]):
        wizard.answer(question, text)
    code = wizard.end()
    check(f"{driver}: ends well", code == 0, wizard.seen)
    made = work / folder / "ccloud.json"
    done = run("validate", "-f", made, "-o", "json")
    check(f"{driver}: is valid, without a warning",
          done.code == 0 and done.json()["diagnostics"] == [], done)
    shown = json.loads(run("config", "show", "-f", made).out)
    place = shown["clusters"]["web"]["place"]["main"]
    check(f"{driver}: says what was answered",
          (shown["project"], place["provider"], place["region"], place["count"]) ==
          ("shop", driver, region, 2), shown)
    expect(f"{driver}: is in the canonical layout", run("fmt", "--check", made), 0)

# Enter takes the defaults: the folder's name, AWS.
wizard = Wizard("init", "My Shop 2")
for question in QUESTIONS:
    wizard.answer(question, "\n")
check("only Enter", wizard.end() == 0, wizard.seen)
shown = json.loads(run("config", "show", "-f", work / "My Shop 2" / "ccloud.json").out)
check("the project is named after the folder", shown["project"] == "my-shop-2", shown)

# A wrong answer is told why, and asked again.
wizard = Wizard("init", "wrong")
for question, bad, why in [("Project", "Shop!", "small letters"), ("Cloud", "amazon", "one of the five"),
                           ("Region", "mars-1", "not a region of it"), ("Nodes", "many", "a number"),
                           ("SSH public key", "~/.ssh/id_ed25519", ".pub")]:
    wizard.answer(question, bad + "\n")
    check(f"{question}: says why", wizard.wait_for(why), wizard.seen)
    wizard.answer(question, "\n")
check("wrong answers do no harm", wizard.end() == 0, wizard.seen)
expect("and the file is valid", run("validate", "-f", "wrong/ccloud.json"), 0)

# Ctrl-C and the end of the input leave nothing behind.
for name, byte in [("Ctrl-C", "\x03"), ("Ctrl-D", "\x04")]:
    for stop in (0, 3):
        folder = f"left-{name}-{stop}"
        wizard = Wizard("init", folder)
        for question in QUESTIONS[:stop]:
            wizard.answer(question, "\n")
        wizard.answer(QUESTIONS[stop], byte)
        code = wizard.end()
        check(f"{name} at question {stop + 1}: interrupted", code in (130, -signal.SIGINT), code)
        check(f"{name} at question {stop + 1}: no file, no folder", not (work / folder).exists())

# What exists is not written over, and nothing is asked.
before = (work / "wrong" / "ccloud.json").read_bytes()
wizard = Wizard("init", "wrong")
check("an existing file is refused", wizard.end() == 64 and "exists already" in wizard.seen,
      wizard.seen)
check("and stays", (work / "wrong" / "ccloud.json").read_bytes() == before)
wizard = Wizard("init", "wrong", "--force")
for question, text in zip(QUESTIONS, ["again\n", "\n", "\n", "\n", "\n"]):
    wizard.answer(question, text)
check("--force writes over it", wizard.end() == 0 and
      b'"again"' in (work / "wrong" / "ccloud.json").read_bytes(), wizard.seen)
wizard = Wizard("init", "asked-nothing", "-y")
check("-y asks nothing", wizard.end() == 0 and (work / "asked-nothing" / "ccloud.json").exists(),
      wizard.seen)
wizard = Wizard("init", "no-input", "--no-input")
check("--no-input asks nothing", wizard.end() == 0 and "Project" not in wizard.seen, wizard.seen)

# Without a terminal: each driver's example is valid as it stands.
for driver in regions:
    expect(f"{driver}: the example", run("init", f"example-{driver}", "--driver", driver), 0)
    done = run("validate", "-f", f"example-{driver}/ccloud.json", "-o", "json")
    check(f"{driver}: the example has no problem",
          done.code == 0 and done.json()["diagnostics"] == [], done)
    text = (work / f"example-{driver}" / "ccloud.json").read_text()
    check(f"{driver}: the example has comments", len(re.findall("//", text)) > 5, text)
    # The service that it shows is there once the slashes are gone.
    bare = re.sub(r"(?m)^(\s*)// (\s*[\"}].*)$", r"\1\2", text)
    (work / f"example-{driver}" / "app").write_text("x")
    (work / f"example-{driver}" / "ccloud.json").write_text(bare)
    done = run("validate", "-f", f"example-{driver}/ccloud.json", "-o", "json")
    check(f"{driver}: so is its service", done.code == 0 and done.json()["diagnostics"] == [] and
          "services" in json.loads(run("config", "show", "-f",
                                       f"example-{driver}/ccloud.json").out), done)
expect("a project that is none", run("init", "odd", "--project", "Über"), 64, "--project")
expect("a region that is none", run("init", "odd2", "--region", "mars-1"), 64, "mars-1")
check("neither left a folder", not (work / "odd").exists() and not (work / "odd2").exists())
expect("an unknown driver", run("init", "odd3", "--driver", "oracle"), 64, "oracle")
(work / "a-file").write_text("")
expect("a file where the folder should be", run("init", "a-file"), 1, "a-file")
finish()
