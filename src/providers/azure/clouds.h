// The three Azure clouds: where each is, what its tokens are for, which versions its APIs speak.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace ccloud::azure {

/// api-version of each part of Resource Manager. China and Government get versions later.
struct Versions {
  std::string_view compute = "2024-07-01";
  std::string_view disks = "2023-04-02";
  std::string_view skus = "2021-07-01";
  std::string_view network = "2024-05-01";
  std::string_view resources = "2021-04-01";
  std::string_view subscriptions = "2022-12-01";
  std::string_view identities = "2023-01-31";
};

struct Cloud {
  std::string name;       ///< public, china, government
  std::string arm;        ///< "https://management.azure.com", without a slash at its end
  std::string authority;  ///< "https://login.microsoftonline.com"
  std::string resource;   ///< what a token is asked for; the scope is this and "/.default"
  Versions versions{};
};

/// By the config's `cloud`; empty means public.
Result<Cloud> find_cloud(std::string_view name);

/// The URL without slashes at its end. Plain HTTP is refused unless the host is this machine: a
/// secret would travel readable.
Result<std::string> checked_endpoint(std::string_view url);

/// Scheme, host and port are the same: a token may be sent there.
bool is_same_origin(std::string_view url, std::string_view base);

}  // namespace ccloud::azure
