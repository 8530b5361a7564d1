"""`ccloud validate` of 1,000 to 10,000 places beside `python3 -m json.tool` on the same file."""
import json
import pathlib
import sys
import tempfile

import lib

program = sys.argv[1]
regions = ["us-east-1", "us-west-2", "eu-central-1", "ap-northeast-1", "eu-west-1", "sa-east-1"]
rows = []
with tempfile.TemporaryDirectory(prefix="ccloud-bench-") as name:
    folder = pathlib.Path(name)
    key = lib.make_key(folder)
    for count in (1000, 3000, 10000):
        clusters = {}
        for c in range(count // 100):
            clusters[f"c{c}"] = {
                "image": "debian-12", "size": {"cpu": 2, "memory": "4GiB"},
                "ssh": {"keys": [str(key) + ".pub"]},
                "network": {"allow": [{"tcp": 22, "from": "203.0.113.0/24"}]},
                "place": {f"p{i}": {"provider": "aws", "region": regions[i % 6], "count": 2}
                          for i in range(100)}}
        path = folder / f"{count}.json"
        path.write_text(json.dumps({"project": "bench", "clusters": clusters}, indent=2))
        ours = lib.median([program, "validate", "-f", str(path), "-q"], runs=5)
        peer = lib.median(["python3", "-m", "json.tool", str(path), "/dev/null"], runs=5)
        rows.append([f"{count:,}", f"{path.stat().st_size / 1e6:.1f}", f"{ours.wall * 1e3:.0f}",
                     f"{ours.peak:.0f}", f"{peer.wall * 1e3:.0f}", f"{peer.wall / ours.wall:.1f}"])
lib.table("validate (goal: 10,000 places in 100 ms and 100 MB)",
          ["places", "file MB", "ccloud ms", "ccloud peak MB", "json.tool ms", "json.tool / ccloud"], rows)
