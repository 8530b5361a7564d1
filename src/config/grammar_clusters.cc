// Tables of `clusters`: places, rules, ssh, existing nodes.
#include "config/grammar_types.h"

namespace ccloud::config {
namespace {

const Type& size_or_type() {
  static const Type type = choice_of({&line_type(), &size_type()});
  return type;
}

/// In a place it is merged into the cluster's, so it need not be complete.
const Type& place_size_type() {
  static const Type partial = [] {
    Type out = size_type();
    for (Key& key : out.keys) key.is_required = false;
    return out;
  }();
  static const Type type = choice_of({&line_type(), &partial});
  return type;
}

const Type& disk_type() {
  static const Type size = measured(formats::size(), 1024, 64LL << 20);
  static const Type kind = text_of(formats::disk_type());
  static const Type type =
      object_of("disk", {{.name = "size",
                          .type = &size,
                          .about = "The root disk; rounded up to whole GiB. It can grow in place.",
                          .example = R"("40GiB")",
                          .fallback = "the image's own"},
                         {.name = "type",
                          .type = &kind,
                          .about = "What it is made of: `ssd` or `hdd`.",
                          .example = R"("ssd")",
                          .fallback = "ssd"}});
  return type;
}

const Type& rule_type() {
  static const Type port = whole(1, 65535);
  static const Type range = text_of(formats::ports());
  static const Type ports = choice_of({&port, &range});
  static const Type source = text_of(formats::rule_source());
  static const Type type = object_of(
      "rule",
      {{.name = "tcp", .type = &ports, .about = "A TCP port, or a range.", .example = "443"},
       {.name = "udp",
        .type = &ports,
        .about = "A UDP port, or a range.",
        .example = R"("7000-7010")"},
       {.name = "icmp", .type = &boolean_type(), .about = "ICMP: `true`.", .example = "true"},
       {.name = "from",
        .type = &source,
        .about = "Who may: a network, `cluster:NAME` (its nodes), or `project` (all nodes).",
        .example = R"("203.0.113.0/24")",
        .is_required = true}},
      {{.kind = Relation::Kind::exactly_one, .keys = {"tcp", "udp", "icmp"}}});
  return type;
}

const Type& cluster_network_type() {
  static const Type rules = list_of(rule_type());
  static const Type type = object_of(
      "network", {{.name = "allow",
                   .type = &rules,
                   .about = "What may reach the nodes. What no rule allows is closed, to the "
                            "inside too; what goes out is open.",
                   .example = R"([{ "tcp": 22, "from": "203.0.113.0/24" }])"}});
  return type;
}

const Type& ssh_type() {
  static const Type user = text_of(formats::user());
  static const Type keys = list_of(text_type(), 1);
  static const Type port = whole(1, 65535);
  static const Type bastion = text_of(formats::bastion());
  static const Type type = object_of(
      "ssh",
      {{.name = "user",
        .type = &user,
        .about = "The user to log in as; made at boot where it does not exist.",
        .example = R"("ops")",
        .fallback = "the image's own"},
       {.name = "keys",
        .type = &keys,
        .about = "Public keys that may log in: files, or the lines themselves. A change is carried "
                 "out on running nodes.",
        .example = R"(["keys/anna.pub", "~/.ssh/id_ed25519.pub"])"},
       {.name = "identity",
        .type = &line_type(),
        .about = "The private key file to log in with.",
        .example = R"("~/.ssh/id_ed25519")",
        .fallback = "the agent, then each key file's path without .pub"},
       {.name = "port",
        .type = &port,
        .about = "Where the node's SSH server listens.",
        .example = "22",
        .fallback = "22"},
       {.name = "bastion",
        .type = &bastion,
        .about = "A host to go through: `user@host:port`.",
        .example = R"("ops@bastion.example.com:22")"}});
  return type;
}

const Type& existing_type() {
  static const Type match = map_of("tag", formats::label_key(), line_type(), 1);
  static const Type entry = object_of(
      "existing nodes", {{.name = "provider",
                          .type = &name_type(),
                          .about = "An entry of `providers`, or a driver.",
                          .example = R"("aws")",
                          .is_required = true},
                         {.name = "region",
                          .type = &line_type(),
                          .about = "The region, by the cloud's own name.",
                          .example = R"("us-east-1")",
                          .is_required = true},
                         {.name = "match",
                          .type = &match,
                          .about = "The tags that the nodes carry: tag to value; all must match.",
                          .example = R"({ "Role": "gateway" })",
                          .is_required = true}});
  static const Type type = list_of(entry, 1);
  return type;
}

/// The keys that a cluster sets and a place may override.
std::vector<Key> node_keys(bool in_place) {
  const bool required = !in_place;
  return {{.name = "size",
           .type = in_place ? &place_size_type() : &size_or_type(),
           .about = "An entry of `sizes`, the provider's own type, or a requirement.",
           .example = R"({ "cpu": 2, "memory": "4GiB" })",
           .is_required = required},
          {.name = "image",
           .type = &line_type(),
           .about = "An entry of `images`, a portable name such as `debian-12`, or an id in that "
                    "cloud's form.",
           .example = R"("debian-12")",
           .is_required = required},
          {.name = "disk",
           .type = &disk_type(),
           .about = "The root disk.",
           .example = R"({ "size": "40GiB", "type": "ssd" })"},
          {.name = "public_ip",
           .type = &boolean_type(),
           .about = "Whether each node gets a public address. Nodes that are there change by "
                    "replacement.",
           .example = "false",
           .fallback = "true"},
          {.name = "labels",
           .type = &labels_type(),
           .about = "Put on the nodes and all that belongs to them; selectors can ask for them.",
           .example = R"({ "role": "gateway" })"},
          {.name = "identity",
           .type = &by_provider_type(),
           .about = "What the nodes may do on their cloud, for each provider or driver: instance "
                    "profile, managed identity, service account, RAM role.",
           .example = R"({ "aws": "gw-node" })"},
          {.name = "user_data",
           .type = &line_type(),
           .about = "A file that the node gets at its first boot.",
           .example = R"("cloud-init.yaml")"},
          {.name = "ssh",
           .type = &ssh_type(),
           .about = "Who may log in, and how.",
           .example = R"({ "user": "ops", "keys": ["keys/anna.pub"] })"}};
}

const Type& place_type() {
  static const Type count = whole(0, 100'000);
  static const Type zones = list_of(line_type(), 1);
  static const Type type = [] {
    std::vector<Key> keys{{.name = "network",
                           .type = &name_type(),
                           .about = "An entry of `networks`; it implies `provider` and `region`.",
                           .example = R"("use1")"},
                          {.name = "provider",
                           .type = &name_type(),
                           .about = "An entry of `providers`, or a driver. Implied by `network`.",
                           .example = R"("aws")"},
                          {.name = "region",
                           .type = &line_type(),
                           .about = "The region, by the cloud's own name. Implied by `network`.",
                           .example = R"("us-east-1")"},
                          {.name = "zones",
                           .type = &zones,
                           .about = "Zones to spread the nodes over, by their short or full names.",
                           .example = R"(["a", "b", "c"])",
                           .fallback = "up to three that offer the type, and have a subnet"},
                          {.name = "count",
                           .type = &count,
                           .about = "How many nodes.",
                           .example = "3",
                           .is_required = true}};
    for (const Key& key : node_keys(true)) keys.push_back(key);
    return object_of(
        "place", std::move(keys),
        {{.kind = Relation::Kind::unless, .subject = "network", .keys = {"provider", "region"}}});
  }();
  return type;
}

const Type& cluster_type() {
  static const Type places = map_of("place", formats::name(), place_type(), 1);
  static const Type type = [] {
    auto keys = node_keys(false);
    for (Key& key : keys) key.is_required = false;  // not with `existing`; see the relations
    keys.push_back({.name = "network",
                    .type = &cluster_network_type(),
                    .about = "The firewall of the cluster's nodes.",
                    .example = R"({ "allow": [{ "tcp": 22, "from": "203.0.113.0/24" }] })"});
    keys.push_back(
        {.name = "place",
         .type = &places,
         .about = "Where the nodes are: places under short codes. A place may override "
                  "what the cluster says; objects merge, anything else replaces.",
         .example = R"({ "us": { "provider": "aws", "region": "us-east-1", "count": 3 } })"});
    keys.push_back({.name = "existing",
                    .type = &existing_type(),
                    .about = "Nodes that others made, instead of places: shown, reached and "
                             "updated; never created, changed or deleted.",
                    .example = R"([{ "provider": "aws", "region": "us-east-1",
  "match": { "Role": "gateway" } }])"});
    return object_of("cluster", std::move(keys),
                     {{.kind = Relation::Kind::unless,
                       .subject = "existing",
                       .keys = {"size", "image", "place"}},
                      {.kind = Relation::Kind::excludes,
                       .subject = "existing",
                       .keys = {"size", "image", "disk", "public_ip", "identity", "user_data",
                                "network", "place"}}});
  }();
  return type;
}

}  // namespace

const Type& clusters_type() {
  static const Type type = map_of("cluster", formats::name(), cluster_type());
  return type;
}

}  // namespace ccloud::config
