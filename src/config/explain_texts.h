// The texts of explain.h, apart from what prints them.
#pragma once

#include <span>

#include "config/explain.h"

namespace ccloud::config {

std::span<const Explanation> explanation_texts();

}  // namespace ccloud::config
