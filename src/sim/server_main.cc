// The simulator's process: argv from up(), a Simulator on a loop until SIGTERM.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "async/completion.h"
#include "base/text.h"
#include "sim/latency.h"
#include "sim/private_file.h"
#include "sim/server_args.h"
#include "sim/simulator.h"
#include "sim/state_file.h"

namespace ccloud::sim {
namespace {

/// up() reads this pipe: "ready" or the reason why not.
void tell(int fd, std::string_view text) {
  static_cast<void>(!::write(fd, text.data(), text.size()));
  ::close(fd);
}

Result<SimulatorOptions> simulator_options(const ServerArgs& args) {
  SimulatorOptions options;
  auto latency = parse_latency(args.latency);
  if (!latency) return latency.error();
  options.world.latency = *latency;
  options.world.speed = args.speed;
  options.world.has_real_limits = args.has_real_limits;
  options.world.seed = args.seed;
  options.mode = args.mode;
  options.directory = args.dir;
  if (!args.faults_file.empty()) {
    const auto text = read_file(args.faults_file);
    if (!text) return text.error();
    auto rules = Faults::parse(*text);
    if (!rules) return rules.error();
    options.faults = std::move(*rules);
  }
  return options;
}

/// Held for the process's life, so that two in one directory cannot be.
Result<void> lock_directory(const std::filesystem::path& dir) {
  const int fd = ::open((dir / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return make_error(ErrorCode::conflict,
                      fmt::format("another simulator is using {}", dir.string()));
  }
  return {};
}

Task<void> until_signalled(async::Loop& loop, boost::asio::signal_set& signals) {
  const auto number =
      co_await async::suspend<int>(loop, [&signals](async::Completion<int> completion) {
        signals.async_wait([completion](const boost::system::error_code&, int which) {
          completion.complete(which);
        });
      });
  if (!number) co_return number.error();
  co_return {};
}

Result<void> run(const ServerArgs& args) {
  if (auto locked = lock_directory(args.dir); !locked) return locked;
  auto options = simulator_options(args);
  if (!options) return options.error();
  async::Loop loop;
  boost::asio::signal_set signals(*static_cast<boost::asio::io_context*>(loop.native()), SIGTERM,
                                  SIGINT);
  auto simulator = Simulator::make(loop, std::move(*options));
  if (!simulator) return simulator.error();
  StateFile file;
  file.process_start = process_start(::getpid());
  file.state = {.dir = args.dir,
                .is_running = true,
                .pid = ::getpid(),
                .url = (*simulator)->url(),
                .mode = std::string(to_string(args.mode)),
                .reason = args.reason,
                .options = args.words(),
                .started = format_time(std::chrono::system_clock::now()),
                .environment = (*simulator)->environment(),
                .was_running = false};
  if (auto written = write_state(file); !written) return written;
  tell(args.ready_fd, "ready");
  auto ended = loop.run(until_signalled(loop, signals));
  simulator->reset();  // its sandboxes end here; only then is the state gone, too
  ::unlink(state_path(args.dir).c_str());
  return ended;
}

}  // namespace

bool is_server_main(int argc, char** argv) {
  return argc >= 2 && std::strcmp(argv[1], server_word) == 0;
}

int server_main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto args = ServerArgs::parse({argv + 2, argv + argc});
  if (!args) return 64;
  ::fcntl(args->ready_fd, F_SETFD, FD_CLOEXEC);
  const auto done = run(*args);
  if (done) return 0;
  tell(args->ready_fd, describe(done.error()));
  return 1;
}

}  // namespace ccloud::sim
