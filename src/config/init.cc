#include "config/init.h"

#include <fmt/format.h>

#include "catalog/rules.h"
#include "json/writer.h"

namespace ccloud::config {

std::string default_region(Driver driver) {
  return std::string(catalog::rules(driver).starter_region);
}

std::string starter_config(const StarterOptions& options) {
  const std::string region =
      options.region.empty() ? default_region(options.driver) : options.region;
  const bool is_known = catalog::builtin().knows(options.driver);
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
      fmt::arg("image_note", is_known ? "// A portable name; `ccloud catalog images` lists them."
                                      : "// A portable name, or the id of an image of your cloud."),
      fmt::arg("image", json::quoted(options.image)),
      fmt::arg("type_example", json::quoted(catalog::rules(options.driver).types.example)),
      fmt::arg("key", json::quoted(options.ssh_key)),
      fmt::arg("from", json::quoted(options.ssh_from)),
      fmt::arg("driver", json::quoted(to_string(options.driver))),
      fmt::arg("region", json::quoted(region)), fmt::arg("count", options.count));
}

}  // namespace ccloud::config
