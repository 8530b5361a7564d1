// First boot on images without cloud-init, which most of Google's are. Their guest agent makes the
// login user of the metadata's `ssh-keys`; the user's own script becomes a `startup-script`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::gcp {

/// Runs the `#!` script in `user_data` (as ccloud composes it) once, and nothing where there is
/// cloud-init, which runs it itself. Empty: there is none. nullopt: it holds a cloud-config of the
/// user's own, which only cloud-init can carry out.
std::optional<std::string> startup_script(std::string_view user_data);

/// Google's own images of that family come without cloud-init.
bool lacks_cloud_init(std::string_view image_id);

/// The metadata item `ssh-keys`: "user:key" lines.
std::string ssh_keys_item(std::string_view user, const std::vector<std::string>& keys);
/// The user of its first line.
std::string user_of_item(std::string_view item);

}  // namespace ccloud::gcp
