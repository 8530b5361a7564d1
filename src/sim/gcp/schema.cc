// The messages as text, one line each: s string, b bool, i 32-bit, l 64-bit (digits as a string, or
// a number), {s} map of strings, o any object; [x] an array of x; anything else is a message.
#include "sim/gcp/schema.h"

#include <limits>
#include <map>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::gcp {
namespace {

struct Line {
  std::string_view name, members;
};

constexpr Line lines[] = {
    {"Instance",
     "advancedMachineFeatures:o canIpForward:b confidentialInstanceConfig:o cpuPlatform:s "
     "creationTimestamp:s deletionProtection:b description:s disks:[AttachedDisk] displayDevice:o "
     "fingerprint:s guestAccelerators:[o] hostname:s id:l instanceEncryptionKey:o "
     "keyRevocationActionType:s kind:s labelFingerprint:s labels:{s} lastStartTimestamp:s "
     "lastStopTimestamp:s lastSuspendedTimestamp:s localSsdEncryptionMode:s machineType:s "
     "metadata:Metadata minCpuPlatform:s name:s networkInterfaces:[NetworkInterface] "
     "networkPerformanceConfig:o params:o privateIpv6GoogleAccess:s reservationAffinity:o "
     "resourcePolicies:[s] resourceStatus:o satisfiesPzi:b satisfiesPzs:b scheduling:Scheduling "
     "selfLink:s serviceAccounts:[ServiceAccount] shieldedInstanceConfig:Shielded "
     "shieldedInstanceIntegrityPolicy:o sourceMachineImage:s sourceMachineImageEncryptionKey:o "
     "startRestricted:b status:s statusMessage:s tags:Tags workloadIdentityConfig:o zone:s"},
    {"AttachedDisk",
     "architecture:s autoDelete:b boot:b deviceName:s diskEncryptionKey:o diskSizeGb:l "
     "forceAttach:b guestOsFeatures:[o] index:i initializeParams:DiskParams interface:s kind:s "
     "licenses:[s] mode:s savedState:s shieldedInstanceInitialState:o source:s type:s"},
    {"DiskParams",
     "architecture:s description:s diskName:s diskSizeGb:l diskType:s enableConfidentialCompute:b "
     "labels:{s} licenses:[s] onUpdateAction:s provisionedIops:l provisionedThroughput:l "
     "replicaZones:[s] resourceManagerTags:{s} resourcePolicies:[s] sourceImage:s "
     "sourceImageEncryptionKey:o sourceSnapshot:s sourceSnapshotEncryptionKey:o storagePool:s"},
    {"NetworkInterface",
     "accessConfigs:[AccessConfig] aliasIpRanges:[o] aliasIpv6Ranges:[o] enableVpcScopedDns:b "
     "fingerprint:s igmpQuery:s internalIpv6PrefixLength:i ipv6AccessConfigs:[AccessConfig] "
     "ipv6AccessType:s ipv6Address:s kind:s name:s network:s networkAttachment:s networkIP:s "
     "nicType:s parentNicName:s queueCount:i serviceClassId:s stackType:s subnetwork:s vlan:i"},
    {"AccessConfig",
     "externalIpv6:s externalIpv6PrefixLength:i kind:s name:s natIP:s networkTier:s "
     "publicPtrDomainName:s securityPolicy:s setPublicPtr:b type:s"},
    {"Scheduling",
     "automaticRestart:b availabilityDomain:i hostErrorTimeoutSeconds:i "
     "instanceTerminationAction:s localSsdRecoveryTimeout:o locationHint:s maxRunDuration:o "
     "minNodeCpus:i nodeAffinities:[o] onHostMaintenance:s onInstanceStopAction:o preemptible:b "
     "provisioningModel:s skipGuestOsShutdown:b terminationTime:s"},
    {"Shielded", "enableIntegrityMonitoring:b enableSecureBoot:b enableVtpm:b"},
    {"Tags", "fingerprint:s items:[s]"},
    {"Metadata", "fingerprint:s items:[MetadataItem] kind:s"},
    {"MetadataItem", "key:s value:s"},
    {"ServiceAccount", "email:s scopes:[s]"},
    {"Disk",
     "accessMode:s architecture:s asyncPrimaryDisk:o asyncSecondaryDisks:o creationTimestamp:s "
     "description:s diskEncryptionKey:o enableConfidentialCompute:b guestOsFeatures:[o] id:l "
     "kind:s labelFingerprint:s labels:{s} lastAttachTimestamp:s lastDetachTimestamp:s "
     "licenseCodes:[l] licenses:[s] locationHint:s name:s options:s params:o "
     "physicalBlockSizeBytes:l provisionedIops:l provisionedThroughput:l region:s "
     "replicaZones:[s] resourcePolicies:[s] resourceStatus:o satisfiesPzi:b satisfiesPzs:b "
     "selfLink:s sizeGb:l sourceConsistencyGroupPolicy:s sourceConsistencyGroupPolicyId:s "
     "sourceDisk:s sourceDiskId:s sourceImage:s sourceImageEncryptionKey:o sourceImageId:s "
     "sourceInstantSnapshot:s sourceInstantSnapshotId:s sourceSnapshot:s "
     "sourceSnapshotEncryptionKey:o sourceSnapshotId:s sourceStorageObject:s status:s "
     "storagePool:s type:s users:[s] zone:s"},
    {"Network",
     "IPv4Range:s autoCreateSubnetworks:b creationTimestamp:s description:s "
     "enableUlaInternalIpv6:b firewallPolicy:s gatewayIPv4:s id:l internalIpv6Range:s kind:s mtu:i "
     "name:s networkFirewallPolicyEnforcementOrder:s networkProfile:s params:o peerings:[o] "
     "routingConfig:RoutingConfig selfLink:s selfLinkWithId:s subnetworks:[s]"},
    {"RoutingConfig",
     "bgpAlwaysCompareMed:b bgpBestPathSelectionMode:s bgpInterRegionCost:s "
     "effectiveBgpAlwaysCompareMed:b effectiveBgpInterRegionCost:s routingMode:s"},
    {"Subnetwork",
     "allowSubnetCidrRoutesOverlap:b creationTimestamp:s description:s enableFlowLogs:b "
     "externalIpv6Prefix:s fingerprint:s gatewayAddress:s id:l internalIpv6Prefix:s ipCidrRange:s "
     "ipCollection:s ipv6AccessType:s ipv6CidrRange:s ipv6GceEndpoint:s kind:s logConfig:o name:s "
     "network:s params:o privateIpGoogleAccess:b privateIpv6GoogleAccess:s purpose:s region:s "
     "reservedInternalRange:s resolveSubnetMask:s role:s secondaryIpRanges:[o] selfLink:s "
     "stackType:s state:s"},
    {"Firewall",
     "allowed:[FirewallRule] creationTimestamp:s denied:[FirewallRule] description:s "
     "destinationRanges:[s] direction:s disabled:b id:l kind:s logConfig:LogConfig name:s "
     "network:s params:o priority:i selfLink:s sourceRanges:[s] sourceServiceAccounts:[s] "
     "sourceTags:[s] targetServiceAccounts:[s] targetTags:[s]"},
    {"FirewallRule", "IPProtocol:s ports:[s]"},
    {"LogConfig", "enable:b metadata:s"},
    {"Address",
     "address:s addressType:s creationTimestamp:s description:s id:l ipCollection:s ipVersion:s "
     "ipv6EndpointType:s kind:s labelFingerprint:s labels:{s} name:s network:s networkTier:s "
     "prefixLength:i purpose:s region:s selfLink:s status:s subnetwork:s users:[s]"},
    {"SetLabels", "labelFingerprint:s labels:{s}"},
    {"SetMachineType", "machineType:s"},
    {"SetServiceAccount", "email:s scopes:[s]"},
    {"DisksResize", "sizeGb:l"},
    {"BulkInsert",
     "count:l instanceFlexibilityPolicy:o instanceProperties:InstanceProperties locationPolicy:o "
     "minCount:l namePattern:s perInstanceProperties:o sourceInstanceTemplate:s"},
    {"InstanceProperties",
     "advancedMachineFeatures:o canIpForward:b confidentialInstanceConfig:o description:s "
     "disks:[AttachedDisk] guestAccelerators:[o] keyRevocationActionType:s labels:{s} "
     "localSsdEncryptionMode:s machineType:s metadata:Metadata minCpuPlatform:s "
     "networkInterfaces:[NetworkInterface] networkPerformanceConfig:o privateIpv6GoogleAccess:s "
     "reservationAffinity:o resourceManagerTags:{s} resourcePolicies:[s] scheduling:Scheduling "
     "serviceAccounts:[ServiceAccount] shieldedInstanceConfig:Shielded tags:Tags "
     "workloadIdentityConfig:o"},
};

using Members = std::map<std::string, std::string, std::less<>>;

const std::map<std::string, Members, std::less<>>& messages() {
  static const auto all = [] {
    std::map<std::string, Members, std::less<>> out;
    for (const auto& [name, members] : lines) {
      auto& into = out[std::string(name)];
      for (const auto& word : split(members, ' ')) {
        const auto colon = word.find(':');
        if (colon != std::string::npos) into.emplace(word.substr(0, colon), word.substr(colon + 1));
      }
    }
    return out;
  }();
  return all;
}

Response bad(const std::string& where, std::string_view what) {
  const auto message = fmt::format("Invalid {}", what);
  json::Writer out;
  out.begin_object().key("error").begin_object().member("code", 400).member("message", message);
  out.key("errors").begin_array().begin_object().member("message", message);
  out.member("domain", "global").member("reason", "badRequest").end_object().end_array();
  out.member("status", "INVALID_ARGUMENT").key("details").begin_array().begin_object();
  out.member("@type", "type.googleapis.com/google.rpc.BadRequest");
  out.key("fieldViolations").begin_array().begin_object();
  if (!where.empty()) out.member("field", where);
  out.member("description", message).end_object().end_array().end_object().end_array();
  out.end_object().end_object();
  return answer(400, out.take());
}

Response wrong_type(const std::string& where, json::Value value, std::string_view wanted) {
  const auto shown = value.is_object()  ? std::string("{...}")
                     : value.is_array() ? std::string("[...]")
                                        : value.text();
  return bad(where, fmt::format("value at '{}' ({}), {}", where, wanted, shown));
}

std::optional<Response> check(json::Value value, const std::string& where, std::string_view kind);

std::optional<Response> check_scalar(json::Value value, const std::string& where, char kind) {
  switch (kind) {
    case 's':
      if (value.is_string()) return std::nullopt;
      return wrong_type(where, value, "TYPE_STRING");
    case 'b':
      if (value.is_bool()) return std::nullopt;
      return wrong_type(where, value, "TYPE_BOOL");
    case 'i': {
      const auto number = value.to_int();
      constexpr auto most = std::numeric_limits<std::int32_t>::max();
      if (number && *number <= most && *number >= -most - 1LL) return std::nullopt;
      return wrong_type(where, value, "TYPE_INT32");
    }
    default:
      if (value.to_int()) return std::nullopt;
      return wrong_type(where, value, "TYPE_INT64");
  }
}

std::optional<Response> check_message(json::Value value, const std::string& where,
                                      std::string_view name) {
  if (!value.is_object())
    return wrong_type(where, value, "type.googleapis.com/compute." + std::string(name));
  const auto& members = messages().find(name)->second;
  for (const auto& member : value.members()) {
    const auto known = members.find(member.key);
    if (known == members.end()) {
      const auto at = where.empty() ? std::string() : fmt::format(" at '{}'", where);
      return bad(where, fmt::format("JSON payload received. Unknown name \"{}\"{}: Cannot find "
                                    "field.",
                                    member.key, at));
    }
    const auto path =
        where.empty() ? std::string(member.key) : fmt::format("{}.{}", where, member.key);
    if (auto wrong = check(member.value, path, known->second)) return wrong;
  }
  return std::nullopt;
}

std::optional<Response> check(json::Value value, const std::string& where, std::string_view kind) {
  if (value.is_null()) return std::nullopt;
  if (kind.starts_with('[')) {
    const auto inner = kind.substr(1, kind.size() - 2);
    if (!value.is_array()) return wrong_type(where, value, "TYPE_LIST");
    std::size_t index = 0;
    for (const auto& one : value.items()) {
      if (auto wrong = check(one, fmt::format("{}[{}]", where, index++), inner)) return wrong;
    }
    return std::nullopt;
  }
  if (kind == "{s}") {
    if (!value.is_object()) return wrong_type(where, value, "Map");
    for (const auto& member : value.members()) {
      if (!member.value.is_string()) {
        return wrong_type(fmt::format("{}[{}].value", where, member.key), member.value,
                          "TYPE_STRING");
      }
    }
    return std::nullopt;
  }
  if (kind == "o") {
    if (value.is_object()) return std::nullopt;
    return wrong_type(where, value, "an object");
  }
  if (kind.size() == 1) return check_scalar(value, where, kind[0]);
  return check_message(value, where, kind);
}

}  // namespace

std::optional<Response> check_body(json::Value body, std::string_view message) {
  if (body.is_null()) return std::nullopt;
  if (!body.is_object())
    return bad("", "JSON payload received. Unknown name \"\": Root element must be a message.");
  return check_message(body, "", message);
}

}  // namespace ccloud::sim::gcp
