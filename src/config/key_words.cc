#include "config/key_words.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace ccloud::config {
namespace {

/// Written without "_" and "-"; a word that stands twice means whichever key is known there.
constexpr std::pair<std::string_view, std::string_view> words[] = {
    {"instances", "count"},
    {"replicas", "count"},
    {"nodes", "count"},
    {"quantity", "count"},
    {"desiredcapacity", "count"},
    {"instancetype", "size"},
    {"machinetype", "size"},
    {"vmsize", "size"},
    {"flavor", "size"},
    {"type", "size"},
    {"ami", "image"},
    {"os", "image"},
    {"imageid", "image"},
    {"ram", "memory"},
    {"mem", "memory"},
    {"vcpu", "cpu"},
    {"vcpus", "cpu"},
    {"cores", "cpu"},
    {"architecture", "arch"},
    {"availabilityzones", "zones"},
    {"azs", "zones"},
    {"location", "region"},
    {"cloud", "provider"},
    {"cidrblock", "cidr"},
    {"addressspace", "cidr"},
    {"vpc", "network"},
    {"vpc", "id"},
    {"vpcid", "network"},
    {"vpcid", "id"},
    {"subnet", "network"},
    {"tags", "labels"},
    {"tags", "match"},
    {"userdata", "user_data"},
    {"cloudinit", "user_data"},
    {"volume", "disk"},
    {"rootdisk", "disk"},
    {"iamrole", "identity"},
    {"role", "identity"},
    {"instanceprofile", "identity"},
    {"serviceaccount", "identity"},
    {"rules", "allow"},
    {"ingress", "allow"},
    {"source", "from"},
    {"cidr", "from"},
    {"command", "run"},
    {"exec", "run"},
    {"environment", "env"},
    {"healthcheck", "health"},
    {"rollout", "update"},
    {"strategy", "update"},
    {"places", "place"},
    {"subscription", "account"},
    {"projectid", "account"},
    {"tenant", "account"},
};

}  // namespace

std::optional<std::string> key_elsewhere(std::string_view written,
                                         const std::vector<std::string_view>& known) {
  std::string word;
  for (const char c : to_lower(written))
    if (c != '_' && c != '-') word += c;
  for (const auto& [other, ours] : words)
    if (word == other && std::ranges::find(known, ours) != known.end()) return std::string(ours);
  return std::nullopt;
}

}  // namespace ccloud::config
