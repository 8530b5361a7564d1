// What names and requirements stand for when a node is made (contract, "Resolved at birth").
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cloud/model.h"

namespace ccloud::plan {

struct Resolution {
  std::string type;
  std::string type_why;
  std::vector<std::string> next_types;
  std::vector<std::string> zones;  ///< full names
  cloud::Image image;
};

/// By PlaceWant::id(); an error stands for a place whose new nodes cannot be made.
using Resolutions = std::map<std::string, Result<Resolution>, std::less<>>;

}  // namespace ccloud::plan
