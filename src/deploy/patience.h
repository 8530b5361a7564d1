// How long a cloud may be silent. A deadline for the whole look would cut off a large fleet, whose
// pages come one after the other; silence does not depend on the size of the fleet.
#pragma once

#include <memory>

#include "async/context.h"
#include "http/client.h"

namespace ccloud::deploy {

/// An HTTP client that remembers when it was last given an answer that helps: a refusal for the
/// rate or a server's trouble is none.
class Pulse : public http::Client {
 public:
  Pulse(async::Loop& loop, http::Client* client)
      : loop_(&loop), client_(client), last_(loop.now()) {}

  Task<http::Response> send(Context ctx, http::Request request, http::SendOptions options) override;
  async::TimePoint last() const { return last_; }

 private:
  async::Loop* loop_;
  http::Client* client_;
  async::TimePoint last_;
};

/// A context that ends when `pulse` (null: never a sign of life) has been silent for `limit`, with
/// an error that says who was. Nothing ends once the guard is gone.
class Patience {
 public:
  Patience(const Context& parent, const Pulse* pulse, async::Duration limit, std::string who);
  ~Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  const Context& context() const { return ctx_; }

 private:
  void arm();
  async::TimePoint last_sign() const;

  Context ctx_;
  const Pulse* pulse_;
  async::Duration limit_;
  std::string who_;
  async::TimePoint since_;
  async::TimerId timer_ = 0;
};

}  // namespace ccloud::deploy
