// DescribeImages.
#include <fmt/format.h>

#include "sim/aws/listing.h"

namespace ccloud::sim::aws {
namespace {

const std::string& field(const Image& image, std::string_view name) {
  static const std::string nothing;
  const auto found = image.fields.find(name);
  return found == image.fields.end() ? nothing : found->second;
}

constexpr Field<Image> fields[] = {
    {"name", [](const Image& i) { return Values{i.name}; }},
    {"image-id", [](const Image& i) { return Values{i.id}; }},
    {"architecture", [](const Image& i) { return Values{i.arch}; }},
    {"state", [](const Image&) { return Values{"available"}; }},
    {"owner-id", [](const Image& i) { return Values{i.owner}; }},
    {"owner-alias", [](const Image& i) { return Values{field(i, "alias")}; }},
    {"virtualization-type", [](const Image&) { return Values{"hvm"}; }},
    {"root-device-type", [](const Image&) { return Values{"ebs"}; }},
    {"root-device-name", [](const Image& i) { return Values{field(i, "root_device")}; }},
    {"image-type", [](const Image&) { return Values{"machine"}; }},
    {"is-public", [](const Image&) { return Values{"true"}; }},
    {"hypervisor", [](const Image&) { return Values{"xen"}; }},
    {"ena-support", [](const Image&) { return Values{"true"}; }},
    {"creation-date", [](const Image& i) { return Values{field(i, "created")}; }},
};

bool is_owned_by(const Image& image, const Values& owners, const std::string& account) {
  return owners.empty() || std::ranges::any_of(owners, [&](const std::string& owner) {
           if (owner == "self") return image.owner == account;
           return owner == image.owner || owner == field(image, "alias");
         });
}

void write_image(Ec2& ec2, const Image& image) {
  auto& xml = ec2.xml;
  xml.leaf("imageId", image.id)
      .leaf("imageLocation", fmt::format("{}/{}", image.owner, image.name))
      .leaf("imageState", "available")
      .leaf("imageOwnerId", image.owner)
      .leaf("creationDate", field(image, "created"))
      .leaf("isPublic", true)
      .leaf("architecture", image.arch)
      .leaf("imageType", "machine")
      .optional("imageOwnerAlias", field(image, "alias"))
      .leaf("name", image.name)
      .leaf("description", fmt::format("{} ({}), simulated", image.os, image.arch))
      .leaf("platformDetails", "Linux/UNIX")
      .leaf("usageOperation", "RunInstances")
      .leaf("rootDeviceType", "ebs")
      .leaf("rootDeviceName", field(image, "root_device"));
  xml.open("blockDeviceMapping").open("item").leaf("deviceName", field(image, "root_device"));
  xml.open("ebs")
      .leaf("deleteOnTermination", true)
      .leaf("snapshotId", field(image, "snapshot"))
      .leaf("volumeSize", image.min_disk_gib)
      .leaf("volumeType", "gp3")
      .leaf("encrypted", false)
      .close("ebs");
  xml.close("item").close("blockDeviceMapping");
  xml.leaf("virtualizationType", "hvm").leaf("hypervisor", "xen").leaf("enaSupport", true);
  ec2.write_tags(image);
}

Answer<> describe_images(Ec2& ec2) {
  auto found = select<Image>(ec2, {.type = "image", .ids = "ImageId"}, fields);
  if (!found) return std::unexpected(found.error());
  const auto owners = ec2.params.list("Owner");
  std::erase_if(found->all, [&](const Image* image) {
    return !is_owned_by(*image, owners, ec2.place.account);
  });
  ec2.xml.list("imagesSet", found->all, [&](const Image* image) { write_image(ec2, *image); });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

}  // namespace

std::vector<Operation> image_operations() {
  return {{"DescribeImages",
           "ImageId.N Owner.N ExecutableBy.N IncludeDeprecated:bool" CCLOUD_EC2_FILTERS
               CCLOUD_EC2_PAGES,
           false, describe_images}};
}

}  // namespace ccloud::sim::aws
