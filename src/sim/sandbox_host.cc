// One queue of actions for each node.
#include "sim/sandbox_host.h"

namespace ccloud::sim {

SandboxHost::SandboxHost(Sandboxes& sandboxes) : sandboxes_(sandboxes) {
  sandboxes_.on_died([this](const std::string& id, const std::string&) {
    if (crashed_.contains(id) || !known_.contains(id)) return;
    if (on_powered_off) on_powered_off(id);
  });
}

void SandboxHost::enqueue(const std::string& node_id, Action action) {
  auto& queue = queues_[node_id];
  queue.push_back(std::move(action));
  if (queue.size() == 1) {
    const auto first = queue.front();
    first();
  }
}

void SandboxHost::next(const std::string& node_id) {
  const auto found = queues_.find(node_id);
  if (found == queues_.end()) return;
  found->second.pop_front();
  if (found->second.empty()) {
    queues_.erase(found);
    return;
  }
  const auto action = found->second.front();
  action();
}

Sandboxes::Booted SandboxHost::answer(const std::string& node_id, Booted done) {
  return [this, node_id, done = std::move(done)](Result<Address> address) {
    if (address) {
      crashed_.erase(node_id);
      done(Node{address->ip, address->port, address->host_key});
    } else {
      done(address.error());
    }
    next(node_id);
  };
}

void SandboxHost::boot(const std::string& node_id, const Machine& machine, Booted done) {
  NodeSpec spec;
  spec.id = node_id;
  spec.hostname = machine.host_name;
  spec.user = machine.user.empty() ? "admin" : machine.user;
  spec.authorized_keys = machine.public_keys;
  spec.user_data = machine.user_data;
  spec.image = machine.image;
  spec.private_ip = machine.private_ip;
  spec.boot_script = machine.boot_script;
  spec.more_users = machine.more_users;
  enqueue(node_id, [this, node_id, spec = std::move(spec), done = std::move(done)] {
    if (known_.insert(node_id).second) {
      sandboxes_.boot(spec, answer(node_id, done));
    } else {
      sandboxes_.start(node_id, answer(node_id, done));
    }
  });
}

void SandboxHost::stop(const std::string& node_id) {
  if (!known_.contains(node_id)) return;
  enqueue(node_id, [this, node_id] {
    sandboxes_.stop(node_id, [this, node_id](Result<void>) { next(node_id); });
  });
}

void SandboxHost::reboot(const std::string& node_id, Booted done) {
  enqueue(node_id, [this, node_id, done = std::move(done)] {
    if (sandboxes_.state(node_id) == NodeState::stopped) {
      sandboxes_.start(node_id, answer(node_id, done));
    } else {
      sandboxes_.restart(node_id, answer(node_id, done));
    }
  });
}

void SandboxHost::destroy(const std::string& node_id) {
  if (!known_.contains(node_id) && !queues_.contains(node_id)) return;
  enqueue(node_id, [this, node_id] {
    if (known_.erase(node_id) == 0) return next(node_id);
    crashed_.erase(node_id);
    sandboxes_.destroy(node_id, [this, node_id](Result<void>) { next(node_id); });
  });
}

void SandboxHost::crash(const std::string& node_id) {
  crashed_.insert(node_id);
  sandboxes_.kill_hard(node_id);
}

std::string SandboxHost::console(const std::string& node_id) { return sandboxes_.console(node_id); }

}  // namespace ccloud::sim
