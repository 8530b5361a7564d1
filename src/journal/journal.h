// The local journal: what was intended before each change and what became of it, the project lock
// of this machine, and the last known rows for `status`. A convenience: losing it loses no
// resource, and no decision about a cloud rests on it but `--prune`.
//
// Calls are queued; all that were queued in one turn of the loop are committed in one transaction,
// off the loop's thread. A task ends when its commit is on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/context.h"

namespace ccloud::journal {

struct Run {
  std::string id;
  std::string project;
  std::string environment;
  std::string command;
  std::string operator_name;
  std::string config_path;
  std::string started;   ///< RFC 3339
  std::string finished;  ///< empty: running, or killed
  std::string result;
  std::int64_t pid = 0;
  bool is_exclusive = true;  ///< takes the project's lock; not recorded
};

enum class State : std::uint8_t { intended, done, failed, skipped };
std::string_view to_string(State state);

struct Entry {
  std::string run;
  std::string address;
  std::string kind;
  std::string action;
  std::string reason;
  std::string why;
  std::string provider;
  std::string region;
  State state = State::intended;
  std::string id;  ///< the cloud's id of what was made or destroyed
  std::string error_code;
  std::string error;
  std::string at;  ///< RFC 3339, of the last state
  double seconds = 0;
};

/// A place that this machine has deployed.
struct Deployed {
  std::string cluster;
  std::string place;
  bool operator==(const Deployed&) const = default;
};

/// Nodes that this machine has made at a provider and not destroyed, by its history.
struct Left {
  std::string provider;
  std::int64_t nodes = 0;
};

/// The last known state of what one region showed, as a text that only its writer reads.
struct Snapshot {
  std::string provider;
  std::string region;
  std::string at;    ///< RFC 3339
  std::string data;  ///< JSON
};

struct LockHolder {
  std::string run;
  std::string command;
  std::string operator_name;
  std::int64_t pid = 0;
  std::string since;  ///< RFC 3339
};

class Journal {
 public:
  /// Makes the file (mode 0600) and its folder when they are not there. A file that cannot be
  /// opened or is of a newer version is an error with a remedy.
  static Result<std::unique_ptr<Journal>> open(async::Loop& loop, std::string path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// "$XDG_STATE_HOME/ccloud/journal.db", else "$HOME/.local/state/ccloud/journal.db".
  static std::string default_path(const std::optional<std::string>& xdg_state_home,
                                  const std::string& home);

  /// Takes the project's lock for this process, if it is exclusive, and records the run. The lock
  /// is the kernel's and ends with the process, so a dead holder never blocks. `conflict` when
  /// another run holds it: the message says who and since when.
  Task<void> begin_run(Context ctx, Run run);
  /// Records the end and gives the lock back.
  Task<void> finish_run(Context ctx, std::string run, std::string result);

  Task<void> record(Context ctx, std::vector<Entry> entries);
  Task<void> remember_deployed(Context ctx, std::string project, std::vector<Deployed> places);
  Task<void> forget_deployed(Context ctx, std::string project);
  Task<std::vector<Deployed>> deployed(Context ctx, std::string project);
  /// By provider, none without nodes; not of those that are `known`.
  Task<std::vector<Left>> left(Context ctx, std::string project,
                               std::vector<std::string> known = {});

  Task<void> save_snapshots(Context ctx, std::string project, std::vector<Snapshot> snapshots);
  Task<std::vector<Snapshot>> snapshots(Context ctx, std::string project);

  /// Newest first.
  Task<std::vector<Run>> runs(Context ctx, std::string project, int limit);
  Task<std::vector<Entry>> entries(Context ctx, std::string run);

  /// The holder of the project's lock, if there is one now.
  Task<std::optional<LockHolder>> holder(Context ctx, std::string project);

 private:
  struct Impl;
  explicit Journal(std::shared_ptr<Impl> impl);
  std::string format_now() const;
  std::shared_ptr<Impl> impl_;  ///< shared with the transaction that is under way
};

}  // namespace ccloud::journal
