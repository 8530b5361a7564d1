// The paragraph "Changes" of the contract, one function per line of it.
#include "plan/node_diff.h"

#include <algorithm>

#include <fmt/format.h>

#include "cloud/marks.h"
#include "plan/counts.h"

namespace ccloud::plan {
namespace {

/// Collects differences; the first reason of the gravest action is the one that is shown.
class Diff {
 public:
  void add(Action action, Reason reason, std::string why, std::string name, std::string before,
           std::string after) {
    diff.before.emplace_back(name, std::move(before));
    diff.after.emplace_back(std::move(name), std::move(after));
    const bool is_graver = action == Action::replace && diff.action != Action::replace;
    if (diff.action == Action::keep || is_graver) {
      diff.action = action;
      diff.reason = reason;
      diff.why = why + (diff.why.empty() ? "" : "; " + diff.why);
    } else {
      diff.why += "; " + why;
    }
  }
  NodeDiff diff;
};

void compare_place(Diff& out, const cloud::Instance& node, const NodeContext& ctx) {
  if (is_broken(node)) {
    out.add(Action::replace, Reason::broken,
            node.state_reason.empty() ? "the cloud says error"
                                      : "the cloud says error: " + node.state_reason,
            "state", "error", "running");
  }
  const bool is_elsewhere =
      !ctx.network_id.empty() && !node.network_id.empty() && node.network_id != ctx.network_id;
  if (is_elsewhere || !ctx.lives_elsewhere.empty()) {
    const auto& wanted = ctx.want->network.name;
    out.add(Action::replace, Reason::network_changed, "a node cannot move to another network",
            "network", ctx.lives_elsewhere.empty() ? node.network_id : ctx.lives_elsewhere, wanted);
  }
  const auto& zones = ctx.want->zones;
  if (!zones.empty() && !node.zone.empty() && std::ranges::find(zones, node.zone) == zones.end()) {
    out.add(Action::replace, Reason::zone_changed,
            fmt::format("zone {} is not among those of the place", node.zone), "zone", node.zone,
            zones.front());
  }
}

void compare_image(Diff& out, const cloud::SpecMark& had, const NodeContext& ctx) {
  if (had.image.empty() || had.image == ctx.want->spec.image) return;
  out.add(Action::replace, Reason::image_changed, "the image was changed in the config", "image",
          "another", ctx.want->place->image.asked);
}

/// Why the type that the node has is not what was asked for now; empty when it is.
std::string type_unmet(const cloud::Instance& node, const NodeContext& ctx) {
  const auto& size = ctx.want->place->size;
  if (size.type) return *size.type == node.type ? "" : "the config asks for " + *size.type;
  const auto& catalog = catalog::builtin();
  const auto* type = catalog.find_type(ctx.want->driver, node.type);
  if (type == nullptr || !size.requirement) return {};
  return catalog.unmet(*type, {.cpu = size.requirement->cpu.value,
                               .memory_mib = size.requirement->memory_mib.value,
                               .arch = ctx.want->arch,
                               .burstable = size.requirement->is_burstable});
}

/// Whether the type is what is asked for now to the last vCPU and MiB: another like it would be no
/// better, and a node is not disturbed for that.
bool is_just_that(const cloud::Instance& node, const NodeContext& ctx) {
  const auto& need = ctx.want->place->size.requirement;
  const auto* type = catalog::builtin().find_type(ctx.want->driver, node.type);
  return need && type != nullptr && type->vcpus == need->cpu.value &&
         type->memory_mib == need->memory_mib.value;
}

void compare_size(Diff& out, const cloud::Instance& node, const cloud::SpecMark& had,
                  const NodeContext& ctx) {
  const bool is_asked_anew = !had.size.empty() && had.size != ctx.want->spec.size;
  const std::string unmet = node.type.empty() ? std::string() : type_unmet(node, ctx);
  if (unmet.empty() && (!is_asked_anew || is_just_that(node, ctx))) return;
  std::string type = ctx.want->place->size.type.value_or("");
  if (type.empty()) {
    if (ctx.resolution == nullptr) {
      out.diff.needs_resolution = true;
      type = ctx.want->place->size.asked;
    } else {
      type = ctx.resolution->type;
    }
  }
  if (type == node.type) return;  // asked for in other words: the mark is brought up to date
  const bool is_in_place = ctx.capabilities->can_resize;
  out.add(is_in_place ? Action::update : Action::replace, Reason::size_changed,
          is_asked_anew ? "the size was changed in the config" : unmet, "type", node.type, type);
  if (is_in_place) {
    out.diff.update.type = type;
    out.diff.disturbs = true;
  }
}

void compare_disk(Diff& out, const cloud::Instance& node, const cloud::SpecMark& had,
                  const NodeContext& ctx) {
  if (had.disk.empty()) return;
  const auto asked = parse_disk_part(had.disk);
  const auto wanted = parse_disk_part(ctx.want->spec.disk);
  const std::int64_t size = node.disk_gib > 0 ? node.disk_gib : asked.gib;
  const std::string& type = node.disk_type.empty() ? asked.type : node.disk_type;
  const auto gib = [](std::int64_t n) { return n == 0 ? "the image's" : fmt::format("{}GiB", n); };
  if (asked.type != wanted.type && !type.empty() && type != wanted.type) {
    out.add(Action::replace, Reason::disk_changed, "the disk's type was changed", "disk type", type,
            wanted.type);
  }
  if (wanted.gib > size) {
    const bool is_in_place = ctx.capabilities->can_grow_disk;
    out.add(
        is_in_place ? Action::update : Action::replace, Reason::disk_grown,
        is_in_place ? "the disk grows" : "the disk grows, which this cloud does only by a new one",
        "disk", gib(size), gib(wanted.gib));
    if (is_in_place) out.diff.update.disk_gib = wanted.gib;
  } else if (asked.gib != wanted.gib && wanted.gib > 0 && wanted.gib < size) {
    out.add(Action::replace, Reason::disk_changed, "a disk cannot shrink in place", "disk",
            gib(size), gib(wanted.gib));
  }
}

void compare_identity(Diff& out, const cloud::Instance& node, const NodeContext& ctx) {
  const std::string wanted = ctx.want->place->identity ? ctx.want->place->identity->value : "";
  // Either side may have its full name: an ARN, a resource id.
  const auto last = [](std::string_view name) { return name.substr(name.rfind('/') + 1); };
  const bool is_same = last(node.identity) == last(wanted);
  if (is_same) return;
  const bool is_in_place = ctx.capabilities->can_change_identity;
  out.add(is_in_place ? Action::update : Action::replace, Reason::identity_changed,
          "the identity differs", "identity", node.identity, wanted);
  if (is_in_place) {
    out.diff.update.identity = wanted;
    out.diff.disturbs = out.diff.disturbs || ctx.capabilities->identity_needs_stop;
  }
}

void compare_content(Diff& out, const cloud::SpecMark& had, const NodeContext& ctx) {
  if (!had.user_data.empty() && had.user_data != ctx.want->spec.user_data) {
    out.add(Action::replace, Reason::user_data_changed, "user data runs only at the first boot",
            "user_data", "another", "the config's");
  }
  if (!had.keys.empty() && had.keys != ctx.want->spec.keys) {
    out.add(Action::update, Reason::keys_changed, "the ssh user or keys were changed", "keys",
            "others", fmt::format("{} in the config", ctx.want->place->ssh->keys.size()));
    out.diff.rotates_keys = true;
    out.diff.update.ssh_keys.emplace();
    for (const auto& key : ctx.want->place->ssh->keys) {
      out.diff.update.ssh_keys->push_back(key.line());
    }
  }
}

void compare_firewalls(Diff& out, const cloud::Instance& node, const NodeContext& ctx) {
  if (!ctx.has_infrastructure || node.firewall_ids.empty() || !ctx.lives_elsewhere.empty()) return;
  const bool is_in =
      !ctx.firewall_id.empty() &&
      std::ranges::find(node.firewall_ids, ctx.firewall_id) != node.firewall_ids.end();
  if (is_in) return;
  out.add(Action::update, Reason::firewall_changed, "the node is not in its firewall", "firewall",
          "none", ctx.want->cluster->name);
  out.diff.joins_firewall = true;
}

/// What was asked for decides, not what shows: an address may come late, and is away while some
/// clouds' nodes are stopped.
void compare_address(Diff& out, const cloud::Instance& node, const cloud::SpecMark& had,
                     const NodeContext& ctx) {
  const auto& wanted = ctx.want->spec.address;
  const bool is_seen = !node.public_ip.empty();
  const std::string asked = had.address.empty() && is_seen ? "1" : had.address;
  if (asked.empty() || asked == wanted) return;
  const bool is_public = wanted == "1";
  out.add(Action::replace, Reason::address_changed,
          is_public ? "a node gets a public address only when it is made"
                    : "a node loses its public address only with its end",
          "public_ip",
          is_seen     ? node.public_ip
          : is_public ? "no"
                      : "yes",
          is_public ? "yes" : "no");
}

void compare_power(Diff& out, const cloud::Instance& node) {
  if (node.state != cloud::NodeState::stopped || node.is_power_off_wanted) return;
  out.add(Action::update, Reason::stopped, "it was stopped, but not by ccloud stop", "state",
          "stopped", "running");
  out.diff.starts = true;
}

/// User labels that differ, one by one; marks only where they carry a meaning of ours.
void compare_labels(Diff& out, const cloud::Instance& node, const std::string& name,
                    const NodeContext& ctx) {
  std::string before;
  std::string after;
  auto& update = out.diff.update;
  auto change = cloud::label_change(ctx.want->place->labels, node.labels);
  for (const auto& [key, value] : change.set) {
    const auto at = node.labels.find(key);
    if (at != node.labels.end()) before += fmt::format("{}={} ", key, at->second);
    after += fmt::format("{}={} ", key, value);
  }
  for (const auto& key : change.removed) before += fmt::format("{}={} ", key, node.labels.at(key));
  update.set_labels.merge(change.set);
  update.remove_labels = std::move(change.removed);
  // Somebody took a mark away, and the driver knows the node all the same.
  for (const auto& [mark, value] : {std::pair(cloud::mark_project, ctx.project),
                                    std::pair(cloud::mark_cluster, ctx.want->cluster->name)}) {
    if (node.labels.contains(std::string(mark))) continue;
    after += fmt::format("{}={} ", mark, value);
    update.set_labels[std::string(mark)] = value;
  }
  const std::string protect(cloud::mark_protect);
  if (ctx.is_protected && !node.is_protected) {
    after += "protected ";
    update.set_labels[protect] = "true";
  } else if (!ctx.is_protected && node.is_protected) {
    before += "protected ";
    update.remove_labels.push_back(protect);
  }
  // A batch's list of names that an interrupted run has not narrowed down yet.
  const auto mark = node.labels.find(std::string(cloud::mark_node));
  if (mark != node.labels.end() && mark->second != name) {
    before += mark->second + " ";
    after += name + " ";
    update.set_labels[std::string(cloud::mark_node)] = name;
  }
  if (update.set_labels.empty() && update.remove_labels.empty()) return;
  const auto trimmed = [](std::string text) {
    if (!text.empty()) text.pop_back();
    return text;
  };
  out.add(Action::update, Reason::labels_changed, "the labels differ", "labels",
          trimmed(std::move(before)), trimmed(std::move(after)));
}

}  // namespace

NodeDiff compare(const cloud::Instance& node, const std::string& name, const NodeContext& ctx) {
  Diff out;
  const auto had = cloud::decode_spec(node.spec);
  compare_place(out, node, ctx);
  compare_image(out, had, ctx);
  compare_size(out, node, had, ctx);
  compare_disk(out, node, had, ctx);
  compare_content(out, had, ctx);
  compare_identity(out, node, ctx);
  compare_address(out, node, had, ctx);
  compare_firewalls(out, node, ctx);
  compare_labels(out, node, name, ctx);
  compare_power(out, node);
  auto& diff = out.diff;
  const std::string spec = cloud::encode_spec(ctx.want->spec);
  if (diff.action == Action::keep && node.spec != spec) {
    // Nothing differs but the words, or the mark is lost.
    out.add(Action::update, Reason::labels_changed, "the mark of what was asked for is out of date",
            "ccloud-spec", node.spec, spec);
  }
  if (diff.action == Action::update && node.spec != spec) {
    diff.update.set_labels[std::string(cloud::mark_spec)] = spec;
  }
  if (diff.action == Action::replace) diff.disturbs = true;
  return std::move(out.diff);
}

cloud::Labels node_labels(const PlaceWant& want, std::string_view project, bool is_protected) {
  cloud::Labels labels = want.place->labels;
  labels[std::string(cloud::mark_project)] = project;
  labels[std::string(cloud::mark_cluster)] = want.cluster->name;
  labels[std::string(cloud::mark_spec)] = cloud::encode_spec(want.spec);
  if (is_protected) labels[std::string(cloud::mark_protect)] = "true";
  return labels;
}

}  // namespace ccloud::plan
