// Look-ups, names, times, fingerprints, references and the shapes of refusals.
#include "sim/gcp/gce.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/gcp/facts.h"

namespace ccloud::sim::gcp {
namespace {

constexpr std::string_view google = "https://www.googleapis.com/compute/v1/";

std::string with_dashes(const std::string& hex) {
  return fmt::format("{}-{}-4{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3),
                     hex.substr(17, 3), hex.substr(20, 12));
}

/// A number of so many digits, the first one not 0.
std::string digits(std::uint64_t from, std::uint64_t least) {
  return std::to_string(least + from % (least * 8));
}

std::uint64_t first_bits(std::string_view bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out = (out << 8) | static_cast<unsigned char>(bytes[i]);
  return out;
}

}  // namespace

Project project_of(const World& world) {
  Project it;
  it.id = "ccloud-sim-" + world.derive("gcp/project").substr(0, 6);
  it.number = digits(first_bits(world.derive("gcp/number")), 100'000'000'000);
  it.email = fmt::format("ccloud@{}.iam.gserviceaccount.com", it.id);
  it.default_account = it.number + "-compute@developer.gserviceaccount.com";
  it.node_account = fmt::format("sim-node@{}.iam.gserviceaccount.com", it.id);
  it.user_email = "operator@example.com";
  it.client_id = fmt::format("{}-simulated.apps.googleusercontent.com", it.number);
  it.client_secret = "simulated-" + world.derive("gcp/client").substr(0, 24);
  it.refresh_token = "1//" + world.derive("gcp/refresh");
  it.subject_token = with_dashes(world.derive("gcp/subject"));
  return it;
}

std::string Gce::param(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

bool Gce::has_param(std::string_view name) const {
  return std::ranges::any_of(query, [&](const auto& pair) { return pair.first == name; });
}

std::string Gce::scope() const {
  if (!zone.empty()) return "zones/" + zone;
  return region.empty() ? "global" : "regions/" + region;
}

Place Gce::place_of(std::string_view scope) const {
  std::string where = "global";
  if (scope.starts_with("zones/")) where = region_of_zone(scope.substr(6));
  if (scope.starts_with("regions/")) where = scope.substr(8);
  return {std::string(cloud_name), project.id, std::move(where)};
}

Resource* Gce::find(std::string_view collection, const std::string& scope,
                    std::string_view name) const {
  if (!name.empty() && name[0] >= '0' && name[0] <= '9') {
    auto* found = world.find(place_of(scope), name);
    const bool fits = !is_gone(found) && found->type == collection && scope_of(*found) == scope;
    return fits ? found : nullptr;
  }
  const auto names = memory.names.find({std::string(collection), scope});
  if (names == memory.names.end()) return nullptr;
  const auto entry = names->second.find(name);
  if (entry == names->second.end()) return nullptr;
  auto* found = world.find(entry->second.place, entry->second.id);
  if (!is_gone(found)) return found;
  names->second.erase(entry);
  return nullptr;
}

void Gce::prepare(Resource& resource, const std::string& scope) const {
  resource.place = place_of(scope);
  if (scope.starts_with("zones/")) resource.zone = scope.substr(6);
  if (resource.id.empty()) resource.id = numeric_id(world);
  memory.names[{resource.type, scope}][resource.name] = {resource.place, resource.id};
}

void Gce::remove(Resource& resource) const {
  auto& names = memory.names[{resource.type, scope_of(resource)}];
  if (const auto entry = names.find(resource.name);
      entry != names.end() && entry->second.id == resource.id) {
    names.erase(entry);
  }
  world.remove(resource);
}

std::vector<Resource*> Gce::all(std::string_view collection, const std::string& scope) const {
  std::vector<Resource*> out;
  const auto names = memory.names.find({std::string(collection), scope});
  if (names == memory.names.end()) return out;
  out.reserve(names->second.size());
  for (auto at = names->second.begin(); at != names->second.end();) {
    auto* found = world.find(at->second.place, at->second.id);
    if (is_gone(found)) {
      at = names->second.erase(at);
      continue;
    }
    if (World::is_visible(*found, call.as_of)) out.push_back(found);
    ++at;
  }
  return out;
}

std::string Gce::link(std::string_view scope, std::string_view collection,
                      std::string_view name) const {
  return fmt::format("{}projects/{}/{}/{}/{}", google, project.id, scope, collection, name);
}

Response answer(int status, std::string json) {
  Response response{.status = status,
                    .headers = {{"Content-Type", "application/json; charset=UTF-8"}},
                    .body = std::move(json)};
  response.headers.emplace_back("Vary", "Origin");
  return response;
}

Response refusal(int status, std::string_view reason, std::string_view message) {
  json::Writer out;
  out.begin_object().key("error").begin_object().member("code", status);
  out.member("message", message).key("errors").begin_array().begin_object();
  out.member("message", message).member("domain", "global").member("reason", reason);
  out.end_object().end_array().end_object().end_object();
  return answer(status, out.take());
}

Response invalid(std::string_view field, std::string_view value, std::string_view why) {
  return refusal(400, "invalid",
                 fmt::format("Invalid value for field '{}': '{}'. {}", field, value, why));
}

Response missing(std::string_view field) {
  return refusal(400, "required", fmt::format("Required field '{}' not specified", field));
}

Response not_found(const Gce& gce, std::string_view path) {
  return refusal(404, "notFound",
                 fmt::format("The resource 'projects/{}/{}' was not found", gce.owner, path));
}

Response not_found_target(const Gce& gce, std::string_view collection) {
  return not_found(gce, fmt::format("{}/{}/{}", gce.scope(), collection, gce.args.at(0)));
}

Response not_ready(const Gce&, const Resource& resource) {
  return refusal(400, "resourceNotReady",
                 fmt::format("The resource '{}' is not ready", path_of(resource)));
}

Response exists(const Gce& gce, std::string_view path) {
  return refusal(409, "alreadyExists",
                 fmt::format("The resource 'projects/{}/{}' already exists", gce.owner, path));
}

Response stale_fingerprint(std::string_view what) {
  return refusal(412, "conditionNotMet",
                 fmt::format("{} fingerprint either invalid or resource {} have changed", what,
                             to_lower(what)));
}

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > 63 || !is_letter(text[0]) || text.back() == '-') return false;
  return std::ranges::all_of(text, [&](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

std::optional<Response> check_name(std::string_view field, std::string_view name) {
  if (name.empty()) return missing(field);
  if (is_name(name)) return std::nullopt;
  return invalid(field, name, "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'");
}

namespace {

/// Lower-case letters (others than ASCII pass), digits, `_` and `-`.
bool is_label_text(std::string_view text) {
  std::size_t characters = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) ++characters;
    const bool is_good =
        (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || byte >= 0x80;
    if (!is_good) return false;
  }
  return characters <= 63 && text.size() <= 128;
}

}  // namespace

std::optional<Response> check_labels(json::Value labels, std::string_view field, Tags& into) {
  if (labels.size() > 64) {
    return invalid(field, "", fmt::format("At most 64 labels are allowed, not {}.", labels.size()));
  }
  for (const auto& label : labels.members()) {
    const std::string key(label.key);
    const auto value = label.value.string_or();
    const bool is_first_good = !key.empty() && ((key[0] >= 'a' && key[0] <= 'z') ||
                                                static_cast<unsigned char>(key[0]) >= 0x80);
    if (!is_first_good || !is_label_text(key)) {
      return invalid(field, key,
                     "Label keys must begin with a lowercase letter, have at most 63 characters "
                     "and consist of lowercase letters, numbers, underscores and dashes.");
    }
    if (!is_label_text(value)) {
      return invalid(field, value,
                     "Label values must have at most 63 characters and consist of lowercase "
                     "letters, numbers, underscores and dashes.");
    }
    into.emplace(key, value);
  }
  return std::nullopt;
}

std::string numeric_id(World& world) {
  std::uint64_t number = 0;
  const auto text = world.hex_id(16);
  std::from_chars(text.data(), text.data() + text.size(), number, 16);
  return digits(number, 1'000'000'000'000'000'000);
}

std::string stable_id(std::string_view text) {
  return digits(first_bits(sha256(text)), 1'000'000'000'000'000'000);
}

std::string time_text(Time time) {
  using namespace std::chrono;
  const auto whole = floor<seconds>(time);
  auto text = format_time(whole - hours(8));
  text.pop_back();
  return fmt::format("{}.{:03}-08:00", text, duration_cast<milliseconds>(time - whole).count());
}

std::string fingerprint(std::string_view content) {
  if (content.empty()) return "42WmSpB8rSM=";  // as the real one for nothing
  auto text = base64(sha256(content).substr(0, 8));
  return replace_all(replace_all(text, "+", "-"), "/", "_");
}

std::string fingerprint(const Tags& content) {
  std::string text;
  for (const auto& [key, value] : content)
    text += fmt::format("{}:{}={}:{};", key.size(), key, value.size(), value);
  return fingerprint(text);
}

std::string label_fingerprint(const Resource& resource) {
  Tags labels = resource.tags;
  labels.erase(ssh_port_tag);
  return fingerprint(labels);
}

void replace_labels(World& world, Resource& resource, const Tags& labels) {
  const Tags before = resource.tags;
  for (const auto& [key, value] : before) {
    if (!labels.contains(key) && key != ssh_port_tag) world.remove_tag(resource, key);
  }
  for (const auto& [key, value] : labels) world.set_tag(resource, key, value);
}

std::string field(const Resource& resource, std::string_view name) {
  const auto found = resource.fields.find(name);
  return found == resource.fields.end() ? std::string() : found->second;
}

bool is_gone(const Resource* resource) {
  const auto* machine = dynamic_cast<const Machine*>(resource);
  return resource == nullptr || (machine != nullptr && (machine->power == Power::terminated ||
                                                        machine->power == Power::failed));
}

std::string scope_of(const Resource& resource) {
  if (!resource.zone.empty()) return "zones/" + resource.zone;
  return resource.place.region == "global" ? "global" : "regions/" + resource.place.region;
}

std::string path_of(const Resource& resource) {
  return fmt::format("projects/{}/{}/{}/{}", resource.place.account, scope_of(resource),
                     resource.type, resource.name);
}

std::string link_of(const Resource& resource) { return std::string(google) + path_of(resource); }

std::string last_of(std::string_view url) { return std::string(url.substr(url.rfind('/') + 1)); }

std::optional<Reference> parse_reference(std::string_view url) {
  constexpr std::string_view mark = "/compute/v1/";
  if (url.starts_with("http")) {
    const auto at = url.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    url.remove_prefix(at + mark.size());
  }
  auto parts = split(url, '/');
  Reference it;
  if (parts.size() > 2 && parts[0] == "projects") {
    it.project = parts[1];
    parts.erase(parts.begin(), parts.begin() + 2);
  }
  std::size_t used = 1;
  if (parts[0] == "zones" || parts[0] == "regions") {
    if (parts.size() < 2) return std::nullopt;
    it.scope = parts[0] + "/" + parts[1];
    used = 2;
  } else if (parts[0] == "global") {
    it.scope = "global";
  } else {
    return std::nullopt;
  }
  if (parts.size() == used + 3 && parts[used] == "images" && parts[used + 1] == "family") {
    it.is_family = true;
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(used) + 1);
  }
  if (parts.size() != used + 2 || parts[used].empty() || parts[used + 1].empty())
    return std::nullopt;
  it.collection = parts[used];
  it.name = parts[used + 1];
  return it;
}

}  // namespace ccloud::sim::gcp
