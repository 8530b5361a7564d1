"""The commands on text: fmt on whatever it may meet, config show, explain, schema, catalog."""
import json
import os
import re
import stat

from _lib import ENV, PROGRAM, check, config, expect, finish, run, work, write
import subprocess

SMALL = json.dumps(config())


def fmt(name, text, *args):
    """The file's bytes after `fmt`; fmt of that must change nothing, and the meaning stays."""
    path = write(f"fmt/{name}.json", text)
    before = run("config", "show", "-f", path)
    done = run("fmt", path, *args)
    check(f"{name}: formatted", done.code == 0, done)
    once = path.read_bytes()
    again = run("fmt", path)
    check(f"{name}: twice is the same", again.code == 0 and again.out == "" and
          path.read_bytes() == once, again)
    expect(f"{name}: --check agrees", run("fmt", "--check", path), 0)
    after = run("config", "show", "-f", path)
    check(f"{name}: means the same", before.out == after.out and before.code == after.code, after)
    return once.decode()


plain = fmt("plain", SMALL)
check("order stays", list(json.loads(plain)) == list(config()), plain)
check("CRLF becomes LF", fmt("crlf", SMALL.replace(",", ",\r\n")) == plain)
check("a byte-order mark goes", fmt("bom", b"\xef\xbb\xbf" + SMALL.encode()) == plain)
check("tabs and blank lines", fmt("blank", SMALL.replace(",", ",\n\n\n\t\t")).replace("\n\n", "\n") ==
      plain)

# A comment at every place where blanks may be: none is lost, none is doubled, and it settles.
tokens = re.findall(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', SMALL)
for kind, make in [("block", lambda i: f"/* c{i} */"), ("line", lambda i: f"// c{i}\n"),
                   ("long", lambda i: f"/* c{i}\n   second line */")]:
    text = "".join(f"{make(i)} {token} " for i, token in enumerate(tokens)) + make(len(tokens))
    out = fmt(f"comments-{kind}", text)
    found = [int(n) for n in re.findall(r"\bc(\d+)\b", out)]
    check(f"{kind} comments: each once", sorted(found) == list(range(len(tokens) + 1)),
          (sorted(set(range(len(tokens) + 1)) - set(found)), out[:2000]))
    check(f"{kind} comments: in order", found == sorted(found), out[:2000])

# What cannot be read whole is left as it is, with the place of each slip.
for name, text in [("broken", '{"a": 1,}'), ("empty", ""), ("half", SMALL[:-7]),
                   ("latin", '{"a": "é"}'.encode("latin-1")), ("twice", '{"a": 1, "a": 2} {'),
                   ("comment", SMALL + "/* never closed"), ("zero", b'{"a": "\x00"}')]:
    path = write(f"fmt/bad-{name}.json", text)
    before = path.read_bytes()
    expect(f"fmt of {name}", run("fmt", path), 65, f"bad-{name}.json:1:")
    expect(f"fmt --check of {name}", run("fmt", "--check", path), 65, f"bad-{name}.json:1:")
    check(f"{name} is untouched", path.read_bytes() == before)

# stdin, several files, links, modes.
expect("- with --check, laid out", run("fmt", "-", "--check", stdin=plain.encode()), 0)
expect("- with --check, not laid out", run("fmt", "-", "--check", stdin=SMALL.encode()), 1)
done = run("fmt", "-", stdin=b"\xef\xbb\xbf" + SMALL.replace(" ", "\r\n").encode())
check("- of CRLF and a mark", done.code == 0 and done.out == plain, done)
first, second = write("fmt/one.json", SMALL), write("fmt/two.json", SMALL)
bad = write("fmt/three.json", "{")
done = run("fmt", first, bad, second)
check("one bad file does not stop the others", done.code == 65 and done.out.split() ==
      [str(first), str(second)] and second.read_text() == plain, done)
expect("a file that is not there", run("fmt", "fmt/nowhere.json"), 65, "nowhere.json")
expect("a folder", run("fmt", "fmt"), 65, "fmt")

target = write("fmt/real/target.json", SMALL)
os.chmod(target, 0o640)
link, over = work / "fmt" / "link.json", work / "fmt" / "over.json"
link.symlink_to("real/target.json")
over.symlink_to("link.json")
expect("through a link to a link", run("fmt", over), 0)
check("the links stay, their file is written", over.is_symlink() and link.is_symlink() and
      target.read_text() == plain and not target.is_symlink())
check("the mode stays", stat.S_IMODE(target.stat().st_mode) == 0o640)
check("nothing else is left there", sorted(p.name for p in target.parent.iterdir()) ==
      ["target.json"])

locked = write("fmt/locked/locked.json", SMALL)
os.chmod(locked, 0o444)
if os.geteuid() == 0:  # root may write everything: ask as nobody
    for path in [work, work / "fmt", locked.parent]:
        os.chmod(path, 0o777)
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
else:
    nobody = {}
copy = work / "fmt" / "ccloud"
copy.write_bytes(open(PROGRAM, "rb").read())
os.chmod(copy, 0o755)
done = subprocess.run([copy, "fmt", locked], capture_output=True, env=ENV, cwd=work, **nobody)
check("a read-only file is refused, and stays", done.returncode == 1 and
      b"locked.json" in done.stderr and locked.read_text() == SMALL, done)
done = subprocess.run([copy, "fmt", "--check", locked], capture_output=True, env=ENV, cwd=work, **nobody)
check("but can be checked", done.returncode == 1 and b"locked.json" in done.stdout, done)

# config show.
staged = write("staged.json", {**config(), "environments": {
    "prod": {}, "test": {"project": "hello-test", "labels": {"stage": "test"},
                         "clusters": {"web": {"place": {"us": {"count": 1}}}}}}})
shown = json.loads(run("config", "show", "-f", staged, "-e", "test").out)
check("config show -e", (shown["project"], shown["labels"],
                         shown["clusters"]["web"]["place"]["us"]["count"], "environments" in shown)
      == ("hello-test", {"stage": "test"}, 1, False), shown)
check("config show -e of an empty patch",
      json.loads(run("config", "show", "-f", staged, "-e", "prod").out) == config())
expect("config show without -e", run("config", "show", "-f", staged), 65, "prod", "test")
expect("config show of an unknown one", run("config", "show", "-f", staged, "-e", "tset"), 65,
       "unknown-reference", 'did you mean "test"?')
done = run("config", "show", "-f", staged, "-e", "tset", "-o", "json")
check("the same as a document", done.code == 65 and
      done.json().get("schema") == "ccloud.diagnostics/1", done)
shown = write("shown.json", run("config", "show", "-f", staged, "-e", "test").out)
expect("what it shows is a config", run("validate", "-f", shown), 0)

# explain: every code that there is, and what is none.
codes = [line.strip() for line in run("explain").out.splitlines() if line.startswith("  ")]
check("explain lists the contract's codes", len(codes) >= 37, codes)
for code in codes:
    done = run("explain", code)
    check(f"explain {code}", done.code == 0 and done.out.startswith(f"{code}:") and
          "For example:" in done.out and len(done.out) > 150, done)
expect("explain of a slip", run("explain", "unknown-regoin"), 64, 'did you mean "unknown-region"?')
expect("explain of nonsense", run("explain", "xyzzy-plugh"), 64, "lists them")

schema = run("schema").json()
check("schema: the parts are there", {"project", "clusters", "services", "environments"} <=
      set(schema["properties"]) and schema.get("additionalProperties") is False, schema.keys())
check("schema -o json is the same", run("schema", "-o", "json").json() == schema)

# catalog: each section of each driver, filters, forms, nonsense.
for driver in ["aws", "azure", "gcp", "alibaba"]:
    for section in ["regions", "zones", "sizes", "images"]:
        has_rows = (driver, section) != ("alibaba", "zones")  # no public list has them
        done = run("catalog", section, "--provider", driver, "-o", "json")
        document = done.json()
        check(f"catalog {section} of {driver}", done.code == 0 and
              document.get("schema", "").startswith("ccloud.") and
              (len(document["rows"]) > 2) == has_rows, done)
        check(f"catalog {section} of {driver} has a date, or says what it lacks",
              any(re.search(r"\d{4}-\d\d-\d\d|not in the catalogue", n) for n in document["notes"]),
              document["notes"])
        names = run("catalog", section, "--provider", driver, "-o", "name")
        check(f"catalog {section} of {driver}: names", names.code == 0 and bool(names.out.strip()) == has_rows
              and len(set(names.out.split())) == len(names.out.split())
              and all(" " not in line.strip() for line in names.out.splitlines()), names)
expect("openstack's are its own", run("catalog", "sizes", "--provider", "openstack"), 0)
done = run("catalog", "regions", "--provider", "aws", "frankfurt")
check("a word", done.code == 0 and "eu-central-1" in done.out and "us-east-1" not in done.out, done)
done = run("catalog", "sizes", "--provider", "gcp", "4cpu", "16gib", "-o", "name")
check("a requirement", done.code == 0 and "n2-standard-4" in done.out.split(), done)
done = run("catalog", "sizes", "--provider", "aws", "arm64", "2cpu", "-o", "name")
check("an architecture", done.code == 0 and "m7g.large" in done.out.split() and
      "m7i.large" not in done.out.split(), done)
expect("nothing matches", run("catalog", "sizes", "xyzzy"), 0, "nothing matches")
done = run("catalog", "sizes", "xyzzy", "-o", "json")
check("nothing, as a document", done.code == 0 and done.json(), done)
expect("an unknown provider", run("catalog", "regions", "--provider", "oracle"), 64, "oracle")
expect("an unknown section is a word", run("catalog", "flavours"), 0, "nothing matches")
expect("no section, no word", run("catalog"), 64, "regions")
expect("a provider of the config", run("catalog", "regions", "--provider", "main", "-f", write(
    "named.json", {**config(), "providers": {"main": {"driver": "azure"}}, "clusters": {}})), 0,
    "westeurope")
expect("--sim does not change what is in the program",
       run("catalog", "regions", "--provider", "aws", "--sim"), 0, "us-east-1")
finish()
