// Tags of whatever EC2 has.
#pragma once

#include <string>
#include <vector>

#include "cloud/model.h"
#include "providers/aws/api.h"

namespace ccloud::aws {

/// CreateTags, then DeleteTags, on all of `ids`; whichever has something to do.
Task<void> relabel(Context ctx, Api& api, std::string region, std::vector<std::string> ids,
                   cloud::Labels set, std::vector<std::string> removed, std::string what);

/// With the tag that consoles show, unless the user has a label of that name.
cloud::Labels named(cloud::Labels labels, std::string name);

/// Empty when there is none.
std::string label_of(const cloud::Labels& labels, std::string_view key);

}  // namespace ccloud::aws
