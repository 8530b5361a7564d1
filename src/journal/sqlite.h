// A thin layer over SQLite's C interface: errors become values, handles close themselves.
#pragma once

#include <cstdint>
#include <map>
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
  /// Parsing costs more than most runs, so a statement that was let go is kept for the next who
  /// prepares the same text. It must not outlive the database.
  Result<Statement> prepare(std::string_view sql);

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* db) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  /// Statements that nobody runs, by their text.
  using Idle = std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>>;

  explicit Database(sqlite3* db) : db_(db), idle_(std::make_unique<Idle>()) {}
  std::unique_ptr<sqlite3, Close> db_;
  std::unique_ptr<Idle> idle_;
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
  struct LetGo {
    Database::Idle* idle = nullptr;
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* statement, Database::Idle* idle) : statement_(statement, {idle}) {}
  std::unique_ptr<sqlite3_stmt, LetGo> statement_;
  int bound_ = 0;
};

}  // namespace ccloud::journal
