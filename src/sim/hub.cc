// One request's way: record, fault, limit, latency, front.
#include "sim/hub.h"

#include "base/text.h"

namespace ccloud::sim {
namespace {

constexpr std::size_t kept_calls = 100'000;
constexpr std::chrono::minutes longest_hold{2};
using Delivery = http::ServerReply::Delivery;

std::optional<Refusal> refusal_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::throttle:
      return Refusal::throttled;
    case FaultKind::error:
      return Refusal::internal_error;
    case FaultKind::unavailable:
      return Refusal::unavailable;
    case FaultKind::expired:
      return Refusal::expired;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool Call::is_full(std::string_view zone) const {
  return !no_capacity.empty() && glob_match(no_capacity, zone);
}

Hub::Hub(World& world)
    : world_(world), latency_(world.options().latency), fronts_(make_fronts(world)) {
  world_.on_boot = [this](Machine& machine, Duration& boot_time, bool& fails) {
    const auto* rule = faults_.strike_boot(machine, world_);
    if (rule == nullptr) return;
    if (rule->kind == FaultKind::fail_boot) fails = true;
    boot_time += world_.scaled(rule->kind == FaultKind::slow_boot ? rule->by : Duration(0));
  };
  world_.on_add = [this](const Resource& resource) { chains_.made(resource); };
}

http::ServerReply Hub::hold_or_answer(Front& front, const Call& call, Time until) {
  http::ServerReply reply;
  reply.delay = world_.now() < until ? front.hold(call) : Duration(0);
  if (reply.delay <= Duration(0)) {
    reply.response = front.handle(call);
    return reply;
  }
  reply.late = [this, &front, request = call.request, info = call.info, until] {
    world_.settle();
    const Call later{.request = request, .info = info, .as_of = world_.now()};
    return hold_or_answer(front, later, until);
  };
  return reply;
}

http::ServerReply Hub::carry_out(Front& front, Call& call, const FaultRule* fault) {
  http::ServerReply reply;
  if (fault == nullptr) {
    return hold_or_answer(front, call, world_.now() + world_.scaled(longest_hold));
  }
  if (const auto refusal = refusal_of(fault->kind)) {
    reply.response = front.refuse(call, *refusal, fault->retry_after);
    return reply;
  }
  switch (fault->kind) {
    case FaultKind::reset:
      reply.delivery = Delivery::reset;
      return reply;
    case FaultKind::timeout:
      reply.delivery = Delivery::hang;
      return reply;
    case FaultKind::lost_reply:
      reply.delivery = Delivery::reset;
      break;
    case FaultKind::stale:
      call.as_of -= world_.scaled(fault->by);
      break;
    case FaultKind::capacity:
      call.no_capacity = fault->zone;
      break;
    case FaultKind::quota:
      call.over_quota = true;
      break;
    case FaultKind::empty_page:
      call.empty_page = true;
      break;
    case FaultKind::slow:
      reply.delay = world_.scaled(fault->by);
      break;
    default:
      break;
  }
  reply.response = front.handle(call);
  return reply;
}

/// Refused and lost calls have to be made again: the shortest way is without them.
void Hub::remember_chain(const Front& front, const Call& call, const http::ServerReply& reply) {
  constexpr int first_refusal = 400;
  if (reply.delivery != Delivery::send || reply.response.status >= first_refusal) return;
  if (call.info.is_write) {
    chains_.record_write(front, call, reply.delay, world_.options().has_real_limits);
  } else {
    chains_.record_read(front.cloud(), call.info, reply.delay);
  }
}

http::ServerReply Hub::serve(Front& front, const Request& request) {
  world_.settle();
  const auto info = front.identify(request);
  Call call{.request = request, .info = info, .as_of = world_.now()};
  const auto* fault = faults_.strike(info, front.cloud(), world_);
  std::string fault_name(fault == nullptr ? "" : to_string(fault->kind));
  http::ServerReply reply;
  const auto started = std::chrono::steady_clock::now();
  const auto& options = world_.options();
  if (fault == nullptr && options.has_real_limits &&
      !limiter_.take(info.buckets, world_.now(), options.speed)) {
    fault_name = "limit";
    reply.response = front.refuse(call, Refusal::throttled, std::nullopt);
  } else {
    reply = carry_out(front, call, fault);
  }
  reply.delay += world_.sample(info.is_write ? latency_.write : latency_.read);
  remember_chain(front, call, reply);
  world_.settle();
  calls_.push_back({.at = world_.now(),
                    .cloud = std::string(front.cloud()),
                    .account = info.account,
                    .region = info.region,
                    .action = info.action,
                    .is_write = info.is_write,
                    .status = reply.delivery == Delivery::send ? reply.response.status : 0,
                    .fault = std::move(fault_name),
                    .user_agent = std::string(http::find_header(request.headers, "user-agent"))});
  if (calls_.size() > kept_calls) calls_.pop_front();
  ++counts_[{calls_.back().cloud, info.action}];
  if (info.is_write) ++writes_;
  auto& served = served_[{calls_.back().cloud, info.region, info.action}];
  ++served.calls;
  served.latency += reply.delay;
  served.work += std::chrono::steady_clock::now() - started;
  return reply;
}

void Hub::forget_calls() {
  calls_.clear();
  counts_.clear();
  served_.clear();
  chains_.forget();
  writes_ = 0;
}

void Hub::reset() {
  world_.clear();
  for (const auto& front : fronts_) front->reset();
  forget_calls();
}

}  // namespace ccloud::sim
