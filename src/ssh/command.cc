// Running one command over a channel: input as the window allows, output as it comes.
#include <csignal>
#include <map>

#include "ssh/channel.h"
#include "ssh/pulse.h"

namespace ccloud::ssh {

namespace {

/// What still has to go to the command's standard input.
class Input {
 public:
  explicit Input(Command& command) : command_(&command), piece_(std::move(command.input)) {}

  /// True while there is more to send.
  Result<bool> feed(Channel& channel) {
    while (!is_over_) {
      if (sent_ == piece_.size()) {
        auto next = command_->source ? command_->source() : std::nullopt;
        if (!next.has_value()) {
          channel.send_eof();
          is_over_ = true;
          break;
        }
        piece_ = std::move(*next);
        sent_ = 0;
        continue;
      }
      auto count = channel.write_some(std::string_view(piece_).substr(sent_));
      if (!count.has_value()) return count.error();
      if (*count == 0) break;
      sent_ += *count;
    }
    return !is_over_;
  }

 private:
  Command* command_;
  std::string piece_;
  std::size_t sent_ = 0;
  bool is_over_ = false;
};

void keep(std::string& into, std::string_view data, std::size_t limit, bool& is_cut) {
  const auto room = limit - std::min(limit, into.size());
  into.append(data.substr(0, room));
  if (data.size() > room) is_cut = true;
}

int signal_exit(const std::string& name) {
  static const std::map<std::string, int> numbers{
      {"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"FPE", SIGFPE},   {"HUP", SIGHUP},   {"ILL", SIGILL},
      {"INT", SIGINT},   {"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV},
      {"TERM", SIGTERM}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}};
  const auto found = numbers.find(name);
  return 128 + (found == numbers.end() ? 0 : found->second);
}

}  // namespace

Task<Output> run_command(Context ctx, std::shared_ptr<Session> session, Command command) {
  Output output;
  const Pulse pulse(session);
  Channel channel(session);
  channel.on_data = [&](std::string_view data, bool is_stderr) {
    const auto& sink = is_stderr ? command.on_err : command.on_out;
    if (sink) return sink(data);
    keep(is_stderr ? output.err : output.out, data, command.capture, output.is_cut);
  };
  co_await channel.open_command(ctx, command.line);
  Input input(command);
  while (!channel.is_closed) {
    auto fed = input.feed(channel);
    if (channel.is_closed) break;
    if (!fed.has_value() || !session->is_alive()) {
      Error error = session->last_error("while the command ran");
      error.ambiguous = true;
      co_return error;
    }
    auto waited = co_await session->wait(ctx).result();
    if (!waited.has_value()) {
      channel.send_signal("TERM");
      Error error = waited.error();
      error.ambiguous = true;
      co_return error;
    }
  }
  output.signal = channel.signal;
  if (!channel.signal.empty()) {
    output.exit = signal_exit(channel.signal);
  } else if (channel.exit.has_value()) {
    output.exit = *channel.exit;
  } else {
    Error error = make_error(ErrorCode::unavailable, "the node ended the command without a result");
    error.ambiguous = true;
    co_return error;
  }
  co_return output;
}

}  // namespace ccloud::ssh
