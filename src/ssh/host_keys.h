// Remembers each node's host key by its instance id, in a file of OpenSSH's known_hosts format, so
// that the ssh program can use the same file (HostKeyAlias). Several programs may use it at once.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ccloud::ssh {

class HostKeys {
 public:
  explicit HostKeys(std::filesystem::path file) : file_(std::move(file)) {}

  /// The name under which an instance's key is kept: lower case, nothing that the format treats
  /// specially.
  static std::string alias(std::string_view instance_id);

  /// The type of the remembered key ("ssh-ed25519"), or empty.
  std::string known_type(const std::string& alias);
  /// Records at the first contact; permission_denied when it is another key than the one that is
  /// remembered. `node` is for the message.
  Result<void> check(const std::string& alias, const std::string& type, const std::string& key,
                     const std::string& node);
  /// Takes the remembered key out; true if there was one.
  Result<bool> forget(const std::string& alias);

  const std::filesystem::path& file() const { return file_; }

 private:
  struct Entry {
    std::string type;
    std::string key;
    bool operator==(const Entry&) const = default;
  };
  void read_more();
  Result<void> append(const std::string& alias, const Entry& entry, const std::string& node);
  Error changed_key(const std::string& alias, const std::string& node) const;

  std::filesystem::path file_;
  std::map<std::string, Entry> known_;
  std::size_t read_ = 0;  // bytes of the file that known_ reflects
};

}  // namespace ccloud::ssh
