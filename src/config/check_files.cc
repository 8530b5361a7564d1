// Files: user data in each cloud's limit, artifacts that are there and of the right architecture.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/rules.h"
#include "config/checks.h"
#include "config/first_boot.h"
#include "diag/render.h"

namespace ccloud::config {
namespace {

using diag::quote;

bool lacks_cloud_init(const Place& place) {
  return place.image.kind == Image::Kind::portable &&
         std::ranges::any_of(
             catalog::rules(place.driver).machines.without_cloud_init,
             [&](std::string_view image) { return place.image.name.starts_with(image); });
}

/// What is sent is the user's file and, around it, the login user and the keys.
class UserDataCheck {
 public:
  explicit UserDataCheck(const Checks& checks) : checks_(checks) {}

  void add(const Place& place) {
    if (!place.user_data || place.provider.value.empty()) return;
    const std::string& content = place.user_data->content;
    if (!content.empty() && !content.starts_with("#!") && lacks_cloud_init(place)) {
      checks_.error("not-supported", place.user_data->span,
                    fmt::format("{} on {} has no cloud-init: user data must be a #! script there",
                                quote(place.image.name), to_string(place.driver)));
    }
    const catalog::MachineRules& rules = catalog::rules(place.driver).machines;
    const std::size_t raw = size_of(place);
    const std::size_t size = rules.encoded_user_data ? (raw + 2) / 3 * 4 : raw;
    if (size <= rules.most_user_data ||
        !reported_.emplace(place.user_data.get(), place.driver).second)
      return;
    const bool has_more = raw != place.user_data->content.size();
    checks_.error("user-data-too-large", place.user_data->span,
                  fmt::format("the user data has {} bytes{}{}; {} takes {}", size,
                              rules.encoded_user_data ? " in base64" : "",
                              has_more ? " with the login and its keys" : "",
                              to_string(place.driver), rules.most_user_data));
  }

 private:
  /// Measured once for all places that share it.
  std::size_t size_of(const Place& place) {
    const auto [known, is_new] = sizes_.try_emplace({place.user_data.get(), place.ssh.get()}, 0);
    if (!is_new) return known->second;
    UserDataRequest request{.user = place.ssh->user ? place.ssh->user->value : "",
                            .keys = {},
                            .content = place.user_data->content};
    for (const auto& key : place.ssh->keys) request.keys.push_back(key.line());
    return known->second = compose_user_data(request).size();
  }

  const Checks& checks_;
  std::map<std::pair<const UserData*, const Ssh*>, std::size_t> sizes_;
  std::set<std::pair<const UserData*, Driver>> reported_;
};

/// The architecture that a file's name claims.
std::optional<Arch> named_arch(std::string_view path) {
  const std::string name = to_lower(path.substr(path.rfind('/') + 1));
  const auto has = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  const bool is_arm = has("arm64") || has("aarch64");
  const bool is_intel = has("x86_64") || has("amd64") || has("x86-64");
  if (is_arm == is_intel) return std::nullopt;
  return is_arm ? Arch::arm64 : Arch::x86_64;
}

/// The architecture of an ELF program, from e_machine at offset 18 (62: x86-64, 183: AArch64).
std::optional<Arch> program_arch(std::string_view head) {
  if (head.size() < 20 || !head.starts_with("\x7F"
                                            "ELF"))
    return std::nullopt;
  const auto low = static_cast<unsigned char>(head[18]);
  const auto high = static_cast<unsigned char>(head[19]);
  const int machine = head[5] == 1 ? low | high << 8 : high | low << 8;
  if (machine == 62) return Arch::x86_64;
  if (machine == 183) return Arch::arm64;
  return std::nullopt;
}

std::optional<Arch> place_arch(const Place& place) {
  if (place.size.requirement) return place.size.requirement->arch;
  if (!place.size.type) return std::nullopt;
  const auto* type = catalog::builtin().find_type(place.driver, *place.size.type);
  if (type == nullptr || type->x86_64 == type->arm64) return std::nullopt;
  return type->x86_64 ? Arch::x86_64 : Arch::arm64;
}

void check_arch(const Checks& checks, const Service& service, Arch arch, Span span) {
  for (const auto& name : service.clusters) {
    const Cluster* cluster = checks.find_cluster(name.value);
    if (cluster == nullptr) continue;
    for (const Place& place : cluster->places) {
      const auto nodes = place_arch(place);
      if (!nodes || *nodes == arch) continue;
      checks.error(
          "arch-mismatch", span,
          fmt::format("the artifact is for {}, but the nodes of place {} of cluster {} are {}",
                      to_string(arch), quote(place.code), quote(cluster->name), to_string(*nodes)));
      return;
    }
  }
}

void check_artifact(const Checks& checks, const Service& service) {
  const auto* node = node_at(*checks.draft.root, {"services", service.name, "artifact", "path"});
  const auto* url = node_at(*checks.draft.root, {"services", service.name, "artifact", "url"});
  if (node == nullptr) node = url;
  if (!service.artifact || node == nullptr || !node->is_string()) return;
  std::optional<Arch> arch = named_arch(node->text);
  if (node != url && checks.options.reads_files && !service.version.value.empty()) {
    const std::string path = fill_version(service.artifact->path, service.version.value);
    const auto state = checks.files.look(path);
    if (state == FileContent::State::directory) return;  // shipped whole
    if (state != FileContent::State::ok) {
      // Only a warning: it is needed by `update`, and other commands must work without it.
      checks.warning("file-not-found", node->span,
                     fmt::format("artifact {} {}", quote(path), describe(state)));
    } else {
      const std::string head = checks.files.head(path, 20);
      if (const auto real = program_arch(head)) arch = real;
    }
  }
  if (arch) check_arch(checks, service, *arch, node->span);
}

}  // namespace

void check_files(const Checks& checks) {
  UserDataCheck user_data(checks);
  for (const Cluster& cluster : checks.config().clusters)
    for (const Place& place : cluster.places) user_data.add(place);
  for (const Service& service : checks.config().services) check_artifact(checks, service);
}

}  // namespace ccloud::config
