// One action of one product in one region, signed, retried, paged.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "async/retry.h"
#include "cloud/provider.h"
#include "json/reader.h"
#include "providers/alibaba/signature.h"

namespace ccloud::alibaba {

enum class Product { ecs, vpc, sts };

struct Action {
  std::string region{};
  Product product = Product::ecs;
  std::string name{};  ///< "DescribeInstances"
  Params params{};     ///< without RegionId, which is added
  async::Idempotency idempotency = async::Idempotency::idempotent;
  std::string what{};  ///< for messages
};

class Api {
 public:
  Api(cloud::Host host, cloud::ProviderSettings settings);
  ~Api();

  Task<json::Document> call(Context ctx, Action action);
  /// Every page by NextToken; `size` is MaxResults.
  Task<std::vector<json::Document>> pages(Context ctx, Action action, int size);
  /// Every page of the older lists, by PageNumber; `collection` and `item` name the doubly wrapped
  /// list.
  Task<std::vector<json::Document>> numbered_pages(Context ctx, Action action, int size,
                                                   std::string collection, std::string item);
  /// Repeats a call while its error passes (a conflict with something that is being changed).
  Task<json::Document> call_patiently(Context ctx, Action action);
  const std::string& home_region() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The list under `collection`.`item`: lists are wrapped twice.
std::vector<json::Value> items_of(json::Value root, std::string_view collection,
                                  std::string_view item);
/// Tag.N.Key and Tag.N.Value from `first` on.
void add_tags(Params& params, const cloud::Labels& labels);
void add_list(Params& params, std::string_view name, const std::vector<std::string>& values);

}  // namespace ccloud::alibaba
