#include "cli/parse.h"

#include <gmock/gmock.h>

#include "cli/complete.h"
#include "cli/program.h"
#include "json/reader.h"

namespace ccloud::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

Outcome run(const std::vector<std::string>& args) {
  Io io{Io::Fake{}};
  const int code = run_program(args, io, [](const std::string&) { return std::nullopt; });
  return {code, io.captured_out(), io.captured_err()};
}

std::string remedy_for(const std::vector<std::string>& args) {
  Common common;
  const auto found = parse(args, common);
  return found ? "" : found.error().message + " / " + found.error().remedy;
}

TEST(Parse, TakesCommonOptionsBeforeAndAfterTheCommand) {
  Common common;
  const auto found =
      parse({"-f", "a.json", "-yq", "version", "-ojson", "--timeout=90s", "--sim"}, common);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->entry->name, "version");
  EXPECT_EQ(common.file, "a.json");
  EXPECT_TRUE(common.has_file && common.is_yes && common.is_quiet && common.is_sim);
  EXPECT_EQ(common.output, Output::json);
  EXPECT_EQ(common.timeout, std::chrono::seconds(90));
}

TEST(Parse, AnOptionalValueIsOnlyTakenWithAnEqualsSign) {
  Common common;
  ASSERT_TRUE(parse({"--sim", "version"}, common).has_value());
  EXPECT_TRUE(common.is_sim);
  EXPECT_EQ(common.sim_dir, "");
  ASSERT_TRUE(parse({"version", "--sim=/tmp/x"}, common).has_value());
  EXPECT_EQ(common.sim_dir, "/tmp/x");
}

TEST(Parse, GuessesWhatWasMeant) {
  EXPECT_THAT(remedy_for({"versoin"}), HasSubstr("did you mean \"version\"?"));
  EXPECT_THAT(remedy_for({"version", "--colr", "never"}), HasSubstr("did you mean \"--color\"?"));
  EXPECT_THAT(remedy_for({"version", "--output=jsn"}), HasSubstr("did you mean \"json\"?"));
}

TEST(Parse, SaysWhatIsWrongWithAValue) {
  EXPECT_THAT(remedy_for({"version", "--timeout", "5"}), HasSubstr("\"5\" is not a duration"));
  EXPECT_THAT(remedy_for({"version", "--concurrency", "0"}), HasSubstr("not between 1 and 10000"));
  EXPECT_THAT(remedy_for({"version", "--concurrency=x"}), HasSubstr("not a whole number"));
  EXPECT_THAT(remedy_for({"version", "-f"}), HasSubstr("-f needs a value"));
  EXPECT_THAT(remedy_for({"version", "--quiet=1"}), HasSubstr("--quiet takes no value"));
  EXPECT_THAT(remedy_for({"version", "more"}), HasSubstr("unexpected \"more\""));
  EXPECT_THAT(remedy_for({"version", "--", "more"}), HasSubstr("nothing after --"));
}

TEST(Parse, RefusesAnOutputThatTheCommandDoesNotHave) {
  EXPECT_THAT(remedy_for({"version", "-o", "wide"}), HasSubstr("it takes -o table, json"));
}

TEST(Program, EndsWith64AndADocumentOnWrongUsage) {
  const Outcome outcome = run({"versoin", "-o", "json"});
  EXPECT_EQ(outcome.code, 64);
  const auto document = json::parse(outcome.out);
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->root().get("schema").string_or(), "ccloud.error/1");
  EXPECT_EQ(document->root().get("error").get("code").string_or(), "invalid_argument");
  EXPECT_THAT(outcome.err, HasSubstr("error: unknown command \"versoin\""));
}

TEST(Program, ShowsHelpForEveryCommand) {
  for (const Entry& entry : registry()) {
    const Outcome outcome =
        run({"help", std::string(entry.name.substr(0, entry.name.find(' '))),
             entry.name.contains(' ') ? std::string(entry.name.substr(entry.name.find(' ') + 1))
                                      : std::string("--quiet")});
    EXPECT_EQ(outcome.code, 0) << entry.name;
    EXPECT_THAT(outcome.out, HasSubstr(std::string(entry.summary)));
    EXPECT_THAT(outcome.out, HasSubstr("Usage:"));
  }
}

TEST(Program, HasNoOptionTwiceInAnyCommand) {
  Common common;
  for (const Entry& entry : registry()) {
    std::vector<std::string> names;
    const Command command = entry.make();
    for (const Option& option : command.options) names.emplace_back(option.name);
    for (const Option& option : common_options(common)) names.emplace_back(option.name);
    std::ranges::sort(names);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end()) << entry.name;
    EXPECT_TRUE(command.run) << entry.name;
  }
}

std::vector<std::string> completed(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  const NamesOf names = [](const Common& common) {
    KnownNames known;
    known.environments = {"prod", "staging"};
    if (common.file == "other.json") known.environments = {"other"};
    return known;
  };
  for (const Candidate& candidate : complete(words, names)) out.push_back(candidate.word);
  return out;
}

TEST(Complete, OffersCommandsOptionsAndValues) {
  EXPECT_THAT(completed({"ver"}), ElementsAre("version"));
  EXPECT_THAT(completed({"version", "--outp"}), ElementsAre("--output"));
  EXPECT_THAT(completed({"version", "-o", "js"}), ElementsAre("json", "jsonl"));
  EXPECT_THAT(completed({"version", "--output=js"}),
              ElementsAre("--output=json", "--output=jsonl"));
  EXPECT_THAT(completed({"version", "--output", "=", "js"}), ElementsAre("json", "jsonl"));
  EXPECT_THAT(completed({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(completed({"-e", ""}), ElementsAre("prod", "staging"));
  EXPECT_THAT(completed({"-f", "other.json", "-e", ""}), ElementsAre("other"));
  EXPECT_THAT(completed({"version", "-f", ""}), ElementsAre());
}

TEST(Style, MeasuresAndCutsWhatTheTerminalShows) {
  EXPECT_EQ(display_width("\x1b[31mé日\x1b[0m"), 3U);
  EXPECT_EQ(fit("abcdef", 4), "abc…");
  EXPECT_EQ(fit("\x1b[31mabcdef\x1b[0m", 4), "\x1b[31mabc…\x1b[0m");
  EXPECT_EQ(pad("ab", 4), "ab  ");
  EXPECT_EQ(pad_left("ab", 4), "  ab");
  EXPECT_EQ(printable("a\x1b[2Jb\xC2\x9B"), "a\\x1b[2Jb\\x9b");
  EXPECT_EQ(wrap("aa bb cc\ndd", 7, 2), "  aa bb\n  cc\n  dd\n");
  EXPECT_EQ(counted(1, "node"), "1 node");
  EXPECT_EQ(counted(12345, "node"), "12,345 nodes");
  EXPECT_EQ(counted(2, "key"), "2 keys");
  EXPECT_EQ(counted(2, "retry"), "2 retries");
}

TEST(Options, ReadDurations) {
  EXPECT_EQ(parse_duration("500ms"), std::chrono::milliseconds(500));
  EXPECT_EQ(parse_duration("2h"), std::chrono::hours(2));
  for (const char* bad : {"", "5", "s", "5 s", "-5s", "1.5s", "99999999999999s", "5d"}) {
    EXPECT_FALSE(parse_duration(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace ccloud::cli
