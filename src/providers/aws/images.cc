// Portable names to AMIs: the vendor's public parameter first, else the newest image of the owner
// that matches the pattern. Never by a name without an owner: anyone may publish an image.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "json/writer.h"
#include "providers/aws/catalogue.h"
#include "providers/aws/errors.h"

namespace ccloud::aws {
namespace {

using cloud::Image;
using cloud::ImageQuery;

std::string_view ec2_arch(cloud::Arch arch) {
  return arch == cloud::Arch::arm64 ? "arm64" : "x86_64";
}

Image read_image(Node item) {
  Image image{
      .id = item.text("imageId"),
      .name = item.text("name"),
      .arch = item.text("architecture") == "arm64" ? cloud::Arch::arm64 : cloud::Arch::x86_64,
      .root_device = item.text("rootDeviceName"),
      .login_user = {}};
  for (const Node mapping : item.items("blockDeviceMapping")) {
    if (mapping.text("deviceName") == image.root_device) {
      image.min_disk_gib = mapping.number("ebs/volumeSize");
    }
  }
  return image;
}

/// The login user of images by well-known owners; others say nothing about theirs.
std::string login_user_by_name(std::string_view name) {
  if (name.starts_with("ubuntu/")) return "ubuntu";
  if (name.starts_with("debian-")) return "admin";
  if (name.starts_with("al2023-") || name.starts_with("amzn")) return "ec2-user";
  if (name.starts_with("Rocky-")) return "rocky";
  return {};
}

Task<Image> image_by_id(Context ctx, Api& api, std::string region, std::string id,
                        std::string what) {
  Form form("DescribeImages");
  form.list("ImageId", {id});
  const auto xml = co_await api.ec2(ctx, region, what, std::move(form));
  const auto items = xml.root().items("imagesSet");
  if (items.empty()) {
    co_return make_error(ErrorCode::not_found,
                         fmt::format("{}: there is no image {} in {}", what, id, region),
                         "image ids differ from region to region: use a portable name, or one id "
                         "per provider in `images`");
  }
  Image image = read_image(items.front());
  image.login_user = login_user_by_name(image.name);
  co_return image;
}

Task<std::string> read_parameter(Context ctx, Api& api, std::string region, std::string name,
                                 std::string what) {
  const auto answer = co_await api.json_call(
      ctx, Service::ssm, region, what, "AmazonSSM.GetParameter",
      json::Writer().begin_object().member("Name", name).end_object().take());
  const std::string id = answer.root().get("Parameter").get("Value").string_or();
  if (!id.starts_with("ami-")) {
    co_return make_error(ErrorCode::not_found,
                         fmt::format("{}: the parameter {} holds no image", what, name));
  }
  co_return id;
}

Task<Image> newest_image(Context ctx, Api& api, std::string region, const catalog::Image& facts,
                         std::string what) {
  Form form("DescribeImages");
  form.list("Owner", {std::string(facts.owner)})
      .filter("name", {std::string(facts.name_pattern)})
      .filter("state", {"available"})
      .filter("architecture", {facts.arch == catalog::Arch::arm64 ? "arm64" : "x86_64"});
  const auto xml = co_await api.ec2(ctx, region, what, std::move(form));
  auto items = xml.root().items("imagesSet");
  if (items.empty()) {
    co_return make_error(
        ErrorCode::not_found,
        fmt::format("{}: {} has no image of {} in {}", what, facts.name, facts.owner, region),
        "name an image of this region in `images`");
  }
  // ISO dates sort as text.
  const auto newest = std::ranges::max_element(items, [](const Node& a, const Node& b) {
    return a.text("creationDate") < b.text("creationDate");
  });
  co_return read_image(*newest);
}

/// A refused or unknown parameter is no failure while there is another way.
Task<Image> portable_image(Context ctx, Api& api, std::string region, const catalog::Image& facts,
                           std::string what) {
  if (!facts.ssm_parameter.empty()) {
    auto id =
        co_await read_parameter(ctx, api, region, std::string(facts.ssm_parameter), what).result();
    if (id.has_value()) {
      auto image = co_await image_by_id(ctx, api, region, *id, what).result();
      if (image.has_value()) co_return image;
    } else if (id.error().code == ErrorCode::unauthenticated ||
               id.error().code == ErrorCode::cancelled || facts.owner.empty()) {
      co_return id.error();
    }
  }
  co_return co_await newest_image(ctx, api, region, facts, what);
}

}  // namespace

Task<Image> resolve_image(Context ctx, Api& api, std::string region, ImageQuery query) {
  const std::string what = fmt::format("looking up the image {}", query.reference);
  Image image;
  constexpr std::string_view by_parameter = "resolve:ssm:";
  if (query.reference.starts_with("ami-")) {
    image = co_await image_by_id(ctx, api, region, query.reference, what);
  } else if (query.reference.starts_with(by_parameter)) {
    auto id = co_await read_parameter(ctx, api, region, query.reference.substr(by_parameter.size()),
                                      what);
    image = co_await image_by_id(ctx, api, region, std::move(id), what);
  } else {
    const auto arch =
        query.arch == cloud::Arch::arm64 ? catalog::Arch::arm64 : catalog::Arch::x86_64;
    const auto* facts = catalog::builtin().find_image(catalog::Driver::aws, query.reference, arch,
                                                      partition_of(region).name);
    if (facts == nullptr) {
      co_return make_error(
          ErrorCode::invalid_argument,
          fmt::format("{}: AWS has no such portable image for {}", what, to_string(query.arch)),
          "see `ccloud catalog images`, or give an AMI id");
    }
    image = co_await portable_image(ctx, api, region, *facts, what);
    image.login_user = facts->login_user;
    image.min_disk_gib = std::max<std::int64_t>(image.min_disk_gib, facts->min_disk_gib);
  }
  if (image.arch != query.arch) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("{}: {} is for {}, the size needs {}", what, image.id,
                                     to_string(image.arch), ec2_arch(query.arch)),
                         "choose an image and a size of the same architecture");
  }
  co_return image;
}

}  // namespace ccloud::aws
