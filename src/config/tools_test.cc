#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/explain.h"
#include "config/format.h"
#include "config/init.h"
#include "config/schema.h"
#include "config/testing/load_text.h"
#include "diag/render.h"
#include "json/reader.h"

namespace ccloud::config {
namespace {

using ::testing::HasSubstr;
using testing::load_config;
using testing::TempDir;

TEST(Init, TheStarterIsValidAndInCanonicalLayoutForEveryDriver) {
  for (const Driver driver : catalog::all_drivers()) {
    const std::string text = starter_config({.driver = driver, .region = ""});
    const auto result = load_config(text);
    EXPECT_TRUE(result.config) << diag::render(result.diagnostics);
    EXPECT_TRUE(result.diagnostics.empty()) << diag::render(result.diagnostics);
    EXPECT_EQ(format_config(text, "ccloud.json").text, text);
  }
}

TEST(Format, RefusesWhatItCannotReadWhole) {
  const auto result = format_config("{\"a\": 1,}", "x.json");
  EXPECT_FALSE(result.text);
  EXPECT_TRUE(result.diagnostics.has_errors());
}

TEST(Show, PrintsWhatTheEnvironmentMakesOfTheFile) {
  const TempDir dir;
  const auto path = dir.write("ccloud.json", R"json({
  // the base
  "project": "a", "labels": { "x": "1", "y": "2" },
  "environments": { "prod": {}, "test": { "project": "a-test", "labels": { "x": null, "z": "3" } } }
})json");
  EXPECT_EQ(show_config(path, "test").text,
            "{\n  \"project\": \"a-test\",\n  \"labels\": { \"y\": \"2\", \"z\": \"3\" }\n}\n");
  EXPECT_EQ(show_config(path, "prod").text,
            "{\n  \"project\": \"a\",\n  \"labels\": { \"x\": \"1\", \"y\": \"2\" }\n}\n");
  EXPECT_FALSE(show_config(path, "").text);
}

TEST(Schema, IsJsonAndNamesEveryTopLevelKey) {
  const auto document = json::parse(schema_json());
  ASSERT_TRUE(document);
  const auto properties = document->root().get("properties");
  for (const char* key : {"project", "providers", "networks", "sizes", "images", "clusters",
                          "services", "guards", "environments"})
    EXPECT_TRUE(properties.get(key).get("description").as_string()) << key;
  EXPECT_EQ(properties.get("environments").get("additionalProperties").get("$ref").as_string(),
            "#/$defs/patch");
}

TEST(Explain, KnowsEveryCodeOfTheContract) {
  for (const char* code : {"syntax",         "duplicate-key",     "unknown-key",
                           "missing-key",    "wrong-type",        "bad-format",
                           "out-of-range",   "unknown-reference", "unused-definition",
                           "duplicate-name", "bad-name",          "unknown-driver",
                           "unknown-region", "unknown-zone",      "unknown-size",
                           "unknown-image",  "arch-mismatch",     "cidr-invalid",
                           "cidr-overlap",   "cidr-too-small",    "bad-rule",
                           "open-to-world",  "unreachable",       "bad-key",
                           "private-key",    "file-not-found",    "user-data-too-large",
                           "too-many-tags",  "secret-in-config",  "unsatisfiable-rollout",
                           "single-zone",    "deprecated",        "guard",
                           "not-supported",  "conflicting-keys"}) {
    EXPECT_TRUE(explain(code)) << code;
  }
  EXPECT_FALSE(explain("unknown-thing"));
  EXPECT_EQ(suggest_code("unkown-key"), "unknown-key");
  EXPECT_THAT(*explain("single-zone"), HasSubstr("For example:"));
  EXPECT_THAT(diagnostics_markdown(), HasSubstr("### guard"));
  EXPECT_THAT(reference_markdown(), HasSubstr("### `clusters.NAME.size`"));
}

/// Golden files: CCLOUD_ACCEPT=1 rewrites them, the difference is reviewed.
void expect_file(const std::string& name, const std::string& content) {
  const auto path = std::filesystem::path(CCLOUD_SOURCE_DIR) / name;
  if (std::getenv("CCLOUD_ACCEPT") != nullptr) std::ofstream(path, std::ios::binary) << content;
  std::ifstream file(path, std::ios::binary);
  const std::string found((std::istreambuf_iterator<char>(file)), {});
  EXPECT_TRUE(found == content) << name << " is out of date: run the test with CCLOUD_ACCEPT=1";
}

TEST(Docs, AreWhatTheTablesSay) {
  expect_file("docs/config.md", reference_markdown());
  expect_file("docs/diagnostics.md", diagnostics_markdown());
}

}  // namespace
}  // namespace ccloud::config
