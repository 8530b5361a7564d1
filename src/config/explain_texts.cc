#include "config/explain_texts.h"

#include <array>

namespace ccloud::config {
namespace {

constexpr std::string_view text = "the text";
constexpr std::string_view values = "values";
constexpr std::string_view names = "names and references";
constexpr std::string_view clouds = "what the clouds have";
constexpr std::string_view networks = "networks and firewalls";
constexpr std::string_view files = "files, keys and limits";
constexpr std::string_view rollouts = "rollouts and safety";

constexpr std::array all{
    Explanation{"syntax", text,
                "The file is not JSON. Comments (// and /* */) are allowed, trailing commas are "
                "not. After a slip the rest is still read, so several can be put right at once.",
                R"({ "project": "hello", })",
                "Put right what the caret points at. `ccloud fmt` then gives the file its layout."},
    Explanation{"duplicate-key", text,
                "The same key stands twice in one object. Most readers of JSON silently take the "
                "last one, which is how wrong counts are deployed.",
                R"({ "count": 3, "count": 30 })", "Remove one of the two."},
    Explanation{"unknown-key", text,
                "There is no such key at this place. It is refused rather than ignored, because a "
                "misspelt key would silently mean the default.",
                R"("web": { "imgae": "debian-12" })",
                "Take the key that is proposed, or look it up with `ccloud schema`."},
    Explanation{"missing-key", text, "An object lacks a key that it cannot do without.",
                R"("place": { "us": { "provider": "aws", "region": "us-east-1" } })",
                "Add the key that is named: here, \"count\"."},
    Explanation{"conflicting-keys", text,
                "Two keys of one object exclude each other, or a place contradicts its network.",
                R"("use1": { "provider": "aws", "region": "us-east-1",
  "cidr": "10.0.0.0/20", "id": "vpc-0a1b2c" })",
                "Keep the one that you mean. A place with a \"network\" needs neither \"provider\" "
                "nor \"region\"."},
    Explanation{"wrong-type", text, "The value is of another kind than the key takes.",
                R"("count": "3")",
                "Write it as the message says: numbers without quotes, sizes "
                "and durations with them."},
    Explanation{"bad-format", values,
                "A string is not of its form, or not one of the allowed values. Sizes are 512MiB, "
                "4GiB, 1TiB (also MB, GB, TB), durations 500ms, 2s, 10m, 1h.",
                R"("memory": "4 gigs")", "Write it in the form that the message names."},
    Explanation{"out-of-range", values,
                "A number, size, duration or percentage is outside its range, or that of the "
                "cloud.",
                R"("count": 1000000)", "Choose a value in the range that the message names."},
    Explanation{"unknown-reference", names,
                "A name refers to something that the file does not define: a provider, a network, "
                "a cluster, a place in a wave, an environment.",
                R"("services": { "api": { "cluster": "wbe", "version": "1.0.0" } })",
                "Correct the name, or define what it refers to."},
    Explanation{"unused-definition", names,
                "A network, size or image is defined and nothing uses it, in no environment. It "
                "does no harm; often it is what a misspelt name was meant for.",
                R"("sizes": { "edge": { "cpu": 4, "memory": "8GiB" } })",
                "Use it or remove it. A warning only."},
    Explanation{
        "duplicate-name", names,
        "Two things would have the same name: nodes of two places, projects of two "
        "environments, labels that a cloud does not tell apart, a zone, cluster or ssh key "
        "listed twice, two services in one directory.",
        R"("clusters": { "a-b": { "place": { "c": ... } }, "a": { "place": { "b-c": ... } } })",
        "Rename one of them. Both places above would make nodes a-b-c-1, a-b-c-2 ..."},
    Explanation{"bad-name", names,
                "A name or label is not of the form that ccloud or the cloud takes, or is "
                "reserved. Names of the config are lower-case letters, digits and hyphens, a "
                "letter first, at most 31. Labels must suit every cloud that they are put on: "
                "Google takes no upper case, Alibaba at most 128 characters, and so on.",
                R"("labels": { "Team": "Gateway" })", "Rename it as the message says."},
    Explanation{"unknown-driver", clouds, "There is no driver of that name.",
                R"("providers": { "x": { "driver": "amazon" } })",
                "The drivers are aws, azure, gcp, alibaba and openstack."},
    Explanation{"unknown-region", clouds,
                "The region does not exist on that cloud, is not among the provider's \"regions\", "
                "or is in another partition than the provider's account.",
                R"("place": { "us": { "provider": "aws", "region": "us-esat-1", "count": 3 } })",
                "Take the region that is proposed. `ccloud catalog regions` lists them. The "
                "catalogue is dated; --online asks the cloud itself."},
    Explanation{"unknown-zone", clouds,
                "The zone does not exist in that region, or the existing network has no subnet in "
                "it.",
                R"("zones": ["a", "z"])",
                "`ccloud catalog zones` lists them; short and full names both do."},
    Explanation{"unknown-size", clouds,
                "The type does not exist on that cloud, is not offered in that region or zone, a "
                "pin does not meet its requirement, or nothing there meets the requirement.",
                R"("size": { "cpu": 4, "memory": "64GiB", "pin": { "aws": "c7i.xlarge" } })",
                "`ccloud catalog sizes 4cpu 64gib` finds types that do."},
    Explanation{"unknown-image", clouds,
                "The image is no entry of \"images\", no portable image that exists on that cloud, "
                "and no id in that cloud's form.",
                R"("image": "debian-21")", "`ccloud catalog images` lists the portable ones."},
    Explanation{"unknown-network", clouds,
                "The existing network, or one of its subnets, is not in that region of the "
                "account. Only --online can tell.",
                R"("networks": { "old": { "id": "vpc-0a1b2c", "subnets": { "a": "subnet-1" } } })",
                "Take the id from the cloud's console, and look at the region and at whose the "
                "credentials are."},
    Explanation{"arch-mismatch", clouds,
                "Size, image and artifact are not for the same architecture: such a node would not "
                "boot, or the program would not start.",
                R"("size": { "cpu": 2, "memory": "4GiB", "arch": "arm64" }, "image": "ami-x86...")",
                "Choose all three for x86_64, or all three for arm64."},
    Explanation{"deprecated", clouds,
                "A type that its cloud retires or counts among its previous generations, or an "
                "image whose support has ended. Existing nodes go on; new ones should take the "
                "successor.",
                R"("size": "m1.large")", "Take the successor that is proposed. A warning only."},
    Explanation{"single-zone", clouds,
                "Many nodes of a place are in one zone. Zones fail as a whole, more often than "
                "regions.",
                R"("zones": ["a"], "count": 12)",
                "Name two or three zones, or leave \"zones\" out. A warning only."},
    Explanation{"quota", clouds,
                "The account may not have as much as is still to be made: vCPUs, instances, "
                "networks. Only `validate --online` can tell; what the project has already counts "
                "as had.",
                R"("count": 100)", "Ask the cloud for more, or lower the count."},
    Explanation{
        "online", clouds,
        "A cloud did not answer `validate --online`, or refused: credentials, reachability.",
        R"("providers": { "aws": { "driver": "aws", "account": "123456789012" } })",
        "Do what the message says; `ccloud doctor` looks at each provider."},
    Explanation{"cidr-invalid", networks,
                "The network is not one: bits behind its prefix, not IPv4, addresses that no "
                "network may use, or wider than the cloud takes.",
                R"("cidr": "10.10.0.1/20")", "Write the network's first address: 10.10.0.0/20."},
    Explanation{"cidr-overlap", networks,
                "Two networks of the project share addresses. Nodes of both could never reach each "
                "other, and joining the networks later would be impossible. The network that "
                "ccloud makes for places that name none counts among those of its provider.",
                R"("a": { "cidr": "10.0.0.0/16", ... }, "b": { "cidr": "10.0.128.0/20", ... })",
                "Give each network a range of its own."},
    Explanation{"cidr-too-small", networks,
                "The network has too few addresses. Each zone gets an eighth of it, for ever, and "
                "each cloud keeps four or five addresses of every part.",
                R"("cidr": "10.0.0.0/25", ... "zones": ["a"], "count": 40)",
                "Choose a shorter prefix; a network of ccloud's own cannot grow later."},
    Explanation{"bad-rule", networks, "A firewall rule is not of its form.",
                R"({ "tcp": "8010-8000", "from": "203.0.113.7/24" })",
                "Ports are a number or \"from-to\"; \"from\" is a network with its first address, "
                "cluster:NAME or project."},
    Explanation{"open-to-world", networks,
                "SSH is open to every address on the internet. It is found and attacked within "
                "minutes.",
                R"({ "tcp": 22, "from": "0.0.0.0/0" })",
                "Name the networks that you log in from, or use a \"bastion\". A warning only."},
    Explanation{"too-many-rules", networks,
                "A firewall would get more rules than its cloud takes by default (60 in a security "
                "group of AWS). A cluster in the same network is one rule; of one elsewhere each "
                "node is one, by its address.",
                R"({ "tcp": 7000, "from": "project" })",
                "Name the CIDR of the others instead, or have the account's quota raised. A "
                "warning only."},
    Explanation{"unreachable", networks,
                "No rule opens the port that ssh or an outside health check needs: ccloud could "
                "make the nodes and not reach them.",
                R"("network": { "allow": [{ "tcp": 443, "from": "0.0.0.0/0" }] })",
                "Add a rule such as { \"tcp\": 22, \"from\": \"203.0.113.0/24\" }. A warning only: "
                "a tunnel or an existing firewall may do it."},
    Explanation{"bad-key", files, "The text is no public SSH key, is damaged, or is too weak.",
                R"("ssh": { "keys": ["ssh-ed25519 AAAAC3Nza..."] })",
                "Give a file such as ~/.ssh/id_ed25519.pub, or its whole line. Keys are ed25519, "
                "ecdsa, or rsa of 2048 bits and more."},
    Explanation{"private-key", files,
                "A private key stands where the public one should be. Had it been sent, it would "
                "be on every node.",
                R"("ssh": { "keys": ["~/.ssh/id_ed25519"] })", "Give the .pub file beside it."},
    Explanation{"file-not-found", files,
                "A file that the config names is missing or cannot be read. Paths are relative to "
                "the config file. For an artifact it is a warning: only `update` needs it.",
                R"("ssh": { "keys": ["keys/anna.pub"] })", "Correct the path, or make the file."},
    Explanation{"user-data-too-large", files,
                "The user data is larger than a cloud takes: 16 KiB on aws, 32 KiB on alibaba, 64 "
                "KiB on azure, 48 KiB on openstack, 256 KiB on gcp.",
                R"("user_data": "everything.sh")",
                "Let the script fetch what is large, or install it as a service."},
    Explanation{"too-many-tags", files,
                "With the labels of project, provider, cluster and place a node would carry more "
                "than its cloud takes, ccloud's own marks included: 20 on alibaba, 50 on aws and "
                "azure, 64 on gcp.",
                R"("labels": { "a": "1", "b": "2", ... })", "Put fewer labels on it."},
    Explanation{"secret-in-config", files,
                "A key, token or password stands in the file. Files are committed, copied and "
                "shown; a secret in one is no longer secret.",
                R"("env": { "DB_PASSWORD": "correct-horse-7" })",
                "Refer to it: { \"secret\": { \"env\": \"DB_PASSWORD\" } }, or \"file\" or "
                "\"command\". Change the secret, too."},
    Explanation{"unsatisfiable-rollout", rollouts,
                "An update could never finish: waves that name a place twice or not at all, a "
                "min_healthy that leaves no node to move after rounding, a canary larger than its "
                "wave, a timeout over the interval, a deadline under healthy times interval.",
                R"("count": 2, ... "min_healthy": "80%")",
                "80% of 2 nodes rounds up to 2. Choose \"50%\", or more nodes."},
    Explanation{"guard", rollouts,
                "A guard refuses, or guards nothing: a selector of \"protect\" that fits no node "
                "of the config.",
                R"("guards": { "protect": ["rle=gateway"] })",
                "Correct the selector. Where a guard refuses a run, `--allow-destroy N` allows it "
                "once."},
    Explanation{"not-supported", rollouts,
                "The key is part of the language, but this version of ccloud, or the cloud, cannot "
                "carry it out. It is refused rather than ignored.",
                R"("update": { "windows": [ ... ] })", "Leave it out."},
};

}  // namespace

std::span<const Explanation> explanation_texts() { return all; }

}  // namespace ccloud::config
