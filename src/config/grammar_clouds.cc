// Tables of `providers`, `networks`, `sizes` and `images`.
#include "config/grammar_types.h"

namespace ccloud::config {
namespace {

constexpr std::int64_t most_memory_mib = 64LL << 20;  // 64 TiB: more than any cloud sells

const Type& credentials_type() {
  static const Type type = object_of(
      "credentials", {{.name = "profile",
                       .type = &line_type(),
                       .about = "The profile of the cloud's own configuration files.",
                       .example = R"("prod")"},
                      {.name = "file",
                       .type = &line_type(),
                       .about = "The credentials file that the cloud's own tools would read.",
                       .example = R"("~/.config/gcloud/service-account.json")"},
                      {.name = "command",
                       .type = &line_type(),
                       .about = "A command that prints credentials in the cloud's own form.",
                       .example = R"("vault-aws prod")"}});
  return type;
}

const Type& provider_type() {
  static const Type driver = text_of(formats::driver());
  static const Type regions = list_of(line_type(), 1);
  static const Type url = text_of(formats::url());
  static const Type concurrency = whole(1, 1000);
  static const Type type = object_of(
      "provider",
      {{.name = "driver",
        .type = &driver,
        .about = "The API that it speaks.",
        .example = R"("aws")",
        .is_required = true},
       {.name = "credentials",
        .type = &credentials_type(),
        .about = "Steers the cloud's own chain of credentials; holds no secret.",
        .example = R"({ "profile": "prod" })",
        .fallback = "the cloud's standard chain"},
       {.name = "account",
        .type = &line_type(),
        .about = "Account id, subscription, project or project id; checked before anything else, "
                 "so that a config never lands in the wrong account.",
        .example = R"("123456789012")"},
       {.name = "regions",
        .type = &regions,
        .about = "Look for resources nowhere else. A place must be in one of them.",
        .example = R"(["us-east-1", "ap-northeast-1"])",
        .fallback = "every region that is enabled for the account"},
       {.name = "endpoint",
        .type = &url,
        .about = "The address of an API of your own. Regions, types and images are then checked "
                 "only by asking it.",
        .example = R"("https://cloud.example.com")"},
       {.name = "cloud",
        .type = &line_type(),
        .about = "azure: `public`, `china` or `government`. openstack: the entry of clouds.yaml.",
        .example = R"("public")"},
       {.name = "concurrency",
        .type = &concurrency,
        .about = "How many calls to this provider may be in flight.",
        .example = "16",
        .fallback = "what the cloud's documented rate allows"},
       {.name = "labels",
        .type = &labels_type(),
        .about = "Put on every resource of this provider.",
        .example = R"({ "cost-center": "42" })"}});
  return type;
}

const Type& network_type() {
  static const Type cidr = text_of(formats::cidr());
  static const Type subnets = map_of("zone", formats::line(), line_type(), 1);
  static const Type firewalls = list_of(line_type(), 1);
  static const Type type = object_of(
      "network",
      {{.name = "provider",
        .type = &name_type(),
        .about = "An entry of `providers`, or a driver.",
        .example = R"("aws")",
        .is_required = true},
       {.name = "region",
        .type = &line_type(),
        .about = "The region, by the cloud's own name.",
        .example = R"("us-east-1")",
        .is_required = true},
       {.name = "cidr",
        .type = &cidr,
        .about = "ccloud makes and owns the network; each zone gets a fixed eighth of it, for "
                 "ever. IPv4.",
        .example = R"("10.10.0.0/20")"},
       {.name = "id",
        .type = &line_type(),
        .about = "An existing network, used as it is and never changed.",
        .example = R"("vpc-0a1b2c")"},
       {.name = "subnets",
        .type = &subnets,
        .about = "The existing network's subnets: zone to id. On Azure, Google and OpenStack, "
                 "where a subnet spans the region, the only one serves all zones, and so does one "
                 "under the region's name.",
        .example = R"({ "a": "subnet-1", "c": "subnet-2" })"},
       {.name = "firewalls",
        .type = &firewalls,
        .about = "Existing firewalls (security groups) that the nodes get besides their own.",
        .example = R"(["sg-0a1b2c"])"}},
      {{.kind = Relation::Kind::exactly_one, .keys = {"cidr", "id"}},
       {.kind = Relation::Kind::excludes, .subject = "cidr", .keys = {"subnets"}}});
  return type;
}

const Type& image_type() {
  static const Type type = map_of("provider or driver", formats::name(), line_type(), 1);
  return type;
}

}  // namespace

const Type& providers_type() {
  static const Type type = map_of("provider", formats::name(), provider_type());
  return type;
}

const Type& networks_type() {
  static const Type type = map_of("network", formats::name(), network_type());
  return type;
}

const Type& size_type() {
  static const Type cpu = whole(1, 1024);
  static const Type memory = measured(formats::size(), 128, most_memory_mib);
  static const Type arch = text_of(formats::arch());
  static const Type type = object_of(
      "size",
      {{.name = "cpu",
        .type = &cpu,
        .about = "Virtual CPUs, at least.",
        .example = "4",
        .is_required = true},
       {.name = "memory",
        .type = &memory,
        .about = "Memory, at least.",
        .example = R"("8GiB")",
        .is_required = true},
       {.name = "arch",
        .type = &arch,
        .about = "The processor's architecture.",
        .example = R"("arm64")",
        .fallback = "x86_64"},
       {.name = "burstable",
        .type = &boolean_type(),
        .about = "Whether a type with CPU credits will do; it is then preferred.",
        .example = "true",
        .fallback = "false"},
       {.name = "pin",
        .type = &by_provider_type(),
        .about = "The type to take on a provider or driver instead of the smallest that fits. It "
                 "must meet the requirement.",
        .example = R"({ "aws": "c7i.xlarge" })"}});
  return type;
}

const Type& sizes_type() {
  static const Type type = map_of("size", formats::name(), size_type());
  return type;
}

const Type& images_type() {
  static const Type type = map_of("image", formats::name(), image_type());
  return type;
}

}  // namespace ccloud::config
