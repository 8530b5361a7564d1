// Where tokens come from: the OAuth token endpoint, the token exchange of workload federation and
// the metadata server; and how they are checked.
#pragma once

#include <optional>
#include <string>

#include "sim/gcp/gce.h"
#include "sim/gcp/service_account.h"

namespace ccloud::sim::gcp {

struct Login {
  World& world;
  Memory& memory;
  const Project& project;
  const KeyPair& key;
  std::string http_url, https_url;  ///< of the front
};

bool is_token_url(std::string_view url);
bool is_metadata_url(std::string_view url);
Response serve_token(const Login& login, const Request& request);
Response serve_metadata(const Login& login, const Request& request);

/// Who calls, or why not.
struct Caller {
  std::string email;
  std::optional<Response> refused;
};
Caller check_token(const Login& login, const Request& request, bool is_write);
Response expired_token();
Response expired_grant();

/// The files with which Google's clients log in: a service account's key, an authorised user, a
/// workload's identity.
std::string key_file(const Login& login);
std::string user_file(const Login& login);
std::string workload_file(const Login& login, const std::string& subject_file);

}  // namespace ccloud::sim::gcp
