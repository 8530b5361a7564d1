// The scripts that run on a node, as text. Pure: what they say depends on the arguments only. POSIX
// shell and the tools of any small system; systemd where it is, else the supervisor. Each begins
// with ": ccloud NAME", so that logs and fakes can tell them apart.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::rollout::script {

/// Exit codes of our own, out of the way of what commands return.
inline constexpr int no_space = 96;
inline constexpr int taken_over = 97;  ///< another rollout has the node; its record is on stderr
inline constexpr int no_fetcher = 98;  ///< neither curl nor wget

/// The service as the scripts need it.
struct Unit {
  std::string service;
  std::string dir;          ///< "/opt/web"
  std::string user;         ///< empty: root
  bool has_program = true;  ///< something is kept running
};

/// Who may change the service on a node: a rollout and its epoch.
struct Owner {
  std::int64_t epoch = 0;
  std::string rollout;
};

/// Any script as one command line that runs it as root, through sudo where it must.
std::string as_root(std::string_view script);

/// What the node knows: see parse_facts() in node_record.h.
std::string read_facts(const Unit& unit);
/// Takes the service over, if `owner` is newer than who has it. `is_final` 's owner stays.
std::string claim(const Unit& unit, const Owner& owner, std::string_view record);
/// Only writes the record.
std::string note(const Unit& unit, const Owner& owner, std::string_view record);

/// Prints "have" when the release is there whole, else makes room for it and prints "need".
std::string prepare(const Unit& unit, const Owner& owner, std::string_view record,
                    std::string_view release, std::string_view fingerprint,
                    std::uint64_t needed_bytes);
/// Takes a tar stream on standard input into the folder of what is coming.
std::string receive(const Unit& unit, const Owner& owner);
/// Fetches the artifact on the node, into the same folder.
std::string fetch(const Unit& unit, const Owner& owner, std::string_view url,
                  std::string_view file);
/// What came becomes the release: `archive` is unpacked (empty: nothing to unpack) after its
/// SHA-256 was checked; `.ccloud-sums`, where it came along, is checked too.
std::string commit(const Unit& unit, const Owner& owner, std::string_view release,
                   std::string_view archive, std::string_view sha256);

/// `current` leads to the release; its unit is put in place. Starts nothing.
std::string activate(const Unit& unit, const Owner& owner, std::string_view record,
                     std::string_view release);
/// `next_record`, if any, takes the record's place once it was started.
std::string start(const Unit& unit, const Owner& owner, std::string_view record,
                  std::string_view next_record);
/// activate() and start() in one go. The last of `records` only where there is something to wait
/// for: a program or a health of its own.
struct Serve {
  std::string activate{};
  std::string start{};
  std::string health{};
};
std::string serve(const Unit& unit, const Owner& owner, const Serve& records,
                  std::string_view release);
std::string stop(const Unit& unit, const Owner& owner, std::string_view record);
/// Back to a node that never had the service.
std::string remove(const Unit& unit, const Owner& owner, std::string_view record);
/// A command of the user's, in the folder of the release, with its env.
std::string user_step(const Unit& unit, const Owner& owner, std::string_view record,
                      std::string_view release, std::string_view command);
struct Finish {
  std::string steps{};      ///< kept beside the release that serves now, see kept_steps()
  std::int64_t keep = 3;    ///< releases
  std::string also_keep{};  ///< one more
};
/// Once the release serves: keeps the steps that brought it here, removes all but `keep` releases,
/// never `current` nor `also_keep`.
std::string finish(const Unit& unit, const Owner& owner, std::string_view record,
                   const Finish& what);
/// Like note(), and a release that was shipped but never served here goes.
std::string discard(const Unit& unit, const Owner& owner, std::string_view record,
                    std::string_view release);
/// Prints what finish() kept for that release; nothing when it never came so far.
std::string kept_steps(const Unit& unit, std::string_view release);

/// Exit 0 when the program runs; the default health of a service without `health`.
std::string is_running(const Unit& unit);
/// What a person wants to see when it does not: the unit's state and the last lines it logged.
std::string evidence(const Unit& unit, int lines);

struct LogOptions {
  std::string service;  ///< empty: the system's log
  int lines = 100;
  bool follows = false;
  std::optional<std::chrono::seconds> since{};  ///< only what is not older
};
std::string logs(const LogOptions& options);

// --- Files of a release ---

/// The program `.ccloud/run`: loads the env and becomes the service.
std::string run_file(const Unit& unit, std::string_view command);
/// `.ccloud/env.sh`: values quoted for sh, nothing expanded.
std::string env_file(const std::vector<std::pair<std::string, std::string>>& env);
/// `.ccloud/unit`: for systemd.
std::string unit_file(const Unit& unit);
/// The supervisor, for nodes without systemd.
std::string supervisor_file();

/// A version as a folder name.
std::string release_folder(std::string_view version);

}  // namespace ccloud::rollout::script
