#include "config/init.h"

#include <fmt/format.h>

#include "json/writer.h"

namespace ccloud::config {

std::string default_region(Driver driver) {
  switch (driver) {
    case Driver::aws:
      return "us-east-1";
    case Driver::azure:
      return "westeurope";
    case Driver::gcp:
      return "europe-west1";
    case Driver::alibaba:
      return "cn-hongkong";
    case Driver::openstack:
      return "RegionOne";
  }
  return {};
}

std::string starter_config(const StarterOptions& options) {
  const std::string region =
      options.region.empty() ? default_region(options.driver) : options.region;
  // OpenStack's flavours and images differ with every cloud.
  const bool is_open = options.driver == Driver::openstack;
  return fmt::format(
      R"({{
  // The owner mark on everything that ccloud makes: choose it once, and one for each config.
  "project": {project},

  // A program of your own on every node: take the slashes away. `ccloud deploy` puts it there,
  // `ccloud update` moves it to another version, node by node as far as it is healthy.
  // "services": {{
  //   "app": {{
  //     "cluster": "web",
  //     "version": "1.0",
  //     "artifact": {{ "path": "app" }},
  //     "run": "python3 server.py",
  //     "health": {{ "http": ":8080/" }}
  //   }}
  // }},

  "clusters": {{
    // Nodes are named web-main-1, web-main-2 and so on.
    "web": {{
      {image_note}
      "image": {image},

      // The smallest, then cheapest, type that has this; or a name such as {type_example}.
      "size": {{ "cpu": 2, "memory": "4GiB" }},

      // Public keys that may log in: files, or the lines themselves.
      "ssh": {{ "keys": [{key}] }},

      // What no rule opens is closed. Put the address that you log in from here.
      "network": {{ "allow": [{{ "tcp": 22, "from": {from} }}] }},

      // Where the nodes are, and how many. `ccloud catalog regions` lists regions.
      "place": {{ "main": {{ "provider": {driver}, "region": {region}, "count": {count} }} }}
    }}
  }}

  // Next: `ccloud validate`, `ccloud plan`, `ccloud deploy`. All keys: `ccloud schema`.
}}
)",
      fmt::arg("project", json::quoted(options.project)),
      fmt::arg("image_note", is_open ? "// A portable name, or the id of an image of your cloud."
                                     : "// A portable name; `ccloud catalog images` lists them."),
      fmt::arg("image", json::quoted(options.image)),
      fmt::arg("type_example", options.driver == Driver::aws       ? "\"m7i.large\""
                               : options.driver == Driver::azure   ? "\"Standard_D2s_v5\""
                               : options.driver == Driver::gcp     ? "\"n2-standard-2\""
                               : options.driver == Driver::alibaba ? "\"ecs.g7.large\""
                                                                   : "\"m1.medium\""),
      fmt::arg("key", json::quoted(options.ssh_key)),
      fmt::arg("from", json::quoted(options.ssh_from)),
      fmt::arg("driver", json::quoted(to_string(options.driver))),
      fmt::arg("region", json::quoted(region)), fmt::arg("count", options.count));
}

}  // namespace ccloud::config
