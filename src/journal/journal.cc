// The journal: a queue of small jobs that one transaction carries out, off the loop's thread.
#include "journal/journal.h"

#include <array>
#include <filesystem>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <sys/stat.h>

#include "async/completion.h"
#include "base/text.h"
#include "journal/lock.h"
#include "journal/sqlite.h"

namespace ccloud::journal {
namespace {

constexpr std::int64_t version = 1;
constexpr int runs_kept = 500;

/// Described in docs/journal.md.
constexpr const char* tables = R"(
CREATE TABLE IF NOT EXISTS runs (
  id TEXT PRIMARY KEY, project TEXT NOT NULL, environment TEXT NOT NULL, command TEXT NOT NULL,
  operator TEXT NOT NULL, config_path TEXT NOT NULL, started TEXT NOT NULL,
  finished TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '', pid INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS runs_by_project ON runs (project, started);
CREATE TABLE IF NOT EXISTS entries (
  seq INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  address TEXT NOT NULL, kind TEXT NOT NULL, action TEXT NOT NULL, reason TEXT NOT NULL,
  why TEXT NOT NULL, provider TEXT NOT NULL, region TEXT NOT NULL, state TEXT NOT NULL,
  id TEXT NOT NULL, error_code TEXT NOT NULL, error TEXT NOT NULL, at TEXT NOT NULL,
  seconds REAL NOT NULL, UNIQUE (run, address)) STRICT;
CREATE INDEX IF NOT EXISTS entries_by_provider ON entries (provider, run);
CREATE TABLE IF NOT EXISTS deployed (
  project TEXT NOT NULL, cluster TEXT NOT NULL, place TEXT NOT NULL,
  PRIMARY KEY (project, cluster, place)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS snapshots (
  project TEXT NOT NULL, provider TEXT NOT NULL, region TEXT NOT NULL, at TEXT NOT NULL,
  data TEXT NOT NULL, PRIMARY KEY (project, provider, region)) STRICT;
)";

using Job = std::function<Result<void>(Database&)>;

Result<void> set_up(Database& db) {
  for (const char* pragma :
       {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON"}) {
    if (auto done = db.run(pragma); !done) return done;
  }
  auto asked = db.prepare("PRAGMA user_version");
  if (!asked) return std::move(asked.error());
  auto row = asked->step();
  if (!row) return std::move(row.error());
  const std::int64_t found = asked->number(0);
  if (found > version) {
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("journal: written by a newer ccloud (format {})", found),
                      "use that ccloud, or move the journal away: no resource depends on it");
  }
  asked = db.prepare("SELECT 1");  // lets go of the read
  return db.run(std::string("BEGIN IMMEDIATE;") + tables +
                fmt::format("PRAGMA user_version={};COMMIT;", version));
}

}  // namespace

std::string_view to_string(State state) {
  constexpr std::array<std::string_view, 4> names = {"intended", "done", "failed", "skipped"};
  return names.at(static_cast<std::size_t>(state));
}

struct Journal::Impl : std::enable_shared_from_this<Journal::Impl> {
  struct Queued {
    Job job;
    async::Completion<void> completion;
  };

  Impl(async::Loop& on, Database database, std::string lock_folder)
      : loop(&on), db(std::move(database)), locks(std::move(lock_folder)) {}

  /// One job of the next transaction.
  Task<void> submit(Job job) {
    auto self = shared_from_this();
    co_return co_await async::suspend<void>(*loop,
                                            [self, &job](async::Completion<void> completion) {
                                              self->queue.push_back({std::move(job), completion});
                                              if (!self->is_busy) self->schedule();
                                            });
  }

  /// Every row of a query, as `read` makes it; `bind` fills its parameters in.
  template <class Row>
  Task<std::vector<Row>> select(Context ctx, std::string sql, std::function<void(Statement&)> bind,
                                std::function<Row(const Statement&)> read) {
    co_await ctx.check();
    auto rows = std::make_shared<std::vector<Row>>();
    co_await submit([sql, bind, read, rows](Database& database) -> Result<void> {
      auto statement = database.prepare(sql);
      if (!statement) return std::move(statement.error());
      bind(*statement);
      while (true) {
        auto more = statement->step();
        if (!more) return std::move(more.error());
        if (!*more) return {};
        rows->push_back(read(*statement));
      }
    });
    co_return std::move(*rows);
  }

  /// In a later turn, so that everything of this turn goes together.
  void schedule() {
    is_busy = true;
    loop->post([self = shared_from_this()] { self->flush(); });
  }

  void flush() {
    auto batch = std::make_shared<std::vector<Queued>>(std::exchange(queue, {}));
    auto results = std::make_shared<std::vector<Result<void>>>();
    auto self = shared_from_this();
    loop->run_blocking([self, batch, results] { self->transact(*batch, *results); },
                       [self, batch, results] {
                         for (std::size_t i = 0; i < batch->size(); ++i) {
                           (*batch)[i].completion.complete((*results)[i]);
                         }
                         self->is_busy = false;
                         if (!self->queue.empty()) self->schedule();
                       });
  }

  void transact(std::vector<Queued>& batch, std::vector<Result<void>>& results) {
    auto begun = db.run("BEGIN IMMEDIATE");
    for (auto& queued : batch) results.push_back(begun ? queued.job(db) : begun);
    if (!begun) return;
    if (auto committed = db.run("COMMIT"); !committed) {
      for (auto& result : results) result = committed;
      if (auto undone = db.run("ROLLBACK"); !undone) return;  // nothing more can be done here
    }
  }

  std::string lock_path(const std::string& project) const { return locks + "/" + project; }

  async::Loop* loop;
  Database db;
  std::string locks;
  std::vector<Queued> queue;
  bool is_busy = false;
  std::map<std::string, ProjectLock> held;  ///< by run
};

Journal::Journal(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Journal::~Journal() = default;

std::string Journal::default_path(const std::optional<std::string>& xdg_state_home,
                                  const std::string& home) {
  // The specification: a relative path there is to be ignored.
  const bool is_set = xdg_state_home && xdg_state_home->starts_with('/');
  return (is_set ? *xdg_state_home : home + "/.local/state") + "/ccloud/journal.db";
}

Result<std::unique_ptr<Journal>> Journal::open(async::Loop& loop, std::string path) {
  const auto folder = std::filesystem::path(path).parent_path();
  std::error_code failure;
  std::filesystem::create_directories(folder / "locks", failure);
  if (failure) {
    return make_error(
        ErrorCode::permission_denied,
        fmt::format("journal: cannot make {}: {}", folder.string(), failure.message()),
        "set XDG_STATE_HOME to a folder that you may write to");
  }
  ::chmod(folder.c_str(), 0700);
  auto db = Database::open(path);
  if (!db) return std::move(db.error());
  if (auto done = set_up(*db); !done) return std::move(done.error());
  auto impl = std::make_shared<Impl>(loop, std::move(*db), (folder / "locks").string());
  return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

Task<void> Journal::begin_run(Context ctx, Run run) {
  co_await ctx.check();
  if (run.is_exclusive) {
    auto lock =
        co_await ProjectLock::take(impl_->lock_path(run.project),
                                   {run.id, run.command, run.operator_name, run.pid, run.started});
    impl_->held.insert_or_assign(run.id, std::move(lock));
  }
  co_await impl_->submit([run](Database& db) -> Result<void> {
    auto insert = db.prepare(
        "INSERT OR REPLACE INTO runs (id, project, environment, command, operator, config_path, "
        "started, pid) VALUES (?,?,?,?,?,?,?,?)");
    if (!insert) return std::move(insert.error());
    insert->bind(run.id).bind(run.project).bind(run.environment).bind(run.command);
    insert->bind(run.operator_name).bind(run.config_path).bind(run.started).bind(run.pid);
    if (auto done = insert->run(); !done) return done;
    auto prune = db.prepare(
        "DELETE FROM runs WHERE project = ?1 AND id NOT IN (SELECT id FROM runs WHERE "
        "project = ?1 ORDER BY started DESC, rowid DESC LIMIT ?2)");
    if (!prune) return std::move(prune.error());
    return prune->bind(run.project).bind(std::int64_t{runs_kept}).run();
  });
  co_return {};
}

Task<void> Journal::finish_run(Context, std::string run, std::string result) {
  // Not bound to the context: what happened is recorded also after Ctrl-C.
  const std::string finished = format_now();
  auto done = co_await impl_
                  ->submit([run, result, finished](Database& db) -> Result<void> {
                    auto update =
                        db.prepare("UPDATE runs SET finished = ?, result = ? WHERE id = ?");
                    if (!update) return std::move(update.error());
                    return update->bind(finished).bind(result).bind(run).run();
                  })
                  .result();
  impl_->held.erase(run);
  co_return done;
}

Task<void> Journal::record(Context, std::vector<Entry> entries) {
  if (entries.empty()) co_return {};
  const std::string now = format_now();
  co_await impl_->submit([entries = std::move(entries), now](Database& db) -> Result<void> {
    for (const auto& entry : entries) {
      auto insert = db.prepare(
          "INSERT INTO entries (run, address, kind, action, reason, why, provider, region, state, "
          "id, error_code, error, at, seconds) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
          "ON CONFLICT (run, address) DO UPDATE SET action = excluded.action, "
          "reason = excluded.reason, why = excluded.why, state = excluded.state, "
          "id = excluded.id, error_code = excluded.error_code, error = excluded.error, "
          "at = excluded.at, seconds = excluded.seconds");
      if (!insert) return std::move(insert.error());
      insert->bind(entry.run).bind(entry.address).bind(entry.kind).bind(entry.action);
      insert->bind(entry.reason).bind(entry.why).bind(entry.provider).bind(entry.region);
      insert->bind(to_string(entry.state)).bind(entry.id).bind(entry.error_code);
      insert->bind(entry.error).bind(entry.at.empty() ? now : entry.at).bind(entry.seconds);
      if (auto done = insert->run(); !done) return done;
    }
    return {};
  });
  co_return {};
}

Task<void> Journal::remember_deployed(Context, std::string project, std::vector<Deployed> places) {
  if (places.empty()) co_return {};
  co_await impl_->submit([project, places = std::move(places)](Database& db) -> Result<void> {
    for (const auto& place : places) {
      auto insert = db.prepare("INSERT OR IGNORE INTO deployed VALUES (?,?,?)");
      if (!insert) return std::move(insert.error());
      if (auto done = insert->bind(project).bind(place.cluster).bind(place.place).run(); !done) {
        return done;
      }
    }
    return {};
  });
  co_return {};
}

Task<void> Journal::forget_deployed(Context, std::string project) {
  co_await impl_->submit([project](Database& db) -> Result<void> {
    auto remove = db.prepare("DELETE FROM deployed WHERE project = ?");
    if (!remove) return std::move(remove.error());
    return remove->bind(project).run();
  });
  co_return {};
}

Task<std::vector<Deployed>> Journal::deployed(Context ctx, std::string project) {
  co_return co_await impl_->select<Deployed>(
      ctx, "SELECT cluster, place FROM deployed WHERE project = ?",
      [project](Statement& all) { all.bind(project); },
      [](const Statement& row) { return Deployed{row.text(0), row.text(1)}; });
}

Task<std::vector<Left>> Journal::left(Context ctx, std::string project,
                                      std::vector<std::string> known) {
  std::string places;
  for (std::size_t i = 0; i < known.size(); ++i) places += i == 0 ? "?" : ",?";
  // From name to name in the index, so that a long history costs nothing where all are known (what
  // exec and copy note names no provider, and makes none). Of the others SQLite takes the columns
  // from the row of the greatest `seq`: what was done last.
  co_return co_await impl_->select<Left>(
      ctx,
      fmt::format("WITH RECURSIVE named (provider) AS (SELECT min(provider) FROM entries WHERE "
                  "provider > '' UNION ALL "
                  "SELECT (SELECT min(e.provider) FROM entries e WHERE e.provider > n.provider) "
                  "FROM named n WHERE n.provider IS NOT NULL) "
                  "SELECT provider, count(*) FROM (SELECT n.provider AS provider, e.action AS "
                  "action, e.state AS state, max(e.seq) FROM named n CROSS JOIN runs r CROSS JOIN "
                  "entries e ON e.provider = n.provider AND e.run = r.id "
                  "WHERE r.project = ? AND e.kind = 'node' AND e.state IN ('intended', 'done') "
                  "AND n.provider NOT IN ({}) GROUP BY n.provider, e.address) "
                  "WHERE NOT (action = 'destroy' AND state = 'done') GROUP BY provider",
                  places),
      [project, known](Statement& all) {
        all.bind(project);
        for (const auto& provider : known) all.bind(provider);
      },
      [](const Statement& row) { return Left{row.text(0), row.number(1)}; });
}

Task<void> Journal::save_snapshots(Context, std::string project, std::vector<Snapshot> snapshots) {
  if (snapshots.empty()) co_return {};
  co_await impl_->submit([project, snapshots = std::move(snapshots)](Database& db) -> Result<void> {
    for (const auto& shot : snapshots) {
      auto insert = db.prepare("INSERT OR REPLACE INTO snapshots VALUES (?,?,?,?,?)");
      if (!insert) return std::move(insert.error());
      insert->bind(project).bind(shot.provider).bind(shot.region).bind(shot.at).bind(shot.data);
      if (auto done = insert->run(); !done) return done;
    }
    return {};
  });
  co_return {};
}

Task<std::vector<Snapshot>> Journal::snapshots(Context ctx, std::string project) {
  co_return co_await impl_->select<Snapshot>(
      ctx, "SELECT provider, region, at, data FROM snapshots WHERE project = ?",
      [project](Statement& all) { all.bind(project); },
      [](const Statement& row) {
        return Snapshot{row.text(0), row.text(1), row.text(2), row.text(3)};
      });
}

Task<std::vector<Run>> Journal::runs(Context ctx, std::string project, int limit) {
  co_return co_await impl_->select<Run>(
      ctx,
      "SELECT id, project, environment, command, operator, config_path, started, finished, "
      "result, pid FROM runs WHERE project = ? ORDER BY started DESC, rowid DESC LIMIT ?",
      [project, limit](Statement& all) { all.bind(project).bind(std::int64_t{limit}); },
      [](const Statement& row) {
        return Run{row.text(0), row.text(1), row.text(2), row.text(3), row.text(4),
                   row.text(5), row.text(6), row.text(7), row.text(8), row.number(9)};
      });
}

Task<std::vector<Entry>> Journal::entries(Context ctx, std::string run) {
  co_return co_await impl_->select<Entry>(
      ctx,
      "SELECT address, kind, action, reason, why, provider, region, state, id, error_code, "
      "error, at, seconds FROM entries WHERE run = ? ORDER BY seq",
      [run](Statement& all) { all.bind(run); },
      [run](const Statement& row) {
        Entry entry;
        entry.run = run;
        entry.address = row.text(0);
        entry.kind = row.text(1);
        entry.action = row.text(2);
        entry.reason = row.text(3);
        entry.why = row.text(4);
        entry.provider = row.text(5);
        entry.region = row.text(6);
        const std::string state = row.text(7);
        for (const State each : {State::intended, State::done, State::failed, State::skipped}) {
          if (state == to_string(each)) entry.state = each;
        }
        entry.id = row.text(8);
        entry.error_code = row.text(9);
        entry.error = row.text(10);
        entry.at = row.text(11);
        entry.seconds = row.real(12);
        return entry;
      });
}

Task<std::optional<LockHolder>> Journal::holder(Context ctx, std::string project) {
  co_await ctx.check();
  co_return ProjectLock::look(impl_->lock_path(project));
}

std::string Journal::format_now() const { return format_time(impl_->loop->wall_now()); }

}  // namespace ccloud::journal
