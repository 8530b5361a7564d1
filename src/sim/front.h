// A front speaks one cloud's wire API over the World. It parses requests strictly, verifies
// signatures and tokens, and answers as that cloud does. Faults, limits, latency and the record of
// calls are the hub's; a front only names the call and can render the cloud's own refusals.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"
#include "sim/resource.h"
#include "sim/world.h"

namespace ccloud::sim {

using http::Request;
using http::Response;

/// One documented token bucket that a call takes from (used with --limits real).
struct Bucket {
  std::string key;  ///< "ACCOUNT/REGION/RunInstances"
  double size = 0;
  double per_second = 0;
  double cost = 1;
};

/// What a request is, before it is carried out.
struct CallInfo {
  std::string action;   ///< "RunInstances", "POST /servers": what faults and counts go by
  std::string account;  ///< as far as known
  std::string region;
  bool is_write = false;
  std::vector<Bucket> buckets;
};

/// A request to carry out.
struct Call {
  const Request& request;  ///< its `url` is the target: path and query
  const CallInfo& info;
  Time as_of{};               ///< reads show the world of that time (stale reads lie a little back)
  std::string no_capacity{};  ///< creating a machine in such a zone (a glob) answers: no capacity
  bool over_quota = false;    ///< creating anything answers: your quota is used up
  bool empty_page = false;    ///< a paged list answers an empty page with a token to go on

  /// `zone` empty: the cloud would choose; then only a cloud that is full everywhere refuses.
  bool is_full(std::string_view zone) const;
};

enum class Refusal {
  throttled,       ///< too many requests
  internal_error,  ///< the cloud's 500
  unavailable,     ///< the cloud's 503
  expired,         ///< the credentials were good but have expired
};

/// Where a front is served, for its environment.
struct Served {
  std::string http_url;   ///< "http://127.0.0.1:PORT"
  std::string https_url;  ///< "https://127.0.0.1:PORT", under the test CA
  std::string ca_file;    ///< PEM of the test CA
  std::string directory;  ///< the simulator's: a front may write files there (mode 600)
};

struct Variable {
  std::string name;
  std::string value;
};

struct OfferedOperation {
  std::string service;
  std::string name;
  std::string parameters;  ///< separated by blanks, in the front's own notation
};

class Front {
 public:
  virtual ~Front() = default;
  virtual std::string_view cloud() const = 0;  ///< the driver's name: "aws"
  virtual CallInfo identify(const Request& request) const = 0;
  virtual Response handle(const Call& call) = 0;
  /// How long the answer is held back, for calls that wait for something: asked again after that
  /// time, until it is 0 or two minutes are over; then handle() answers.
  virtual Duration hold(const Call& call) {
    static_cast<void>(call);
    return Duration(0);
  }
  virtual Response refuse(const Call& call, Refusal why,
                          std::optional<std::chrono::seconds> retry_after) = 0;
  /// Whether it denies what is too young to be listed also to calls that name it.
  virtual bool denies_the_unseen() const { return false; }
  /// Called once before the first request, for answers that contain URLs of the front itself.
  virtual void served_at(const Served& served) { static_cast<void>(served); }
  /// The variables with which this cloud's own clients, and ccloud, find this front.
  virtual Result<std::vector<Variable>> environment(const Served& served) const = 0;
  /// What it offers, with the parameters it knows, for checks against the vendor's own model.
  virtual std::vector<OfferedOperation> operations() const { return {}; }
  /// The World was cleared: forget everything but the credentials.
  virtual void reset() {}
};

/// Every front there is, over the World (src/sim/fronts.cc has one line for each).
std::vector<std::unique_ptr<Front>> make_fronts(World& world);

}  // namespace ccloud::sim
