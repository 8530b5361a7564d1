// How to log in: clouds.yaml with secure.yaml, or the OS_* variables, turned into one struct.
// No network; what is missing is said here, before anything is sent.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/provider.h"

namespace ccloud::openstack {

struct Login {
  std::string auth_url;  ///< with the version at its end
  std::string region;    ///< the default one; may be empty
  std::vector<std::string> regions;
  std::string interface = "public";
  std::string ca_file;
  bool verifies_tls = true;
  std::string token_request;  ///< the JSON body of POST /auth/tokens; holds the secret
  std::map<std::string, std::string> endpoints;  ///< service type -> override
  std::string source;                            ///< where it was found, for messages
};

/// Order: the settings' own `cloud` and `credentials.file`, OS_CLOUD, then OS_* variables, then the
/// only entry of a clouds.yaml. unauthenticated with a remedy when nothing fits.
Result<Login> find_login(const cloud::Host& host, const cloud::ProviderSettings& settings);

/// The same from one entry of clouds.yaml with its secure.yaml laid over it.
Result<Login> login_from_yaml(std::string_view clouds, std::string_view secure,
                              std::string_view name, std::string_view source);

}  // namespace ccloud::openstack
