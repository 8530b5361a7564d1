#include "config/grammar.h"

#include <algorithm>
#include <deque>
#include <map>

#include "config/grammar_types.h"

namespace ccloud::config {

const Key* Type::find(std::string_view name) const {
  const auto it = std::ranges::find(keys, name, &Key::name);
  return it == keys.end() ? nullptr : &*it;
}

const Type& name_type() {
  static const Type type = text_of(formats::name());
  return type;
}

const Type& text_type() {
  static const Type type = text_of(formats::text());
  return type;
}

const Type& line_type() {
  static const Type type = text_of(formats::line());
  return type;
}

const Type& boolean_type() {
  static const Type type{.form = Form::boolean};
  return type;
}

const Type& anything_type() {
  static const Type type{.form = Form::anything};
  return type;
}

const Type& labels_type() {
  static const Type value = text_of(formats::label_value());
  static const Type type = map_of("label", formats::label_key(), value);
  return type;
}

const Type& by_provider_type() {
  static const Type type = map_of("provider or driver", formats::name(), line_type());
  return type;
}

const Type& duration_type(std::int64_t least_ms, std::int64_t most_ms) {
  static std::map<std::pair<std::int64_t, std::int64_t>, Type> types;
  const auto [it, is_new] = types.try_emplace({least_ms, most_ms});
  if (is_new) it->second = measured(formats::duration(), least_ms, most_ms);
  return it->second;
}

const Type& names_type() {
  static const Type type = list_of(name_type(), 1);
  return type;
}

namespace {

const Type& guards_type() {
  static const Type number = whole(0, 1'000'000);
  static const Type selector = text_of(formats::selector());
  static const Type selectors = list_of(selector);
  static const Type type = object_of(
      "guards",
      {{.name = "max_destroy",
        .type = &number,
        .about = "How many nodes one run may destroy or replace; more is refused with exit code 5 "
                 "unless `--allow-destroy N` says otherwise.",
        .example = "2",
        .fallback = "unlimited"},
       {.name = "protect",
        .type = &selectors,
        .about = "Selectors of nodes that are never destroyed while the entry stands. The "
                 "protection is also a mark on the node, so it holds after the node's own entry is "
                 "gone from the file.",
        .example = R"(["role=gateway"])"}});
  return type;
}

const Type& environments_type() {
  static const Type patch{.form = Form::patch, .what = "environment"};
  static const Type type = map_of("environment", formats::name(), patch);
  return type;
}

}  // namespace

const Type& root_type() {
  static const Type format_version = whole(1, most_format_version);
  static const Type type = object_of(
      "config",
      {{.name = "$schema",
        .type = &text_type(),
        .about = "Where editors find the JSON Schema of this file. Ignored by ccloud.",
        .example = R"("./ccloud.schema.json")"},
       {.name = "version",
        .type = &format_version,
        .about = "The version of the file's format.",
        .example = "1",
        .fallback = "1"},
       {.name = "project",
        .type = &name_type(),
        .about = "The owner mark on every cloud resource. In an environment it must differ from "
                 "that of every other.",
        .example = R"("hello")",
        .is_required = true},
       {.name = "labels",
        .type = &labels_type(),
        .about = "Put on every resource that can carry them. Labels of the project, the provider, "
                 "the cluster and the place are merged, the narrower one wins.",
        .example = R"({ "team": "gateway" })"},
       {.name = "providers",
        .type = &providers_type(),
        .about = "Accounts on clouds, each under a name of your choosing. Without an entry a place "
                 "may name a driver and means that cloud with its standard credentials.",
        .example = R"({ "aws": { "driver": "aws", "credentials": { "profile": "prod" } } })"},
       {.name = "networks",
        .type = &networks_type(),
        .about = "Networks that ccloud makes, or existing ones to use as they are.",
        .example =
            R"({ "use1": { "provider": "aws", "region": "us-east-1", "cidr": "10.10.0.0/20" } })"},
       {.name = "sizes",
        .type = &sizes_type(),
        .about = "Requirements under a name, for clusters and places to use.",
        .example = R"({ "edge": { "cpu": 4, "memory": "8GiB" } })"},
       {.name = "images",
        .type = &images_type(),
        .about = "Images under a name, for clusters and places to use.",
        .example = R"({ "golden": { "aws": "ami-0123456789abcdef0" } })"},
       {.name = "clusters",
        .type = &clusters_type(),
        .about = "Sets of like nodes, each in one or more places.",
        .example = R"({ "web": { "image": "debian-12", "size": { "cpu": 2, "memory": "4GiB" },
  "place": { "us": { "provider": "aws", "region": "us-east-1", "count": 3 } } } })"},
       {.name = "services",
        .type = &services_type(),
        .about = "Programs that run on the nodes of a cluster, each at a version.",
        .example = R"({ "hello": { "cluster": "web", "version": "1.0.0", "run": "./hello" } })"},
       {.name = "guards",
        .type = &guards_type(),
        .about = "Limits on what a run may destroy.",
        .example = R"({ "max_destroy": 2, "protect": ["role=gateway"] })"},
       {.name = "environments",
        .type = &environments_type(),
        .about = "Each is a JSON Merge Patch (RFC 7396) on the rest of the file: objects merge, "
                 "null removes, anything else replaces. When there are any, `-e NAME` is needed.",
        .example = R"({ "prod": {}, "staging": { "project": "hello-stg" } })"}});
  return type;
}

}  // namespace ccloud::config
