// A scripted OpenStack: its token's answer, and a driver that is logged in by the environment.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cloud/testing/fake_http.h"
#include "providers/openstack/provider.h"

namespace ccloud::openstack::testing {

inline constexpr std::string_view token_body =
    R"({"token":{"expires_at":"2030-01-02T04:04:05.000000Z",
  "user":{"name":"u"},"project":{"id":"a694","name":"demo"},"catalog":[
  {"type":"compute","endpoints":[{"interface":"public","region_id":"One","url":"https://c.example/v2.1"},
                                 {"interface":"internal","region_id":"One","url":"https://in.example/v2.1"},
                                 {"interface":"public","region_id":"Two","url":"https://c2.example/v2.1"}]},
  {"type":"network","endpoints":[{"interface":"public","region_id":"One","url":"https://n.example:9696/"}]},
  {"type":"image","endpoints":[{"interface":"public","region_id":"One","url":"https://g.example/image"}]}]}})";

inline http::Response token_response() {
  return {.status = 201, .headers = {{"X-Subject-Token", "TOK"}}, .body = std::string(token_body)};
}

struct Cloud : cloud::testing::FakeHost {
  Cloud() {
    environment = {{"OS_AUTH_URL", "https://k.example/v3"},
                   {"OS_USERNAME", "u"},
                   {"OS_PASSWORD", "p"},
                   {"OS_PROJECT_NAME", "demo"}};
    auto made = make_provider(host(), {.name = "os", .driver = "openstack"});
    driver = std::move(*made);
  }
  std::unique_ptr<cloud::Provider> driver;
};

}  // namespace ccloud::openstack::testing
