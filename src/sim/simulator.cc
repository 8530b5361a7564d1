// Wiring: servers to the hub, the World's events and the sandboxes' descriptor to the loop.
#include "sim/simulator.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <fmt/format.h>

#include "base/hash.h"
#include "http/server.h"
#include "sim/admin.h"
#include "sim/private_file.h"
#include "sim/sandbox_host.h"
#include "sim/test_ca.h"

namespace ccloud::sim {

namespace asio = boost::asio;

/// How long after a call began another client may not see what it made.
std::chrono::milliseconds lag_of(const WorldOptions& world) {
  const auto longest = world.latency.lag.high + world.latency.read.high + world.latency.write.high;
  return std::chrono::ceil<std::chrono::milliseconds>(
      std::chrono::duration<double, std::milli>(longest) / world.speed);
}

struct Simulator::State {
  explicit State(async::Loop& the_loop)
      : loop(the_loop), pump(*static_cast<asio::io_context*>(the_loop.native())) {}
  ~State();

  Result<void> open(SimulatorOptions options);
  Result<void> open_sandboxes(const SimulatorOptions& options);
  Result<void> serve_front(Front& front, const TestCa& ca, const std::string& directory);
  void wait_for_sandboxes();
  void arm();

  async::Loop& loop;
  std::unique_ptr<Sandboxes> sandboxes;
  std::unique_ptr<SandboxHost> host;
  std::unique_ptr<World> world;
  std::unique_ptr<Hub> hub;
  std::vector<std::unique_ptr<http::Server>> servers;
  std::vector<Variable> variables;
  std::string url;
  asio::posix::stream_descriptor pump;
  std::optional<async::TimerId> timer;
  std::optional<Time> armed_for;
};

Simulator::State::~State() {
  servers.clear();
  if (timer) loop.cancel(*timer);
  boost::system::error_code ignored;
  if (pump.is_open()) {
    pump.cancel(ignored);
    pump.release();  // the descriptor is the sandboxes'
  }
  if (sandboxes) sandboxes->shutdown_all();
}

/// The loop wakes up for the World's next event.
void Simulator::State::arm() {
  const auto next = world->next_event();
  if (!next || (armed_for && *armed_for <= *next)) return;
  if (timer) loop.cancel(*timer);
  armed_for = next;
  const auto wait = std::max<Time::duration>(*next - world->now(), Time::duration(0));
  timer = loop.at(loop.now() + wait, [this] {
    timer.reset();
    armed_for.reset();
    world->settle();
    arm();
  });
}

void Simulator::State::wait_for_sandboxes() {
  pump.async_wait(asio::posix::stream_descriptor::wait_read,
                  [this](const boost::system::error_code& problem) {
                    if (problem) return;
                    sandboxes->pump();
                    wait_for_sandboxes();
                  });
}

Result<void> Simulator::State::open_sandboxes(const SimulatorOptions& options) {
  if (options.mode == Mode::none) return {};
  Options how;
  how.program = options.program;
  auto opened = Sandboxes::open(options.directory / "nodes", options.mode, how);
  if (!opened) return opened.error();
  sandboxes = std::move(*opened);
  host = std::make_unique<SandboxHost>(*sandboxes);
  boost::system::error_code problem;
  pump.assign(sandboxes->fd(), problem);
  if (problem) return make_error(ErrorCode::internal, "sandboxes: " + problem.message());
  wait_for_sandboxes();
  return {};
}

/// Each front at a port for HTTP and one for HTTPS.
Result<void> Simulator::State::serve_front(Front& front, const TestCa& ca,
                                           const std::string& directory) {
  Served served{
      .http_url = {}, .https_url = {}, .ca_file = directory + "/ca.pem", .directory = directory};
  for (const bool is_tls : {false, true}) {
    http::ServerOptions where;
    if (is_tls) where.tls = ca.identity;
    auto server = http::Server::make(
        loop, std::move(where),
        [this, &front](const Request& request) { return hub->serve(front, request); });
    if (!server) return server.error();
    (is_tls ? served.https_url : served.http_url) = (*server)->url();
    servers.push_back(std::move(*server));
  }
  front.served_at(served);
  auto environment = front.environment(served);
  if (!environment) return environment.error();
  variables.insert(variables.end(), environment->begin(), environment->end());
  return {};
}

Result<void> Simulator::State::open(SimulatorOptions options) {
  if (options.world.master_secret.empty()) options.world.master_secret = random_bytes(32);
  if (auto opened = open_sandboxes(options); !opened) return opened;
  const auto clock = [] { return std::chrono::system_clock::now(); };
  world = std::make_unique<World>(options.world, clock, host.get());
  world->on_schedule = [this] { arm(); };
  if (host) host->on_powered_off = [this](const std::string& id) { world->powered_off(id); };
  hub = std::make_unique<Hub>(*world);
  hub->faults().add(std::move(options.faults));

  auto admin = http::Server::make(loop, {}, [this](const Request& request) {
    return http::ServerReply{.response = serve_admin(*hub, request)};
  });
  if (!admin) return admin.error();
  url = (*admin)->url();
  servers.push_back(std::move(*admin));
  variables.push_back({"CCLOUD_SIM_URL", url});
  variables.push_back({"CCLOUD_SIM_LAG_MS", std::to_string(lag_of(options.world).count())});

  auto ca = make_test_ca();
  if (!ca) return ca.error();
  const auto directory = options.directory / "clients";
  std::error_code problem;
  std::filesystem::create_directories(directory, problem);
  if (problem) return make_error(ErrorCode::internal, "cannot make " + directory.string());
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, problem);
  auto written = write_private_file(directory / "ca.pem", ca->certificate);
  if (!written) return written;
  variables.push_back({"CCLOUD_SIM_CA", directory / "ca.pem"});
  for (const auto& front : hub->fronts()) {
    if (auto served = serve_front(*front, *ca, directory); !served) return served;
  }
  return {};
}

Simulator::Simulator(std::unique_ptr<State> state) : state_(std::move(state)) {}
Simulator::~Simulator() = default;

Result<std::unique_ptr<Simulator>> Simulator::make(async::Loop& loop, SimulatorOptions options) {
  auto state = std::make_unique<State>(loop);
  if (auto opened = state->open(std::move(options)); !opened) return opened.error();
  return std::unique_ptr<Simulator>(new Simulator(std::move(state)));
}

Hub& Simulator::hub() { return *state_->hub; }
std::string Simulator::url() const { return state_->url; }
const std::vector<Variable>& Simulator::environment() const { return state_->variables; }

}  // namespace ccloud::sim
