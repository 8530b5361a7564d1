#include "journal/sqlite.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace ccloud::journal {
namespace {

class SqliteTest : public ::testing::Test {
 protected:
  SqliteTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ccloud-sqlite-XXXXXX");
    folder_ = ::mkdtemp(pattern.data());
    db_.emplace(std::move(*Database::open(folder_ + "/a.db")));
    EXPECT_TRUE(db_->run("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2, 'y')"));
  }
  ~SqliteTest() override {
    db_.reset();
    std::filesystem::remove_all(folder_);
  }
  Statement prepare(std::string_view sql) { return std::move(*db_->prepare(sql)); }

  std::string folder_;
  std::optional<Database> db_;
};

TEST_F(SqliteTest, AKeptStatementBeginsAnewWithoutItsLastValues) {
  for (const std::string text : {"x", "y"}) {
    auto select = prepare("SELECT a FROM t WHERE b = ?");
    select.bind(text);
    ASSERT_TRUE(*select.step());
    EXPECT_EQ(select.number(0), text == "x" ? 1 : 2);
    // Let go in the middle of its rows.
  }
  auto unbound = prepare("SELECT a FROM t WHERE b = ?");
  EXPECT_FALSE(*unbound.step());
}

TEST_F(SqliteTest, TheSameTextMayRunTwiceAtOnce) {
  auto outer = prepare("SELECT a FROM t ORDER BY a");
  ASSERT_TRUE(*outer.step());
  auto inner = prepare("SELECT a FROM t ORDER BY a");
  ASSERT_TRUE(*inner.step());
  ASSERT_TRUE(*inner.step());
  EXPECT_EQ(inner.number(0), 2);
  EXPECT_EQ(outer.number(0), 1);
}

TEST_F(SqliteTest, AStatementThatWasLetGoHoldsNoLock) {
  {
    auto select = prepare("SELECT a FROM t");
    ASSERT_TRUE(*select.step());
  }
  auto other = Database::open(folder_ + "/a.db");
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->run("BEGIN EXCLUSIVE; INSERT INTO t VALUES (3, 'z'); COMMIT"));
}

}  // namespace
}  // namespace ccloud::journal
