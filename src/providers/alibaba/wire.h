// ECS's and VPC's objects as JSON, to and from the model. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/model.h"
#include "json/reader.h"
#include "providers/alibaba/signature.h"

namespace ccloud::alibaba {

cloud::NodeState state_of(std::string_view status);
cloud::Labels read_tags(json::Value owner);
cloud::Instance read_instance(json::Value item);
/// Times come with and without seconds.
std::string read_time(std::string text);

/// The full name of a zone: "cn-hongkong-b"; the config may say "b".
std::string full_zone(std::string_view region, std::string_view zone);
/// Which eighth of a network a zone has: by its letter.
std::size_t zone_index(std::string_view zone);

std::vector<cloud::FirewallRule> read_rules(json::Value attribute);
/// Permissions.N of Authorize- and RevokeSecurityGroup; `rule.group` is an id.
void add_permission(Params& params, std::size_t n, const cloud::FirewallRule& rule);

/// RunInstances for one node of the batch.
Params run_params(const cloud::NodeBatch& batch, const std::string& name, const std::string& token);

}  // namespace ccloud::alibaba
