#include "journal/journal.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async/group.h"
#include "journal/lock.h"
#include "journal/sqlite.h"

namespace ccloud::journal {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ccloud-journal-XXXXXX");
    folder_ = ::mkdtemp(pattern.data());
  }
  ~JournalTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/state/ccloud/journal.db"; }
  std::unique_ptr<Journal> open() {
    auto journal = Journal::open(loop_, path());
    EXPECT_TRUE(journal.has_value());
    return std::move(*journal);
  }
  static journal::Run run(std::string id) {
    journal::Run run;
    run.id = std::move(id);
    run.project = "hello";
    run.command = "deploy";
    run.operator_name = "anna@laptop";
    run.started = "2026-01-01T00:00:00Z";
    run.pid = ::getpid();
    return run;
  }
  static Entry entry(std::string run, std::string address, State state) {
    Entry entry;
    entry.run = std::move(run);
    entry.address = std::move(address);
    entry.kind = "node";
    entry.action = "create";
    entry.state = state;
    return entry;
  }

  async::Loop loop_{async::ClockKind::virtual_time};
  Context ctx_{loop_};
  std::string folder_;
};

TEST_F(JournalTest, RemembersRunsAndEntries) {
  auto journal = open();
  ASSERT_TRUE(loop_.run(journal->begin_run(ctx_, run("r1"))).has_value());
  ASSERT_TRUE(
      loop_.run(journal->record(ctx_, {entry("r1", "node.a-1", State::intended)})).has_value());
  auto failed = entry("r1", "node.a-1", State::failed);
  failed.error = "no capacity";
  ASSERT_TRUE(loop_.run(journal->record(ctx_, {failed})).has_value());
  ASSERT_TRUE(loop_.run(journal->finish_run(ctx_, "r1", "partly")).has_value());
  journal = open();
  const auto runs = loop_.run(journal->runs(ctx_, "hello", 10));
  ASSERT_TRUE(runs.has_value());
  ASSERT_THAT(*runs, SizeIs(1));
  EXPECT_EQ((*runs)[0].result, "partly");
  const auto entries = loop_.run(journal->entries(ctx_, "r1"));
  ASSERT_THAT(*entries, SizeIs(1));
  EXPECT_EQ((*entries)[0].state, State::failed);
  EXPECT_EQ((*entries)[0].error, "no capacity");
}

TEST_F(JournalTest, ManyAtOnceGoTogether) {
  auto journal = open();
  ASSERT_TRUE(loop_.run(journal->begin_run(ctx_, run("r1"))).has_value());
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 1000; ++i) {
    tasks.push_back(
        journal->record(ctx_, {entry("r1", "node.a-" + std::to_string(i), State::done)}));
  }
  const auto results = loop_.run(async::when_all(loop_, std::move(tasks)));
  for (const auto& result : *results) ASSERT_TRUE(result.has_value());
  EXPECT_THAT(*loop_.run(journal->entries(ctx_, "r1")), SizeIs(1000));
}

TEST_F(JournalTest, OneRunAtATimeSaysWhoHoldsIt) {
  auto first = open();
  auto second = open();
  ASSERT_TRUE(loop_.run(first->begin_run(ctx_, run("r1"))).has_value());
  const auto refused = loop_.run(second->begin_run(ctx_, run("r2")));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().raw_code, "locked");
  EXPECT_THAT(refused.error().message, HasSubstr("anna@laptop"));
  EXPECT_EQ((*loop_.run(second->holder(ctx_, "hello")))->run, "r1");
  ASSERT_TRUE(loop_.run(first->finish_run(ctx_, "r1", "done")).has_value());
  EXPECT_FALSE(loop_.run(second->holder(ctx_, "hello"))->has_value());
  EXPECT_TRUE(loop_.run(second->begin_run(ctx_, run("r2"))).has_value());
}

TEST_F(JournalTest, ADeadHolderBlocksNobody) {
  auto journal = open();
  const std::string path = folder_ + "/state/ccloud/locks/hello";
  const pid_t child = ::fork();
  if (child == 0) {
    auto lock = ProjectLock::take(path, {});
    ::_exit(lock.has_value() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(loop_.run(journal->begin_run(ctx_, run("r1"))).has_value());
}

TEST_F(JournalTest, KnowsWhereNodesAreLeft) {
  auto journal = open();
  const auto entry = [](std::string run, std::string address, std::string provider,
                        std::string action, State state) {
    Entry one;
    one.run = std::move(run);
    one.address = std::move(address);
    one.kind = one.address.substr(0, one.address.find('.'));
    one.action = std::move(action);
    one.provider = std::move(provider);
    one.state = state;
    return one;
  };
  const auto left = [&] {
    std::map<std::string, std::int64_t> counts;
    for (const auto& one : *loop_.run(journal->left(ctx_, "hello"))) {
      counts[one.provider] = one.nodes;
    }
    return counts;
  };
  ASSERT_TRUE(loop_.run(journal->begin_run(ctx_, run("r1"))).has_value());
  ASSERT_TRUE(
      loop_
          .run(journal->record(ctx_, {entry("r1", "node.a-1", "aws", "create", State::done),
                                      entry("r1", "node.a-2", "aws", "create", State::intended),
                                      entry("r1", "node.a-3", "aws", "create", State::failed),
                                      entry("r1", "key.a", "aws", "create", State::done),
                                      entry("r1", "node.b-1", "gcp", "create", State::done),
                                      entry("r1", "node.c-1", "", "keep", State::done)}))
          .has_value());
  EXPECT_EQ(left(), (std::map<std::string, std::int64_t>{{"aws", 2}, {"gcp", 1}}));
  const auto beside_aws = *loop_.run(journal->left(ctx_, "hello", {"aws", "azure"}));
  ASSERT_THAT(beside_aws, SizeIs(1));
  EXPECT_EQ(beside_aws[0].provider, "gcp");
  ASSERT_TRUE(loop_.run(journal->finish_run(ctx_, "r1", "done")).has_value());
  ASSERT_TRUE(loop_.run(journal->begin_run(ctx_, run("r2"))).has_value());
  ASSERT_TRUE(
      loop_
          .run(journal->record(ctx_, {entry("r2", "node.a-1", "aws", "destroy", State::done),
                                      entry("r2", "node.a-2", "aws", "destroy", State::failed),
                                      entry("r2", "node.b-1", "gcp", "destroy", State::done)}))
          .has_value());
  EXPECT_EQ(left(), (std::map<std::string, std::int64_t>{{"aws", 1}}));
}

TEST_F(JournalTest, RemembersPlacesAndSnapshots) {
  auto journal = open();
  ASSERT_TRUE(loop_.run(journal->remember_deployed(ctx_, "hello", {{"web", "us"}, {"web", "eu"}}))
                  .has_value());
  ASSERT_TRUE(loop_.run(journal->remember_deployed(ctx_, "hello", {{"web", "us"}})).has_value());
  EXPECT_THAT(*loop_.run(journal->deployed(ctx_, "hello")), SizeIs(2));
  ASSERT_TRUE(loop_.run(journal->forget_deployed(ctx_, "hello")).has_value());
  EXPECT_THAT(*loop_.run(journal->deployed(ctx_, "hello")), SizeIs(0));
  for (const auto* data : {"[1]", "[2]"}) {
    ASSERT_TRUE(loop_.run(journal->save_snapshots(ctx_, "hello", {{"aws", "us-east-1", "t", data}}))
                    .has_value());
  }
  const auto shots = loop_.run(journal->snapshots(ctx_, "hello"));
  ASSERT_THAT(*shots, SizeIs(1));
  EXPECT_EQ((*shots)[0].data, "[2]");
}

TEST_F(JournalTest, IsItsOwnersAlone) {
  auto journal = open();
  struct stat info{};
  ASSERT_EQ(::stat(path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST_F(JournalTest, RefusesANewerFormatAndRubbish) {
  {
    auto journal = open();
  }
  {
    auto db = Database::open(path());
    ASSERT_TRUE(db->run("PRAGMA user_version=99").has_value());
  }
  EXPECT_FALSE(Journal::open(loop_, path()).has_value());
  std::ofstream(folder_ + "/rubbish.db") << std::string(5000, 'x');
  EXPECT_FALSE(Journal::open(loop_, folder_ + "/rubbish.db").has_value());
}

}  // namespace
}  // namespace ccloud::journal
