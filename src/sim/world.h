// The World: everything that the simulated clouds hold, its clock, its chance and its rules of time
// (boots, visibility lag, power states). It knows no wire API; the fronts speak those. One thread.
#pragma once

#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "sim/latency.h"
#include "sim/permissions.h"
#include "sim/resource.h"

namespace ccloud::sim {

/// Where machines really run. The World calls it; `done` comes back on the World's thread, later
/// or at once. Without a host a machine is only a record (`--boot none`).
class Host {
 public:
  using Booted = std::function<void(Result<Node>)>;
  virtual ~Host() = default;
  /// Makes its node, or powers a stopped one on again.
  virtual void boot(const std::string& node_id, const Machine& machine, Booted done) = 0;
  /// Keeps its files.
  virtual void stop(const std::string& node_id) = 0;
  virtual void reboot(const std::string& node_id, Booted done) = 0;
  /// Removes everything of it; also when it never booted.
  virtual void destroy(const std::string& node_id) = 0;
  /// Its processes end at once, files stay: a crash that the cloud does not notice.
  virtual void crash(const std::string& node_id) = 0;
  /// What it printed while booting.
  virtual std::string console(const std::string& node_id) = 0;
};

struct WorldOptions {
  Latency latency;  ///< all zero by default
  double speed = 1;
  bool has_real_limits = false;
  std::uint64_t seed = 1;
  std::string master_secret;  ///< of this simulator; all its credentials are derived from it
};

class World {
 public:
  using Clock = std::function<Time()>;
  /// Resources by order of creation.
  using Listing = std::map<std::uint64_t, Resource*>;

  World(WorldOptions options, Clock clock, Host* host = nullptr);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  const WorldOptions& options() const { return options_; }
  /// The calendar's time: real, so that signatures and time stamps agree with the clients'.
  Time now() const { return clock_(); }
  /// A duration of the real clouds, divided by --speed.
  Duration scaled(Duration duration) const;
  Duration sample(const Latency::Range& range);  ///< from the seed, divided by --speed

  // Names and secrets.
  std::string hex_id(std::size_t digits);  ///< never the same twice, in no other simulator either
  std::string uuid();                      ///< likewise, in UUID form
  double chance();                         ///< in [0, 1)
  std::string derive(
      std::string_view purpose) const;  ///< 64 hex digits, a secret of this simulator

  // Resources. References stay valid until the resource is removed.
  template <class T>
  T& add(T resource) {
    auto owned = std::make_unique<T>(std::move(resource));
    T& it = *owned;
    adopt(std::move(owned));
    return it;
  }
  Resource* find(const Place& place, std::string_view id);
  template <class T>
  T* find_as(const Place& place, std::string_view id) {
    return dynamic_cast<T*>(find(place, id));
  }
  /// Removes it now. Machines are ended with terminate() instead.
  void remove(Resource& resource);
  void set_tag(Resource& resource, const std::string& key, const std::string& value);
  void remove_tag(Resource& resource, const std::string& key);
  const Listing& list(const Place& place, std::string_view type) const;
  /// The machines of the place, whatever their type is called.
  const Listing& machines(const Place& place) const;
  /// Everything in the place with that tag, of all types.
  const Listing& tagged(const Place& place, std::string_view key, std::string_view value) const;
  /// Places in which there is something.
  std::vector<Place> places() const;
  /// Whether a read of that time sees it at all.
  static bool is_visible(const Resource& resource, Time as_of) {
    return resource.visible_from <= as_of;
  }
  void for_each(const std::function<void(const Resource&)>& fn) const;

  // Addresses.
  /// The lowest free host address of the subnet, `reserved` kept free at its start (one at its
  /// end); nullopt when it is full.
  std::optional<std::string> allocate_ip(Subnet& subnet, std::uint32_t reserved = 4);
  bool take_ip(Subnet& subnet, const std::string& ip);  ///< that one; false if taken or outside
  void release_ip(Subnet& subnet, const std::string& ip);
  static std::uint32_t capacity(const Subnet& subnet, std::uint32_t reserved = 4);
  /// A public address that leads nowhere (198.18.0.0/15).
  std::string fresh_public_ip();

  // Machines.
  Machine& launch(Machine machine);
  void start(Machine& machine);
  void stop(Machine& machine);
  void reboot(Machine& machine);
  void terminate(Machine& machine, std::string reason_code = "user", std::string reason = {});
  /// Assigns the address (taking it from where it was), or takes it away (nullptr).
  void assign(PublicAddress& address, Machine* machine);
  /// Its node powered itself off: it is stopped, whatever it is called.
  void powered_off(const std::string& node_id);
  /// Behind the cloud's back: the node is gone at once (a crashed host); shown as terminated.
  void kill(Machine& machine);
  /// The next launches: how many boots fail, how much slower they are (faults set these).
  std::function<void(Machine&, Duration& boot_time, bool& fails)> on_boot;
  /// Told of everything that is added.
  std::function<void(const Resource&)> on_add;
  Host* host() const { return host_; }
  /// The machine's name towards the host: unique over all clouds.
  static std::string node_id(const Machine& machine);
  Machine* find_node(const std::string& node_id);
  /// What the machine printed while booting; its own record where it has no node.
  std::string console(const Machine& machine) const;

  // Quotas: the documented default with --limits real, else practically unlimited.
  double quota(const Place& place, const std::string& name, double documented) const;
  void set_quota(const std::string& cloud, const std::string& name, double value);

  /// What callers may do; stays when the World is cleared.
  Permissions& permissions() { return permissions_; }
  const Permissions& permissions() const { return permissions_; }

  // Time.
  void later(Duration delay, std::function<void()> fn);  ///< the delay is not scaled
  /// Runs what is due. Called before every request and by the server's timer.
  void settle();
  std::optional<Time> next_event() const;
  std::function<void()> on_schedule;  ///< called when next_event() may have become earlier

  /// Everything but the options is gone, machines and nodes too; fronts are told through theirs.
  void clear();

 private:
  struct Shard;
  struct Event {
    Time at;
    std::uint64_t order;
    std::function<void()> fn;
  };

  void adopt(std::unique_ptr<Resource> resource);
  Shard& shard(const Place& place);
  const Shard* find_shard(const Place& place) const;
  void change(Machine& machine, Power power);
  void begin_boot(Machine& machine);
  void booted(const Place& place, const std::string& id, std::uint64_t epoch, Result<Node> node);
  void finish_termination(Machine& machine);
  Machine* at_epoch(const Place& place, const std::string& id, std::uint64_t epoch);
  void release_parts(Machine& machine);
  static void bind(PublicAddress& address, Machine& machine);
  void expire_later(Machine& machine);

  WorldOptions options_;
  Clock clock_;
  Host* host_;
  std::mt19937_64 random_;
  std::mt19937_64 random_ids_;
  std::map<Place, std::unique_ptr<Shard>> shards_;
  std::map<std::pair<Time, std::uint64_t>, std::function<void()>> events_;
  std::map<std::pair<std::string, std::string>, double> quotas_;
  Permissions permissions_;
  std::uint64_t next_serial_ = 1;
  std::uint64_t next_event_ = 1;
  std::uint32_t next_public_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace ccloud::sim
