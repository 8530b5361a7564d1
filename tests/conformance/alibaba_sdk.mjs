// What alibaba_sdk.py runs: the clients unchanged, pointed at the simulator by their own options. Every answer
// is also held against the client's model class: a field that the class does not know, or of another kind, fails.
// So is what our own driver asks, by the clients' request classes.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const ecsPackage = require("@alicloud/ecs20140526");
const vpcPackage = require("@alicloud/vpc20160428");
const { Config } = require("@alicloud/openapi-client");

const env = process.env;
const region = "cn-hongkong";
const regionId = region;
const [zoneB, zoneC] = [`${region}-b`, `${region}-c`];
let passed = 0;
let failed = 0;

function check(what, good, more = "") {
  good ? passed++ : failed++;
  console.log(`${good ? "ok  " : "FAIL"} ${what}${good ? "" : ": " + String(JSON.stringify(more) ?? more).slice(0, 600)}`);
}

/// Where `value` is not what `type`, of a model's own table, says.
function misfits(value, type, path) {
  if (typeof type === "function") {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return [`${path} is no object`];
    const fields = Object.fromEntries(Object.entries(type.names()).map(([ours, wire]) => [wire, type.types()[ours]]));
    return Object.entries(value).flatMap(([key, one]) =>
      key in fields ? misfits(one, fields[key], `${path}.${key}`) : [`${path}.${key} is not in the model`]);
  }
  if (type?.type === "array") {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((one, index) => misfits(one, type.itemType, `${path}[${index}]`));
  }
  if (typeof type === "string" && type !== "any" && typeof value !== type) return [`${path} is no ${type}: ${value}`];
  return [];
}

const shapes = new Map(); // action to what did not fit
function client(module_, changes = {}) {
  const made = new module_.default(new Config({
    accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID, accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    endpoint: new URL(env.CCLOUD_ALIBABA_ENDPOINT).host, protocol: "HTTP", regionId, ...changes }));
  const call = made.callApi.bind(made);
  made.callApi = async (params, ...rest) => {
    const answer = await call(params, ...rest);
    const found = misfits(answer.body, module_[`${params.action}ResponseBody`], params.action);
    shapes.set(params.action, [...(shapes.get(params.action) ?? []), ...found]);
    return answer;
  };
  return made;
}

const ecs = client(ecsPackage);
const vpc = client(vpcPackage);

/// One action by its name: the request class, the method, the answer's body.
async function ask(of, action, fields = {}) {
  const module_ = of instanceof vpcPackage.default ? vpcPackage : ecsPackage;
  const method = action[0].toLowerCase() + action.slice(1);
  return (await of[method](new module_[`${action}Request`]({ regionId, ...fields }))).body;
}

async function refused(what, code, status, promise) {
  try {
    await promise;
    check(what, false, "it was accepted");
  } catch (error) {
    check(what, error.code === code && (error.statusCode ?? error.data?.statusCode) === status,
          { code: error.code, status: error.statusCode, message: error.message });
  }
}

async function until(what, good) {
  for (let round = 0; round < 200; ++round) {
    if (await good()) return check(what, true);
    await new Promise((wake) => setTimeout(wake, 20));
  }
  check(what, false, "not within four seconds");
}

const instances = async (more) => (await ask(ecs, "DescribeInstances", more)).instances.instance;
const status = async (id) => (await instances({ instanceIds: JSON.stringify([id]) }))[0]?.status;

async function catalogue() {
  const regions = (await ask(ecs, "DescribeRegions")).regions.region;
  check("regions, without one to ask in", regions.some((one) => one.regionId === region && one.regionEndpoint), regions);
  const bare = (await ecs.describeRegions(new ecsPackage.DescribeRegionsRequest({}))).body;
  check("the list of regions needs no region", bare.regions.region.length === regions.length);
  const zones = (await ask(ecs, "DescribeZones")).zones.zone.map((one) => one.zoneId);
  check("zones", zones.includes(zoneB) && zones.includes(zoneC), zones);

  const seen = [];
  for (let nextToken; ;) {
    const page = await ask(ecs, "DescribeInstanceTypes", { maxResults: 10, nextToken });
    seen.push(...page.instanceTypes.instanceType);
    nextToken = page.nextToken;
    if (!nextToken) break;
  }
  const g7 = seen.find((one) => one.instanceTypeId === "ecs.g7.large");
  check("types over pages", new Set(seen.map((one) => one.instanceTypeId)).size === seen.length && seen.length > 40, seen.length);
  check("a type's memory is in GiB", g7?.cpuCoreCount === 2 && g7.memorySize === 8 && g7.cpuArchitecture === "X86", g7);
  const arm = (await ask(ecs, "DescribeInstanceTypes", { cpuArchitecture: "ARM" })).instanceTypes.instanceType;
  check("types by architecture", arm.length > 0 && arm.every((one) => one.cpuArchitecture === "ARM"), arm[0]);

  const sold = (await ask(ecs, "DescribeAvailableResource", { destinationResource: "InstanceType", zoneId: zoneB,
                                                              instanceType: "ecs.g7.large" })).availableZones.availableZone;
  const kinds = sold[0]?.availableResources.availableResource[0].supportedResources.supportedResource;
  check("stock of one type in one zone", sold.length === 1 && sold[0].zoneId === zoneB && kinds.length === 1 &&
                                         kinds[0].statusCategory === "WithStock", sold);
  await refused("stock of nothing", "MissingParameter", 400, ask(ecs, "DescribeAvailableResource"));

  const images = [];
  for (let pageNumber = 1; ; ++pageNumber) {
    const page = await ask(ecs, "DescribeImages", { imageOwnerAlias: "system", OSType: "linux", pageNumber, pageSize: 3 });
    images.push(...page.images.image);
    if (images.length >= page.totalCount) break;
  }
  check("images over numbered pages", new Set(images.map((one) => one.imageId)).size === images.length && images.length === 10,
        images.length);
  const debian = images.find((one) => one.OSName.startsWith("Debian  12") && one.architecture === "x86_64");
  check("an image says what it is", debian?.platform === "Debian" && debian.status === "Available" &&
                                    debian.isSupportCloudinit === true && debian.imageFamily, debian);
  const family = await ask(ecs, "DescribeImageFromFamily", { imageFamily: debian.imageFamily });
  check("the newest of a family", family.image.imageId === debian.imageId, family);
  return debian.imageId;
}

async function makeNetwork() {
  await refused("a VPC of an odd size", "InvalidCidrBlock.Malformed", 400, ask(vpc, "CreateVpc", { cidrBlock: "10.0.0.1/16" }));
  await refused("an unknown region", "InvalidRegionId.NotFound", 404, ask(vpc, "DescribeVpcs", { regionId: "atlantis" }));
  const order = { cidrBlock: "10.9.0.0/16", vpcName: "sdk", clientToken: "vpc-1", tag: [{ key: "team", value: "a" }] };
  const made = await ask(vpc, "CreateVpc", order);
  check("VPC", made.vpcId.startsWith("vpc-") && made.routeTableId && made.VRouterId, made);
  check("the same token makes no second one", (await ask(vpc, "CreateVpc", order)).vpcId === made.vpcId);
  await refused("the same token with another name", "IdempotentParameterMismatch", 400,
                ask(vpc, "CreateVpc", { ...order, vpcName: "other" }));
  const vpcs = (await ask(vpc, "DescribeVpcs", { tag: [{ key: "team", value: "a" }] })).vpcs.vpc;
  check("VPCs by tag", vpcs.length === 1 && vpcs[0].status === "Available" && vpcs[0].tags.tag[0].key === "team", vpcs);

  await refused("a vSwitch outside of its VPC", "InvalidCidrBlock.Malformed", 400,
                ask(vpc, "CreateVSwitch", { vpcId: made.vpcId, zoneId: zoneB, cidrBlock: "10.10.0.0/24" }));
  await refused("a vSwitch in no zone", "InvalidZoneId.NotFound", 404,
                ask(vpc, "CreateVSwitch", { vpcId: made.vpcId, zoneId: "mars-a", cidrBlock: "10.9.1.0/24" }));
  await refused("a vSwitch without a zone", "MissingParameter", 400,
                ask(vpc, "CreateVSwitch", { vpcId: made.vpcId, cidrBlock: "10.9.1.0/24" }));
  const first = (await ask(vpc, "CreateVSwitch", { vpcId: made.vpcId, zoneId: zoneB, cidrBlock: "10.9.0.0/24" })).vSwitchId;
  await refused("an overlapping one", "InvalidCidrBlock.Overlapped", 400,
                ask(vpc, "CreateVSwitch", { vpcId: made.vpcId, zoneId: zoneC, cidrBlock: "10.9.0.128/25" }));
  const second = (await ask(vpc, "CreateVSwitch", { vpcId: made.vpcId, zoneId: zoneC, cidrBlock: "10.9.1.0/24" })).vSwitchId;
  const listed = [];
  for (let pageNumber = 1; pageNumber <= 2; ++pageNumber) {
    const page = await ask(vpc, "DescribeVSwitches", { vpcId: made.vpcId, pageNumber, pageSize: 1 });
    check(`vSwitches, page ${pageNumber}`, page.totalCount === 2 && page.pageNumber === pageNumber && page.vSwitches.vSwitch.length === 1, page);
    listed.push(...page.vSwitches.vSwitch);
  }
  check("both vSwitches", listed.map((one) => one.vSwitchId).sort().join() === [first, second].sort().join(), listed);
  check("addresses that are free", listed[0].availableIpAddressCount === 252, listed[0]);
  await ask(vpc, "TagResources", { resourceType: "VSWITCH", resourceId: [first], tag: [{ key: "role", value: "web" }] });
  const tags = (await ask(vpc, "ListTagResources", { resourceType: "VSWITCH", resourceId: [first] })).tagResources.tagResource;
  check("the VPC API tags its own", tags.length === 1 && tags[0].tagKey === "role" && tags[0].tagValue === "web", tags);
  await ask(vpc, "UnTagResources", { resourceType: "VSWITCH", resourceId: [first], tagKey: ["role"] });
  check("and takes them off", (await ask(vpc, "ListTagResources", { resourceType: "VSWITCH", resourceId: [first] })).tagResources.tagResource.length === 0);
  return { vpcId: made.vpcId, vSwitchId: first, other: second };
}

async function makeGroup(net) {
  const order = { vpcId: net.vpcId, securityGroupName: "sdk-web", clientToken: "sg-1", description: "web" };
  const id = (await ask(ecs, "CreateSecurityGroup", order)).securityGroupId;
  check("security group, its token kept", (await ask(ecs, "CreateSecurityGroup", order)).securityGroupId === id);
  await refused("a group in no VPC", "InvalidVpcId.NotFound", 404,
                ask(ecs, "CreateSecurityGroup", { vpcId: "vpc-none", securityGroupName: "x-y" }));
  await refused("a group's name of one letter", "InvalidSecurityGroupName.Malformed", 400,
                ask(ecs, "CreateSecurityGroup", { vpcId: net.vpcId, securityGroupName: "x" }));
  const ssh = { ipProtocol: "TCP", portRange: "22/22", sourceCidrIp: "203.0.113.0/24", description: "ssh", priority: "1" };
  await ask(ecs, "AuthorizeSecurityGroup", { securityGroupId: id, permissions: [
    ssh, { ipProtocol: "UDP", portRange: "7000/7010", sourceGroupId: id }, { ipProtocol: "ICMP", portRange: "-1/-1", ipv6SourceCidrIp: "::/0" }] });
  await ask(ecs, "AuthorizeSecurityGroup", { securityGroupId: id, permissions: [ssh] });
  const rules = (await ask(ecs, "DescribeSecurityGroupAttribute", { securityGroupId: id })).permissions.permission;
  check("three rules, a repeated one once", rules.length === 3, rules);
  const first = rules.find((one) => one.portRange === "22/22");
  check("a rule as it was given", first?.sourceCidrIp === "203.0.113.0/24" && first.ipProtocol === "TCP" && first.description === "ssh" &&
                                  first.policy === "Accept" && first.securityGroupRuleId?.startsWith("sgr-"), first);
  await refused("a rule without ports", "MissingParameter", 400,
                ask(ecs, "AuthorizeSecurityGroup", { securityGroupId: id, permissions: [{ ipProtocol: "TCP", sourceCidrIp: "0.0.0.0/0" }] }));
  await refused("a rule for a bad range", "InvalidSourceCidrIp.Malformed", 400,
                ask(ecs, "AuthorizeSecurityGroup", { securityGroupId: id, permissions: [{ ...ssh, sourceCidrIp: "203.0.113.0/99" }] }));
  await refused("ports the wrong way round", "InvalidParam.PortRange", 400,
                ask(ecs, "AuthorizeSecurityGroup", { securityGroupId: id, permissions: [{ ...ssh, portRange: "90/80" }] }));
  await refused("an unknown protocol", "InvalidIpProtocol.ValueNotSupported", 400,
                ask(ecs, "AuthorizeSecurityGroup", { securityGroupId: id, permissions: [{ ...ssh, ipProtocol: "SCTP" }] }));
  await refused("rules of no group", "InvalidSecurityGroupId.NotFound", 404,
                ask(ecs, "AuthorizeSecurityGroup", { securityGroupId: "sg-none", permissions: [ssh] }));
  await ask(ecs, "RevokeSecurityGroup", { securityGroupId: id, permissions: [ssh] });
  const udp = (await ask(ecs, "DescribeSecurityGroupAttribute", { securityGroupId: id })).permissions.permission.find((one) => one.ipProtocol === "UDP");
  await ask(ecs, "RevokeSecurityGroup", { securityGroupId: id, securityGroupRuleId: [udp.securityGroupRuleId] });
  const left = (await ask(ecs, "DescribeSecurityGroupAttribute", { securityGroupId: id })).permissions.permission;
  check("revoked, by what it says and by its id", left.length === 1 && left[0].ipProtocol === "ICMP", left);
  await ask(ecs, "ModifySecurityGroupPolicy", { securityGroupId: id, innerAccessPolicy: "Drop" });
  check("members are kept apart", (await ask(ecs, "DescribeSecurityGroupAttribute", { securityGroupId: id })).innerAccessPolicy === "Drop");
  const groups = (await ask(ecs, "DescribeSecurityGroups", { vpcId: net.vpcId })).securityGroups.securityGroup;
  check("groups are listed", groups.length === 1 && groups[0].securityGroupName === "sdk-web", groups);
  return id;
}

async function makeKey() {
  const made = await ask(ecs, "ImportKeyPair", { keyPairName: "sdk-key", publicKeyBody: env.TEST_SSH_KEY });
  check("key pair", /^[0-9a-f]{32}$/.test(made.keyPairFingerPrint), made);
  await refused("the same name again", "KeyPair.AlreadyExist", 400,
                ask(ecs, "ImportKeyPair", { keyPairName: "sdk-key", publicKeyBody: env.TEST_SSH_KEY }));
  await refused("something that is no key", "InvalidPublicKeyBody.Malformed", 400,
                ask(ecs, "ImportKeyPair", { keyPairName: "sdk-bad", publicKeyBody: "hello" }));
  await refused("a key without a name", "MissingParameter", 400, ask(ecs, "ImportKeyPair", { publicKeyBody: env.TEST_SSH_KEY }));
  const keys = (await ask(ecs, "DescribeKeyPairs", { keyPairName: "sdk-*" })).keyPairs.keyPair;
  check("keys by pattern", keys.length === 1 && keys[0].keyPairFingerPrint === made.keyPairFingerPrint, keys);
}

function order(image, net, group, more = {}) {
  return { imageId: image, instanceType: "ecs.g7.large", vSwitchId: net.vSwitchId, securityGroupIds: [group], keyPairName: "sdk-key",
           instanceName: "n1", hostName: "n1", internetMaxBandwidthOut: 5, internetChargeType: "PayByTraffic", amount: 1,
           systemDisk: new ecsPackage.RunInstancesRequestSystemDisk({ category: "cloud_essd", size: "40" }),
           userData: Buffer.from("#cloud-config\n{}").toString("base64"), tag: [{ key: "role", value: "web" }], ...more };
}

async function wrongOrders(make) {
  const wrong = (what, code, status_, more) => refused(what, code, status_, ask(ecs, "RunInstances", make(more)));
  await wrong("an unknown type", "InvalidInstanceType.NotFound", 404, { instanceType: "ecs.huge.large" });
  await wrong("an unknown image", "InvalidImageId.NotFound", 404, { imageId: "debian_0.vhd" });
  await wrong("no type", "MissingParameter", 400, { instanceType: undefined });
  await wrong("no image", "MissingParameter", 400, { imageId: undefined });
  await wrong("an unknown vSwitch", "InvalidVSwitchId.NotFound", 404, { vSwitchId: "vsw-none" });
  await wrong("no group", "MissingParameter", 400, { securityGroupIds: undefined });
  await wrong("an unknown key", "InvalidKeyPairName.NotFound", 404, { keyPairName: "none" });
  await wrong("too many at once", "InvalidAmount", 400, { amount: 101 });
  await wrong("a disk smaller than the image", "InvalidSystemDiskSize.LessThanImageSize", 400,
              { systemDisk: new ecsPackage.RunInstancesRequestSystemDisk({ category: "cloud_essd", size: "10" }) });
  await wrong("a disk of an unknown kind", "InvalidSystemDiskCategory.ValueNotSupported", 400,
              { systemDisk: new ecsPackage.RunInstancesRequestSystemDisk({ category: "floppy", size: "40" }) });
  await wrong("a host name with an underscore", "InvalidHostName.Malformed", 400, { hostName: "n_1" });
  await wrong("a reserved tag", "InvalidTagKey.Malformed", 400, { tag: [{ key: "acs:x", value: "1" }] });
  await wrong("21 tags", "NumberExceed.Tags", 400,
              { tag: Array.from({ length: 21 }, (_, index) => ({ key: `k${index}`, value: "1" })) });
  await wrong("a dry run", "DryRunOperation", 412, { dryRun: true });
  check("none of them made anything", (await instances()).length === 0);
}

async function oneMachine(make) {
  const first = make({ clientToken: "run-1" });
  const [id] = (await ask(ecs, "RunInstances", first)).instanceIdSets.instanceIdSet;
  check("an instance", id.startsWith("i-"), id);
  check("its token makes no second one", (await ask(ecs, "RunInstances", first)).instanceIdSets.instanceIdSet.join() === id);
  await refused("its token with another order", "IdempotentParameterMismatch", 400, ask(ecs, "RunInstances", { ...first, instanceName: "n2" }));
  await until("it runs", async () => (await status(id)) === "Running");
  const [one] = await instances({ instanceIds: JSON.stringify([id]) });
  check("what it is", one.memory === 8192 && one.cpu === 2 && one.zoneId === zoneB && one.hostName === "n1" && one.keyPairName === "sdk-key" &&
                      one.internetMaxBandwidthOut === 5, one);
  check("times without seconds", /^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/.test(one.creationTime) && one.startTime === one.creationTime, one.creationTime);
  check("its addresses", one.publicIpAddress.ipAddress.length === 1 && one.vpcAttributes.privateIpAddress.ipAddress.length === 1 &&
                         one.networkInterfaces.networkInterface[0].primaryIpAddress === one.vpcAttributes.privateIpAddress.ipAddress[0], one);
  check("its tag", one.tags.tag.length === 1 && one.tags.tag[0].tagKey === "role" && one.tags.tag[0].tagValue === "web", one.tags);
  const [disk] = (await ask(ecs, "DescribeDisks", { instanceId: id })).disks.disk;
  check("its disk, with its tags", disk.size === 40 && disk.type === "system" && disk.category === "cloud_essd" && disk.tags.tag[0].tagKey === "role", disk);
  const light = (await ask(ecs, "DescribeInstanceStatus", { instanceId: [id], pageSize: 50 })).instanceStatuses.instanceStatus;
  check("its state alone", light.length === 1 && light[0].instanceId === id && light[0].status === "Running", light);

  await refused("a running one is not resized", "IncorrectInstanceStatus", 403,
                ecs.modifyInstanceSpec(new ecsPackage.ModifyInstanceSpecRequest({ instanceId: id, instanceType: "ecs.g7.xlarge" })));
  await refused("a running one is not deleted", "IncorrectInstanceStatus", 403,
                ecs.deleteInstance(new ecsPackage.DeleteInstanceRequest({ instanceId: id })));
  await ecs.rebootInstance(new ecsPackage.RebootInstanceRequest({ instanceId: id }));
  await until("rebooted", async () => (await status(id)) === "Running");
  await ecs.stopInstance(new ecsPackage.StopInstanceRequest({ instanceId: id, stoppedMode: "StopCharging" }));
  await until("stopped", async () => (await status(id)) === "Stopped");
  check("and not paid for", (await instances({ instanceIds: JSON.stringify([id]) }))[0].stoppedMode === "StopCharging");
  await refused("a stopped one is not rebooted", "IncorrectInstanceStatus", 403,
                ecs.rebootInstance(new ecsPackage.RebootInstanceRequest({ instanceId: id })));
  await ecs.modifyInstanceSpec(new ecsPackage.ModifyInstanceSpecRequest({ instanceId: id, instanceType: "ecs.g7.xlarge" }));
  await ecs.resizeDisk(new ecsPackage.ResizeDiskRequest({ diskId: disk.diskId, newSize: 60, type: "offline" }));
  await refused("a disk does not shrink", "InvalidNewSize.TooSmall", 403,
                ecs.resizeDisk(new ecsPackage.ResizeDiskRequest({ diskId: disk.diskId, newSize: 30, type: "offline" })));
  await ecs.startInstance(new ecsPackage.StartInstanceRequest({ instanceId: id }));
  await until("started", async () => (await status(id)) === "Running");
  const [bigger] = await instances({ instanceIds: JSON.stringify([id]) });
  check("resized", bigger.instanceType === "ecs.g7.xlarge" && bigger.memory === 16384, bigger.instanceType);
  check("disk grown", (await ask(ecs, "DescribeDisks", { instanceId: id })).disks.disk[0].size === 60);
  const text = await ask(ecs, "GetInstanceConsoleOutput", { instanceId: id });
  check("console", Buffer.from(text.consoleOutput, "base64").length > 0 && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text.lastUpdateTime), text);
  await refused("the console of none", "InvalidInstanceId.NotFound", 404, ask(ecs, "GetInstanceConsoleOutput", { instanceId: "i-none" }));
  await refused("starting none", "InvalidInstanceId.NotFound", 404,
                ecs.startInstance(new ecsPackage.StartInstanceRequest({ instanceId: "i-none" })));
  check("an unknown id is just missing", (await instances({ instanceIds: '["i-none"]' })).length === 0);
  await refused("ids that are no JSON", "InvalidInstanceIds.Malformed", 400, ask(ecs, "DescribeInstances", { instanceIds: id }));
  return id;
}

async function labels(id) {
  const tagOf = async () => (await ask(ecs, "ListTagResources", { resourceType: "instance", resourceId: [id] })).tagResources.tagResource
    .map((one) => `${one.tagKey}=${one.tagValue}`).sort().join();
  await ask(ecs, "TagResources", { resourceType: "instance", resourceId: [id], tag: [{ key: "role", value: "db" }, { key: "extra", value: "1" }] });
  check("a tag is changed, one added", (await tagOf()) === "extra=1,role=db", await tagOf());
  check("found by its tag", (await instances({ tag: [{ key: "extra", value: "1" }] })).map((one) => one.instanceId).join() === id);
  await ask(ecs, "UntagResources", { resourceType: "instance", resourceId: [id], tagKey: ["extra"] });
  check("a tag is removed", (await tagOf()) === "role=db", await tagOf());
  await ask(ecs, "UntagResources", { resourceType: "instance", resourceId: [id], all: true });
  check("all are", (await tagOf()) === "", await tagOf());
  await refused("tags on none", "InvalidResourceId.NotFound", 404,
                ask(ecs, "TagResources", { resourceType: "instance", resourceId: ["i-none"], tag: [{ key: "a", value: "b" }] }));
  await refused("no tags at all", "MissingParameter", 400, ask(ecs, "TagResources", { resourceType: "instance", resourceId: [id] }));
}

async function manyMachines(make) {
  const ids = (await ask(ecs, "RunInstances", make({ amount: 59, instanceName: "m-[1,2]", hostName: undefined, tag: [{ key: "many", value: "1" }] })))
    .instanceIdSets.instanceIdSet;
  check("59 in one call", new Set(ids).size === 59, ids.length);
  const seen = [];
  let pages = 0;
  for (let nextToken = ""; ;) {
    const page = await ask(ecs, "DescribeInstances", { maxResults: 25, nextToken: nextToken || undefined });
    seen.push(...page.instances.instance);
    ++pages;
    nextToken = page.nextToken;
    if (!nextToken) break;
  }
  check("60 over pages with tokens", pages === 3 && new Set(seen.map((one) => one.instanceId)).size === 60 && seen.length === 60, { pages, seen: seen.length });
  check("numbered as asked", seen.filter((one) => /^m-\d\d$/.test(one.instanceName)).length === 59 &&
                             new Set(seen.map((one) => one.instanceName)).size === 60, seen[1].instanceName);
  const third = await ask(ecs, "DescribeInstances", { pageNumber: 3, pageSize: 25 });
  check("and with numbers", third.totalCount === 60 && third.instances.instance.length === 10 && third.pageSize === 25, third.totalCount);
  check("ten where nothing is said", (await instances()).length === 10);
  check("less than ten counts as ten", (await instances({ maxResults: 2 })).length === 10);
  check("more than hundred as hundred", (await instances({ maxResults: 500 })).length === 60);
  const listed = [];
  for (let nextToken; ;) {
    const page = await ask(ecs, "ListTagResources", { resourceType: "instance", tag: [{ key: "many", value: "1" }], nextToken });
    listed.push(...page.tagResources.tagResource);
    nextToken = page.nextToken;
    if (!nextToken) break;
  }
  check("59 by tag over pages", listed.length === 59, listed.length);

  await until("all run", async () => (await ask(ecs, "DescribeInstances", { status: "Running", maxResults: 10 })).totalCount === 60);
  const answers = (await ask(ecs, "StopInstances", { instanceId: [...ids.slice(0, 2), "i-none"], batchOptimization: "SuccessFirst" }))
    .instanceResponses.instanceResponse;
  check("stopped together, each with its own answer", answers.length === 3 && answers[0].code === "200" && answers[0].currentStatus === "Stopping" &&
                                                      answers[2].code === "InvalidInstanceId.NotFound", answers);
  await until("both stopped", async () => (await status(ids[0])) === "Stopped" && (await status(ids[1])) === "Stopped");
  const started = (await ask(ecs, "StartInstances", { instanceId: ids.slice(0, 2) })).instanceResponses.instanceResponse;
  check("started together", started.every((one) => one.code === "200"), started);
  await until("both run again", async () => (await status(ids[0])) === "Running" && (await status(ids[1])) === "Running");
  const rebooted = (await ask(ecs, "RebootInstances", { instanceId: ids.slice(0, 2) })).instanceResponses.instanceResponse;
  check("rebooted together", rebooted.length === 2 && rebooted[0].instanceId === ids[0], rebooted);
  const used = (await ask(ecs, "DescribeAccountAttributes", { attributeName: ["max-postpaid-instance-vcpu-count", "used-postpaid-instance-vcpu-count"] }))
    .accountAttributeItems.accountAttributeItem;
  check("the account's cores", used.find((one) => one.attributeName.startsWith("used")).attributeValues.valueItem[0].value === String(59 * 2 + 4), used);
  return ids;
}

const rule = (what) => fetch(`${env.CCLOUD_SIM_URL}/_sim/faults`, { method: "PUT", body: JSON.stringify({ rules: what }) });

async function faultsAndLimits(make) {
  const quota = (value) => fetch(`${env.CCLOUD_SIM_URL}/_sim/quotas`, {
    method: "POST", body: JSON.stringify({ cloud: "alibaba", name: "vcpus", value }) });
  await quota(100);
  await refused("over the quota", "QuotaExceed.ElasticQuota", 403, ask(ecs, "RunInstances", make({})));
  await quota(100000);
  await rule([{ fault: "capacity", cloud: "alibaba", action: "RunInstances", count: 1 }]);
  await refused("sold out", "OperationDenied.NoStock", 403, ask(ecs, "RunInstances", make({})));
  await rule([{ fault: "throttle", cloud: "alibaba", count: 1 }]);
  await refused("too many calls", "Throttling.User", 400, ask(ecs, "DescribeInstances"));
  await rule([]);
}

async function strangers() {
  await refused("a key that nobody has", "InvalidAccessKeyId.NotFound", 404, ask(client(ecsPackage, { accessKeyId: "nobody" }), "DescribeZones"));
  await refused("a wrong secret", "SignatureDoesNotMatch", 400, ask(client(ecsPackage, { accessKeySecret: "wrong" }), "DescribeZones"));
  await refused("an action that is none", "InvalidAction.NotFound", 404, ask(ecs, "DescribeBandwidthLimitation"));
  await refused("no region", "MissingParameter.RegionId", 400, ecs.describeZones(new ecsPackage.DescribeZonesRequest({})));
}

async function theEnd(net, group, machines) {
  await refused("a group in use", "DependencyViolation", 403, ask(ecs, "DeleteSecurityGroup", { securityGroupId: group }));
  await refused("a vSwitch in use", "DependencyViolation", 400, ask(vpc, "DeleteVSwitch", { vSwitchId: net.vSwitchId }));
  await refused("a VPC in use", "DependencyViolation.VSwitch", 400, ask(vpc, "DeleteVpc", { vpcId: net.vpcId }));
  const [first, ...rest] = machines;
  await ecs.modifyInstanceAttribute(new ecsPackage.ModifyInstanceAttributeRequest({ instanceId: first, deletionProtection: true }));
  await refused("a protected one is not deleted", "InvalidOperation.DeletionProtection", 403,
                ecs.deleteInstance(new ecsPackage.DeleteInstanceRequest({ instanceId: first, force: true })));
  await ecs.modifyInstanceAttribute(new ecsPackage.ModifyInstanceAttributeRequest({ instanceId: first, deletionProtection: false }));
  await ecs.deleteInstance(new ecsPackage.DeleteInstanceRequest({ instanceId: first, force: true }));
  await refused("a deleted one is not found", "InvalidInstanceId.NotFound", 404,
                ecs.stopInstance(new ecsPackage.StopInstanceRequest({ instanceId: first })));
  await ask(ecs, "DeleteInstances", { instanceId: rest, force: true });
  await until("none is left", async () => (await ask(ecs, "DescribeInstances")).totalCount === 0);
  await ask(ecs, "DeleteKeyPairs", { keyPairNames: JSON.stringify(["sdk-key"]) });
  check("nor a key", (await ask(ecs, "DescribeKeyPairs")).keyPairs.keyPair.length === 0);
  await until("the group goes", async () => ask(ecs, "DeleteSecurityGroup", { securityGroupId: group }).then(() => true, () => false));
  for (const vSwitchId of [net.vSwitchId, net.other]) await ask(vpc, "DeleteVSwitch", { vSwitchId });
  await ask(vpc, "DeleteVpc", { vpcId: net.vpcId });
  check("nor a VPC", (await ask(vpc, "DescribeVpcs")).vpcs.vpc.length === 0);
  await refused("what is gone is not found", "InvalidVpcId.NotFound", 404, ask(vpc, "DeleteVpc", { vpcId: net.vpcId }));
  const left = await (await fetch(`${env.CCLOUD_SIM_URL}/_sim/resources?cloud=alibaba&count=only`)).json();
  check("nothing is left", (left.total ?? left.count ?? left) === 0, left);
}

/// What of the parameter `path` the request class does not know; undefined when it knows all of it.
function unknown(type, path) {
  const [name, ...rest] = path;
  const field = Object.entries(type.names()).find(([, wire]) => wire === name);
  if (!field) return name;
  let kind = type.types()[field[0]];
  if (kind?.type === "array") {
    if (!/^[1-9][0-9]*$/.test(rest.shift() ?? "")) return `${name}, a list`;
    kind = kind.itemType;
  }
  if (typeof kind === "function") return rest.length > 0 ? unknown(kind, rest) : `${name}, a structure`;
  return rest.length > 0 ? path.join(".") : undefined;
}

/// A proxy that notes what our driver asks for.
function listener(strange, actions) {
  const note = (headers, text) => {
    const action = headers["x-acs-action"];
    const module_ = { "2014-05-26": ecsPackage, "2016-04-28": vpcPackage }[headers["x-acs-version"]];
    if (!module_) return; // STS, which these packages do not have
    actions.add(action);
    const type = module_[`${action}Request`];
    for (const [key] of new URLSearchParams(text)) {
      // One host serves all regions here, so ours names the region everywhere; the cloud ignores it where it knows.
      const found = key === "RegionId" ? undefined : unknown(type, key.split("."));
      if (found) strange.add(`${action}: ${found}`);
    }
  };
  return http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part)).on("end", () => {
      const body = Buffer.concat(parts);
      note(request.headers, [request.url.split("?")[1] ?? "", body.toString()].join("&"));
      const onward = http.request(env.CCLOUD_ALIBABA_ENDPOINT + request.url,
                                  { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy()).end(body);
    });
  });
}

async function ourDriver() {
  const strange = new Set();
  const actions = new Set();
  const proxy = listener(strange, actions);
  await new Promise((ready) => proxy.listen(0, "127.0.0.1", ready));
  const run = (...words) => new Promise((done) => execFile(env.TEST_CCLOUD, words, {
    env: { ...env, CCLOUD_ALIBABA_ENDPOINT: `http://127.0.0.1:${proxy.address().port}` } },
    (error, out, text) => { check(`ccloud ${words.join(" ")}`, !error, (out + text).slice(-500)); done(); }));
  const write = (more = {}) => writeFileSync("ccloud.json", JSON.stringify({
    project: "sdk", providers: { hk: { driver: "alibaba", regions: [region] } },
    clusters: { web: { size: { cpu: 2, memory: "4GiB" }, image: "debian-12", ssh: { keys: [env.TEST_SSH_KEY] },
                       network: { allow: [{ tcp: 22, from: "203.0.113.0/24" }, { tcp: 80, from: "cluster:web" }] },
                       identity: { hk: "one" }, place: { hk: { provider: "hk", region, count: 2 } }, ...more } } }));
  write();
  await run("deploy", "-y");
  write({ identity: { hk: "two" }, disk: { size: "60GiB" }, labels: { role: "db" }, network: { allow: [] } });
  await run("deploy", "-y");
  await run("stop", "web-hk-1", "-y");
  await run("start", "web-hk-1", "-y");
  await run("restart", "web-hk-1", "-y");
  write({ size: { cpu: 4, memory: "8GiB" } });
  await run("deploy", "-y");
  await run("destroy", "-y", "--confirm", "sdk");
  proxy.close();
  proxy.closeAllConnections();
  check("our driver's many actions were seen", actions.size > 25, [...actions]);
  check("it asks for nothing that the clients' requests do not know", strange.size === 0, [...strange]);
}

try {
  const image = await catalogue();
  const net = await makeNetwork();
  const group = await makeGroup(net);
  await makeKey();
  const make = (more) => order(image, net, group, more);
  await wrongOrders(make);
  const first = await oneMachine(make);
  await labels(first);
  const many = await manyMachines(make);
  await faultsAndLimits(make);
  await strangers();
  await theEnd(net, group, [first, ...many]);
  await ourDriver();
} catch (error) {
  check("no surprise", false, error.stack ?? error);
}
for (const [action, found] of shapes) check(`the shape of ${action}`, found.length === 0, [...new Set(found)].slice(0, 8));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
