// SQLite's calls and codes.
#include "journal/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

namespace ccloud::journal {
namespace {

Error error_of(sqlite3* db, std::string_view what) {
  const int code = sqlite3_errcode(db);
  const bool is_busy = code == SQLITE_BUSY || code == SQLITE_LOCKED;
  return make_error(is_busy ? ErrorCode::conflict : ErrorCode::internal,
                    fmt::format("journal: {}: {}", what, sqlite3_errmsg(db)),
                    is_busy ? "another ccloud is writing to it; try again"
                            : "the journal may be moved away: no resource depends on it");
}

}  // namespace

void Database::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }
void Database::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

/// Resetting it ends its read, if it is in one.
void Statement::LetGo::operator()(sqlite3_stmt* statement) const {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  (*idle)[sqlite3_sql(statement)].reset(statement);
}

Result<Database> Database::open(const std::string& path) {
  // SQLite makes files for everyone that the umask lets in; ours is for its owner.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return make_error(ErrorCode::permission_denied, fmt::format("journal: cannot open {}", path),
                      "set XDG_STATE_HOME to a folder that you may write to");
  }
  ::close(file);
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database db(raw);
  if (code != SQLITE_OK) return error_of(raw, "cannot open " + path);
  sqlite3_busy_timeout(raw, 5000);
  return db;
}

Result<void> Database::run(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return error_of(db_.get(), "cannot write");
  }
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  if (auto kept = idle_->extract(std::string(sql)); !kept.empty()) {
    return Statement(kept.mapped().release(), idle_.get());
  }
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return error_of(db_.get(), "cannot prepare");
  return Statement(raw, idle_.get());
}

Statement& Statement::bind(std::string_view text) {
  sqlite3_bind_text(statement_.get(), ++bound_, text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), ++bound_, number);
  return *this;
}

Statement& Statement::bind(double number) {
  sqlite3_bind_double(statement_.get(), ++bound_, number);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error_of(sqlite3_db_handle(statement_.get()), "cannot read or write");
}

Result<void> Statement::run() {
  auto stepped = step();
  if (!stepped) return std::move(stepped.error());
  return {};
}

std::string Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return {};
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return {reinterpret_cast<const char*>(bytes), size};
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }

}  // namespace ccloud::journal
