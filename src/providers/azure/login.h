// Which way in there is: the environment's service principal, a workload's token file, the CLI's
// login, a managed identity. Reads variables and files; asks no network.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cloud/provider.h"
#include "providers/azure/clouds.h"

namespace ccloud::azure {

enum class Way {
  secret,            ///< a service principal's client secret
  certificate,       ///< likewise, by a signed assertion
  federated,         ///< workload identity: the assertion is a file's content
  hosted_identity,   ///< managed identity of App Service and the like
  machine_identity,  ///< managed identity of a virtual machine
  cli,               ///< the Azure CLI's cached login
  command,           ///< credentials.command, which prints what `az account get-access-token` does
};

struct Login {
  Way way = Way::machine_identity;
  Cloud cloud;
  std::string tenant;
  std::string client_id;
  std::string secret;       ///< or the certificate's password
  std::string certificate;  ///< PEM, with its key
  std::string token_file;
  std::string identity_endpoint;  ///< hosted_identity: the URL; machine_identity: the host
  std::string identity_header;
  std::string cache_file;  ///< cli
  std::string command;
  std::string subscription;  ///< empty: the only one that the credentials see
  std::string source;        ///< where it was found, for messages
};

/// Order: credentials.command, credentials.file, AZURE_* secret or certificate, workload identity,
/// a hosted managed identity, the CLI's cache, the machine's managed identity.
Result<Login> find_login(const cloud::Host& host, const cloud::ProviderSettings& settings);

/// What the CLI's MSAL cache holds for one resource.
struct CachedLogin {
  std::string access_token;  ///< empty: none that is still good
  async::WallTime expires{};
  std::string refresh_token;
  std::string client_id;  ///< the CLI's own, which the refresh token is for
  std::string tenant;
};
Result<CachedLogin> read_cache(std::string_view text, const Login& login, async::WallTime now);

}  // namespace ccloud::azure
