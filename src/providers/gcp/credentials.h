// The credential files of Google's libraries, as data.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ccloud::gcp {

enum class Way {
  service_account,  ///< a key file: JWT grant
  user,             ///< `gcloud auth application-default login`: refresh token
  federated,        ///< external_account: another identity's token is exchanged
  impersonated,     ///< impersonated_service_account: over a source of its own
  command,          ///< credentials.command prints a token
  metadata,         ///< the machine's own service account
};

struct Credentials {
  Way way = Way::metadata;
  std::string source;  ///< where it was found, for messages
  std::string universe = "googleapis.com";
  std::string project;        ///< of a service account's file
  std::string quota_project;  ///< may be empty
  std::string token_url;      ///< of the grant or the exchange
  std::string who;            ///< email, for `check`; may be empty
  // service_account
  std::string email;
  std::string private_key;  ///< PEM
  std::string key_id;
  // user; a federated client may have the first two
  std::string client_id;
  std::string client_secret;
  std::string refresh_token;
  // federated: the subject's token comes from a file or a URL
  std::string audience;
  std::string subject_token_type;
  std::string subject_file;
  std::string subject_url;
  std::vector<std::pair<std::string, std::string>> subject_headers;
  std::string subject_field;  ///< of a JSON document; empty: the text itself
  // federated (may be empty) and impersonated
  std::string impersonation_url;
  std::vector<std::string> delegates;
  std::shared_ptr<Credentials> base;  ///< impersonated: whose token asks for it
  // command
  std::string command;
};

/// Of a credential file's text; `source` is its path. unauthenticated with what is missing.
Result<Credentials> parse_credentials(std::string_view text, const std::string& source);

/// The URL without slashes at its end. Plain HTTP is refused unless the host is this machine: a
/// secret would travel readable.
Result<std::string> checked_url(std::string_view url);

}  // namespace ccloud::gcp
