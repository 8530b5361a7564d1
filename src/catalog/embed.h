// The data files as they lie in the binary: read-only pages, untouched until something is asked.
#pragma once

#include <string_view>

#include "catalog/catalog.h"

namespace ccloud::catalog {

std::string_view embedded_driver(Driver driver);  ///< empty for openstack
std::string_view embedded_images();

}  // namespace ccloud::catalog
