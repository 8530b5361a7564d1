"""What only the clouds can tell, asked of all five simulated ones: `catalog --online` and
`validate --online` with credentials, regions, images, types, zones and quotas."""
from _lib import check, config, expect, finish, run, work, write

SIM = f"--sim={work}/sim"
REGIONS = {"aws": "us-east-1", "azure": "westeurope", "gcp": "us-central1",
           "alibaba": "cn-hongkong", "openstack": "RegionOne"}
# Of the catalogue, but not of the simulated accounts.
CLOSED = {"aws": "af-south-1", "alibaba": "cn-wulanchabu"}


def catalog(section, driver, *more):
    done = run("catalog", section, "--online", "--provider", driver, SIM, "-o", "json", *more)
    return done, done.json().get("rows", [])


def on_all(count=2, **changes):
    """A config with a place on each cloud; `changes`: keys of that cloud's place."""
    places = {driver: {"provider": driver, "region": region, "count": count,
                       **changes.get(driver, {})} for driver, region in REGIONS.items()}
    made = config()
    made["clusters"]["web"]["place"] = places
    return made


def faults(made):
    """Code and provider of each error that `validate --online` finds."""
    write("ccloud.json", made)
    done = run("validate", "--online", SIM, "-o", "json", timeout=300)
    found = {(item["code"], item["pointer"].split("/place/")[-1].split("/")[0])
             for item in done.json().get("diagnostics", []) if item["severity"] == "error"}
    return done, found


up = run("sim", "up", "--dir", f"{work}/sim", "--boot", "none", "--limits", "real")
if not check("sim up", up.code == 0, up):
    finish()
try:
    # Before there is a config.
    for driver, region in REGIONS.items():
        done, rows = catalog("regions", driver)
        check(f"{driver}: regions", done.code == 0 and
              {"region": region, "enabled": "yes"} in rows, done)
        for section, column in (("zones", "zone"), ("sizes", "type"), ("images", "image")):
            done, rows = catalog(section, driver, "--region", region)
            check(f"{driver}: {section}", done.code == 0 and rows and
                  all(row[column] and row["region"] == region for row in rows), done)
    done, rows = catalog("sizes", "gcp", "--region", "us-central1", "e2-medium")
    check("a word", [row["type"] for row in rows] == ["e2-medium"], done)
    expect("no provider", run("catalog", "sizes", "--online", SIM), 64, "needs --provider")
    expect("no region", run("catalog", "sizes", "--online", "--provider", "aws", SIM), 64,
           "needs --region")

    # All is there.
    write("ccloud.json", on_all())
    done = run("validate", "--online", SIM, timeout=300)
    expect("all five clouds", done, 0, "is valid: 10 nodes in 5 places",
           *(f"{driver} {region}: {what}" for driver, region in REGIONS.items()
             for what in ("region", "image debian-12", "quotas")))
    done, rows = catalog("zones", "aws")
    check("the config's own region", done.code == 0 and
          {row["region"] for row in rows} == {"us-east-1"}, done)

    # Regions that the account has not; a cloud that answers is not in the way of another's fault.
    done, found = faults(on_all(**{driver: {"region": region}
                                   for driver, region in CLOSED.items()}))
    check("regions", done.code == 65 and
          found == {("unknown-region", driver) for driver in CLOSED}, (found, done))

    # Images of each cloud's own form that it does not have.
    images = {"aws": "ami-0123456789abcdef0", "azure": "Debian:debian-12:none:latest",
              "gcp": "projects/debian-cloud/global/images/none", "alibaba": "m-0123456789abcdef0",
              "openstack": "00000000-0000-0000-0000-00000000dead"}
    done, found = faults(on_all(**{driver: {"image": image} for driver, image in images.items()}))
    check("images", done.code == 65 and
          found == {("unknown-image", driver) for driver in images}, (found, done))

    # A type and a zone that only the cloud itself can tell.
    done, found = faults(on_all(openstack={"size": "none.large"}))
    check("a type", done.code == 65 and found == {("unknown-size", "openstack")}, (found, done))
    done, found = faults(on_all(openstack={"zones": ["none"]}))
    check("a zone", done.code == 65 and found == {("unknown-zone", "openstack")}, (found, done))

    # More than the default quotas let an account have.
    done, found = faults(on_all(count=5000))
    check("quotas", done.code == 65 and
          found == {("quota", driver) for driver in REGIONS}, (found, done))
    for what in ("vcpus", "addresses"):
        check(f"the quota of {what} is told", what in done.out, done)
finally:
    expect("sim down", run("sim", "down", "--dir", f"{work}/sim"), 0)
finish()
