// A tag is removed by its key alone; ids of all kinds may stand in one call.
#include "providers/aws/labels.h"

#include <fmt/format.h>

namespace ccloud::aws {

Task<void> relabel(Context ctx, Api& api, std::string region, std::vector<std::string> ids,
                   cloud::Labels set, std::vector<std::string> removed, std::string what) {
  if (!set.empty()) {
    Form form("CreateTags");
    form.list("ResourceId", ids).tags(set);
    static_cast<void>(co_await api.ec2(ctx, region, what, std::move(form)));
  }
  if (!removed.empty()) {
    Form form("DeleteTags");
    form.list("ResourceId", ids);
    int index = 0;
    for (const auto& key : removed) form.add(fmt::format("Tag.{}.Key", ++index), key);
    static_cast<void>(co_await api.ec2(ctx, region, what, std::move(form)));
  }
  co_return {};
}

cloud::Labels named(cloud::Labels labels, std::string name) {
  labels.try_emplace("Name", std::move(name));
  return labels;
}

std::string label_of(const cloud::Labels& labels, std::string_view key) {
  const auto found = labels.find(std::string(key));
  return found == labels.end() ? std::string() : found->second;
}

}  // namespace ccloud::aws
