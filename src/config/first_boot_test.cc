#include "config/first_boot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "json/reader.h"

namespace ccloud::config {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

json::Document parse_config(const std::string& text) {
  auto document = json::parse(text.substr(text.find('\n') + 1));
  EXPECT_TRUE(document.has_value());
  return std::move(*document);
}

TEST(UserData, IsNothingWhenNothingIsAsked) { EXPECT_EQ(compose_user_data({}), ""); }

TEST(UserData, MakesUserAndKeys) {
  const auto text =
      compose_user_data({.user = "ops", .keys = {"ssh-ed25519 AAA a"}, .content = ""});
  EXPECT_THAT(text, StartsWith("#cloud-config\n{"));
  const auto document = parse_config(text);
  const auto root = document.root();
  EXPECT_EQ(root.get("users").at(0).string_or(), "default");
  EXPECT_EQ(root.get("users").at(1).get("name").string_or(), "ops");
  EXPECT_EQ(root.get("users").at(1).get("ssh_authorized_keys").at(0).string_or(),
            "ssh-ed25519 AAA a");
  EXPECT_EQ(root.get("ssh_authorized_keys").size(), 1U);
}

TEST(UserData, ScriptsKeepTheirBytes) {
  const std::string script = "#!/bin/sh\necho '\xff\"$x\"'\n";
  const auto document =
      parse_config(compose_user_data({.user = "", .keys = {"k"}, .content = script}));
  const auto file = document.root().get("write_files").at(0);
  EXPECT_EQ(decode_base64(file.get("content").string_or()), script);
  EXPECT_EQ(document.root().get("runcmd").at(0).at(0).string_or(), file.get("path").string_or());
}

TEST(UserData, PlainScriptsStayText) {
  const std::string script = "#!/bin/sh\necho \"$x\"\n";
  const auto document =
      parse_config(compose_user_data({.user = "", .keys = {"k"}, .content = script}));
  const auto file = document.root().get("write_files").at(0);
  EXPECT_EQ(file.get("content").string_or(), script);
  EXPECT_EQ(file.get("encoding").string_or("none"), "none");
}

TEST(UserData, OtherFormatsTravelBeside) {
  const UserDataRequest request{
      .user = "", .keys = {"k"}, .content = "#cloud-config\npackages: [jq]\n"};
  const auto text = compose_user_data(request);
  EXPECT_THAT(text, StartsWith("Content-Type: multipart/mixed; boundary=\"ccloud-"));
  EXPECT_THAT(text, HasSubstr("7bit"));
  EXPECT_THAT(text, HasSubstr(request.content));
  EXPECT_EQ(text, compose_user_data(request));
}

TEST(UserData, WhatMailCannotCarryIsEncoded) {
  for (const auto& content : {"#cloud-config\nmotd: \u00fc\n" + std::string(),
                              "#cloud-config\na: " + std::string(1000, 'x')}) {
    const auto text = compose_user_data({.user = "", .keys = {"k"}, .content = content});
    EXPECT_THAT(text, HasSubstr(base64(content)));
  }
}

}  // namespace
}  // namespace ccloud::config
