// JSON, an array of objects; only what status shows.
#include "deploy/snapshot.h"

#include "cloud/marks.h"
#include "json/reader.h"
#include "json/writer.h"

namespace ccloud::deploy {

std::string encode_nodes(const std::vector<cloud::Instance>& nodes) {
  json::Writer out;
  out.begin_array();
  for (const auto& node : nodes) {
    out.begin_object();
    out.member("id", node.id).member("zone", node.zone).member("region", node.region);
    out.member("state", cloud::to_string(node.state)).member("type", node.type);
    out.member("image", node.image).member("public_ip", node.public_ip);
    out.member("private_ip", node.private_ip).member("created", node.created);
    out.member("name", node.name);
    out.key("labels").begin_object();
    for (const auto& [key, value] : node.labels) out.member(key, value);
    out.end_object();
    out.end_object();
  }
  out.end_array();
  return out.take();
}

std::vector<cloud::Instance> decode_nodes(std::string_view text) {
  std::vector<cloud::Instance> nodes;
  const auto document = json::parse(text);
  if (!document) return nodes;
  for (const auto& item : document->root().items()) {
    cloud::Instance node;
    for (const auto& label : item.get("labels").members()) {
      node.labels.emplace(std::string(label.key), label.value.string_or());
    }
    cloud::apply_marks(node, 0);
    node.id = item.get("id").string_or();
    node.name = item.get("name").string_or();
    node.zone = item.get("zone").string_or();
    node.region = item.get("region").string_or();
    node.type = item.get("type").string_or();
    node.image = item.get("image").string_or();
    node.public_ip = item.get("public_ip").string_or();
    node.private_ip = item.get("private_ip").string_or();
    node.created = item.get("created").string_or();
    const std::string state = item.get("state").string_or();
    for (int i = 0; i <= static_cast<int>(cloud::NodeState::unknown); ++i) {
      const auto each = static_cast<cloud::NodeState>(i);
      if (cloud::to_string(each) == state) node.state = each;
    }
    nodes.push_back(std::move(node));
  }
  return nodes;
}

}  // namespace ccloud::deploy
