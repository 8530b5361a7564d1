// A thin layer over SQLite's C interface: errors become values, handles close themselves.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ccloud::journal {

class Statement;

/// Used by one thread at a time.
class Database {
 public:
  /// Opens or makes the file, for its owner alone.
  static Result<Database> open(const std::string& path);

  /// Several statements without results.
  Result<void> run(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  explicit Database(sqlite3* db) : db_(db) {}
  std::unique_ptr<sqlite3, Close> db_;
};

class Statement {
 public:
  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t number);
  Statement& bind(double number);

  /// True: there is a row to read. False: done.
  Result<bool> step();
  /// step() for statements without rows.
  Result<void> run();

  std::string text(int column) const;
  std::int64_t number(int column) const;
  double real(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
};

}  // namespace ccloud::journal
