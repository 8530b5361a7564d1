// Instance profiles of instances: associate, replace, disassociate, describe. Any well-formed
// profile exists, as in RunInstances; an instance has one at most.
#include <algorithm>

#include <fmt/format.h>

#include "sim/aws/instances.h"
#include "sim/aws/listing.h"

namespace ccloud::sim::aws {
namespace {

/// Its own since it was associated by call, else the one that came with RunInstances.
std::string association_of(const Machine& machine) {
  const auto at = machine.fields.find("profile_association");
  return at != machine.fields.end() ? at->second : "iip-assoc-" + machine.id.substr(2);
}

bool has_association(const Machine& machine) {
  return !machine.identity.empty() && machine.is_live();
}

constexpr Field<Machine> fields[] = {
    {"instance-id", [](const Machine& m) { return Values{m.id}; }},
    {"state", [](const Machine&) { return Values{"associated"}; }},
};

void write_association(Ec2& ec2, const Machine& machine, std::string_view state) {
  ec2.xml.leaf("associationId", association_of(machine)).leaf("instanceId", machine.id);
  write_profile(ec2, machine.identity);
  ec2.xml.leaf("state", state);
}

void write_result(Ec2& ec2, const Machine& machine, std::string_view state) {
  ec2.xml.open("iamInstanceProfileAssociation");
  write_association(ec2, machine, state);
  ec2.xml.close("iamInstanceProfileAssociation");
}

Answer<Machine*> associated_machine(Ec2& ec2, const std::string& association) {
  for (const auto& [serial, resource] : ec2.world.list(ec2.place, "instance")) {
    auto* machine = static_cast<Machine*>(resource);
    if (!ec2.is_visible(*machine) || !has_association(*machine)) continue;
    if (association_of(*machine) == association) return machine;
  }
  return fail("InvalidAssociationID.NotFound",
              fmt::format("An invalid association-id of '{}' was given", association));
}

/// The ARN of the profile that the request names.
Answer<std::string> wanted_profile(Ec2& ec2) {
  auto profile = profile_arn(ec2);
  if (profile && profile->empty()) {
    return fail("MissingParameter", "The request must contain the parameter IamInstanceProfile");
  }
  return profile;
}

Answer<> associate(Ec2& ec2) {
  auto machine = ec2.see_as<Machine>("instance", ec2.params.get("InstanceId"));
  if (!machine) return std::unexpected(machine.error());
  auto profile = wanted_profile(ec2);
  if (!profile) return std::unexpected(profile.error());
  auto& it = **machine;
  if (!it.is_live()) {
    return fail("IncorrectInstanceState",
                fmt::format("The instance '{}' is not in the 'running' state.", it.id));
  }
  if (!it.identity.empty()) {
    return fail("IncorrectState",
                fmt::format("There is an existing association for instance {}", it.id));
  }
  it.identity = *profile;
  it.fields["profile_association"] = ec2.new_id("iip-assoc-");
  write_result(ec2, it, "associating");
  return {};
}

Answer<> replace(Ec2& ec2) {
  auto machine = associated_machine(ec2, ec2.params.get("AssociationId"));
  if (!machine) return std::unexpected(machine.error());
  auto profile = wanted_profile(ec2);
  if (!profile) return std::unexpected(profile.error());
  (*machine)->identity = *profile;
  (*machine)->fields["profile_association"] = ec2.new_id("iip-assoc-");
  write_result(ec2, **machine, "associating");
  return {};
}

Answer<> disassociate(Ec2& ec2) {
  auto machine = associated_machine(ec2, ec2.params.get("AssociationId"));
  if (!machine) return std::unexpected(machine.error());
  write_result(ec2, **machine, "disassociating");
  (*machine)->identity.clear();
  (*machine)->fields.erase("profile_association");
  return {};
}

Answer<> describe(Ec2& ec2) {
  // The request names associations; instances are what is looked through.
  auto found = select<Machine>(ec2, {.type = "instance", .ids = "InstanceId"}, fields);
  if (!found) return std::unexpected(found.error());
  const auto ids = ec2.params.list("AssociationId");
  for (const auto& id : ids) {
    if (auto known = associated_machine(ec2, id); !known) return std::unexpected(known.error());
  }
  std::erase_if(found->all, [&](const Machine* machine) {
    const bool is_asked =
        ids.empty() || std::ranges::find(ids, association_of(*machine)) != ids.end();
    return !has_association(*machine) || !is_asked;
  });
  ec2.xml.list("iamInstanceProfileAssociationSet", found->all,
               [&](const Machine* machine) { write_association(ec2, *machine, "associated"); });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

}  // namespace

std::vector<Operation> profile_operations() {
  return {
      {"AssociateIamInstanceProfile", "InstanceId! IamInstanceProfile.Name IamInstanceProfile.Arn",
       true, associate},
      {"ReplaceIamInstanceProfileAssociation",
       "AssociationId! IamInstanceProfile.Name IamInstanceProfile.Arn", true, replace},
      {"DisassociateIamInstanceProfile", "AssociationId!", true, disassociate},
      {"DescribeIamInstanceProfileAssociations",
       "AssociationId.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false, describe},
  };
}

}  // namespace ccloud::sim::aws
