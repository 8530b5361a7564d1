// Volumes: describe, grow, and how growing goes on. They are made with their instances.
#include <fmt/format.h>

#include "sim/aws/listing.h"

namespace ccloud::sim::aws {
namespace {

const std::string& field(const Resource& resource, std::string_view name) {
  static const std::string nothing;
  const auto found = resource.fields.find(name);
  return found == resource.fields.end() ? nothing : found->second;
}

constexpr Field<Disk> fields[] = {
    {"volume-id", [](const Disk& d) { return Values{d.id}; }},
    {"status", [](const Disk& d) { return Values{d.state}; }},
    {"size", [](const Disk& d) { return Values{std::to_string(d.size_gib)}; }},
    {"volume-type", [](const Disk& d) { return Values{d.kind}; }},
    {"availability-zone", [](const Disk& d) { return Values{d.zone}; }},
    {"attachment.instance-id", [](const Disk& d) { return Values{d.machine}; }},
    {"attachment.device", [](const Disk& d) { return Values{d.device}; }},
    {"attachment.status",
     [](const Disk& d) { return Values{d.machine.empty() ? "detached" : "attached"}; }},
    {"attachment.delete-on-termination",
     [](const Disk& d) { return Values{d.dies_with_machine ? "true" : "false"}; }},
};

Answer<> describe_volumes(Ec2& ec2) {
  auto found = select<Disk>(ec2, {.type = "volume", .ids = "VolumeId"}, fields);
  if (!found) return std::unexpected(found.error());
  ec2.xml.list("volumeSet", found->all, [&](const Disk* disk) {
    auto& xml = ec2.xml;
    xml.leaf("volumeId", disk->id)
        .leaf("size", disk->size_gib)
        .leaf("snapshotId", "")
        .leaf("availabilityZone", disk->zone)
        .leaf("status", disk->state)
        .leaf("createTime", ec2_time(disk->created))
        .open("attachmentSet");
    if (!disk->machine.empty()) {
      xml.open("item")
          .leaf("volumeId", disk->id)
          .leaf("instanceId", disk->machine)
          .leaf("device", disk->device)
          .leaf("status", "attached")
          .leaf("attachTime", ec2_time(disk->created))
          .leaf("deleteOnTermination", disk->dies_with_machine)
          .close("item");
    }
    xml.close("attachmentSet");
    xml.leaf("volumeType", disk->kind).leaf("encrypted", field(*disk, "encrypted") == "true");
    xml.optional("iops", field(*disk, "iops")).optional("throughput", field(*disk, "throughput"));
    xml.leaf("multiAttachEnabled", false);
    ec2.write_tags(*disk);
  });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

void write_modification(Ec2& ec2, const Disk& disk) {
  ec2.xml.leaf("volumeId", disk.id)
      .leaf("modificationState", field(disk, "modification"))
      .leaf("targetSize", disk.size_gib)
      .leaf("targetVolumeType", disk.kind)
      .leaf("originalSize", field(disk, "original_size"))
      .leaf("originalVolumeType", field(disk, "original_type"))
      .leaf("progress", field(disk, "modification") == "completed" ? 100 : 0)
      .leaf("startTime", field(disk, "modified"));
}

Answer<> modify_volume(Ec2& ec2) {
  auto found = ec2.see_as<Disk>("volume", ec2.params.get("VolumeId"));
  if (!found) return std::unexpected(found.error());
  auto& disk = **found;
  const auto size = ec2.params.number("Size", disk.size_gib);
  if (size < disk.size_gib) {
    return fail("InvalidParameterValue", "New size cannot be smaller than existing size");
  }
  if (size > 16384) {
    return fail("InvalidParameterValue", fmt::format("Volume of size {}GB is too large", size));
  }
  const auto& state = field(disk, "modification");
  if (!state.empty() && state != "completed") {
    return fail("IncorrectModificationState",
                fmt::format("Cannot modify volume {} currently in modification state '{}'.",
                            disk.id, state));
  }
  disk.fields["original_size"] = std::to_string(disk.size_gib);
  disk.fields["original_type"] = disk.kind;
  disk.fields["modified"] = ec2_time(ec2.world.now());
  disk.fields["modification"] = "modifying";
  disk.size_gib = static_cast<int>(size);
  if (ec2.params.has("VolumeType")) disk.kind = ec2.params.get("VolumeType");
  const auto delay = ec2.world.sample(ec2.world.options().latency.stop);
  ec2.world.later(delay, [&world = ec2.world, place = ec2.place, id = disk.id] {
    if (auto* it = world.find_as<Disk>(place, id)) it->fields["modification"] = "completed";
  });
  ec2.xml.open("volumeModification");
  write_modification(ec2, disk);
  ec2.xml.close("volumeModification");
  return {};
}

Answer<> describe_modifications(Ec2& ec2) {
  auto found = select<Disk>(ec2, {.type = "volume", .ids = "VolumeId"}, fields);
  if (!found) return std::unexpected(found.error());
  std::erase_if(found->all, [](const Disk* disk) { return field(*disk, "modification").empty(); });
  ec2.xml.list("volumeModificationSet", found->all,
               [&](const Disk* disk) { write_modification(ec2, *disk); });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

Answer<> delete_volume(Ec2& ec2) {
  auto found = ec2.see_as<Disk>("volume", ec2.params.get("VolumeId"));
  if (!found) return std::unexpected(found.error());
  if (!(*found)->machine.empty()) {
    return fail("VolumeInUse", fmt::format("Volume {} is currently attached to {}", (*found)->id,
                                           (*found)->machine));
  }
  ec2.world.remove(**found);
  ec2.write_true();
  return {};
}

}  // namespace

std::vector<Operation> volume_operations() {
  return {
      {"DescribeVolumes", "VolumeId.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false,
       describe_volumes},
      {"ModifyVolume", "VolumeId! Size:int VolumeType Iops:int Throughput:int", true,
       modify_volume},
      {"DescribeVolumesModifications", "VolumeId.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false,
       describe_modifications},
      {"DeleteVolume", "VolumeId!", true, delete_volume},
  };
}

}  // namespace ccloud::sim::aws
