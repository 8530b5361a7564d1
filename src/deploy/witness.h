// What `doctor` learns beside what the drivers tell: which servers a provider spoke to, how soon
// they answered, and how far their clocks are from ours. It sits below a driver as its HTTP client.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "async/context.h"
#include "http/client.h"

namespace ccloud::deploy {

class Witness : public http::Client {
 public:
  struct Server {
    bool has_answered = false;   ///< at least once, whatever the status
    async::Duration took{0};     ///< of the quickest answer
    std::optional<Error> error;  ///< of the last exchange without an answer
  };

  Witness(async::Loop& loop, http::Client* client) : loop_(&loop), client_(client) {}

  Task<http::Response> send(Context ctx, http::Request request, http::SendOptions options) override;

  /// By "https://host:port". A machine's own metadata service is no server of a cloud.
  const std::map<std::string, Server>& servers() const { return servers_; }
  /// Their clock minus ours, within about a second; nullopt when no answer had a Date.
  std::optional<std::chrono::seconds> clock_offset() const;

 private:
  void learn_clock(const http::Response& response, async::Duration took);

  async::Loop* loop_;
  http::Client* client_;
  std::map<std::string, Server> servers_;
  std::optional<std::chrono::milliseconds> offset_;
  async::Duration offset_took_{0};  ///< of the exchange that gave it: the quicker, the better
};

}  // namespace ccloud::deploy
