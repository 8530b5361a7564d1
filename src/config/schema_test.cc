// The schema accepts and rejects what the checker does: every value of the valid configs, replaced
// and removed in turn, is held against both. The judge of the schema is python3-jsonschema.
#include "config/schema.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/shape.h"
#include "config/testing/load_text.h"
#include "config/testing/marked.h"
#include "diag/render.h"
#include "json/layout.h"
#include "json/parser.h"
#include "json/writer.h"

namespace ccloud::config {
namespace {

namespace fs = std::filesystem;
using json::Node;
using testing::TempDir;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Text {
  diag::SourceFile file;
  diag::Diagnostics diagnostics;
  json::Tree tree;
  explicit Text(std::string text)
      : file("x", std::move(text)), tree(json::parse_located(file, diagnostics)) {}
};

std::string without_comments(const std::string& text) {
  const Text parsed(text);
  return json::lay_out(parsed.file, parsed.tree, *parsed.tree.root, {.has_comments = false});
}

/// What a pattern cannot say: ranges of measured strings, whether a CIDR is one, which version.
bool is_beyond_schema(const diag::Diagnostic& item) {
  const bool is_measured =
      item.code == "out-of-range" && item.message.find(" of \"") != std::string::npos;
  const bool is_network = (item.code == "cidr-invalid" || item.code == "bad-rule") &&
                          item.message.find('/') != std::string::npos;
  const bool is_key_length =
      item.code == "bad-name" && item.message.find("256") != std::string::npos;
  return is_measured || is_network || is_key_length;
}

class Cases {
 public:
  void add(const std::string& text, const std::string& about) {
    const Text parsed(text);
    if (parsed.tree.root == nullptr || !parsed.tree.is_whole) return;
    diag::Diagnostics found;
    BadNodes bad;
    check_shape(*parsed.tree.root, root_type(), ShapeMode::whole, found, bad);
    bool is_valid = true;
    for (const auto& item : found.items()) {
      if (is_beyond_schema(item)) return;
      is_valid = false;
    }
    json::Writer w;
    w.begin_object().member("valid", is_valid).member("about", about);
    w.key("document").raw(one_line(text)).end_object();
    lines_ += w.take() + "\n";
    ++(is_valid ? valid_ : invalid_);
  }

  /// Every value replaced by others, every member removed or renamed.
  void vary(const std::string& text) {
    add(text, "as it is");
    const Text parsed(text);
    walk(text, *parsed.tree.root, "");
  }

  const std::string& lines() const { return lines_; }
  int valid() const { return valid_; }
  int invalid() const { return invalid_; }

 private:
  static std::string one_line(std::string text) {
    for (char& c : text)
      if (c == '\n') c = ' ';
    return text;
  }

  static std::string replaced(const std::string& text, diag::Span span, std::string_view with) {
    return text.substr(0, span.begin) + std::string(with) + text.substr(span.end);
  }

  void walk(const std::string& text, const Node& node, const std::string& path) {
    for (const char* other : {"null",
                              "true",
                              "false",
                              "0",
                              "7",
                              "2.5",
                              "2.0",
                              "-1",
                              "1e9",
                              "\"\"",
                              "\"x\"",
                              "\"Bad Name\"",
                              "\"4GiB\"",
                              "\"10m\"",
                              "\"20%\"",
                              "\"aws\"",
                              "[]",
                              "{}",
                              "[\"us\"]",
                              "[[\"us\"]]",
                              "{\"x\":\"y\"}",
                              "{\"local\":\"x\"}",
                              "{\"secret\":{\"env\":\"X\"}}",
                              "\":80\"",
                              "\"a\\nb\""})
      add(replaced(text, node.span, other), path + " = " + other);
    for (std::size_t i = 0; i < node.members.size(); ++i) {
      const auto& member = node.members[i];
      const std::string inner = path + "/" + std::string(member.key);
      add(replaced(text, member.key_span, "\"zz_other\""), inner + " renamed");
      // Remove the member with the comma that follows it, else with the one before it.
      diag::Span span{member.key_span.begin, member.value->span.end};
      if (i + 1 < node.members.size())
        span.end = node.members[i + 1].key_span.begin;
      else if (i > 0)
        span.begin = node.members[i - 1].value->span.end;
      add(replaced(text, span, ""), inner + " removed");
      walk(text, *member.value, inner);
    }
    for (const Node* item : node.items) walk(text, *item, path + "[]");
  }

  std::string lines_;
  int valid_ = 0;
  int invalid_ = 0;
};

/// Every config of the other tests, as it stands; what is not JSON is not the schema's to judge.
void add_corpus(Cases& cases) {
  const fs::path data = fs::path(CCLOUD_SOURCE_DIR) / "src/config/testdata";
  const auto add = [&](const std::string& text, const std::string& about) {
    const Text parsed(text);
    if (parsed.tree.root != nullptr && parsed.diagnostics.empty())
      cases.add(without_comments(text), about);
  };
  for (const auto* folder : {"valid", "fuzz"})
    for (const auto& entry : fs::directory_iterator(data / folder))
      add(read(entry.path()), entry.path().filename());
  add(read(data / "mistakes.json"), "mistakes");
  for (const auto& entry : fs::directory_iterator(data / "codes"))
    if (entry.path().extension() == ".txt")
      for (const auto& one : testing::cases_of(entry.path()))
        add(one.text, entry.path().filename().string() + " " + one.name);
  for (const auto& entry : fs::directory_iterator(data / "marked"))
    for (const auto& one : testing::cases_of(entry.path())) add(one.text, one.name);
}

TEST(Schema, AgreesWithTheChecker) {
  Cases cases;
  const fs::path valid = fs::path(CCLOUD_SOURCE_DIR) / "src/config/testdata/valid";
  for (const auto& entry : fs::directory_iterator(valid))
    // The others differ in what the schema does not see.
    if (const auto number = entry.path().filename().string().substr(0, 2);
        number < "06" || number == "09")
      cases.vary(without_comments(read(entry.path())));
  EXPECT_GT(cases.valid(), 500);
  EXPECT_GT(cases.invalid(), 3000);
  const int varied = cases.valid() + cases.invalid();
  add_corpus(cases);
  EXPECT_GT(cases.valid() + cases.invalid() - varied, 250);

  const TempDir dir;
  const auto schema = dir.write("schema.json", schema_json());
  const auto lines = dir.write("cases.jsonl", cases.lines());
  const auto out = dir.path() + "/out";
  const auto script = fs::path(CCLOUD_SOURCE_DIR) / "src/config/testing/check_schema.py";
  int status = 77 << 8;
  for (const char* python : {"/usr/bin/python3", "python3"}) {
    status = std::system(
        fmt::format("{} {} {} {} > {} 2>&1", python, script.string(), schema, lines, out).c_str());
    if (status == 0) break;
  }
  const std::string said = read(out);
  if (status == 77 << 8) GTEST_SKIP() << "python3-jsonschema is not installed";
  EXPECT_EQ(status, 0) << said.substr(0, 4000);
  EXPECT_EQ(said, fmt::format("{} documents\n", cases.valid() + cases.invalid()))
      << said.substr(0, 4000);
}

}  // namespace
}  // namespace ccloud::config
