#include "ssh/transfer.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"
#include "ssh/digest.h"

namespace ccloud::ssh {

namespace {

// A new name appears at once or not at all: what is sent goes to a folder beside it first, from
// where whole files and new folders are moved. A stream that broke off between two files looks
// whole to tar, so its last entry is a mark. A signal (of ccloud's when it is interrupted, of the
// node's when it goes down, a closed pipe) would end the shell without its EXIT trap.
// $1 destination, $2 "into" when it must be a directory, then the names inside the stream.
constexpr auto end_mark = ".ccloud-end";
constexpr auto receive_script = R"(set -e
d=$1 i=$2; shift 2
if [ "$i" = into ] || [ -d "$d" ]; then mkdir -p -- "$d"; p=$d; else p=$(dirname -- "$d"); i=as; fi
case $p in /*) ;; *) p=./$p ;; esac
t=; trap '[ -z "$t" ] || rm -rf "$t"' EXIT; trap 'exit 143' HUP INT PIPE TERM
t=$(mktemp -d "$p/.ccloud-copy.XXXXXX")
tar -xpf - -C "$t" || {
  s=$?; set -- $(df -Pk "$p" | tail -n 1)
  [ "${4:-99}" -gt 64 ] || echo "No space left on device" >&2; exit $s
}
[ -e "$t/.ccloud-end" ] || { echo "the copy broke off" >&2; exit 1; }
if [ "$i" = as ]; then mv -f -- "$t/$1" "$d"; echo as; exit; fi
for n; do
  if [ ! -d "$p/$n" ]; then mv -f -- "$t/$n" "$p/$n"; continue; fi
  if [ -L "$t/$n" ] || [ ! -d "$t/$n" ]; then echo "$p/$n is a directory" >&2; exit 1; fi
  (cd "$t/$n"; tar -cf - .) | tar -xpf - -C "$p/$n"
done
echo into)";

std::string in_sh(const std::string& script, const std::vector<std::string>& arguments) {
  std::string line = "sh -c " + shell_quote(script) + " sh";
  for (const auto& argument : arguments) line += " " + shell_quote(argument);
  return line;
}

Error failed(const Target& target, const std::string& what, const Output& output) {
  auto said = std::string(trim(output.err));
  return make_error(ErrorCode::internal,
                    fmt::format("{}: {} failed: {}", target.name, what,
                                said.empty() ? fmt::format("exit code {}", output.exit) : said));
}

std::string leaf_of(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const auto leaf = path.substr(path.rfind('/') + 1);
  return leaf.empty() || leaf == "." || leaf == ".." ? "" : leaf;
}

/// Lines of sha256sum, or of openssl: digest, two characters, name (sha256sum escapes one with a
/// line end or backslash).
std::map<std::string, std::string> parse_sums(std::string_view text) {
  std::map<std::string, std::string> sums;
  for (const auto& line : split(text, '\n')) {
    std::string_view rest = line;
    const bool is_escaped = rest.starts_with('\\');
    if (is_escaped) rest.remove_prefix(1);
    if (rest.size() < 67) continue;
    std::string name(rest.substr(66));
    if (is_escaped) name = replace_all(replace_all(name, "\\n", "\n"), "\\\\", "\\");
    sums[name] = rest.substr(0, 64);
  }
  return sums;
}

// sha256sum knows nothing of the processor's own SHA instructions on many systems, openssl does: a
// fifth of the time, but some milliseconds to start. $1 folder, $2 "much" when that pays; names on
// standard input. The tools that cannot do this line are found out with an empty file.
constexpr auto sums_script = R"(cd -- "$1" || exit
if [ "$2" = much ] &&
   openssl dgst -sha256 -r -- /dev/null 2>/dev/null | grep -q '^e3b0c44298fc1c14'; then
  exec xargs -0 openssl dgst -sha256 -r --
fi
exec xargs -0 sha256sum --)";
constexpr std::uint64_t much = std::uint64_t{4} << 20;

/// Only sha256sum tells such names in a way that can be read back.
bool has_odd_name(const std::vector<std::string>& names) {
  return std::ranges::any_of(names, [](const std::string& name) {
    return name.find_first_of("\n\r\\") != std::string::npos;
  });
}

/// The digests of `names` below `base` on the node, `bytes` in all.
Task<std::map<std::string, std::string>> remote_sums(Context ctx, Shell& shell, Target target,
                                                     std::string base,
                                                     std::vector<std::string> names,
                                                     std::uint64_t bytes, bool is_last) {
  Command command;
  // NUL-separated names on standard input: any number of them, any characters.
  const bool is_much = bytes >= much && !has_odd_name(names);
  command.line = in_sh(sums_script, {base, is_much ? "much" : ""});
  for (const auto& name : names) command.input += name + '\0';
  command.capture = std::size_t{64} << 20;
  command.is_last = is_last;
  const auto output = co_await shell.run(ctx, target, std::move(command));
  if (output.exit != 0) co_return failed(target, "checking what was copied", output);
  co_return parse_sums(output.out);
}

Error differs(const Target& target, const std::string& name) {
  return make_error(
      ErrorCode::protocol,
      fmt::format("{}: {} is not the same on both sides after the copy", target.name, name),
      "copy it again; if it happens again look at the node's disk");
}

/// A file of /proc, say: tar believes its size, the check reads what is there.
Error tells_no_size(const Target& target, const std::string& file) {
  return make_error(
      ErrorCode::invalid_argument,
      fmt::format("{}: {} tells a size of 0 and holds more, as in /proc: it is not copied",
                  target.name, file),
      fmt::format("ccloud exec {} -- cat {} > FILE", target.name, shell_quote(file)));
}

std::vector<std::string> keys_of(const std::map<std::string, std::string>& digests) {
  std::vector<std::string> names;
  for (const auto& [name, digest] : digests) names.push_back(name);
  return names;
}

}  // namespace

std::string name_there(const std::string& source) {
  auto name = leaf_of(source);
  if (!name.empty()) return name;
  return leaf_of(std::filesystem::absolute(source).lexically_normal().string());
}

Task<Sent> send_tar(Context ctx, Shell& shell, Target target, std::vector<TarSource> sources,
                    std::string line, Progress progress) {
  Sent sent;
  std::uint64_t total = 0;
  for (const auto& source : sources) total += source.entry.size;
  TarWriter writer(std::move(sources));
  Command command;
  command.line = std::move(line);
  command.source = [&] {
    auto piece = writer.next();
    if (piece) {
      sent.transfer.bytes = std::min(total, sent.transfer.bytes + piece->size());
      if (progress) progress(sent.transfer.bytes, total);
    }
    return piece;
  };
  auto output = co_await shell.run(ctx, target, std::move(command));
  if (writer.error()) co_return *writer.error();
  if (output.exit != 0) co_return failed(target, "copy", output);
  sent.transfer = {.files = writer.digests().size(), .bytes = total};
  sent.out = std::move(output.out);
  sent.digests = writer.digests();
  co_return std::move(sent);
}

Task<Transfer> upload(Context ctx, Shell& shell, Target target, Upload what) {
  std::vector<TarSource> sources;
  std::vector<std::string> skipped;
  const bool is_into = what.sources.size() > 1 || what.destination.ends_with('/');
  std::vector<std::string> arguments{what.destination, is_into ? "into" : ""};
  std::string name;
  for (const auto& path : what.sources) {
    name = name_there(path);
    auto found = co_await tar_sources(path, name, &skipped);
    std::ranges::move(found, std::back_inserter(sources));
    arguments.push_back(name);
  }
  TarSource mark;
  mark.entry.path = end_mark;
  sources.push_back(std::move(mark));
  const auto line = in_sh(receive_script, arguments);
  auto sent = co_await send_tar(ctx, shell, target, std::move(sources), line, what.progress);
  sent.digests.erase(end_mark);
  sent.transfer.files = sent.digests.size();
  sent.transfer.skipped = std::move(skipped);
  std::map<std::string, std::string> wanted;
  for (const auto& [path, digest] : sent.digests) {
    const bool went_into = trim(sent.out) == "into";
    wanted[what.destination + (went_into ? "/" + path : path.substr(name.size()))] = digest;
  }
  if (wanted.empty()) co_return sent.transfer;
  const auto sums = co_await remote_sums(ctx, shell, target, ".", keys_of(wanted),
                                         sent.transfer.bytes, what.is_last);
  for (const auto& [path, digest] : wanted) {
    const auto there = sums.find(path);
    if (there == sums.end() || there->second != digest) co_return differs(target, path);
  }
  co_return sent.transfer;
}

namespace {

struct Fetched {
  Transfer transfer;
  std::map<std::string, std::string> digests;  // by name on the node, relative to its folder
};

/// The names of sockets in what tar said of them; it puts none into the stream.
std::vector<std::string> ignored_sockets(std::string_view said) {
  constexpr std::string_view before = "tar: ", after = ": socket ignored";
  std::vector<std::string> names;
  for (std::string_view line : split(said, '\n')) {
    if (!line.starts_with(before) || !line.ends_with(after)) continue;
    line.remove_prefix(before.size());
    line.remove_suffix(after.size());
    names.emplace_back(line);
  }
  return names;
}

/// What was left out, as the node calls it; an error when that is the source itself.
Result<std::vector<std::string>> left_out(const Target& target, const std::string& source,
                                          const std::map<std::string, std::string>& special) {
  const auto leaf = leaf_of(source);
  const auto folder = source.substr(0, source.find_last_not_of('/') + 1 - leaf.size());
  std::vector<std::string> skipped;
  for (const auto& [name, kind] : special) {
    if (name == leaf) {
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("{}: {} is {}: only files, directories and links are copied",
                                    target.name, source, kind),
                        "write what comes out of it to a file there, and copy that");
    }
    skipped.push_back(fmt::format("{}:{}{} ({})", target.name, folder, name, kind));
  }
  return skipped;
}

/// One source: its folder's tar, with the source's own name taken as `as`.
Task<Fetched> fetch(Context ctx, Shell& shell, Target target, std::string source,
                    std::filesystem::path into, std::string as, Progress progress,
                    std::uint64_t done_before) {
  const auto leaf = leaf_of(source);
  TarReader reader(into);
  reader.rename = [&](const std::string& name) { return as + name.substr(leaf.size()); };
  std::optional<Error> problem;
  Command command;
  command.line =
      in_sh("cd -- \"$(dirname -- \"$1\")\" && LC_ALL=C tar -cf - -- \"$2\"", {source, leaf});
  command.on_out = [&](std::string_view data) {
    if (problem) return;
    if (auto fed = reader.feed(data); !fed.has_value()) problem = fed.error();
    if (progress) progress(done_before + reader.bytes(), 0);
  };
  const auto output = co_await shell.run(ctx, target, std::move(command));
  if (problem) co_return *problem;
  if (output.exit != 0) co_return failed(target, "copy of " + source, output);
  co_await reader.finish();
  std::map<std::string, std::string> special;
  for (const auto& [name, kind] : reader.skipped()) special[leaf + name.substr(as.size())] = kind;
  for (const auto& name : ignored_sockets(output.err)) special[name] = "a socket";
  auto skipped = co_await left_out(target, source, special);
  Fetched fetched{{reader.digests().size(), reader.bytes(), std::move(skipped)}, {}};
  for (const auto& [name, digest] : reader.digests()) {
    fetched.digests[leaf + name.substr(as.size())] = digest;
  }
  co_return std::move(fetched);
}

}  // namespace

Task<Transfer> download(Context ctx, Shell& shell, Target target, Download what) {
  std::error_code ignored;
  const bool is_into = what.sources.size() > 1 || what.destination.ends_with('/') ||
                       std::filesystem::is_directory(what.destination, ignored);
  Transfer all;
  for (std::size_t i = 0; i < what.sources.size(); ++i) {
    const auto& source = what.sources[i];
    const auto leaf = leaf_of(source);
    if (leaf.empty()) {
      co_return make_error(ErrorCode::invalid_argument, "cannot copy \"" + source + "\": no name");
    }
    const std::filesystem::path destination = what.destination;
    const auto into = is_into ? destination : destination.parent_path();
    const auto as = is_into ? leaf : leaf_of(what.destination);
    auto fetched =
        co_await fetch(ctx, shell, target, source, into.empty() ? std::filesystem::path(".") : into,
                       as, what.progress, all.bytes);
    all.files += fetched.transfer.files;
    all.bytes += fetched.transfer.bytes;
    std::ranges::move(fetched.transfer.skipped, std::back_inserter(all.skipped));
    if (fetched.digests.empty()) continue;
    const auto slash = source.find_last_not_of('/');
    auto folder = std::filesystem::path(source.substr(0, slash + 1)).parent_path().string();
    const bool is_last = what.is_last && i + 1 == what.sources.size();
    const auto sums =
        co_await remote_sums(ctx, shell, target, folder.empty() ? "." : folder,
                             keys_of(fetched.digests), fetched.transfer.bytes, is_last);
    for (const auto& [name, digest] : fetched.digests) {
      const auto there = sums.find(name);
      if (there != sums.end() && there->second == digest) continue;
      if (there == sums.end() || digest != Digest().hex()) co_return differs(target, name);
      std::filesystem::remove(into / (as + name.substr(leaf.size())), ignored);
      co_return tells_no_size(target, (std::filesystem::path(folder) / name).string());
    }
  }
  co_return all;
}

}  // namespace ccloud::ssh
