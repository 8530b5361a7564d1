// A scripted cloud for driver tests: an http::Client whose answers are functions of the request,
// and a Host around it. Works with the virtual clock, so retries and waits take no time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cloud/provider.h"

namespace ccloud::cloud::testing {

/// Answers come from `script` first, one per request in order; then from `handler`.
class FakeHttp final : public http::Client {
 public:
  using Answer = std::function<Result<http::Response>(const http::Request&)>;

  Task<http::Response> send(Context ctx, http::Request request, http::SendOptions options) override;

  void push(Answer answer) { script.push_back(std::move(answer)); }
  void push(int status, std::string body, http::Headers headers = {});
  /// The request is counted, its effect (`handler`) happens, but the reply is lost.
  void push_lost_reply();

  std::deque<Answer> script;
  Answer handler;
  std::vector<http::Request> requests;  ///< everything that was sent
  std::vector<async::TimePoint> times;
  std::vector<http::SendOptions> options_seen;
};

/// Environment, files and commands as plain data.
struct FakeHost {
  explicit FakeHost(async::ClockKind clock = async::ClockKind::virtual_time) : loop(clock) {}

  async::Loop loop;
  FakeHttp http;
  std::map<std::string, std::string> environment;
  std::map<std::string, std::string> files;
  std::function<Result<std::string>(const std::vector<std::string>&)> command;
  std::vector<std::vector<std::string>> commands;

  Host host();

 private:
  Task<std::string> run_command(std::vector<std::string> argv);
};

}  // namespace ccloud::cloud::testing
