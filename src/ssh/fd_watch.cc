#include "ssh/fd_watch.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace ccloud::ssh {

namespace asio = boost::asio;

struct FdWatch::State {
  State(asio::io_context& io, int fd) : stream(io, fd) {}

  asio::posix::stream_descriptor stream;
  bool is_reading = false;
  bool is_writing = false;
  bool is_over = false;
};

FdWatch::FdWatch(async::Loop& loop, int fd)
    : state_(std::make_shared<State>(*static_cast<asio::io_context*>(loop.native()), fd)) {}

FdWatch::~FdWatch() {
  state_->is_over = true;
  state_->stream.release();
}

void FdWatch::on_readable(std::function<void()> fn) {
  if (std::exchange(state_->is_reading, true)) return;
  state_->stream.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [state = state_, fn = std::move(fn)](const boost::system::error_code& problem) {
        state->is_reading = false;
        if (!state->is_over && problem != asio::error::operation_aborted) fn();
      });
}

void FdWatch::on_writable(std::function<void()> fn) {
  if (std::exchange(state_->is_writing, true)) return;
  state_->stream.async_wait(
      asio::posix::stream_descriptor::wait_write,
      [state = state_, fn = std::move(fn)](const boost::system::error_code& problem) {
        state->is_writing = false;
        if (!state->is_over && problem != asio::error::operation_aborted) fn();
      });
}

}  // namespace ccloud::ssh
