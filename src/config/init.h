// `ccloud init`: a first config, valid as it stands, with comments that say what to change. The
// questions of the wizard are the command's business.
#pragma once

#include <cstdint>
#include <string>

#include "config/model.h"

namespace ccloud::config {

struct StarterOptions {
  std::string project = "hello";
  Driver driver{};
  std::string region;  ///< the driver's first choice when empty
  std::int64_t count = 3;
  std::string image = "debian-12";
  std::string ssh_key = "~/.ssh/id_ed25519.pub";
  std::string ssh_from = "203.0.113.7/32";  ///< who may log in
};

/// A region to propose for the driver.
std::string default_region(Driver driver);

/// In canonical layout. Values are written as they are: the command checks the result.
std::string starter_config(const StarterOptions& options);

}  // namespace ccloud::config
