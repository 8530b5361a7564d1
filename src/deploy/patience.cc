#include "deploy/patience.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::deploy {

Task<http::Response> Pulse::send(Context ctx, http::Request request, http::SendOptions options) {
  auto response = co_await client_->send(std::move(ctx), std::move(request), std::move(options));
  if (response.status < 400 || response.status == 404) last_ = loop_->now();
  co_return response;
}

Patience::Patience(const Context& parent, const Pulse* pulse, async::Duration limit,
                   std::string who)
    : ctx_(parent.child()),
      pulse_(pulse),
      limit_(limit),
      who_(std::move(who)),
      since_(parent.now()) {
  arm();
}

Patience::~Patience() {
  if (timer_ != 0) ctx_.loop().cancel(timer_);
}

async::TimePoint Patience::last_sign() const {
  return pulse_ == nullptr ? since_ : std::max(since_, pulse_->last());
}

void Patience::arm() {
  timer_ = ctx_.loop().at(last_sign() + limit_, [this] {
    timer_ = 0;
    if (ctx_.now() < last_sign() + limit_) {
      arm();
      return;
    }
    ctx_.cancel(make_error(ErrorCode::timed_out,
                           fmt::format("{} gave no answer for {}", who_, format_duration(limit_)),
                           "check the network, or allow more with --timeout"));
  });
}

}  // namespace ccloud::deploy
