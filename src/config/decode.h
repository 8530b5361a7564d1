// From a checked JSON tree to the model: defaults filled in, clusters merged into their places,
// names resolved, key and user data files read. Reports what does not resolve.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/fields.h"
#include "config/files.h"
#include "config/load.h"
#include "config/model.h"
#include "config/shape.h"
#include "diag/diagnostics.h"
#include "json/tree.h"

namespace ccloud::config {

/// The model while it is being checked; some values may be missing because they were reported:
/// an empty name, a negative count.
struct Draft {
  Config config;
  const json::Node* root = nullptr;
  std::map<std::string, std::shared_ptr<const SizeRequest>> sizes;
  std::set<std::string, std::less<>> used_providers;  ///< something refers to them
  // Where each name stands in the config's lists.
  std::unordered_map<std::string, std::size_t> network_index, provider_index, cluster_index;
};

class Decoder {
 public:
  Decoder(json::Tree& tree, const json::Node& root, const BadNodes& bad, Files& files,
          const LoadOptions& options, diag::Diagnostics& diagnostics);
  Draft run();

 private:
  struct NodeDefaults;  // a cluster's keys that places inherit, decoded once

  // decode_clouds.cc
  void providers();
  void networks();
  void sizes();
  void images();
  std::shared_ptr<const SizeRequest> size_request(Fields fields, std::string name);
  const Provider* resolve_provider(const Located<std::string>& name);
  std::map<std::string, Located<std::string>> by_provider(const json::Node* node);

  // decode_clusters.cc
  void clusters();
  Cluster cluster(std::string_view name, const json::Node& node);
  Place place(const Cluster& owner, const NodeDefaults& defaults, std::string_view code,
              const json::Node& node);
  void where(Place& place, Fields fields);
  void labels(Place& place, const NodeDefaults& defaults, Fields fields);
  void check_own_size(const json::Node* base, const json::Node* own, const Place& place);
  Size size(const json::Node* node, const Place& place);
  Image image(const json::Node* node, const Place& place);
  Disk disk(Fields fields);
  std::vector<Rule> rules(const json::Node* node);
  Rule rule(Fields fields);
  std::shared_ptr<const Ssh> ssh(Fields fields);
  void drop_repeated(Ssh& ssh);
  void check_identity(const json::Node& entry);
  void add_keys(Ssh& ssh, const json::Node& entry);
  /// False when it was reported.
  bool add_key_lines(Ssh& ssh, const json::Node& entry, std::string_view text);
  std::shared_ptr<const UserData> user_data(const json::Node* node);
  Existing existing(const Cluster& owner, const json::Node& node);
  /// The cluster's and the place's value together: objects merge, anything else replaces.
  const json::Node* merged(const json::Node* base, const json::Node* over);

  // decode_services.cc
  void services();
  Service service(std::string_view name, const json::Node& node);
  std::optional<Artifact> artifact(Fields fields);
  std::optional<Health> health(Fields fields);
  Update update(Fields fields, Span fallback);
  std::map<std::string, EnvValue> env(Fields fields);
  std::optional<Step> step(const json::Node* node);
  void guards();

  void error(std::string_view code, Span span, std::string message,
             std::optional<std::string> suggestion = {});
  Fields fields(const json::Node* node) const { return {node, bad_}; }
  bool is_bad(const json::Node& node) const {
    return bad_.contains(&node) || node.kind == json::Kind::broken;
  }
  void file_problem(const json::Node& entry, std::string_view what, FileContent::State state);

  json::Tree& tree_;
  const BadNodes& bad_;
  Files& files_;
  const LoadOptions& options_;
  diag::Diagnostics& diagnostics_;
  Fields root_;
  Draft draft_;
  Config& config_;
  std::unordered_map<std::string, std::map<std::string, Located<std::string>>> images_;
  bool has_providers_ = false;
  // What many places share is worked out once, by the text or the value that it stands in.
  struct SharedSize {
    std::shared_ptr<const SizeRequest> request;
    std::string asked;  ///< without a pin
  };
  std::unordered_map<const json::Node*, SharedSize> sizes_in_place_;
  std::unordered_map<std::string, std::vector<SshKey>> key_files_;  ///< only sound ones
};

}  // namespace ccloud::config
