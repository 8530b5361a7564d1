#include "rollout/fetch.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include <fmt/format.h>
#include <stdlib.h>

#include "http/client.h"

namespace ccloud::rollout {

namespace {

/// Removed with the program's other statics.
struct Scratch {
  std::vector<std::filesystem::path> folders;
  ~Scratch() {
    std::error_code ignored;
    for (const auto& folder : folders) std::filesystem::remove_all(folder, ignored);
  }
};

Result<std::string> keep(const std::string& name, const std::string& body) {
  static Scratch scratch;
  auto pattern = (std::filesystem::temp_directory_path() / "ccloud-artifact-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    return make_error(ErrorCode::internal, "no room for the artifact in the temporary folder");
  }
  scratch.folders.emplace_back(pattern);
  const auto path = std::filesystem::path(pattern) / name;
  std::ofstream out(path, std::ios::binary);
  out << body;
  out.close();
  if (!out) return make_error(ErrorCode::internal, "no room for the artifact in " + pattern);
  return path.string();
}

}  // namespace

Task<std::string> fetch_here(Context ctx, std::string url, std::string name) {
  auto client = http::make_client(ctx.loop(), {.user_agent = "ccloud"});
  for (int hops = 0; hops < 6; ++hops) {
    http::Request request;
    request.url = url;
    const auto response =
        co_await client->send(ctx, std::move(request), {.timeout = std::chrono::minutes(10)});
    const auto next = http::find_header(response.headers, "Location");
    if (response.status >= 300 && response.status < 400 && !next.empty()) {
      url = next;
      continue;
    }
    if (response.status != 200) {
      co_return make_error(ErrorCode::not_found, fmt::format("{}: HTTP {}", url, response.status));
    }
    co_return co_await keep(name, response.body);
  }
  co_return make_error(ErrorCode::protocol, url + ": too many redirects");
}

Task<std::string> LocalCopy::path(Context ctx) {
  const auto permit = co_await turn_.acquire(ctx);
  if (!outcome_) {
    auto fetched = co_await fetch_here(ctx, url_, name_).result();
    if (!fetched.has_value() && ctx.ended()) co_return fetched.error();
    outcome_ = std::move(fetched);
  }
  co_return *outcome_;
}

}  // namespace ccloud::rollout
