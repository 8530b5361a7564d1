#include "cli/reach.h"

#include "base/text.h"
#include "catalog/catalog.h"

namespace ccloud::cli {
namespace {

/// The user that the image brings along, when the config names none.
std::string image_user(const config::Config& config, const deploy::NodeRow& row) {
  const config::Cluster* cluster = config.find_cluster(row.cluster);
  const config::Place* place = cluster == nullptr ? nullptr : cluster->find_place(row.place);
  if (place == nullptr || place->image.kind != config::Image::Kind::portable) return {};
  const auto driver = catalog::parse_driver(config::to_string(place->driver));
  if (!driver) return {};
  for (const catalog::Arch arch : {catalog::Arch::x86_64, catalog::Arch::arm64}) {
    const auto* image = catalog::builtin().find_image(*driver, place->image.name, arch);
    if (image != nullptr) return std::string(image->login_user);
  }
  return {};
}

}  // namespace

ExportNode reach(const config::Config& config, const deploy::NodeRow& row) {
  ExportNode node;
  node.row = &row;
  node.address = row.instance.public_ip.empty() ? row.instance.private_ip : row.instance.public_ip;
  if (row.ssh == nullptr) return node;
  node.user = row.ssh->user ? **row.ssh->user : image_user(config, row);
  node.port = row.ssh->port;
  node.identities = row.ssh->identities;
  if (row.ssh->bastion && !row.instance.private_ip.empty()) node.address = row.instance.private_ip;
  return node;
}

std::optional<std::uint16_t> simulated_port(const deploy::NodeRow& row) {
  const auto label = row.instance.labels.find("ccloud-sim-ssh-port");
  if (label == row.instance.labels.end()) return std::nullopt;
  return static_cast<std::uint16_t>(parse_int(label->second).value_or(22));
}

}  // namespace ccloud::cli
