// What helps against a cloud's error when its driver has nothing better to say.
#pragma once

#include <string>

#include "base/error.h"

namespace ccloud {

/// The error's own remedy, else what helps against its code when a cloud said it; may be empty.
std::string remedy_of(const Error& error);

}  // namespace ccloud
