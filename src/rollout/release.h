// A release: one version of a service with its run, env, health and files, ready to be shipped.
// Secrets are resolved here, when the release is made; they go into nothing but the env file's
// text, and are masked in what a node says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/model.h"
#include "rollout/fetch.h"
#include "rollout/node.h"
#include "rollout/node_script.h"
#include "ssh/tar.h"

namespace ccloud::rollout {

struct Release {
  std::string version{};
  std::string fingerprint{};  ///< of everything; of the secrets only what is slow to guess from
  script::Unit unit{};
  std::vector<ssh::TarSource> files{};  ///< `.ccloud/...` and the artifact
  std::string archive{};  ///< name of the file in `files` (or fetched) that is to be unpacked
  std::string sha256{};   ///< of that file
  std::string url{};      ///< fetched by the node instead of shipped
  std::shared_ptr<LocalCopy> local_copy{};  ///< of what is there, for nodes that cannot
  std::uint64_t bytes = 0;                  ///< room that it needs on a node
  std::vector<std::string> secrets{};       ///< their values, never told: see `masked`
};

/// What a node or its service said, with each of the release's secrets (of four characters and
/// more) as "***".
std::string masked(const Release& release, std::string text);

/// Reads and hashes the artifact, runs secret commands: off the loop. `version` goes into the
/// artifact's path.
Task<Release> make_release(Context ctx, const config::Service& service, std::string version,
                           Tools tools);

/// The values of the service's secrets as far as they can be had here, to mask what is said of a
/// release that this run does not make. Like make_release() off the loop; never fails.
Task<std::vector<std::string>> known_secrets(Context ctx, const config::Service& service,
                                             Tools tools);

/// `release_folder` for this release on a node that has `taken` with other contents.
std::string folder_for(const Release& release, const std::string& current,
                       const std::string& current_version, const std::string& current_fingerprint);

/// The value of a secret; the error names the reference, never the value.
Result<std::string> resolve_secret(const config::SecretRef& secret, const std::string& base);

/// Whether the variables and files that the service's secrets name are here; commands are not run.
Result<void> check_secrets(const config::Service& service, const std::string& base);

/// A local command with a deadline; its output, or an error with its last line.
Task<std::string> run_local(Context ctx, std::string command, std::string folder);

}  // namespace ccloud::rollout
