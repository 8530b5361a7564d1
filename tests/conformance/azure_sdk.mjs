// What azure_sdk.py runs: the clients unchanged, pointed at the simulator by their own options and variables.
import { ComputeManagementClient } from "@azure/arm-compute";
import { NetworkManagementClient } from "@azure/arm-network";
import { ResourceManagementClient } from "@azure/arm-resources";
import { ClientSecretCredential } from "@azure/identity";

const env = process.env;
const endpoint = env.AZURE_AUTHORITY_HOST; // one host serves logins and Resource Manager
const subscription = env.AZURE_SUBSCRIPTION_ID;
const location = "westeurope";
const group = "sdk-test";
const quick = { updateIntervalInMs: 20 };
let passed = 0;
let failed = 0;

function check(what, good, more = "") {
  good ? passed++ : failed++;
  console.log(`${good ? "ok  " : "FAIL"} ${what}${good ? "" : ": " + String(JSON.stringify(more) ?? more).slice(0, 600)}`);
}

async function refused(what, code, promise) {
  try {
    await promise;
    check(what, false, "it was accepted");
  } catch (error) {
    const said = error.code ?? error.errorResponse?.error ?? error.name;
    check(what, [said, error.errorResponse?.error, error.message].some((text) => String(text).includes(code)),
          { said, message: error.message });
  }
}

function login(secret = env.AZURE_CLIENT_SECRET) {
  return new ClientSecretCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, secret,
                                    { authorityHost: endpoint, disableInstanceDiscovery: true });
}

function clients(credential) {
  const common = { endpoint, retryOptions: { maxRetries: 2, retryDelayInMs: 20 } };
  const legacy = { ...common, credentialScopes: ["https://management.azure.com/.default"] };
  return {
    compute: new ComputeManagementClient(credential, subscription, common),
    network: new NetworkManagementClient(credential, subscription, legacy),
    resources: new ResourceManagementClient(credential, subscription, legacy),
  };
}

async function all(pages) {
  const out = [];
  for await (const one of pages) out.push(one);
  return out;
}

const { compute, network, resources } = clients(login());
const names = (list) => list.map((one) => one.name).sort();

async function makeGroupAndNetwork() {
  const made = await resources.resourceGroups.createOrUpdate(group, { location, tags: { team: "a" } });
  check("resource group", made.name === group && made.properties.provisioningState === "Succeeded", made);
  const again = await resources.resourceGroups.createOrUpdate(group, { location, tags: { team: "b" } });
  check("the same group again changes its tags", again.tags.team === "b", again);
  check("the group exists", (await resources.resourceGroups.checkExistence(group)).body === true);
  const found = await all(resources.resourceGroups.list({ filter: "tagName eq 'team' and tagValue eq 'b'" }));
  check("groups are found by tag", names(found).join() === group, found);
  await refused("a bad location is refused", "LocationNotAvailable",
                resources.resourceGroups.createOrUpdate("x", { location: "atlantis" }));

  const nsg = await network.networkSecurityGroups.beginCreateOrUpdateAndWait(group, "nsg", {
    location,
    securityRules: [{ name: "ssh", priority: 100, direction: "Inbound", access: "Allow", protocol: "Tcp",
                      sourceAddressPrefix: "203.0.113.0/24", sourcePortRange: "*",
                      destinationAddressPrefix: "*", destinationPortRange: "22" }],
  }, quick);
  check("security group with a rule", nsg.securityRules[0].destinationPortRange === "22", nsg);
  await refused("two rules of one priority are refused", "SecurityRuleConflict",
                network.securityRules.beginCreateOrUpdateAndWait(group, "nsg", "web", {
                  priority: 100, direction: "Inbound", access: "Allow", protocol: "Tcp",
                  sourceAddressPrefix: "*", sourcePortRange: "*", destinationAddressPrefix: "*",
                  destinationPortRange: "80" }, quick));
  const rule = await network.securityRules.beginCreateOrUpdateAndWait(group, "nsg", "web", {
    priority: 110, direction: "Inbound", access: "Allow", protocol: "*", sourceAddressPrefix: "Internet",
    sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRanges: ["80", "443"] }, quick);
  check("a rule of its own", rule.destinationPortRanges.length === 2, rule);
  check("the group lists both", (await all(network.securityRules.list(group, "nsg"))).length === 2);

  const vnet = await network.virtualNetworks.beginCreateOrUpdateAndWait(group, "vnet", {
    location, addressSpace: { addressPrefixes: ["10.9.0.0/16"] },
    subnets: [{ name: "default", addressPrefix: "10.9.0.0/24" }],
  }, quick);
  check("network with a subnet", vnet.subnets[0].addressPrefix === "10.9.0.0/24", vnet);
  await refused("an overlapping subnet is refused", "NetcfgSubnetRangesOverlap",
                network.subnets.beginCreateOrUpdateAndWait(group, "vnet", "two",
                                                           { addressPrefix: "10.9.0.128/25" }, quick));
  const subnet = await network.subnets.beginCreateOrUpdateAndWait(group, "vnet", "two",
                                                                  { addressPrefix: "10.9.1.0/24" }, quick);
  check("a second subnet", subnet.provisioningState === "Succeeded", subnet);
  check("subnets are listed", names(await all(network.subnets.list(group, "vnet"))).join() === "default,two");
  return vnet.subnets[0].id;
}

async function nicFor(name, subnet, address) {
  return await network.networkInterfaces.beginCreateOrUpdateAndWait(group, `${name}-nic`, {
    location,
    ipConfigurations: [{ name: "ip1", primary: true, privateIPAllocationMethod: "Dynamic", subnet: { id: subnet },
                         publicIPAddress: address && { id: address, deleteOption: "Delete" } }],
  }, quick);
}

function order(name, nic, more = {}) {
  return {
    location, zones: ["1"], tags: { role: "web" },
    hardwareProfile: { vmSize: "Standard_D2s_v5" },
    storageProfile: {
      imageReference: { publisher: "Canonical", offer: "ubuntu-24_04-lts", sku: "server", version: "latest" },
      osDisk: { name: `${name}-os`, createOption: "FromImage", deleteOption: "Delete",
                managedDisk: { storageAccountType: "StandardSSD_LRS" } },
    },
    osProfile: {
      computerName: name, adminUsername: "ops", customData: Buffer.from("#cloud-config\n{}").toString("base64"),
      linuxConfiguration: { disablePasswordAuthentication: true, ssh: { publicKeys: [
        { path: "/home/ops/.ssh/authorized_keys", keyData: env.TEST_SSH_KEY }] } },
    },
    networkProfile: { networkInterfaces: [{ id: nic, primary: true, deleteOption: "Delete" }] },
    diagnosticsProfile: { bootDiagnostics: { enabled: true } },
    ...more,
  };
}

async function oneMachine(subnet) {
  const machines = compute.virtualMachines;
  await refused("a Basic address is refused", "PublicIPBasicSkuRetired",
                network.publicIPAddresses.beginCreateOrUpdateAndWait(group, "old", { location }, quick));
  const address = await network.publicIPAddresses.beginCreateOrUpdateAndWait(group, "n1-ip", {
    location, sku: { name: "Standard" }, publicIPAllocationMethod: "Static" }, quick);
  check("public address", /^\d+\.\d+\.\d+\.\d+$/.test(address.ipAddress), address);
  const nic = await nicFor("n1", subnet, address.id);
  check("interface with the subnet's fourth address", nic.ipConfigurations[0].privateIPAddress === "10.9.0.4", nic);

  await refused("an unknown size is refused", "InvalidParameter",
                machines.createOrUpdate(group, "n1", order("n1", nic.id, { hardwareProfile: { vmSize: "Huge" } }), quick));
  const reserved = order("n1", nic.id);
  reserved.osProfile.adminUsername = "admin";
  await refused("a reserved user is refused", "InvalidParameter", machines.createOrUpdate(group, "n1", reserved, quick));
  const made = await machines.createOrUpdate(group, "n1", order("n1", nic.id), quick);
  check("machine", made.provisioningState === "Succeeded" && made.zones[0] === "1" && made.vmId, made);
  check("the image's exact version", made.storageProfile.imageReference.exactVersion?.length > 3, made.storageProfile);
  const same = await machines.createOrUpdate(group, "n1", order("n1", nic.id), quick);
  check("the same body again makes no second one", same.vmId === made.vmId, same);
  await refused("If-None-Match guards", "PreconditionFailed",
                machines.createOrUpdate(group, "n1", order("n1", nic.id), { ...quick, ifNoneMatch: "*" }));
  const other = order("n1", nic.id, { zones: ["2"] });
  await refused("zones do not change", "PropertyChangeNotAllowed", machines.createOrUpdate(group, "n1", other, quick));

  const view = await machines.instanceView(group, "n1");
  check("it runs", view.statuses.some((one) => one.code === "PowerState/running"), view);
  await machines.deallocate(group, "n1", quick);
  const expanded = await machines.get(group, "n1", { expand: "instanceView" });
  check("deallocated", expanded.instanceView.statuses.some((one) => one.code === "PowerState/deallocated"), expanded);
  await machines.start(group, "n1", quick);
  await machines.restart(group, "n1", quick);
  await machines.powerOff(group, "n1", quick);
  const off = await machines.instanceView(group, "n1");
  check("powered off is stopped", off.statuses.some((one) => one.code === "PowerState/stopped"), off);
  await machines.start(group, "n1", quick);
  const resized = await machines.update(group, "n1", { hardwareProfile: { vmSize: "Standard_D4s_v5" } }, quick);
  check("resized", resized.hardwareProfile.vmSize === "Standard_D4s_v5", resized);
  const disk = await compute.disks.update(group, "n1-os", { diskSizeGB: 64 }, quick);
  check("disk grown", disk.diskSizeGB === 64, disk);
  const console_ = await machines.retrieveBootDiagnosticsData(group, "n1");
  check("console link", console_.serialConsoleLogBlobUri.startsWith(endpoint), console_);

  const tags = await resources.tagsOperations.beginUpdateAtScopeAndWait(made.id, {
    operation: "Merge", properties: { tags: { ROLE: "db", extra: "1" } } }, quick);
  check("tag names are one in any case", tags.properties.tags.ROLE === "db" && !tags.properties.tags.role, tags);
  await refused("a tag with < is refused", "InvalidTagNameCharacters",
                resources.tagsOperations.beginUpdateAtScopeAndWait(made.id, {
                  operation: "Merge", properties: { tags: { "a<b": "1" } } }, quick));
  const tagged = await all(resources.resources.list({ filter: "tagName eq 'extra' and tagValue eq '1'" }));
  check("resources are found by tag, without their tags", names(tagged).join() === "n1" && !tagged[0].tags, tagged);

  await refused("an interface in use is not deleted", "NicInUse",
                network.networkInterfaces.beginDeleteAndWait(group, "n1-nic", quick));
  await refused("a subnet in use is not deleted", "InUseSubnetCannotBeDeleted",
                network.subnets.beginDeleteAndWait(group, "vnet", "default", quick));
  await refused("an address in use is not deleted", "PublicIPAddressCannotBeDeleted",
                network.publicIPAddresses.beginDeleteAndWait(group, "n1-ip", quick));
}

async function manyMachines(subnet) {
  const wanted = Array.from({ length: 59 }, (_, index) => `m${String(index + 1).padStart(2, "0")}`);
  await Promise.all(wanted.map(async (name) => {
    const nic = await nicFor(name, subnet);
    await compute.virtualMachines.createOrUpdate(group, name, order(name, nic.id), quick);
  }));
  const listed = await all(compute.virtualMachines.list(group));
  check("60 machines over pages", new Set(names(listed)).size === 60 && listed.length === 60, names(listed));
  let pages = 0;
  for await (const page of compute.virtualMachines.listAll().byPage()) pages += page.length > 0 ? 1 : 0;
  check("more than one page", pages > 1, pages);
  const states = await all(compute.virtualMachines.listAll({ statusOnly: "true" }));
  check("states of all in one list",
        states.filter((one) => one.instanceView?.statuses?.some((s) => s.code === "PowerState/running")).length === 60,
        states[0]);
  const plain = listed[0].instanceView;
  check("no states in the plain list", plain === undefined, plain);
  check("interfaces are listed", (await all(network.networkInterfaces.list(group))).length === 60);
}

async function catalogue() {
  const usages = await all(compute.usageOperations?.list(location) ?? compute.usage.list(location));
  check("usages count the cores", usages.find((one) => one.name.value === "cores").currentValue === 59 * 2 + 4, usages);
  const skus = await all(compute.resourceSkus.list({ filter: `location eq '${location}'` }));
  check("sizes", skus.some((one) => one.name === "Standard_D2s_v5" && one.resourceType === "virtualMachines"));
  const versions = await compute.virtualMachineImages.list(location, "Debian", "debian-12", "12-gen2");
  check("image versions are a bare array", Array.isArray(versions) && versions.length === 2, versions);
}

async function wrongLogins() {
  await refused("a wrong secret is refused", "7000215",
                login("wrong").getToken("https://management.azure.com/.default"));
  const foreign = new ResourceManagementClient(login(), "00000000-0000-0000-0000-000000000000",
                                               { endpoint, credentialScopes: ["https://management.azure.com/.default"] });
  await refused("another subscription is refused", "SubscriptionNotFound", foreign.resourceGroups.get(group));
  const stale = clients({ getToken: async () => ({ token: "stale", expiresOnTimestamp: Date.now() + 3.6e6 }) });
  await refused("a token of others is refused", "InvalidAuthenticationToken",
                stale.resources.resourceGroups.get(group));
}

async function theEnd() {
  await compute.virtualMachines.delete(group, "n1", quick);
  await refused("a deleted machine is not found", "ResourceNotFound", compute.virtualMachines.get(group, "n1"));
  await refused("its interface went along", "ResourceNotFound", network.networkInterfaces.get(group, "n1-nic"));
  await refused("so did its address", "ResourceNotFound", network.publicIPAddresses.get(group, "n1-ip"));
  await refused("and its disk", "ResourceNotFound", compute.disks.get(group, "n1-os"));
  await resources.resourceGroups.beginDeleteAndWait(group, quick);
  await refused("the group takes all along", "ResourceGroupNotFound", resources.resourceGroups.get(group));
  check("nothing is left", (await all(compute.virtualMachines.listAll())).length === 0);
}

try {
  const subnet = await makeGroupAndNetwork();
  await oneMachine(subnet);
  await manyMachines(subnet);
  await catalogue();
  await wrongLogins();
  await theEnd();
} catch (error) {
  check("no surprise", false, error.stack ?? error);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
