// The scripted cloud.
#include "cloud/testing/fake_http.h"

#include <fmt/format.h>

namespace ccloud::cloud::testing {

Task<http::Response> FakeHttp::send(Context ctx, http::Request request, http::SendOptions options) {
  co_await ctx.check();
  requests.push_back(request);
  options_seen.push_back(std::move(options));
  times.push_back(ctx.now());
  Answer answer = handler;
  if (!script.empty()) {
    answer = std::move(script.front());
    script.pop_front();
  }
  if (!answer) {
    co_return make_error(
        ErrorCode::internal,
        fmt::format("no answer scripted for {} {}: {}", request.method, request.url, request.body));
  }
  // A turn of the loop, as the network would take.
  co_await ctx.sleep(std::chrono::milliseconds(1));
  co_return answer(request);
}

void FakeHttp::push(int status, std::string body, http::Headers headers) {
  push([=](const http::Request&) -> Result<http::Response> {
    return http::Response{.status = status, .headers = headers, .body = body};
  });
}

void FakeHttp::push_lost_reply() {
  push([this](const http::Request& request) -> Result<http::Response> {
    if (handler) static_cast<void>(handler(request));
    Error error = make_error(ErrorCode::unavailable, "the connection was lost");
    error.raw_code = "lost";
    error.ambiguous = true;
    return error;
  });
}

Host FakeHost::host() {
  Host host;
  host.loop = &loop;
  host.http = &http;
  host.env = [this](const std::string& name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  };
  host.read_file = [this](const std::string& path) -> Result<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) {
      return make_error(ErrorCode::not_found, fmt::format("no file {}", path));
    }
    return found->second;
  };
  host.run_command = [this](Context, std::vector<std::string> argv) {
    return run_command(std::move(argv));
  };
  return host;
}

Task<std::string> FakeHost::run_command(std::vector<std::string> argv) {
  commands.push_back(argv);
  if (!command) co_return make_error(ErrorCode::not_found, "no such command");
  co_return command(argv);
}

}  // namespace ccloud::cloud::testing
