"""Time to boot 1, 50 and 200 simulated nodes, each a sandbox with an SSH server, by `ccloud deploy`."""
import sys

import lib

program = sys.argv[1]
rows = []
for count in (1, 50, 200):
    with lib.simulator(program) as (sim, folder):
        config = lib.write_config(folder, {"use1": ("us-east-1", count)})
        figure = lib.run([program, "deploy", "-y", "-f", str(config)], env=sim.env)
        if figure.code != 0:
            raise SystemExit(f"bench: deploy ended with {figure.code}:\n{figure.output[-2000:]}")
        rows.append([count, f"{figure.wall:.2f}", f"{figure.wall / count * 1e3:.0f}", f"{figure.cpu:.2f}"])
lib.table("Nodes from nothing to a login (network, firewall and nodes; no simulated latency)",
          ["nodes", "deploy s", "ms a node", "ccloud's own CPU s"], rows)
