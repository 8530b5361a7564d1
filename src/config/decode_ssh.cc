// Decoding of `ssh` and `user_data`: the values that live in files beside the config.
#include <map>
#include <set>

#include <fmt/format.h>

#include "config/decode.h"
#include "config/ssh_keys.h"
#include "diag/render.h"

namespace ccloud::config {

using diag::quote;
using json::Node;

namespace {

constexpr std::size_t most_key_file = 64 << 10;
constexpr std::size_t most_user_data = 1 << 20;  // above every cloud's own limit

}  // namespace

void Decoder::file_problem(const Node& entry, std::string_view what, FileContent::State state) {
  error("file-not-found", entry.span,
        fmt::format("{} {} {}", what, quote(entry.text), describe(state)));
}

std::shared_ptr<const Ssh> Decoder::ssh(Fields entry) {
  auto ssh = std::make_shared<Ssh>();
  ssh->user = entry.text("user");
  ssh->port = static_cast<std::uint16_t>(entry.integer_or("port", 22));
  if (const auto bastion = entry.text("bastion")) ssh->bastion = parse_bastion(bastion->value);
  if (const Node* identity = entry.get("identity"); identity != nullptr && identity->is_string()) {
    ssh->has_identity = true;
    ssh->identities.push_back(files_.resolve(identity->text));
    if (options_.reads_files) check_identity(*identity);
  }
  if (const Node* keys = entry.get("keys"); keys != nullptr)
    for (const Node* key : keys->items)
      if (key->is_string() && !is_bad(*key)) add_keys(*ssh, *key);
  drop_repeated(*ssh);
  return ssh;
}

/// A key that is written twice logs in once: taking one of them away changes nothing.
void Decoder::drop_repeated(Ssh& ssh) {
  std::map<std::string_view, Span> seen;
  std::vector<SshKey> kept;
  for (const SshKey& key : ssh.keys) {
    const auto [first, is_new] = seen.emplace(key.blob, key.span);
    if (is_new) {
      kept.push_back(key);
    } else if (first->second != key.span) {
      diagnostics_.warning("duplicate-name", key.span, "this ssh key is written twice");
      diagnostics_.items().back().notes.push_back({first->second, "first written here"});
    }
  }
  ssh.keys = std::move(kept);
  std::set<std::string> paths;
  std::erase_if(ssh.identities, [&](const auto& path) { return !paths.insert(path).second; });
}

/// A file that holds a public key cannot log in. Private ones have too many forms to judge.
void Decoder::check_identity(const Node& entry) {
  const auto state = files_.look(entry.text);
  if (state != FileContent::State::ok) return file_problem(entry, "private key file", state);
  const FileContent& file = files_.read(entry.text, most_key_file);
  if (!is_key_line(file.content) || is_private_key(file.content)) return;
  std::optional<std::string> meant;
  if (entry.text.ends_with(".pub")) meant = entry.text.substr(0, entry.text.size() - 4);
  error("bad-key", entry.span,
        fmt::format("{} holds a public key; the identity is the private one", quote(entry.text)),
        std::move(meant));
}

void Decoder::add_keys(Ssh& ssh, const Node& entry) {
  if (is_private_key(entry.text)) {
    error("private-key", entry.span,
          "this is a private key; give the public one, and consider this one as leaked");
    return;
  }
  if (is_key_line(entry.text)) {
    add_key_lines(ssh, entry, entry.text);
    return;
  }
  const std::string name(entry.text);
  if (!ssh.has_identity && entry.text.ends_with(".pub"))
    ssh.identities.push_back(files_.resolve(entry.text.substr(0, entry.text.size() - 4)));
  if (!options_.reads_files) return;
  if (const auto known = key_files_.find(name); known != key_files_.end()) {
    for (SshKey key : known->second) {
      key.span = entry.span;
      ssh.keys.push_back(std::move(key));
    }
    return;
  }
  const FileContent& file = files_.read(entry.text, most_key_file);
  if (file.state != FileContent::State::ok) {
    file_problem(entry, "public key file", file.state);
    if (file.state == FileContent::State::missing)
      diagnostics_.items().back().hint = "ssh-keygen -t ed25519 makes one";
    return;
  }
  if (is_private_key(file.content)) {
    const std::string beside = std::string(entry.text) + ".pub";
    const bool has_public = files_.look(beside) == FileContent::State::ok;
    error("private-key", entry.span,
          fmt::format("{} holds a private key; give the public one", quote(entry.text)),
          has_public ? std::optional(beside) : std::nullopt);
    return;
  }
  const auto before = static_cast<std::ptrdiff_t>(ssh.keys.size());
  if (add_key_lines(ssh, entry, file.content))
    key_files_.emplace(name, std::vector(ssh.keys.begin() + before, ssh.keys.end()));
}

bool Decoder::add_key_lines(Ssh& ssh, const Node& entry, std::string_view text) {
  const bool is_inline = text.data() == entry.text.data();
  bool has_key = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    auto line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos || line.starts_with('#')) continue;
    has_key = true;
    auto parsed = parse_public_key(line);
    if (auto* key = std::get_if<SshKey>(&parsed)) {
      key->span = entry.span;
      ssh.keys.push_back(std::move(*key));
      continue;
    }
    error("bad-key", entry.span,
          fmt::format("{} is no usable public key: {}",
                      is_inline ? std::string("this") : quote(entry.text),
                      std::get<std::string>(parsed)));
    return false;
  }
  if (!has_key) error("bad-key", entry.span, fmt::format("{} holds no key", quote(entry.text)));
  return has_key;
}

std::shared_ptr<const UserData> Decoder::user_data(const Node* node) {
  if (node == nullptr || !node->is_string()) return nullptr;
  auto data = std::make_shared<UserData>();
  data->path = files_.resolve(node->text);
  data->span = node->span;
  if (!options_.reads_files) return data;
  const FileContent& file = files_.read(node->text, most_user_data);
  if (file.state == FileContent::State::too_large) {
    error("user-data-too-large", node->span,
          fmt::format("user data file {} is larger than any cloud takes", quote(node->text)));
  } else if (file.state != FileContent::State::ok) {
    file_problem(*node, "user data file", file.state);
    if (node->text.starts_with("#!") || node->text.starts_with("#cloud-config"))
      diagnostics_.items().back().hint = "user_data is the path of a file that holds it";
  } else if (is_private_key(file.content)) {
    error("private-key", node->span,
          fmt::format("{} holds a private key; user data can be read by all who may see the node",
                      quote(node->text)));
  }
  data->content = file.content;
  return data;
}

}  // namespace ccloud::config
