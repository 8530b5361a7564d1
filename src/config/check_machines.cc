// Sizes, images and disks of places: they exist there, agree with each other, and can be met.
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/rules.h"
#include "config/checks.h"
#include "config/number.h"
#include "diag/render.h"
#include "diag/suggest.h"

namespace ccloud::config {
namespace {

using catalog::builtin;
using catalog::Known;
using catalog::Type;
using diag::quote;
using json::Node;

catalog::SizeRequirement requirement_of(const SizeRequest& request) {
  return {.cpu = request.cpu.value,
          .memory_mib = request.memory_mib.value,
          .arch = request.arch,
          .burstable = request.is_burstable};
}

std::string describe(const SizeRequest& request) {
  return fmt::format("{} CPU{} and {} ({})", request.cpu.value, request.cpu.value == 1 ? "" : "s",
                     show_mib(request.memory_mib.value), to_string(request.arch));
}

class MachineCheck {
 public:
  explicit MachineCheck(const Checks& checks)
      : checks_(checks),
        today_(checks.options.today.empty()
                   ? format_time(std::chrono::system_clock::now()).substr(0, 10)
                   : checks.options.today) {}

  void add(const Place& place) {
    if (place.provider.value.empty()) return;
    form_of_image(place);
    if (!checks_.is_catalogued(place.provider.value)) return;
    if (place.size.requirement) pins(*place.size.requirement);
    region_ = builtin().find_region(place.driver, place.region.value);
    if (region_ == nullptr) return;
    const Type* type = nullptr;
    if (place.size.type && !place.size.requirement) type = written_type(place);
    if (place.size.requirement && place.size.type) pinned_type(place);
    if (place.size.requirement && !place.size.type) met(place);
    image(place, type);
  }

  /// The pins of a size, wherever it is used; each once.
  void pins(const SizeRequest& request) {
    for (const auto& [key, pin] : request.pins) {
      const auto driver = driver_of(key);
      if (!driver || !builtin().knows(*driver) || !done_.insert(pin.span.begin).second) continue;
      if (is_of_own_endpoint(key)) continue;
      const Type* type = builtin().find_type(*driver, pin.value);
      if (type == nullptr) {
        unknown_type(*driver, pin.value, pin.span, {});
        continue;
      }
      const auto why = builtin().unmet(*type, requirement_of(request));
      if (!why.empty())
        checks_.error("unknown-size", pin.span,
                      fmt::format("the pinned type {} does not meet {}: {}", quote(pin.value),
                                  describe(request), why));
      retired(*type, pin.span);
    }
  }

  std::optional<Driver> driver_of(const std::string& key) const {
    if (const Provider* provider = checks_.find_provider(key); provider != nullptr)
      return provider->driver.value;
    return parse_driver(key);
  }

  /// A provider, or all of a driver's providers, whose types only their own API can tell.
  bool is_of_own_endpoint(const std::string& key) const {
    if (const Provider* provider = checks_.find_provider(key); provider != nullptr)
      return provider->endpoint.has_value();
    bool has_any = false;
    for (const Provider& provider : checks_.config().providers) {
      if (to_string(provider.driver.value) != key) continue;
      if (!provider.endpoint) return false;
      has_any = true;
    }
    return has_any;
  }

  void unknown_type(Driver driver, const std::string& name, Span span,
                    std::vector<std::string_view> more) {
    if (!is_first(span, driver)) return;
    for (const auto known : builtin().type_names(driver)) more.push_back(known);
    const bool is_certain = builtin().has_type(driver, name) == Known::no;
    checks_.diagnostics.add(
        {.severity = is_certain ? diag::Severity::error : diag::Severity::warning,
         .code = "unknown-size",
         .message = fmt::format("{} type {} on {}",
                                is_certain ? "there is no" : "the catalogue does not know the",
                                quote(name), to_string(driver)),
         .span = span,
         .suggestion = likely_type(driver, name, more)});
    auto& item = checks_.diagnostics.items().back();
    if (!is_certain && !item.suggestion) item.hint = "`ccloud validate --online` asks the cloud";
  }

  /// A name without the part that all of that cloud's names begin with, else a similar one.
  static std::optional<std::string> likely_type(Driver driver, const std::string& name,
                                                const std::vector<std::string_view>& known) {
    const std::string_view prefix = catalog::rules(driver).types.prefix;
    const auto* type = builtin().find_type(driver, std::string(prefix) + name);
    if (!prefix.empty() && type != nullptr) return std::string(type->name);
    return diag::suggest(name, known);
  }

  /// What many places share is judged once for each cloud.
  bool is_first(Span span, Driver driver) { return reported_.emplace(span.begin, driver).second; }

  void retired(const Type& type, Span span) {
    const bool is_previous =
        catalog::contains(catalog::rules(type.driver).types.previous, type.family);
    if ((!type.retired && !is_previous) || !retired_.insert(span.begin).second) return;
    checks_.warning("deprecated", span,
                    type.retired ? fmt::format("{} retires the type {}", to_string(type.driver),
                                               quote(type.name))
                                 : fmt::format("{} counts the type {} among its previous "
                                               "generations",
                                               to_string(type.driver), quote(type.name)));
    if (!type.successor.empty())
      checks_.diagnostics.items().back().suggestion = std::string(type.successor);
  }

  const Type* written_type(const Place& place) {
    const Type* type = builtin().find_type(place.driver, *place.size.type);
    if (type == nullptr) {
      std::vector<std::string_view> sizes;
      if (const auto* all = checks_.draft.root->find("sizes"); all != nullptr)
        for (const auto& member : all->members) sizes.push_back(member.key);
      unknown_type(place.driver, *place.size.type, place.size.span, sizes);
      return nullptr;
    }
    offered(place, *type, place.size.span);
    retired(*type, place.size.span);
    return type;
  }

  /// That it exists and meets its requirement is `pins`' to say.
  void pinned_type(const Place& place) {
    const auto& pins = place.size.requirement->pins;
    auto pin = pins.find(place.provider.value);
    if (pin == pins.end()) pin = pins.find(std::string(to_string(place.driver)));
    const Type* type = builtin().find_type(place.driver, *place.size.type);
    if (pin != pins.end() && type != nullptr) offered(place, *type, pin->second.span);
  }

  void offered(const Place& place, const Type& type, Span span) {
    if (builtin().offered(type, place.region.value) == Known::no) {
      checks_.error("unknown-size", span,
                    fmt::format("the type {} is not offered in {} (place {})", quote(type.name),
                                quote(place.region.value), quote(place.code)));
      return;
    }
    for (const auto& zone : place.zones)
      if (builtin().has_zone(place.driver, place.region.value, zone.value) == Known::yes &&
          builtin().offered(type, place.region.value, zone.value) == Known::no)
        checks_.error("unknown-size", zone.span,
                      fmt::format("the type {} is not offered in zone {} of {}", quote(type.name),
                                  quote(zone.value), quote(place.region.value)));
  }

  /// A requirement that some current type there meets.
  void met(const Place& place) {
    const SizeRequest& request = *place.size.requirement;
    if (request.cpu.value == 0 || request.memory_mib.value == 0) return;  // reported
    std::vector<std::string> zones;
    for (const auto& zone : place.zones)
      if (builtin().has_zone(place.driver, place.region.value, zone.value) == Known::yes)
        zones.push_back(zone.value);
    const auto key =
        std::tuple(place.driver, place.region.value, join(zones, ","), request.cpu.value,
                   request.memory_mib.value, request.arch, request.is_burstable);
    auto [known, is_new] = met_.try_emplace(key, true);
    if (is_new) {
      const auto found =
          builtin().resolve_size(place.driver, place.region.value, zones, requirement_of(request));
      known->second = found || found.error().code != ErrorCode::not_found;
    }
    if (known->second) return;
    checks_.error("unknown-size", place.size.span,
                  fmt::format("no type of {} in {}{} has {}", to_string(place.driver),
                              quote(place.region.value),
                              zones.empty() ? "" : fmt::format(" (zones {})", join(zones, ", ")),
                              describe(request)));
  }

  /// An entry of `images` for a cloud is that cloud's own reference.
  void form_of_entry(std::string_view key, const Node& reference) {
    const auto driver = driver_of(std::string(key));
    if (!driver || catalog::rules(*driver).images.has_names || checks_.bad.contains(&reference) ||
        !reference.is_string() || catalog::is_native_image(*driver, reference.text))
      return;
    checks_.error("unknown-image", reference.span,
                  fmt::format("{} is not an image reference of {}", quote(reference.text),
                              to_string(*driver)));
    if (builtin().is_portable_image(reference.text))
      checks_.diagnostics.items().back().hint =
          "a portable name needs no entry: use it as the \"image\"";
  }

 private:
  /// What a name that is neither portable nor an entry of `images` must look like.
  void form_of_image(const Place& place) {
    if (place.image.name.empty() || place.image.kind == Image::Kind::portable) return;
    if (place.image.asked != place.image.name) return;  // an entry of images: the user's own word
    if (catalog::is_native_image(place.driver, place.image.name)) return;
    if (!is_first(place.image.span, place.driver)) return;
    for (const Driver other : catalog::all_drivers()) {
      if (other == place.driver || !catalog::is_native_image(other, place.image.name)) continue;
      if (!catalog::rules(other).images.is_telling) continue;
      checks_.error("unknown-image", place.image.span,
                    fmt::format("{} is an image id of {}, not of {}", quote(place.image.name),
                                to_string(other), to_string(place.driver)));
      return;
    }
    if (catalog::rules(place.driver).images.has_names) return;  // only the cloud can tell
    std::vector<std::string_view> names;
    if (const auto* all = checks_.draft.root->find("images"); all != nullptr)
      for (const auto& member : all->members) names.push_back(member.key);
    for (const auto name : builtin().image_names()) names.push_back(name);
    checks_.error(
        "unknown-image", place.image.span,
        fmt::format("{} is no entry of \"images\", no portable image and no image id of a cloud",
                    quote(place.image.name)),
        diag::suggest(place.image.name, names));
  }

  void image(const Place& place, const Type* type) {
    if (place.image.kind != Image::Kind::portable || place.image.name.empty()) return;
    const std::string_view partition = region_->partition;
    const std::string_view usual = catalog::rules(place.driver).images.usual_partition;
    const auto find = [&](Arch arch) {
      return builtin().find_image(place.driver, place.image.name, arch, partition);
    };
    const bool wants_arm =
        type != nullptr ? !type->x86_64
                        : place.size.requirement && place.size.requirement->arch == Arch::arm64;
    const Arch arch = wants_arm ? Arch::arm64 : Arch::x86_64;
    const Arch other = wants_arm ? Arch::x86_64 : Arch::arm64;
    const catalog::Image* found = find(arch);
    if (found == nullptr) {
      if (find(other) != nullptr)
        checks_.error("arch-mismatch", place.image.span,
                      fmt::format("image {} exists on {} only for {}, but the size is {}",
                                  quote(place.image.name), to_string(place.driver),
                                  to_string(other), to_string(arch)));
      else
        checks_.error("unknown-image", place.image.span,
                      fmt::format("the portable image {} does not exist on {}{}",
                                  quote(place.image.name), to_string(place.driver),
                                  partition.empty() || usual.empty() || partition == usual
                                      ? ""
                                      : fmt::format(" in partition {}", partition)));
      return;
    }
    ended(place, *found);
    if (place.disk.size_gib && place.disk.size_gib->value < found->min_disk_gib)
      checks_.error(
          "out-of-range", place.disk.size_gib->span,
          fmt::format("a disk of {}GiB is too small for image {}, which needs {}GiB on {}",
                      place.disk.size_gib->value, quote(place.image.name), found->min_disk_gib,
                      to_string(place.driver)),
          fmt::format("{}GiB", found->min_disk_gib));
  }

  void ended(const Place& place, const catalog::Image& image) {
    if (!catalog::Catalog::ended(image, today_) || !ended_.insert(place.image.span.begin).second)
      return;
    checks_.warning("deprecated", place.image.span,
                    fmt::format("the support of image {} ended on {}", quote(place.image.name),
                                image.end_of_life));
    if (!image.successor.empty())
      checks_.diagnostics.items().back().suggestion = std::string(image.successor);
  }

  const Checks& checks_;
  std::string today_;
  const catalog::Region* region_ = nullptr;
  std::set<std::pair<std::uint32_t, Driver>> reported_;
  std::set<std::uint32_t> done_, retired_, ended_;
  std::map<std::tuple<Driver, std::string, std::string, std::int64_t, std::int64_t, Arch, bool>,
           bool>
      met_;
};

}  // namespace

void check_machines(const Checks& checks) {
  MachineCheck machines(checks);
  for (const auto& [name, request] : checks.draft.sizes)
    if (request) machines.pins(*request);
  if (const Node* images = checks.draft.root->find("images"); images != nullptr)
    for (const auto& image : images->members)
      for (const auto& entry : image.value->members)
        machines.form_of_entry(entry.key, *entry.value);
  for (const Cluster& cluster : checks.config().clusters)
    for (const Place& place : cluster.places) machines.add(place);
}

}  // namespace ccloud::config
