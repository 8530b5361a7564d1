#include "rollout/keys.h"

#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "base/text.h"
#include "rollout/steps.h"

namespace ccloud::rollout {

namespace {

/// "type blob" of an authorized_keys line, options and comment left out; empty for other lines.
std::string identity_of(const std::string& line) {
  std::istringstream words(line);
  std::string word, before;
  while (words >> word) {
    if (word.starts_with("AAAA") && !before.empty()) return before + " " + word;
    before = word;
  }
  return "";
}

// Replaced in one step, as its owner; nobody is locked out by a full disk or a lost connection.
std::string write_script(const std::vector<std::string>& lines) {
  return fmt::format(
      ": ccloud keys\nset -eu\numask 077\nmkdir -p ~/.ssh\nprintf '%s\\n' {} > "
      "~/.ssh/.ccloud-keys\n"
      "[ -s ~/.ssh/.ccloud-keys ]\nmv ~/.ssh/.ccloud-keys ~/.ssh/authorized_keys\n",
      shell_quote(join(lines, "\n")));
}

struct Known {
  std::vector<std::string> lines{};  ///< of authorized_keys
  std::set<std::string> ours{};      ///< put there by ccloud before
  bool has_list = false;
};

Task<Known> read_keys(Context ctx, const Tools& tools, const Node& node) {
  ssh::Command command;
  // The file's last line may have no end: the empty one after it sees to that.
  command.line =
      ": ccloud read-keys; cat ~/.ssh/authorized_keys 2>/dev/null; echo; echo ---; "
      "cat /var/lib/ccloud/keys 2>/dev/null && echo ---; :";
  const auto text = co_await ssh::run_checked(ctx, *tools.shell, node.target, std::move(command));
  Known known;
  int part = 0;
  for (const auto& line : split(text, '\n')) {
    if (line == "---") {
      known.has_list = ++part == 2;
    } else if (part == 0 && !line.empty()) {
      known.lines.push_back(line);
    } else if (part == 1 && !line.empty()) {
      known.ours.insert(line);
    }
  }
  co_return known;
}

/// A login with a key that will stay, over a connection of its own.
Task<void> prove(Context ctx, const Tools& tools, const Node& node, std::set<std::string> wanted) {
  auto proven =
      co_await tools.shell
          ->prove_login(ctx.with_timeout(tools.connect_timeout), node.target, std::move(wanted))
          .result();
  if (proven.has_value()) co_return {};
  if (proven.error().code == ErrorCode::not_found) {
    co_return make_error(
        ErrorCode::unauthenticated,
        fmt::format("{}: the new login cannot be proven, so the old keys stay: no private key of "
                    "ssh.keys is a file here or in the agent",
                    node.name),
        "run this where one of the new private keys is: name its file in ssh.identity, or add it "
        "to ssh-agent");
  }
  co_return with_context(proven.error(), "the new login does not work, so the old keys stay");
}

Task<void> write_keys(Context ctx, const Tools& tools, const Node& node,
                      const std::vector<std::string>& lines) {
  ssh::Command command;
  command.line = write_script(lines);
  co_await ssh::run_checked(ctx, *tools.shell, node.target, std::move(command));
  co_return {};
}

}  // namespace

Task<KeyChange> rotate_keys(Context ctx, Tools tools, Node node, std::vector<std::string> wanted) {
  if (!node.down.empty()) {
    co_return make_error(ErrorCode::unavailable, node.name + " is " + node.down);
  }
  ctx = ctx.with_timeout(tools.connect_timeout * 4);
  std::set<std::string> ids;
  for (const auto& line : wanted) ids.insert(identity_of(line));
  ids.erase("");
  if (ids.empty()) {
    co_return make_error(ErrorCode::invalid_argument, "a node needs at least one login key");
  }
  auto read = co_await read_keys(ctx, tools, node).result();
  if (!read && read.error().code == ErrorCode::unauthenticated) {
    read.error().remedy =
        "its keys are exchanged over a login that it knows: set ssh.identity to the old private "
        "key or add that to ssh-agent, or keep the old key in ssh.keys beside the new one for one "
        "more deploy";
  }
  const auto known = co_await std::move(read);
  KeyChange change;
  auto lines = known.lines;
  std::set<std::string> there;
  for (const auto& line : lines) there.insert(identity_of(line));
  for (const auto& line : wanted) {
    if (there.insert(identity_of(line)).second) {
      lines.push_back(line);
      ++change.added;
    }
  }
  if (change.added > 0) co_await write_keys(ctx, tools, node, lines);
  // Without a list all keys are from the node's creation, which is ours.
  const auto is_old = [&](const std::string& line) {
    const auto id = identity_of(line);
    return !id.empty() && !ids.contains(id) && (!known.has_list || known.ours.contains(id));
  };
  change.removed = std::ranges::count_if(lines, is_old);
  if (change.removed > 0) {
    co_await prove(ctx, tools, node, ids);
    std::erase_if(lines, is_old);
    co_await write_keys(ctx, tools, node, lines);
  }
  co_await run_script(ctx, tools, node,
                      fmt::format(": ccloud keep-keys\nset -eu\nmkdir -p /var/lib/ccloud\n"
                                  "printf '%s\\n' {} > /var/lib/ccloud/.keys\n"
                                  "mv /var/lib/ccloud/.keys /var/lib/ccloud/keys\n",
                                  shell_quote(join({ids.begin(), ids.end()}, "\n"))));
  co_return change;
}

}  // namespace ccloud::rollout
