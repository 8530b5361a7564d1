"""Whatever is given as a config: a clear message with a place, exit 65, nothing sent anywhere."""
import json
import os
import time

from _lib import check, config, expect, finish, run, work, write

COMMANDS = [["validate"], ["plan"], ["deploy", "-y"], ["destroy", "--confirm", "hello"],
            ["status"], ["config", "show"]]


def bad(name, content, *texts, commands=COMMANDS):
    path = write(f"bad/{name}.json", content) if content is not None else work / "bad" / name
    for command in commands:
        began = time.monotonic()
        done = run(*command, "-f", path)
        expect(f"{name}: {' '.join(command)}", done, 65, *texts)
        check(f"{name}: has a place", f"{path}:1:1: error:" in done.err or
              any(f"{path}:{line}:" in done.err for line in range(1, 40)), done)
        check(f"{name}: within seconds", time.monotonic() - began < 10)
    done = run("validate", "-f", path, "-o", "json")
    document = done.json()
    check(f"{name}: as a document", done.code == 65 and
          document.get("schema") == "ccloud.diagnostics/1" and document.get("valid") is False and
          len(document["diagnostics"]) > 0 and
          all({"severity", "code", "message", "file", "line", "column", "pointer",
               "suggestion"} <= set(d) for d in document["diagnostics"]), done)


(work / "bad" / "folder").mkdir(parents=True)
bad("nowhere", None, "file-not-found")
bad("folder", None, "folder")
bad("empty", "", "syntax")
bad("blank", " \n\t\n", "syntax")
bad("binary", bytes(range(256)) * 64)
bad("nul", b'{"project": "a\x00b"}')
bad("latin1", '{"project": "caf\u00e9"}'.encode("latin-1"))
bad("truncated", json.dumps(config())[:-20], "syntax")
bad("trailing-comma", '{"project": "hello",}', "syntax")
bad("array", "[]", "wrong-type")
bad("deep", "[" * 100000, commands=[["validate"], ["plan"]])
bad("no-clusters", '{"project": 5}', "wrong-type")
bad("unknown-keys", {**config(), "clusterz": {}}, "unknown-key", 'did you mean "clusters"?')
several = config(project="Hello World", labels=7)
several["clusters"]["web"]["imgae"] = several["clusters"]["web"].pop("image")
several["clusters"]["web"]["place"]["us"]["region"] = "us-esat-1"
several["clusters"]["web"]["place"]["us"]["count"] = -1
bad("several", several, "bad-name", "wrong-type", "unknown-key", "unknown-region",
    "out-of-range", 'did you mean "us-east-1"?', 'did you mean "image"?')

huge = work / "bad" / "huge.json"
with open(huge, "wb") as file:
    file.write(b'{"project": "')
    for _ in range(100):
        file.write(b"a" * (1 << 20))
    file.write(b'"}')
began = time.monotonic()
done = run("validate", "-f", huge)
expect("100 MB", done, 65, "huge.json:1:1: error:")
check("100 MB: within seconds", time.monotonic() - began < 10)
os.remove(huge)

valid = write("ccloud.json", config())
expect("valid", run("validate"), 0, "3 nodes in 1 place")
done = run("validate", "-o", "json")
check("valid as a document", done.code == 0 and done.json()["valid"] is True, done)
expect("unknown environment", run("validate", "-e", "prod"), 65)

# The text commands.
ugly = write("ugly.json", json.dumps(config()))
expect("fmt --check names the file", run("fmt", "--check", ugly), 1, str(ugly))
expect("fmt", run("fmt", ugly), 0, str(ugly))
expect("fmt again does nothing", run("fmt", "--check", ugly), 0)
check("fmt keeps the meaning", run("config", "show", "-f", ugly).out ==
      run("config", "show", "-f", valid).out)
done = run("fmt", "-", stdin=json.dumps(config()).encode())
check("fmt of stdin", done.code == 0 and done.out == ugly.read_text(), done)
expect("fmt of nonsense", run("fmt", "-", stdin=b"{,"), 65, "stdin:1:2: error:")
check("schema", run("schema").json().get("$schema", "").endswith("2020-12/schema"))
expect("explain", run("explain", "unknown-key"), 0, "unknown-key")
expect("explain lists", run("explain"), 0, "cidr-overlap", "syntax")

# init: without a terminal the answers are the options.
done = run("init", "fresh", "--project", "shop", "--region", "eu-central-1")
expect("init", done, 0, "fresh/ccloud.json", "next: ccloud")
expect("what init wrote is valid", run("validate", "-f", "fresh/ccloud.json"), 0)
expect("init does not write over a config", run("init", "fresh"), 64, "exists already")
finish()
