#!/usr/bin/env python3
"""Who may include whom (docs/architecture.md): a folder sees only the folders listed before it.

Further rules: providers see neither each other nor anything above cloud; the simulator shares no
code with the drivers; third-party headers stay out of ours; only a cloud's own folders and its rules
name it (docs/adr/0008).
"""
import pathlib
import re
import sys

ROOMS = ["base", "diag", "json", "async", "http", "ssh", "journal", "catalog", "config", "cloud",
         "plan", "rollout", "deploy", "providers", "registry", "sim", "cli"]
# What may be included although the order forbids it, with the reason.
EXTRA = {
    "deploy": {"registry"},      # the runbooks get their providers by name
    "registry": {"providers"},
}
FORBIDDEN = {
    "providers": {"plan", "rollout", "deploy", "config", "journal", "ssh", "diag"},
    "sim": {"providers", "cloud", "config", "plan", "rollout", "deploy", "registry", "catalog",
            "journal", "ssh", "diag"},
}
THIRD_PARTY = re.compile(r"#include <(boost|curl|openssl|libssh|pugixml|simdjson|sqlite3|yaml-cpp|CLI)")
CLOUD = re.compile(r"\bDriver::[a-z]\w*")
INCLUDE = re.compile(r'^#include "([a-z_0-9]+)/([^"]+)"', re.M)

root = pathlib.Path(__file__).resolve().parent.parent / "src"
problems = []
for path in sorted([*root.rglob("*.h"), *root.rglob("*.cc")]):
    relative = path.relative_to(root)
    room = relative.parts[0]
    if room not in ROOMS:
        problems.append(f"{relative}: folder {room} is not in the list of rooms")
        continue
    text = path.read_text()
    is_test = path.name.endswith("_test.cc") or "testing" in relative.parts
    if path.suffix == ".h" and THIRD_PARTY.search(text):
        problems.append(f"{relative}: a third-party header in one of ours")
    for other, rest in INCLUDE.findall(text):
        if other not in ROOMS:
            continue
        allowed = ROOMS.index(other) <= ROOMS.index(room) or other in EXTRA.get(room, set())
        if other in FORBIDDEN.get(room, set()):
            allowed = False
        if room == "providers" and other == "providers" and rest.split("/")[0] not in (
                relative.parts[1], "testing"):
            allowed = False
        if is_test and other in ("cloud", "http", "json", "async"):
            allowed = True
        if not allowed:
            problems.append(f"{relative}: {room} must not include {other}/{rest}")
    if not is_test and room != "providers" and not relative.match("catalog/clouds/*"):
        for name in sorted(set(CLOUD.findall(text)) - {"Driver::name"}):
            problems.append(f"{relative}: {name}: what is one cloud's own belongs to its rules in catalog/clouds")
    lines = text.count("\n")
    cap = 800 if is_test else 500
    if lines > cap:
        problems.append(f"{relative}: {lines} lines, the cap is {cap}")
print("\n".join(problems) if problems else "layering: ok")
sys.exit(1 if problems else 0)
