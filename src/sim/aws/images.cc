// Image names and owners as the vendors publish them; ids follow from region and name, so every
// simulator has the same ones.
#include "sim/aws/images.h"

#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::sim::aws {
namespace {

struct Kind {
  std::string_view os;
  std::string_view user;
  std::string_view name;       ///< {arch} {date} are filled in
  std::string_view owners[3];  ///< aws, aws-cn, aws-us-gov
  std::string_view root_device;
  int disk_gib;
  bool says_x86_64;            ///< architecture in names: x86_64 (else amd64)
  std::string_view parameter;  ///< {arch} is filled in; empty: none
};

constexpr std::array kinds = {
    Kind{"debian-12",
         "admin",
         "debian-12-{arch}-{date}-1733",
         {"136693071363", "336777782633", "136693071363"},
         "/dev/xvda",
         8,
         false,
         "/aws/service/debian/release/12/latest/{arch}"},
    Kind{"debian-13",
         "admin",
         "debian-13-{arch}-{date}-2190",
         {"136693071363", "336777782633", "136693071363"},
         "/dev/xvda",
         8,
         false,
         "/aws/service/debian/release/13/latest/{arch}"},
    Kind{"ubuntu-22.04",
         "ubuntu",
         "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-{arch}-server-{date}",
         {"099720109477", "837727238323", "513442679011"},
         "/dev/sda1",
         8,
         false,
         "/aws/service/canonical/ubuntu/server/22.04/stable/current/{arch}/hvm/ebs-gp2/ami-id"},
    Kind{"ubuntu-24.04",
         "ubuntu",
         "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{arch}-server-{date}",
         {"099720109477", "837727238323", "513442679011"},
         "/dev/sda1",
         8,
         false,
         "/aws/service/canonical/ubuntu/server/24.04/stable/current/{arch}/hvm/ebs-gp3/ami-id"},
    Kind{"al2023",
         "ec2-user",
         "al2023-ami-2023.9.{date}.0-kernel-6.1-{arch}",
         {"137112412989", "141808717104", "045324592363"},
         "/dev/xvda",
         8,
         true,
         "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{arch}"},
    Kind{"rocky-9",
         "rocky",
         "Rocky-9-EC2-Base-9.6-{date}.0.{arch}",
         {"792107900819", "792107900819", "792107900819"},
         "/dev/sda1",
         10,
         true,
         ""},
};

// Two builds of each, so that "the newest" has to be chosen; the SSM parameters name the second.
struct Build {
  std::string_view day;      ///< in names
  std::string_view created;  ///< creationDate
};
constexpr std::array builds = {Build{"20250814", "2025-08-14T09:12:33.000Z"},
                               Build{"20260210", "2026-02-10T10:03:51.000Z"}};

std::string arch_word(const Kind& kind, std::string_view arch) {
  if (arch == "arm64") return kind.says_x86_64 && kind.os == "rocky-9" ? "aarch64" : "arm64";
  return kind.says_x86_64 ? "x86_64" : "amd64";
}

std::string fill(std::string_view pattern, const std::string& arch, std::string_view date) {
  return replace_all(replace_all(pattern, "{arch}", arch), "{date}", date);
}

std::string image_id(const Region& region, const std::string& name) {
  return "ami-0" + sha256_hex(fmt::format("{}/{}", region.name, name)).substr(0, 16);
}

}  // namespace

void add_images(World& world, const Place& place, const Region& region) {
  const std::size_t partition_index =
      region.partition == "aws" ? 0 : (region.partition == "aws-cn" ? 1 : 2);
  for (const auto& kind : kinds) {
    for (const std::string_view arch : {"x86_64", "arm64"}) {
      for (const auto& build : builds) {
        Image image;
        image.place = place;
        image.type = "image";
        image.is_builtin = true;
        image.name = fill(kind.name, arch_word(kind, arch), build.day);
        image.id = image_id(region, image.name);
        image.os = kind.os;
        image.user = kind.user;
        image.arch = arch;
        image.owner = kind.owners[partition_index];
        image.min_disk_gib = kind.disk_gib;
        image.fields["root_device"] = kind.root_device;
        image.fields["created"] = build.created;
        image.fields["snapshot"] = "snap-0" + image.id.substr(5);
        if (kind.owners[0] == "137112412989") image.fields["alias"] = "amazon";
        world.add(std::move(image));
      }
    }
  }
}

std::optional<std::string> public_parameter(std::string_view name, const Region& region) {
  for (const auto& kind : kinds) {
    if (kind.parameter.empty()) continue;
    for (const std::string_view arch : {"x86_64", "arm64"}) {
      const auto word = arch_word(kind, arch);
      if (fill(kind.parameter, word, {}) != name) continue;
      return image_id(region, fill(kind.name, word, builds.back().day));
    }
  }
  return std::nullopt;
}

}  // namespace ccloud::sim::aws
