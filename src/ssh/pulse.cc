#include "ssh/pulse.h"

namespace ccloud::ssh {

Pulse::Pulse(std::shared_ptr<Session> session)
    : session_(std::move(session)), heard_(session_->packets_heard()) {
  arm();
}

Pulse::~Pulse() {
  if (timer_) session_->loop().cancel(*timer_);
}

void Pulse::arm() {
  auto& loop = session_->loop();
  timer_ = loop.at(loop.now() + session_->pulse, [this] { beat(); });
}

void Pulse::beat() {
  timer_.reset();
  const auto heard = session_->packets_heard();
  silent_ = heard == heard_ ? silent_ + 1 : 0;
  heard_ = heard;
  // Last: whoever waits for the session may end this object.
  if (silent_ >= limit) return session_->give_up();
  arm();
  if (silent_ > 0) session_->ask_for_life();
}

}  // namespace ccloud::ssh
