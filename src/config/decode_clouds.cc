// Decoding of `providers`, `networks`, `sizes` and `images`.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "config/decode.h"
#include "config/formats.h"
#include "diag/render.h"
#include "diag/suggest.h"

namespace ccloud::config {

using diag::quote;

void Decoder::providers() {
  const json::Node* all = root_.get("providers");
  has_providers_ = root_.node()->find("providers") != nullptr;
  if (all == nullptr || !all->is_object()) return;
  for (const auto& member : all->members) {
    const Fields entry = fields(member.value);
    Provider provider;
    provider.name = member.key;
    provider.span = member.key_span;
    if (const auto driver = entry.text("driver"))
      provider.driver = {parse_driver(driver->value).value_or(Driver{}), driver->span};
    const Fields credentials = entry.object("credentials");
    provider.credentials.profile = credentials.text_or("profile", "");
    if (const auto file = credentials.text("file"))
      provider.credentials.file = files_.resolve(file->value);
    provider.credentials.command = credentials.text_or("command", "");
    provider.account = entry.text("account");
    provider.regions = entry.texts("regions");
    provider.endpoint = entry.text("endpoint");
    // One that was refused still says that the catalogue does not apply.
    if (const json::Node* node = member.value->find("endpoint");
        node != nullptr && !provider.endpoint)
      provider.endpoint = {std::string(), node->span};
    provider.cloud = entry.text("cloud");
    provider.concurrency = entry.integer("concurrency");
    provider.labels = entry.labels("labels");
    // Without a driver nothing can be said about its regions or types: it still is a name.
    draft_.provider_index.emplace(provider.name, config_.providers.size());
    config_.providers.push_back(std::move(provider));
  }
}

const Provider* Decoder::resolve_provider(const Located<std::string>& name) {
  draft_.used_providers.insert(name.value);
  const auto known = draft_.provider_index.find(name.value);
  if (known != draft_.provider_index.end()) return &config_.providers[known->second];
  const auto driver = parse_driver(name.value);
  if (driver && !has_providers_) {
    Provider implied;
    implied.name = name.value;
    implied.driver = {*driver, name.span};
    implied.is_implied = true;
    implied.span = name.span;
    draft_.provider_index.emplace(name.value, config_.providers.size());
    return &config_.providers.emplace_back(std::move(implied));
  }
  if (is_refused(*root_.node(), bad_, {"providers"})) return nullptr;
  std::vector<std::string_view> names;
  for (const auto& provider : config_.providers) names.push_back(provider.name);
  std::optional<std::string> suggestion;
  if (driver)
    for (const auto& provider : config_.providers)
      if (provider.driver.value == *driver && !suggestion) suggestion = provider.name;
  if (!has_providers_) names = formats::driver().values;
  if (!suggestion) suggestion = diag::suggest(name.value, names);
  error("unknown-reference", name.span,
        has_providers_ ? fmt::format("there is no provider {} in \"providers\"", quote(name.value))
                       : fmt::format("{} is neither a driver nor an entry of \"providers\"",
                                     quote(name.value)),
        suggestion);
  return nullptr;
}

void Decoder::networks() {
  const json::Node* all = root_.get("networks");
  if (all == nullptr || !all->is_object()) return;
  for (const auto& member : all->members) {
    const Fields entry = fields(member.value);
    if (!member.value->is_object()) continue;
    Network network;
    network.name = member.key;
    network.span = member.key_span;
    if (const auto name = entry.text("provider"))
      if (resolve_provider(*name) != nullptr) network.provider = *name;
    network.region = entry.text("region").value_or(Located<std::string>{{}, member.key_span});
    if (const auto cidr = entry.text("cidr"))
      if (const auto parsed = parse_cidr(cidr->value)) network.cidr = {*parsed, cidr->span};
    network.id = entry.text("id");
    if (const json::Node* subnets = entry.get("subnets"); subnets != nullptr)
      for (const auto& subnet : subnets->members)
        if (subnet.value->is_string())
          network.subnets[std::string(subnet.key)] = {std::string(subnet.value->text),
                                                      subnet.value->span};
    network.firewalls = entry.texts("firewalls");
    draft_.network_index.emplace(network.name, config_.networks.size());
    config_.networks.push_back(std::move(network));
  }
}

std::map<std::string, Located<std::string>> Decoder::by_provider(const json::Node* node) {
  std::map<std::string, Located<std::string>> out;
  if (node == nullptr || !node->is_object()) return out;
  for (const auto& member : node->members) {
    if (!member.value->is_string() || is_bad(*member.value)) continue;
    out[std::string(member.key)] = {std::string(member.value->text), member.value->span};
    if (draft_.provider_index.contains(std::string(member.key)) || parse_driver(member.key))
      continue;
    std::vector<std::string_view> names;
    for (const auto& provider : config_.providers) names.push_back(provider.name);
    std::ranges::copy(formats::driver().values, std::back_inserter(names));
    error("unknown-reference", member.key_span,
          fmt::format("{} is neither a provider nor a driver", quote(member.key)),
          diag::suggest(member.key, names));
  }
  return out;
}

std::shared_ptr<const SizeRequest> Decoder::size_request(Fields entry, std::string name) {
  const auto cpu = entry.integer("cpu");
  const auto memory = entry.text("memory");
  const auto pins = by_provider(entry.get("pin"));
  auto request = std::make_shared<SizeRequest>();
  request->name = std::move(name);
  // 0 where it is missing: reported, and the rest can still be judged.
  if (cpu) request->cpu = *cpu;
  if (memory) request->memory_mib = {parse_mib(memory->value).value_or(0), memory->span};
  request->arch = entry.text_or("arch", "x86_64") == "arm64" ? Arch::arm64 : Arch::x86_64;
  request->is_burstable = entry.boolean_or("burstable", false);
  request->pins = pins;
  return request;
}

void Decoder::sizes() {
  const json::Node* all = root_.get("sizes");
  if (all == nullptr || !all->is_object()) return;
  for (const auto& member : all->members) {
    std::string name(member.key);
    draft_.sizes[name] = size_request(fields(member.value), name);
  }
}

void Decoder::images() {
  const json::Node* all = root_.get("images");
  if (all == nullptr || !all->is_object()) return;
  for (const auto& member : all->members)
    images_[std::string(member.key)] = by_provider(member.value);
}

}  // namespace ccloud::config
