// The first-boot data that a node gets: the login user and its keys, and the user's own script or
// cloud-config, as one document that cloud-init understands. Here and not with the drivers, because
// the checks measure it: a cloud's limit holds for the whole document.
#pragma once

#include <string>
#include <vector>

namespace ccloud::config {

struct UserDataRequest {
  std::string user;               ///< the login user; empty: the image's own
  std::vector<std::string> keys;  ///< OpenSSH lines
  std::string content;            ///< the config's user_data file, may be empty
};

/// `#cloud-config` with JSON (which is YAML); the user's `#!` script becomes a file that runs once
/// at the end of the first boot; anything else of the user's travels beside it in a MIME multipart
/// document. Text stays text, which costs less of the limit than base64. Deterministic: the same
/// request gives the same bytes on every machine.
std::string compose_user_data(const UserDataRequest& request);

}  // namespace ccloud::config
