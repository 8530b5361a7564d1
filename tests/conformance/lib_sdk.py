"""What the suites of the vendors' JavaScript clients have in common: the clients from npm in a temporary folder,
a simulator of their own, its variables in the environment, and the suite's .mjs run in it."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile


def skip(why):
    print(f"skipped: {why}\n0 passed, 0 failed, 1 skipped")
    sys.exit(77)


def install(folder, packages):
    """The packages into that folder's node_modules; where that cannot be done the suite is skipped."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        skip("no npm and node (Debian: nodejs, npm)")
    (folder / "package.json").write_text('{"private": true}')
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", *packages],
                          cwd=folder, text=True, capture_output=True, timeout=600)
    if done.returncode != 0:
        skip("npm cannot install the clients: " + done.stderr.strip().splitlines()[-1][:200])


def _environment(program, sim):
    """The caller's, with what `sim env` exports."""
    text = subprocess.run([program, "sim", "env", "--dir", sim], check=True, capture_output=True, text=True).stdout
    shell = subprocess.run(["bash", "-c", text + "\nenv -0"], check=True, capture_output=True, text=True).stdout
    return {**os.environ, **dict(pair.split("=", 1) for pair in shell.split("\0") if "=" in pair)}


def run(name, packages, key_type, prepare=None):
    """Runs NAME.mjs of this folder and ends with its exit code. The environment also has TEST_SSH_KEY (a public key
    of that type), TEST_CCLOUD and a HOME of its own; `prepare` gets it before."""
    program = str(pathlib.Path(sys.argv[1]).resolve())
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"ccloud-{name}-"))
    sim = str(folder / "sim")
    code = 1
    try:
        install(folder, packages)
        subprocess.run([program, "sim", "up", "--dir", sim, "--boot", "none"], check=True, capture_output=True)
        subprocess.run(["ssh-keygen", "-q", "-t", key_type, "-N", "", "-f", str(folder / "key")], check=True)
        env = _environment(program, sim)
        env.update(TEST_SSH_KEY=(folder / "key.pub").read_text().strip(), TEST_CCLOUD=program, HOME=str(folder),
                   XDG_STATE_HOME=str(folder / "state"))
        if prepare:
            prepare(env)
        script = pathlib.Path(__file__).with_name(f"{name}.mjs")
        shutil.copy(script, folder)
        code = subprocess.run(["node", script.name], cwd=folder, env=env, timeout=900).returncode
    finally:
        subprocess.run([program, "sim", "down", "--dir", sim], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)
