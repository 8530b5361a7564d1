#!/usr/bin/env python3
"""exec, copy, ssh and logs on real nodes: exit codes, odd output and odd names, time-outs and
Ctrl-C, nodes that are stopped or hang, ways in (agent, identity, ssh_config, bastion), full disks.

    exec_copy.py PATH_TO_CCLOUD [WORD]      only checks whose name has WORD
"""
import contextlib
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time

from _lab import Checks, lab_of, until


def check_exec(lab, t):
    done = lab.on("web-us-1", "printf 'a\\000b\\377\\n'; printf 'ünï\\n' >&2; exit 7")
    t.that("one node's output goes through as it is, its failure is 1",
           done.returncode == 1, done)
    raw = lab.run("exec", "web-us-1", "--", "printf 'a\\000b\\377\\n'", text=False)
    t.that("bytes are not changed", raw.stdout == b"a\0b\xff\n", raw)
    done = lab.json("exec", "web-us-1", "--", "printf 'a\\000b\\377\\n'; printf 'ünï' >&2; exit 7")
    result = done.get("results", [{}])[0]
    t.that("-o json has exit, stdout, stderr, seconds, error",
           done["schema"] == "ccloud.exec/1" and result["exit"] == 7 and result["stderr"] == "ünï"
           and result["stdout"].startswith("a\0b") and result["error"] is None
           and result["seconds"] > 0, done)
    t.that("exit 0 everywhere is 0", lab.on("web-*", "true").returncode == 0)
    t.that("failed on all nodes is 1", lab.on("web-*", "false").returncode == 1)
    lab.on("web-us-1", "touch /tmp/mark")
    t.that("failed on some is 3", lab.on("web-*", "test -e /tmp/mark").returncode == 3)
    done = lab.run("exec", "@failed", "-o", "json", "--", "true")
    t.that("@failed means the nodes where it failed",
           sorted(one["node"] for one in json.loads(done.stdout)["results"])
           == ["web-eu-1", "web-eu-2", "web-us-2"], done)
    runs = lab.json("history")["runs"][:2]
    t.that("history knows both runs", [(run["command"], run["result"], run["failed"]) for run in runs]
           == [("exec", "done", 0), ("exec", "partly", 3)], runs)
    done = lab.run("exec", "--all", "--", "printf", "%s|", "a b", "c  d")
    t.that("several words are a program and its arguments", "a b|c  d|" in done.stdout, done)
    t.that("equal output is told once", done.stdout.count("a b|c  d|") == 1, done)
    done = lab.on("web-us-1", "cat; echo read")
    t.that("standard input is closed", done.stdout == "read\n", done)
    done = lab.run("exec", "--all", "-o", "json", "--", "head -c 3000000 /dev/zero | tr '\\0' x")
    sizes = [len(result["stdout"]) for result in json.loads(done.stdout)["results"]]
    t.that("megabytes of output arrive whole", set(sizes) == {3000000}, sizes)
    done = lab.on("web-us-1", "kill -TERM $$")
    t.that("a signal is a failure that is told", done.returncode == 1, done)
    begun = time.monotonic()
    done = lab.run("exec", "--all", "--node-timeout", "1s", "--",
                   "test ! -e /tmp/mark || exec sleep 60")
    t.that("a time-out of one node is 3, in its time",
           done.returncode == 3 and "web-us-1" in done.stdout and time.monotonic() - begun < 15,
           done)
    begun = time.monotonic()
    done = lab.run("exec", "--all", "--timeout", "4s", "-o", "json", "--", "sleep 60")
    results = json.loads(done.stdout).get("results", [])
    t.that("--timeout ends all of it with a document",
           time.monotonic() - begun < 15 and done.returncode == 1 and len(results) == 4
           and all(one["error"]["code"] == "timed_out" for one in results), done)
    started = lab.start("exec", "--all", "--", "sleep 60")
    time.sleep(3)
    started.send_signal(signal.SIGINT)
    text, _ = started.communicate(timeout=20)
    t.that("Ctrl-C ends with 130 and says so", started.returncode == 130, text)
    left = lab.run("exec", "--all", "--", "pgrep -x sleep; true")
    t.that("nothing is left running on the nodes", not any(
        line.strip().isdigit() for line in left.stdout.splitlines()), left)
    done = lab.run("exec", "nosuch-*", "--", "true")
    t.ended("a selector that means nothing is wrong usage", done, 64, "no node matches nosuch-*")
    done = lab.run("copy", lab.path("ccloud.json"), "web-nosuch-1:/tmp/")
    t.ended("for copy, too", done, 64, "no node matches web-nosuch-1")
    t.ended("and for ssh", lab.run("ssh", "nosuch"), 64, "no node matches nosuch")
    t.ended("and for logs", lab.run("logs", "nosuch"), 64, "no node matches nosuch")
    t.ended("and for consoles", lab.run("logs", "nosuch", "--console"), 64, "no node matches nosuch")
    t.ended("a selector that cannot be read, too", lab.run("logs", "web-[", "--console"), 64)
    lab.cluster["place"]["us"]["count"] += 1
    lab.write()
    done = lab.run("exec", "web-us-3", "--", "true")
    t.ended("a node that is not made yet is no slip", done, 1, "ccloud deploy")
    lab.cluster["place"]["us"]["count"] -= 1
    lab.write()
    with contextlib.closing(sqlite3.connect(lab.remembered("journal.db"))) as other:
        other.execute("BEGIN IMMEDIATE")  # it cannot be written meanwhile
        done = lab.on("web-us-1", "echo done all the same")
        t.ended("a journal that cannot be opened is told, and no more", done, 0,
                "no history is kept", "done all the same")
        other.execute("ROLLBACK")
        started = lab.start("exec", "web-us-1", "--", "touch /tmp/begun; sleep 2; echo done")
        until(lambda: lab.on("web-us-1", "test -e /tmp/begun").returncode == 0, 20)
        other.execute("BEGIN IMMEDIATE")
        text, _ = started.communicate(timeout=60)
        t.that("nor is one that cannot be written later", started.returncode == 0
               and "done\n" in text and text.count("the run is not recorded") == 1, text)
    t.that("no selector is wrong usage", lab.run("exec", "--", "true").returncode == 64)


def tree_of(folder):
    """{path: (kind and mode, content or link)}, to compare what was copied."""
    found = {}
    for base, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(base, name)
            info = os.lstat(path)
            key = os.path.relpath(path, folder)
            if stat.S_ISLNK(info.st_mode):
                found[key] = ("link", os.readlink(path))
            elif stat.S_ISDIR(info.st_mode):
                found[key] = ("dir %o" % stat.S_IMODE(info.st_mode), "")
            else:
                found[key] = ("file %o" % stat.S_IMODE(info.st_mode), open(path, "rb").read())
    return found


def make_tree(folder):
    os.makedirs(os.path.join(folder, "inner", "empty folder"))
    files = {"plain": b"text\n", "empty": b"", "a name with blanks": b"1", "ünï": b"2",
             "line\nend": b"3", "-dash": b"4", "back\\slash": b"5", "quo'te\"": b"6",
             "inner/deep": os.urandom(100000), "x" * 180: b"long"}
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(content)
    os.chmod(os.path.join(folder, "plain"), 0o640)
    os.chmod(os.path.join(folder, "inner"), 0o750)
    os.chmod(os.path.join(folder, "-dash"), 0o755)
    os.symlink("plain", os.path.join(folder, "a link"))
    os.symlink("/nowhere", os.path.join(folder, "broken link"))


def check_copy(lab, t):
    tree = lab.path("tree")
    make_tree(tree)
    wanted = tree_of(tree)
    done = lab.run("copy", tree, "web-*:/tmp/there")
    t.ended("a folder goes up under a new name", done, 0)
    done = lab.run("copy", "web-us-1:/tmp/there", lab.path("back"))
    t.ended("and comes back", done, 0)
    t.that("with the same names, modes, links and bytes", tree_of(lab.path("back")) == wanted,
           {key: (wanted.get(key), tree_of(lab.path("back")).get(key))
            for key in set(wanted) ^ set(tree_of(lab.path("back")))})
    os.mkdir(lab.path("many"))
    done = lab.run("copy", "web-*:/tmp/there", lab.path("many"))
    t.that("from many nodes, each into a folder of its own",
           done.returncode == 0 and sorted(os.listdir(lab.path("many"))) ==
           ["web-eu-1", "web-eu-2", "web-us-1", "web-us-2"]
           and tree_of(lab.path("many", "web-eu-2", "there")) == wanted, done)
    done = lab.run("copy", tree, "web-us-1:/tmp/there")
    t.that("into a folder that is there", done.returncode == 0 and "inner" in
           lab.on("web-us-1", "ls /tmp/there/tree").stdout, done)
    done = lab.run("copy", tree + "/plain", tree + "/empty", "web-us-1:/tmp/two")
    t.that("several sources need and make a folder", done.returncode == 0
           and lab.on("web-us-1", "cd /tmp/two; echo *").stdout == "empty plain\n", done)
    done = lab.run("copy", tree + "/line\nend", "web-us-1:/tmp/")
    t.that("a name with a line end", done.returncode == 0, done)
    done = lab.run("copy", tree + "/-dash", "web-us-1:-dashed", cwd=lab.folder)
    t.ended("a name with a dash in the home folder", done, 0)
    done = lab.run("copy", "web-us-1:-dashed", "-o", "json", lab.path("dashed"))
    t.ended("and back", done, 0, "ccloud.copy/1")
    done = lab.run("copy", tree + "/plain", "web-us-1:~/in-home")
    t.that("a tilde is the home folder", done.returncode == 0 and
           lab.on("web-us-1", "cat ~/in-home").stdout == "text\n", done)
    done = lab.run("copy", "web-us-1:~/in-home", lab.path("from-home"))
    t.ended("also on the way down", done, 0)
    done = lab.run("copy", tree + "/plain", "web-us-1:/no/such/folder/name")
    t.ended("to a folder that is not there", done, 1, "web-us-1", "/no/such/folder")
    done = lab.run("copy", tree + "/plain", "web-us-1:/etc/passwd")
    t.ended("where the user may not write", done, 1, "web-us-1", "ermission denied")
    t.that("and nothing was changed", "root:" in lab.on("web-us-1", "cat /etc/passwd").stdout)
    done = lab.run("copy", lab.path("nosuch"), "web-us-1:/tmp/x")
    t.that("a source that is not here", done.returncode in (1, 64)
           and "nosuch" in done.stderr, done)
    done = lab.run("copy", "web-us-1:/tmp/nosuch", lab.path("x"))
    t.ended("a source that is not there", done, 1, "nosuch")
    t.that("leaves nothing here", not os.path.exists(lab.path("x")))
    done = lab.run("copy", "web-us-1:/tmp/there", "/proc/nothing/x")
    t.that("a folder here that cannot be written", done.returncode == 1, done)
    lab.on("web-us-2", "sudo -n sh -c 'mkdir -p /mnt/small; mount -t tmpfs -o size=64k,mode=777 "
                       "tmpfs /mnt/small'")
    big = lab.path("big")
    with open(big, "wb") as out:
        out.write(os.urandom(1_000_000))
    done = lab.run("copy", big, "web-us-[1-2]:/mnt/")
    lab.on("web-us-1", "sudo -n sh -c 'mkdir -p /mnt/small; chmod 777 /mnt/small'")
    done = lab.run("copy", big, "web-us-[1-2]:/mnt/small/")
    t.ended("a full disk on one of two", done, 3, "web-us-2", "No space")
    left = lab.on("web-us-2", "ls -A /mnt/small").stdout
    t.that("no half of it is left under its name", "big" not in left.split(), left)
    done = lab.run("copy", tree, "web-us-1:/tmp/x", "web-us-2:/tmp/y")
    t.that("nodes to nodes is wrong usage", done.returncode == 64, done)
    check_special_files(lab, t)
    with open(big, "wb") as out:
        out.truncate(1_000_000_000)
    parts = "ls -d /tmp/interrupted/.ccloud-copy.*"
    for interrupt in (signal.SIGINT, signal.SIGKILL):
        lab.run("exec", "--all", "--", "mkdir -p /tmp/interrupted")
        started = lab.start("copy", big, "--all", ":/tmp/interrupted/")
        begun = until(lambda: lab.on("web-us-1", parts).returncode == 0, 20)
        ended = time.monotonic()
        started.send_signal(interrupt)
        text, _ = started.communicate(timeout=30)
        t.that("Ctrl-C ends a copy with 130" if interrupt == signal.SIGINT else "kill -9 ends it",
               begun and started.returncode in (130, -9) and time.monotonic() - ended < 10,
               (begun, started.returncode, text))
        t.that("and nothing of it stays on the nodes", until(lambda: lab.run(
            "exec", "--all", "--", "ls -A /tmp/interrupted | grep .").returncode == 1, 15),
            lab.run("exec", "--all", "--", "ls -lA /tmp/interrupted"))


def check_special_files(lab, t):
    """Pipes, sockets, devices, files of /proc, and two sources of one name."""
    odd = lab.path("odd")
    os.mkdir(odd)
    os.mkfifo(os.path.join(odd, "queue"))
    with open(os.path.join(odd, "file"), "w") as out:
        out.write("text\n")
    done = lab.run("copy", odd, "web-us-*:/tmp/odd")
    t.ended("a pipe in a folder is left out, and told", done, 0, "odd/queue (a pipe)")
    t.that("once for all nodes", done.stderr.count("queue") == 1, done)
    lab.on("web-us-1", "mkfifo /tmp/odd/there")
    done = lab.run("copy", "web-us-1:/tmp/odd", lab.path("odd-back"))
    t.ended("also on the way down", done, 0, "web-us-1:/tmp/odd/there (a pipe)")
    result = lab.json("copy", "web-us-1:/tmp/odd", lab.path("odd-json")).get("results", [{}])[0]
    t.that("-o json has it, too", result.get("skipped") == ["web-us-1:/tmp/odd/there (a pipe)"], result)
    for source in (os.path.join(odd, "queue"), "/dev/zero"):
        done = lab.run("copy", source, "web-us-1:/tmp/never")
        t.ended("by itself it is wrong usage: " + source, done, 64, source, "only files")
    for source in ("/tmp/odd/there", "/dev/zero"):
        done = lab.run("copy", "web-us-1:" + source, lab.path("never"))
        t.ended("and an error on the way down: " + source, done, 1, source, "only files")
    t.that("nothing came of it", not os.path.exists(lab.path("never"))
           and lab.on("web-us-1", "test -e /tmp/never").returncode == 1)
    os.mkdir(lab.path("other"))
    shutil.copy(os.path.join(odd, "file"), lab.path("other"))
    for words in ((odd + "/file", lab.path("other", "file"), "web-us-1:/tmp/never/"),
                  ("web-us-1:/etc/hostname", "web-us-1:/tmp/hostname", lab.path("never"))):
        t.ended("two sources of one name are wrong usage", lab.run("copy", *words), 64, "would both become")
    done = lab.run("copy", "/proc/version", "web-us-1:/tmp/version")
    t.that("a file that tells no size is copied as it is", done.returncode == 0 and
           lab.on("web-us-1", "cat /tmp/version").stdout == open("/proc/version").read(), done)
    done = lab.run("copy", "web-us-1:/proc/version", lab.path("version"))
    t.that("on the way down it is never taken for an empty one", done.returncode == 1 and
           "/proc" in done.stderr and not os.path.exists(lab.path("version")), done)


def check_follow(lab, t):
    """logs -F over nodes of which one breaks off and comes back, and one stops."""
    say = "sudo -n sh -c 'mkdir -p /var/log/ccloud; echo \"$(date -u +%%FT%%TZ) %s\" >>/var/log/ccloud/x.log'"
    lab.run("exec", "--all", "--", say % "first")
    log = open(lab.path("followed"), "w+")
    follower = subprocess.Popen(lab.line("logs", "--all", "-F"), env=lab.env(), stdout=log, stderr=log)
    has = lambda text, count=1: until(lambda: open(log.name).read().count(text) >= count, 30)
    t.that("every node is followed", has(" first", 4), open(log.name).read())
    lab.on("web-us-1", "sudo -n pkill -f '[t]ail -n'")
    t.that("one that breaks off is told at once", has("web-us-1: following its log ended"), open(log.name).read())
    lab.on("web-us-1", say % "meanwhile")
    t.that("and followed again", has("web-us-1: its log is followed again"), open(log.name).read())
    lab.run("exec", "--all", "--", say % "second")
    t.that("with what was said meanwhile", has(" second", 4) and has(" meanwhile"), open(log.name).read())
    t.that("and nothing twice", open(log.name).read().count(" first") == 4, open(log.name).read())
    lab.run("stop", "web-eu-2", "-y")
    t.that("so is one that stops", has("error: web-eu-2"), open(log.name).read())
    follower.send_signal(signal.SIGINT)
    follower.wait(20)
    t.that("Ctrl-C says who was not followed", follower.returncode == 130
           and has("not followed at the end: web-eu-2"), (follower.returncode, open(log.name).read()))
    log.close()
    done = lab.run("logs", "web-eu-2", "-F")
    t.ended("a node that is off is told, and no reason to wait", done, 1, "web-eu-2 is stopped")
    lab.run("start", "web-eu-2", "-y")


def check_export(lab, t):
    """Others' programs go in at once by what is exported, first contact included, with no terminal."""
    def go(*words):
        return subprocess.run(words, env=lab.env(), cwd=lab.folder, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=120, start_new_session=True)

    known = lab.remembered("known_hosts")
    script = lab.path("inventory")
    with open(script, "w") as out:
        out.write("#!/bin/sh\nexec '%s' export ansible -f '%s' --sim='%s' \"$@\"\n"
                  % (lab.ccloud, lab.path("ccloud.json"), lab.sim))
    os.chmod(script, 0o755)
    origin = lab.nodes()["web-us-1"]["public_ip"]
    for bastion in (None, "admin@%s:22" % origin):
        if bastion:
            lab.cluster["ssh"]["bastion"] = bastion
            lab.write()
        through = " through a bastion" if bastion else ""
        if os.path.exists(known):
            os.remove(known)
        with open(lab.path("ssh.conf"), "w") as out:
            out.write(lab.run("export", "ssh").stdout)
        done = go("ssh", "-F", "ssh.conf", "web-us-2", "hostname")
        t.ended("ssh -F goes in at the first contact" + through, done, 0)
        t.ended("and ccloud knows the key it met", lab.on("web-us-2", "true"), 0)
        if shutil.which("ansible"):
            os.remove(known)
            done = go("ansible", "-i", script, "all", "-m", "raw", "-a", "hostname")
            t.that("so does ansible" + through, done.returncode == 0 and done.stdout.count("CHANGED") == 4, done)
    del lab.cluster["ssh"]["bastion"]
    lab.write()
    with open(lab.path("ssh.conf"), "w") as out:
        out.write(lab.run("export", "ssh").stdout)
    lines = open(known).read().splitlines()
    keys = [line.split(" ", 1)[1] for line in lines]
    with open(known, "w") as out:  # each has its neighbour's
        out.writelines("%s %s\n" % (line.split(" ", 1)[0], key) for line, key in zip(lines, keys[1:] + keys[:1]))
    done = go("ssh", "-F", "ssh.conf", "web-us-2", "hostname")
    t.ended("a changed host key is refused", done, 255, "HAS CHANGED")
    os.remove(known)


def check_stopped(lab, t):
    lab.run("stop", "web-eu-2", "-y")
    done = lab.on("web-eu-*", "true")
    t.ended("exec on a stopped node and one that runs", done, 3, "web-eu-2 is stopped")
    done = lab.run("ssh", "web-eu-2")
    t.that("ssh says how to start it", done.returncode == 1
           and "ccloud start web-eu-2" in done.stdout + done.stderr, done)
    lab.run("start", "web-eu-2", "-y")
    lab.machine("web-eu-2", "crash")
    begun = time.monotonic()
    done = lab.run("exec", "web-eu-*", "--node-timeout", "5s", "--", "true")
    t.that("a node that crashed unseen fails alone, in its time", done.returncode == 3
           and "web-eu-2" in done.stdout and time.monotonic() - begun < 12, done)
    lab.run("stop", "web-eu-2", "-y")
    lab.run("start", "web-eu-2", "-y")


@contextlib.contextmanager
def agent_with(lab, *keys):
    """ssh-agent with the private keys of these files in it, in the lab's environment."""
    text = subprocess.run(["ssh-agent", "-s"], text=True, capture_output=True, check=True).stdout
    values = dict(part.split(";")[0].split("=") for part in text.splitlines() if "=" in part)
    try:
        lab.extra_env = {"SSH_AUTH_SOCK": values["SSH_AUTH_SOCK"]}
        subprocess.run(["ssh-add", "-q", *keys], env=lab.env(), check=True)
        yield
    finally:
        lab.extra_env = {}
        os.kill(int(values["SSH_AGENT_PID"]), signal.SIGTERM)


def check_keys_of_agent(lab, t):
    """Keys are exchanged by somebody whose private keys are in an agent only."""
    lab.make_key("new")
    os.rename(lab.path("new"), lab.path("newer"))
    keys_of = lambda: lab.on("web-us-1", "cat .ssh/authorized_keys").stdout
    old, new = (open(lab.path(name)).read().split()[1] for name in ("id.pub", "new.pub"))
    lab.cluster["ssh"]["keys"] = ["new.pub"]
    lab.write()
    with agent_with(lab, lab.path("elsewhere")):
        done = lab.run("deploy", "-y")
        # 3: the new key is known to the cloud.
        t.ended("the agent lacks the new key: the old one stays", done, 3, "cannot be proven",
                "ssh-agent")
        t.that("beside the new one", old in keys_of() and new in keys_of(), keys_of())
    with agent_with(lab, lab.path("elsewhere"), lab.path("newer")):
        t.ended("the agent has both: the login is proven with the new one", lab.run("deploy", "-y"), 0)
        t.that("and the old key has gone", old not in keys_of() and new in keys_of(), keys_of())
        lab.cluster["ssh"]["keys"] = ["id.pub"]
        lab.write()
        t.ended("and back", lab.run("deploy", "-y"), 0)


def check_ways(lab, t):
    """The agent, an identity, the user's ssh_config, a bastion."""
    shutil.copy(lab.path("id"), lab.path("elsewhere"))
    os.chmod(lab.path("elsewhere"), 0o600)
    os.rename(lab.path("id"), lab.path("hidden"))
    done = lab.on("web-us-1", "true")
    t.ended("without the private key", done, 1, "web-us-1", "key")
    with agent_with(lab, lab.path("elsewhere")):
        t.ended("the agent's key opens", lab.on("web-*", "true"), 0)
        t.ended("and ssh uses it, too", lab.run("ssh", "web-us-1", "--", "true"), 0)
    lab.cluster["ssh"]["identity"] = "elsewhere"
    lab.write()
    t.ended("ssh.identity opens", lab.on("web-us-1", "true"), 0)
    del lab.cluster["ssh"]["identity"]
    lab.write()
    check_keys_of_agent(lab, t)
    config = os.path.join(lab.home, ".ssh", "config")
    with open(config, "w") as out:
        out.write("Host web-*\n  IdentityFile %s\n" % lab.path("elsewhere"))
    t.ended("an IdentityFile of ssh_config for the node's name", lab.on("web-us-1", "true"), 0)
    # web-us-1 is the bastion of all the others.
    rows = lab.nodes()
    before = lab.on("web-us-1", "grep -c . /proc/net/tcp").stdout
    with open(config, "a") as out:
        out.write("Host web-eu-*\n  ProxyJump admin@%s\n" % rows["web-us-1"]["public_ip"])
    os.rename(lab.path("hidden"), lab.path("id"))
    done = lab.on("web-eu-*", "echo $SSH_CONNECTION")
    origin = rows["web-us-1"]["public_ip"]
    private = rows["web-us-1"]["private_ip"]
    t.that("a ProxyJump of ssh_config is taken", done.returncode == 0
           and (origin in done.stdout or private in done.stdout), (done, before))
    os.remove(config)
    lab.cluster["ssh"]["bastion"] = "admin@%s:22" % origin
    lab.write()
    done = lab.on("web-eu-*", "echo $SSH_CONNECTION")
    t.that("ssh.bastion is taken", done.returncode == 0
           and (origin in done.stdout or private in done.stdout), done)
    with open(lab.path("data"), "wb") as out:
        out.write(os.urandom(3_000_000))
    t.ended("copy through it", lab.run("copy", lab.path("data"), "web-eu-*:/tmp/data"), 0)
    digest = hashlib.sha256(open(lab.path("data"), "rb").read()).hexdigest()
    t.that("whole", lab.on("web-eu-*", "sha256sum < /tmp/data").stdout.count(digest) == 1)
    t.ended("ssh through it", lab.run("ssh", "web-eu-1", "--", "true"), 0)
    lab.cluster["ssh"]["bastion"] = "admin@198.18.255.254:22"
    lab.write()
    begun = time.monotonic()
    done = lab.on("web-eu-*", "true")
    t.that("a bastion that does not answer is named, in half a minute", done.returncode == 1
           and "bastion" in done.stdout and time.monotonic() - begun < 40, done)
    del lab.cluster["ssh"]["bastion"]
    lab.write()


def check_host_key(lab, t):
    """The node shows another key under the same instance id."""
    done = lab.on("web-us-2", "true")
    lab.on("web-us-2", "sudo -n sh -c 'rm -f /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N \"\" "
                       "-f /etc/ssh/ssh_host_ed25519_key'")
    done = lab.on("web-us-[1-2]", "true")
    if done.returncode == 0:
        print("skip  the node goes on with the host key it had")
        return
    t.ended("a changed host key is refused, the other node answers", done, 3, "ssh-keygen -R")
    wayout = [line for line in done.stdout.splitlines() if "ssh-keygen -R" in line][0]
    subprocess.run(wayout[wayout.index("ssh-keygen"):], shell=True, check=True,
                   capture_output=True)
    t.ended("the way out works", lab.on("web-us-[1-2]", "true"), 0)


def main():
    only = sys.argv[2] if len(sys.argv) > 2 else ""
    t = Checks()
    with lab_of(sys.argv[1], {"us": 2, "eu": 2}) as lab:
        lab.write()
        t.ended("four nodes", lab.run("deploy", "-y"), 0)
        for check in (check_exec, check_copy, check_follow, check_export, check_stopped, check_ways,
                      check_host_key):
            if only in check.__name__:
                check(lab, t)
    t.finish()


if __name__ == "__main__":
    main()
