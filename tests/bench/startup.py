"""Start-up: `ccloud version` beside an empty program and the provider's own command line tool."""
import sys

import lib

program = sys.argv[1]
ours = lib.median([program, "version"], runs=21)
floor = lib.median(["/bin/true"], runs=21)
rows = [["ccloud version", f"{ours.wall * 1e3:.1f}", f"{ours.peak:.0f}", "1"],
        ["/bin/true", f"{floor.wall * 1e3:.1f}", f"{floor.peak:.0f}", f"{floor.wall / ours.wall:.2f}"]]
for name, command in (("aws --version", ["aws", "--version"]), ("ansible --version", ["ansible", "--version"]),
                      ("ssh -V", ["ssh", "-V"])):
    if lib.has(command[0]):
        peer = lib.median(command, runs=5)
        rows.append([name, f"{peer.wall * 1e3:.1f}", f"{peer.peak:.0f}", f"{peer.wall / ours.wall:.0f}"])
lib.table("Start-up (goal: 8 ms or less)", ["command", "wall ms", "peak MB", "times ours"], rows)
