// Parameters, answers, pages, tokens; and the facts of this simulated cloud.
#include "sim/alibaba/rpc.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"

namespace ccloud::sim::alibaba {

std::string Rpc::get(const std::string& name, std::string otherwise) const {
  const auto found = params.find(name);
  return found == params.end() || found->second.empty() ? otherwise : found->second;
}

bool Rpc::is(const std::string& name, std::string_view value) const {
  const auto wanted = get(name);
  return wanted.empty() || wanted == value;
}

std::vector<std::string> Rpc::list(const std::string& name) const {
  std::vector<std::string> out;
  for (int n = 1;; ++n) {
    const auto found = params.find(fmt::format("{}.{}", name, n));
    if (found == params.end()) return out;
    out.push_back(found->second);
  }
}

Tags Rpc::tags() const {
  Tags out;
  for (int n = 1;; ++n) {
    const auto key = params.find(fmt::format("Tag.{}.Key", n));
    if (key == params.end()) return out;
    out[key->second] = get(fmt::format("Tag.{}.Value", n));
  }
}

bool Rpc::has_all(const Resource& resource, const Tags& wanted) const {
  return std::ranges::all_of(wanted, [&](const auto& tag) {
    const auto found = resource.tags.find(tag.first);
    return found != resource.tags.end() && (tag.second.empty() || found->second == tag.second);
  });
}

std::vector<Resource*> Rpc::all(std::string_view type) const {
  const auto wanted = tags();
  std::vector<Resource*> out;
  // The World has an index by tag: the usual question has at least one.
  const bool is_indexed = !wanted.empty() && !wanted.begin()->second.empty();
  const auto& from = is_indexed ? world.tagged(place, wanted.begin()->first, wanted.begin()->second)
                                : world.list(place, type);
  for (const auto& [serial, resource] : from) {
    if (resource->type == type && World::is_visible(*resource, call.as_of) &&
        has_all(*resource, wanted)) {
      out.push_back(resource);
    }
  }
  return out;
}

Response fail(const Rpc& rpc, int status, std::string_view code, std::string_view message) {
  json::Writer out;
  out.begin_object().member("RequestId", rpc.request_id).member("HostId", "ecs.aliyuncs.com");
  out.member("Code", code).member("Message", message);
  out.member("Recommend", fmt::format("https://api.aliyun.com/troubleshoot?q={}", code))
      .end_object();
  return {.status = status,
          .headers = {{"Content-Type", "application/json;charset=utf-8"}},
          .body = out.take()};
}

Response done(const Rpc& rpc) {
  return succeed(rpc, [](json::Writer&) {});
}

Response missing(const Rpc& rpc, std::string_view parameter) {
  return fail(rpc, 400, "MissingParameter",
              fmt::format("The input parameter \"{}\" that is mandatory for processing this "
                          "request is not supplied.",
                          parameter));
}

std::optional<Response> require(const Rpc& rpc, std::initializer_list<const char*> parameters) {
  for (const auto* name : parameters) {
    const bool is_there = !rpc.get(name).empty() || rpc.params.contains(fmt::format("{}.1", name));
    if (!is_there) return missing(rpc, name);
  }
  return std::nullopt;
}

std::optional<Response> check_tags(const Rpc& rpc) {
  const auto tags = rpc.tags();
  if (tags.size() > 20) {
    return fail(rpc, 400, "NumberExceed.Tags",
                "The maximum number of tags of a resource is exceeded.");
  }
  const auto has_link = [](std::string_view text) {
    return text.find("http://") != std::string_view::npos ||
           text.find("https://") != std::string_view::npos;
  };
  for (const auto& [key, value] : tags) {
    if (key.empty() || key.size() > 128 || key.starts_with("aliyun") || key.starts_with("acs:") ||
        has_link(key)) {
      return fail(rpc, 400, "InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid.");
    }
    if (value.size() > 128 || has_link(value)) {
      return fail(rpc, 400, "InvalidTagValue.Malformed", "The specified Tag.n.Value is not valid.");
    }
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> json_list(const std::string& text) {
  const auto document = json::parse(text);
  if (!document) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& one : document->root().items()) out.push_back(one.string_or());
  return out;
}

bool is_listed(const Rpc& rpc, const Machine& machine) {
  const auto power = machine.power_at(rpc.call.as_of);
  return power != Power::terminated && power != Power::failed && power != Power::terminating;
}

bool is_there(const Machine& machine) {
  return machine.power != Power::terminated && machine.power != Power::failed;
}

std::string_view status_of(const Rpc& rpc, const Machine& machine) {
  return status_in(machine, machine.power_at(rpc.call.as_of));
}

std::string_view status_in(const Machine& machine, Power power) {
  switch (power) {
    case Power::pending:
      return machine.has_run ? "Starting" : "Pending";
    case Power::running:
      return "Running";
    case Power::stopping:
      return "Stopping";
    case Power::stopped:
      return "Stopped";
    default:
      return "Stopped";
  }
}

Machine* find_machine(const Rpc& rpc, const std::string& id) {
  auto* machine = rpc.world.find_as<Machine>(rpc.place, id);
  return machine != nullptr && machine->type == "instance" && is_listed(rpc, *machine) ? machine
                                                                                       : nullptr;
}

std::string instance_of_disk(std::string_view disk) {
  return disk.starts_with("d-") ? fmt::format("i-{}", disk.substr(2)) : std::string();
}

Response no_such_instance(const Rpc& rpc) {
  return fail(rpc, 404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.");
}

void write_tags(json::Writer& out, const Resource& resource, bool is_vpc) {
  out.key("Tags").begin_object().key("Tag").begin_array();
  for (const auto& [key, value] : resource.tags) {
    out.begin_object()
        .member(is_vpc ? "Key" : "TagKey", key)
        .member(is_vpc ? "Value" : "TagValue", value);
    out.end_object();
  }
  out.end_array().end_object();
}

void write_list(json::Writer& out, std::string_view name, std::string_view item,
                const std::vector<std::string>& values) {
  out.key(name).begin_object().member(item, values).end_object();
}

std::string second_text(Time time) { return format_time(time); }
std::string minute_text(Time time) { return format_time(time).substr(0, 16) + "Z"; }

Page page_of(const Rpc& rpc, std::vector<Resource*> all, Paging paging, PageSizes sizes) {
  Page page{.items = {}, .total = all.size(), .next = "", .paging = paging};
  const bool names_token = rpc.params.contains("MaxResults") || rpc.params.contains("NextToken");
  const bool is_token = paging == Paging::tokens || (paging == Paging::both && names_token);
  const auto asked = parse_int(rpc.get(is_token ? "MaxResults" : "PageSize"));
  page.size = asked && *asked > 0 ? static_cast<std::size_t>(*asked) : sizes.usual;
  // Less than a usual page is asked for in vain, but only with tokens.
  const bool has_least = is_token && paging == Paging::both;
  page.size = std::clamp(page.size, has_least ? sizes.usual : std::size_t{1}, sizes.most);
  std::size_t from = 0;
  std::size_t shown = page.size;
  if (is_token) {
    // The token is the serial of the last one shown.
    const auto serial = decode_base64(rpc.get("NextToken"));
    const auto after = serial ? parse_int(*serial).value_or(0) : 0;
    while (from < all.size() && static_cast<std::int64_t>(all[from]->serial) <= after) ++from;
    if (rpc.call.empty_page) shown = 0;
  } else {
    const auto number = parse_int(rpc.get("PageNumber", "1")).value_or(1);
    page.number = static_cast<std::size_t>(std::max<std::int64_t>(number, 1));
    from = (page.number - 1) * page.size;
  }
  for (std::size_t i = from; i < std::min(from + shown, all.size()); ++i)
    page.items.push_back(all[i]);
  if (is_token && from + shown < all.size()) {
    const auto last =
        page.items.empty() ? (from == 0 ? 0 : all[from - 1]->serial) : page.items.back()->serial;
    page.next = base64(std::to_string(last));
  }
  return page;
}

void write_page(json::Writer& out, const Page& page) {
  if (page.paging != Paging::numbers) out.member("NextToken", page.next);
  if (page.paging == Paging::tokens) return;
  out.member("TotalCount", page.total)
      .member("PageNumber", page.number)
      .member("PageSize", page.size);
}

namespace {

std::string token_key(const Rpc& rpc) {
  return fmt::format("{}/{}/{}", rpc.place.region, rpc.action, rpc.get("ClientToken"));
}

std::string fingerprint(const Rpc& rpc) {
  std::string text;
  for (const auto& [key, value] : rpc.params) {
    if (key != "ClientToken") text += key + "=" + value + "\n";
  }
  return sha256_hex(text);
}

}  // namespace

const Remembered* recall(Rpc& rpc, std::optional<Response>& refused) {
  if (rpc.get("ClientToken").empty()) return nullptr;
  const auto known = rpc.memory.tokens.find(token_key(rpc));
  if (known == rpc.memory.tokens.end()) return nullptr;
  if (known->second.fingerprint != fingerprint(rpc)) {
    refused =
        fail(rpc, 400, "IdempotentParameterMismatch",
             "The request uses the same client token as a previous, but non-identical request.");
  }
  return &known->second;
}

void remember(Rpc& rpc, std::vector<std::string> ids) {
  if (rpc.get("ClientToken").empty()) return;
  rpc.memory.tokens[token_key(rpc)] = {.fingerprint = fingerprint(rpc), .ids = std::move(ids)};
}

const std::vector<RegionFacts>& region_facts() {
  static const std::vector<RegionFacts> facts = {
      {"cn-hangzhou", "hijk"},  {"cn-shanghai", "bgm"}, {"cn-beijing", "hik"},
      {"cn-shenzhen", "cef"},   {"cn-hongkong", "bcd"}, {"ap-southeast-1", "abc"},
      {"ap-northeast-1", "ab"}, {"eu-central-1", "ab"}, {"us-east-1", "ab"},
      {"us-west-1", "ab"}};
  return facts;
}

const RegionFacts* find_region(std::string_view name) {
  const auto found = std::ranges::find(region_facts(), name, &RegionFacts::name);
  return found == region_facts().end() ? nullptr : &*found;
}

std::vector<std::string> zones_of(const RegionFacts& region) {
  const char last = region.name.back();
  const bool has_dash = last < '0' || last > '9';
  std::vector<std::string> out;
  for (const char letter : region.zones)
    out.push_back(fmt::format("{}{}{}", region.name, has_dash ? "-" : "", letter));
  return out;
}

const std::vector<TypeFacts>& type_facts() {
  static const auto facts = [] {
    std::vector<TypeFacts> out;
    struct Family {
      std::string_view name;
      int gib_per_cpu;
      bool is_arm;
    };
    struct Size {
      std::string_view name;
      int cpus;
    };
    for (const auto& family :
         {Family{"ecs.c7", 2, false}, Family{"ecs.g7", 4, false}, Family{"ecs.r7", 8, false},
          Family{"ecs.c8i", 2, false}, Family{"ecs.g8i", 4, false}, Family{"ecs.u1-c1m2", 2, false},
          Family{"ecs.c6", 2, false}, Family{"ecs.g6", 4, false}, Family{"ecs.u1-c1m4", 4, false},
          Family{"ecs.c8y", 2, true}, Family{"ecs.g8y", 4, true}}) {
      for (const auto& size :
           {Size{"large", 2}, Size{"xlarge", 4}, Size{"2xlarge", 8}, Size{"4xlarge", 16}}) {
        out.push_back({fmt::format("{}.{}", family.name, size.name), std::string(family.name),
                       size.cpus, size.cpus * family.gib_per_cpu, family.is_arm});
      }
    }
    for (const auto& [name, cpus, memory] :
         {std::tuple{"ecs.t6-c1m1.large", 2, 2}, std::tuple{"ecs.t6-c1m2.large", 2, 4},
          std::tuple{"ecs.t6-c2m1.large", 2, 1}, std::tuple{"ecs.t6-c1m4.large", 2, 8},
          std::tuple{"ecs.t6-c1m2.xlarge", 4, 8}, std::tuple{"ecs.t6-c1m4.xlarge", 4, 16},
          std::tuple{"ecs.e-c1m1.large", 2, 2}, std::tuple{"ecs.e-c1m2.large", 2, 4},
          std::tuple{"ecs.e-c1m2.xlarge", 4, 8}, std::tuple{"ecs.e-c1m4.large", 2, 8}}) {
      const std::string text = name;
      out.push_back({text, text.substr(0, text.rfind('.')), cpus, memory, false});
    }
    return out;
  }();
  return facts;
}

const TypeFacts* find_type(std::string_view name) {
  const auto found = std::ranges::find(type_facts(), name, &TypeFacts::name);
  return found == type_facts().end() ? nullptr : &*found;
}

void furnish(World& world, const Place& place) {
  if (!world.list(place, "image").empty()) return;
  struct Known {
    std::string_view os, id, title;
  };
  for (const auto& known :
       {Known{"debian-12", "debian_12_11_{}_20G_alibase_20260615.vhd", "Debian  12.11 64 bit"},
        Known{"debian-13", "debian_13_1_{}_20G_alibase_20260615.vhd", "Debian  13.1 64 bit"},
        Known{"ubuntu-22.04", "ubuntu_22_04_{}_20G_alibase_20260618.vhd", "Ubuntu  22.04 64 bit"},
        Known{"ubuntu-24.04", "ubuntu_24_04_{}_20G_alibase_20260618.vhd", "Ubuntu  24.04 64 bit"},
        Known{"rocky-9", "rockylinux_9_6_{}_20G_alibase_20260610.vhd",
              "Rocky Linux  9.6 64 bit"}}) {
    for (const auto* arch : {"x64", "arm64"}) {
      Image image;
      image.place = place;
      image.type = "image";
      image.id = replace_all(known.id, "{}", arch);
      image.name = image.id;
      image.os = known.os;
      image.user = "root";
      image.arch = std::string_view(arch) == "x64" ? "x86_64" : "arm64";
      image.owner = "system";
      image.min_disk_gib = 20;
      image.fields["title"] = known.title;
      image.is_builtin = true;
      world.add(std::move(image));
    }
  }
}

}  // namespace ccloud::sim::alibaba
