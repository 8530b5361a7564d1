// The lives of the World's machines: every power action takes its time, can be overtaken by a later
// one (the epoch tells), and drives the real node where there is one.
#include <fmt/format.h>

#include "sim/shard.h"
#include "sim/world.h"

namespace ccloud::sim {

std::string World::node_id(const Machine& machine) {
  return fmt::format("{}/{}/{}/{}", machine.place.cloud, machine.place.account,
                     machine.place.region, machine.id);
}

Machine* World::find_node(const std::string& id) {
  std::size_t at[3] = {0, 0, 0};
  for (std::size_t i = 0; i < 3; ++i) {
    at[i] = id.find('/', i == 0 ? 0 : at[i - 1] + 1);
    if (at[i] == std::string::npos) return nullptr;
  }
  const Place place{id.substr(0, at[0]), id.substr(at[0] + 1, at[1] - at[0] - 1),
                    id.substr(at[1] + 1, at[2] - at[1] - 1)};
  return find_as<Machine>(place, id.substr(at[2] + 1));
}

void World::powered_off(const std::string& node_id) {
  auto* machine = find_node(node_id);
  if (machine == nullptr || machine->power != Power::running) return;
  ++machine->epoch;
  if (machine->address.empty()) machine->public_ip.clear();
  machine->node.reset();
  change(*machine, Power::stopped);
}

std::string World::console(const Machine& machine) const {
  if (host_ == nullptr || !machine.node) return machine.console;
  const auto printed = host_->console(node_id(machine));
  return printed.empty() ? machine.console : printed;
}

void World::change(Machine& machine, Power power) {
  machine.earlier_power = machine.power;
  machine.power = power;
  machine.changed = now();
}

Machine* World::at_epoch(const Place& place, const std::string& id, std::uint64_t epoch) {
  auto* machine = find_as<Machine>(place, id);
  return machine != nullptr && machine->epoch == epoch ? machine : nullptr;
}

Machine& World::launch(Machine machine) {
  machine.power = machine.earlier_power = Power::pending;
  auto& it = add(std::move(machine));
  it.changed = it.created;
  begin_boot(it);
  return it;
}

void World::begin_boot(Machine& machine) {
  const auto epoch = ++machine.epoch;
  auto boot_time = sample(options_.latency.boot);
  bool fails = false;
  if (on_boot) on_boot(machine, boot_time, fails);
  const auto place = machine.place;
  const auto id = machine.id;
  // The node and the cloud's own time run side by side: running when both are over.
  struct Waiting {
    int parts = 1;
    Result<Node> node = Node{};
  };
  auto waiting = std::make_shared<Waiting>();
  auto part_done = [this, place, id, epoch, waiting] {
    if (--waiting->parts == 0) booted(place, id, epoch, std::move(waiting->node));
  };
  if (fails) {
    waiting->node = make_error(ErrorCode::internal, "the boot failed");
  } else if (host_ != nullptr) {
    waiting->parts = 2;
    host_->boot(node_id(machine), machine, [waiting, part_done](Result<Node> node) {
      waiting->node = std::move(node);
      part_done();
    });
  }
  later(boot_time, part_done);
}

void World::booted(const Place& place, const std::string& id, std::uint64_t epoch,
                   Result<Node> node) {
  auto* machine = at_epoch(place, id, epoch);
  if (machine == nullptr) return;
  if (!node) {
    machine->reason_code = "internal_error";
    machine->reason = node.error().message;
    ++machine->epoch;
    change(*machine, Power::failed);
    release_parts(*machine);
    // Where dead machines stay listed for a while this one goes like them; elsewhere a failed one
    // stays until it is deleted.
    if (machine->lingers > Duration(0)) expire_later(*machine);
    return;
  }
  machine->has_run = true;
  if (!node->address.empty()) {
    machine->node = *node;
    // Without root a node's sshd is not at port 22; the record says where.
    if (node->ssh_port != 22) set_tag(*machine, ssh_port_tag, std::to_string(node->ssh_port));
  }
  if (auto* assigned = find_as<PublicAddress>(place, machine->address)) {
    bind(*assigned, *machine);
  } else if (machine->wants_public_ip && machine->public_ip.empty()) {
    machine->public_ip = machine->node ? machine->node->address : fresh_public_ip();
  }
  machine->console += fmt::format(
      "[    0.000000] Linux version 6.1.0 (simulated {})\n"
      "[    0.412000] Machine {} is up\n",
      machine->os, machine->id);
  change(*machine, Power::running);
}

void World::start(Machine& machine) {
  change(machine, Power::pending);
  begin_boot(machine);
}

void World::stop(Machine& machine) {
  const auto epoch = ++machine.epoch;
  change(machine, Power::stopping);
  if (host_ != nullptr) host_->stop(node_id(machine));
  later(sample(options_.latency.stop), [this, place = machine.place, id = machine.id, epoch] {
    auto* it = at_epoch(place, id, epoch);
    if (it == nullptr) return;
    if (it->address.empty()) it->public_ip.clear();
    it->node.reset();
    change(*it, Power::stopped);
  });
}

void World::reboot(Machine& machine) {
  if (host_ == nullptr) return;
  const auto epoch = machine.epoch;
  host_->reboot(node_id(machine),
                [this, place = machine.place, id = machine.id, epoch](Result<Node> node) {
                  auto* it = at_epoch(place, id, epoch);
                  if (it != nullptr && node && !node->address.empty()) it->node = *node;
                });
}

void World::terminate(Machine& machine, std::string reason_code, std::string reason) {
  if (machine.power == Power::terminating || machine.power == Power::terminated) return;
  const auto epoch = ++machine.epoch;
  machine.reason_code = std::move(reason_code);
  machine.reason = std::move(reason);
  change(machine, Power::terminating);
  if (host_ != nullptr) host_->destroy(node_id(machine));
  later(sample(options_.latency.terminate), [this, place = machine.place, id = machine.id, epoch] {
    auto* it = at_epoch(place, id, epoch);
    if (it != nullptr) finish_termination(*it);
  });
}

/// A real node listens on one address only, so an address that is assigned to it becomes that one:
/// what the cloud shows can be logged in to. Until then, and without nodes, it leads nowhere.
void World::bind(PublicAddress& address, Machine& machine) {
  if (machine.node) address.ip = machine.node->address;
  machine.public_ip = address.ip;
}

void World::assign(PublicAddress& address, Machine* machine) {
  if (auto* old = find_as<Machine>(address.place, address.machine)) {
    old->address.clear();
    const bool gets_one = old->wants_public_ip && old->power == Power::running;
    old->public_ip = !gets_one ? "" : (old->node ? old->node->address : fresh_public_ip());
  }
  address.machine = machine == nullptr ? "" : machine->id;
  if (machine == nullptr) return;
  if (auto* other = find_as<PublicAddress>(machine->place, machine->address)) {
    if (other != &address) other->machine.clear();
  }
  machine->address = address.id;
  bind(address, *machine);
}

void World::kill(Machine& machine) {
  if (machine.power == Power::terminated) return;
  ++machine.epoch;
  machine.reason_code = "host_failure";
  if (host_ != nullptr) host_->destroy(node_id(machine));
  finish_termination(machine);
}

void World::finish_termination(Machine& machine) {
  change(machine, Power::terminated);
  release_parts(machine);
  expire_later(machine);
}

void World::expire_later(Machine& machine) {
  later(scaled(machine.lingers), [this, place = machine.place, id = machine.id] {
    auto* it = find_as<Machine>(place, id);
    if (it != nullptr) remove(*it);
  });
}

void World::release_parts(Machine& machine) {
  if (host_ != nullptr) host_->destroy(node_id(machine));
  if (auto* subnet = find_as<Subnet>(machine.place, machine.subnet)) {
    if (!machine.private_ip.empty()) release_ip(*subnet, machine.private_ip);
  }
  machine.private_ip.clear();
  if (auto* address = find_as<PublicAddress>(machine.place, machine.address)) {
    address->machine.clear();
  }
  machine.address.clear();
  machine.public_ip.clear();
  machine.node.reset();
  for (const auto& id : machine.parts) {
    if (auto* part = find(machine.place, id)) remove(*part);
  }
  machine.parts.clear();
  for (const auto& id : machine.disks) {
    auto* disk = find_as<Disk>(machine.place, id);
    if (disk == nullptr) continue;
    if (disk->dies_with_machine) {
      remove(*disk);
    } else {
      disk->machine.clear();
      disk->device.clear();
      disk->state = "available";
    }
  }
  machine.disks.clear();
}

}  // namespace ccloud::sim
