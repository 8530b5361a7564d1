"""Wrong usage ends with 64 and says what would be right; help and completion work everywhere."""
import subprocess

from _lib import ENV, PROGRAM, check, config, expect, finish, run, work, write

for name, args, text in [
    ("unknown command", ["plam"], 'did you mean "plan"?'),
    ("unknown command, nothing near", ["frobnicate"], "`ccloud help`"),
    ("unknown sub-command", ["sim", "upp"], 'did you mean "sim up"?'),
    ("sub-command missing", ["sim"], "up, down, env, reset, status"),
    ("unknown option", ["version", "--colr"], 'did you mean "--color"?'),
    ("unknown letter", ["version", "-z"], "unknown option -z"),
    ("option without value", ["version", "-f"], "needs a value"),
    ("value of a flag", ["version", "--quiet=yes"], "takes no value"),
    ("bad choice", ["version", "--color", "pink"], "auto, always, never"),
    ("bad duration", ["version", "--timeout", "5"], "not a duration"),
    ("bad number", ["version", "--concurrency", "0"], "between 1 and 10000"),
    ("output that does not fit", ["version", "-o", "wide"], "it takes -o table, json"),
    ("too many words", ["version", "now"], 'unexpected "now"'),
    ("too few words", ["completion"], "bash|zsh|fish"),
    ("no such shell", ["completion", "ksh"], "bash, zsh and fish"),
    ("orphans is for later", ["orphans"], "not supported"),
    ("no nodes named", ["stop"], "--all"),
    ("catalog of nothing", ["catalog"], "regions, zones, sizes, images"),
    ("unknown code", ["explain", "cidr-overlp"], 'did you mean "cidr-overlap"?'),
    ("no such latency", ["sim", "up", "--latency", "slow"], "none, typical or a file"),
    ("no such faults", ["sim", "up", "--faults", "nowhere.json"], "nowhere.json"),
    ("empty option value", ["-f", "", "validate"], "must not be empty"),
]:
    done = run(*args)
    expect(name, done, 64, text)
    check(f"{name}: nothing on stdout", done.out == "", done)

done = run("plam", "-o", "json")
check("usage error as a document", done.code == 64 and
      done.json().get("schema") == "ccloud.error/1" and
      set(done.json()["error"]) == {"code", "message", "remedy", "retryable", "provider", "region",
                                    "request_id"}, done)

overview = run()
check("no command: the overview", overview.code == 0 and "Usage:" in overview.out, overview)
check("--help is the same", run("--help").out == overview.out)
commands = ["init", "validate", "schema", "fmt", "explain", "plan", "deploy", "destroy", "status",
            "start", "stop", "restart", "replace", "history", "export", "doctor", "catalog",
            "completion", "version", "help"]
for command in commands:
    check(f"overview has {command}", f"\n  {command} " in overview.out)
    done = run("help", command)
    check(f"help {command}", done.code == 0 and f"Usage: ccloud {command}" in done.out, done)
    check(f"{command} --help", run(command, "--help").out == done.out)
for command in ["up", "down", "env", "reset", "status"]:
    expect(f"help sim {command}", run("help", "sim", command), 0, f"Usage: ccloud sim {command}")

done = run("version")
check("version", done.code == 0 and done.out.startswith("ccloud ") and done.err == "", done)
check("--version", run("--version").out == done.out)

for shell in ["bash", "zsh", "fish"]:
    script = run("completion", shell).out
    check(f"completion {shell}", "__complete" in script)
    checker = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True) \
        if subprocess.run(["which", shell], capture_output=True).returncode == 0 else None
    check(f"{shell} reads it", checker is None or checker.returncode == 0, checker)
write("ccloud.json", config())
check("completes commands", run("__complete", "val").out.startswith("validate"))
check("completes nodes", "web-us-2\n" in run("__complete", "status", "web-us-").out)
check("completes codes", "cidr-overlap\n" in run("__complete", "explain", "cidr").out)

# A reader that leaves early is no failure; a full disk is one.
pipe = subprocess.run(f"'{PROGRAM}' catalog sizes | head -1", shell=True, cwd=work, env=ENV,
                      capture_output=True)
check("a closed pipe is quiet", pipe.returncode == 0 and b"rror" not in pipe.stderr, pipe)
full = subprocess.run(f"'{PROGRAM}' schema > /dev/full", shell=True, cwd=work, env=ENV,
                      capture_output=True, text=True)
check("a full disk is told", full.returncode == 1 and "No space left" in full.stderr, full)

done = run("validate", "--color", "always")
check("colours on demand", done.code == 0)
broken = write("broken.json", "{")
check("no colours by themselves", "\x1b" not in run("validate", "-f", broken).err)
check("colours when asked", "\x1b[" in run("validate", "-f", broken, "--color=always").err)
finish()
