#!/usr/bin/env python3
"""Alibaba Cloud's own JavaScript clients (@alicloud/ecs20140526, vpc20160428) against our Alibaba Cloud, and
our driver's requests held against the clients' models.

They are installed from npm into a temporary folder. Skipped aloud (77) where there is no npm or no registry.
Usage: alibaba_sdk.py PATH_TO_CCLOUD
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PACKAGES = ["@alicloud/ecs20140526@7", "@alicloud/vpc20160428@7", "@alicloud/openapi-client@0.4"]


def skip(why):
    print(f"skipped: {why}\n0 passed, 0 failed, 1 skipped")
    sys.exit(77)


program = str(pathlib.Path(sys.argv[1]).resolve())
if shutil.which("npm") is None or shutil.which("node") is None:
    skip("no npm and node (Debian: nodejs, npm)")

folder = pathlib.Path(tempfile.mkdtemp(prefix="ccloud-alibaba-"))
sim = str(folder / "sim")
code = 1
try:
    (folder / "package.json").write_text('{"private": true}')
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefer-offline", *PACKAGES],
                          cwd=folder, text=True, capture_output=True, timeout=600)
    if done.returncode != 0:
        skip("npm cannot install the clients: " + done.stderr.strip().splitlines()[-1][:200])
    subprocess.run([program, "sim", "up", "--dir", sim, "--boot", "none"], check=True, capture_output=True)
    text = subprocess.run([program, "sim", "env", "--dir", sim], check=True, capture_output=True, text=True).stdout
    shell = subprocess.run(["bash", "-c", text + "\nenv -0"], check=True, capture_output=True, text=True).stdout
    env = dict(os.environ)
    env.update(pair.split("=", 1) for pair in shell.split("\0") if "=" in pair)
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", str(folder / "key")], check=True)
    env["TEST_SSH_KEY"] = (folder / "key.pub").read_text().strip()
    env.update(TEST_CCLOUD=program, HOME=str(folder), XDG_STATE_HOME=str(folder / "state"))
    shutil.copy(pathlib.Path(__file__).with_name("alibaba_sdk.mjs"), folder)
    code = subprocess.run(["node", "alibaba_sdk.mjs"], cwd=folder, env=env, timeout=900).returncode
finally:
    subprocess.run([program, "sim", "down", "--dir", sim], capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(code)
