// Which way in there is (application default credentials) and which project and endpoint are meant.
// Reads variables and files; asks no network.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cloud/provider.h"
#include "providers/gcp/credentials.h"

namespace ccloud::gcp {

struct Login {
  Credentials credentials;
  std::string base;                 ///< "https://compute.googleapis.com/compute/v1"
  std::string project;              ///< empty: ask the metadata server
  std::string quota_project;        ///< for x-goog-user-project; may be empty
  std::string metadata;             ///< "http://169.254.169.254"
  bool is_googles_endpoint = true;  ///< its documented rate limits hold
};

/// Order: credentials.command, credentials.file, GOOGLE_APPLICATION_CREDENTIALS, gcloud's
/// application default login, the metadata server. The project: `account`, the gcloud configuration
/// that credentials.profile names, GOOGLE_CLOUD_PROJECT and its kin, the key file's, gcloud's.
Result<Login> find_login(const cloud::Host& host, const cloud::ProviderSettings& settings);

/// `project` of section [core] in a gcloud configuration file.
std::string project_of_configuration(std::string_view ini);

}  // namespace ccloud::gcp
