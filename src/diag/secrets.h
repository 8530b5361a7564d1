// Recognises what looks like a key, token or password, so that it is never shown and can be
// reported where it does not belong. Errs on the side of silence: ordinary names are no secrets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::diag {

struct SecretMatch {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view kind;  ///< "an AWS access key", for messages
};

/// In order, without overlaps.
std::vector<SecretMatch> find_secrets(std::string_view text);

/// The name of a variable or key says that its value is secret: "DB_PASSWORD", "apiToken".
bool is_secret_name(std::string_view name);

/// The value of something with a secret name is the secret itself, not a reference, a path or a
/// switch.
bool is_secret_value(std::string_view value);

/// Both together; what is called a password is one, whatever it looks like.
bool is_secret_member(std::string_view name, std::string_view value);

/// The text with every secret replaced by as many asterisks; also the values of members with a
/// secret name in a line of JSON.
std::string mask_secrets(std::string_view text);

}  // namespace ccloud::diag
