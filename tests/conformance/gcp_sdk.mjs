// What gcp_sdk.py runs: Google's client unchanged, pointed at the simulator by its own options and variables.
import compute from "@google-cloud/compute";
import { GoogleAuth, UserRefreshClient } from "google-auth-library";
import { readFileSync } from "node:fs";

const env = process.env;
const front = new URL(env.CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE);
const project = env.GOOGLE_CLOUD_PROJECT;
const region = "us-central1";
const zone = "us-central1-a";
// Without scopes the library signs its bearer tokens itself; its token server cannot be named.
const options = { fallback: true, protocol: "http", apiEndpoint: front.hostname, port: Number(front.port), auth: new GoogleAuth() };
const client = (kind, more = {}) => new kind({ ...options, ...more });
let passed = Number(env.PASSED_BEFORE ?? 0);
let failed = Number(env.FAILED_BEFORE ?? 0);

function check(what, good, more = "") {
  good ? passed++ : failed++;
  const shown = JSON.stringify(more, (_, value) => (typeof value === "bigint" ? String(value) : value));
  console.log(`${good ? "ok  " : "FAIL"} ${what}${good ? "" : ": " + String(shown ?? more).slice(0, 600)}`);
}

async function refused(what, status, part, promise) {
  try {
    await promise;
    check(what, false, "it was accepted");
  } catch (error) {
    const said = `${error.code} ${error.message} ${JSON.stringify(error.errors ?? error.statusDetails ?? "")}`;
    check(what, said.includes(String(status)) && said.includes(part), said);
  }
}

const instances = client(compute.InstancesClient);
const networks = client(compute.NetworksClient);
const subnetworks = client(compute.SubnetworksClient);
const firewalls = client(compute.FirewallsClient);
const addresses = client(compute.AddressesClient);
const disks = client(compute.DisksClient);
const zoneOperations = client(compute.ZoneOperationsClient);
const regionOperations = client(compute.RegionOperationsClient);
const globalOperations = client(compute.GlobalOperationsClient);

/// Waits with Google's own operations clients; gives the operation in the end.
async function done(call) {
  const [begun] = await call;
  let operation = begun.latestResponse ?? begun;
  while (operation.status !== "DONE") {
    const name = operation.name;
    const last = (url) => url.split("/").pop();
    if (operation.zone) [operation] = await zoneOperations.wait({ project, zone: last(operation.zone), operation: name });
    else if (operation.region) [operation] = await regionOperations.wait({ project, region: last(operation.region), operation: name });
    else [operation] = await globalOperations.wait({ project, operation: name });
  }
  return operation;
}

async function worked(what, call) {
  const operation = await done(call);
  check(what, !operation.error?.errors?.length, operation.error);
  return operation;
}

async function failedWith(what, code, call) {
  const operation = await done(call);
  check(what, operation.error?.errors?.[0]?.code === code, operation);
}

async function all(pages) {
  const out = [];
  for await (const one of pages) out.push(one);
  return out;
}

const names = (list) => list.map((one) => one.name).sort();

async function makeNetwork() {
  await worked("network", networks.insert({ project, networkResource: { name: "net", autoCreateSubnetworks: false } }));
  await refused("the same name again", 409, "already exists",
                networks.insert({ project, networkResource: { name: "net", autoCreateSubnetworks: false } }));
  await refused("a legacy network", 400, "Legacy",
                networks.insert({ project, networkResource: { name: "old" } }));
  await worked("subnetwork", subnetworks.insert({ project, region, subnetworkResource: {
    name: "sub", network: "global/networks/net", ipCidrRange: "10.7.0.0/24" } }));
  await refused("an overlapping one", 400, "conflicts with existing",
                subnetworks.insert({ project, region: "europe-west1", subnetworkResource: {
                  name: "two", network: "global/networks/net", ipCidrRange: "10.7.0.0/25" } }));
  await worked("firewall", firewalls.insert({ project, firewallResource: {
    name: "ssh", network: "global/networks/net", allowed: [{ IPProtocol: "tcp", ports: ["22"] }],
    sourceRanges: ["203.0.113.0/24"], targetTags: ["node"] } }));
  await worked("firewall patched", firewalls.patch({ project, firewall: "ssh", firewallResource: {
    sourceRanges: ["198.51.100.0/24"] } }));
  const [rule] = await firewalls.get({ project, firewall: "ssh" });
  check("a patch keeps the rest", rule.sourceRanges[0] === "198.51.100.0/24" && rule.targetTags[0] === "node" &&
        rule.allowed[0].ports[0] === "22" && rule.priority === 1000, rule);
  const listed = await all(subnetworks.aggregatedListAsync({ project }));
  const found = listed.find(([scope]) => scope === `regions/${region}`);
  check("subnetworks of all regions", names(found[1].subnetworks).join() === "default,sub", found);
}

function order(name, more = {}) {
  return {
    name, machineType: `zones/${zone}/machineTypes/e2-medium`, labels: { role: "web" }, tags: { items: ["node"] },
    disks: [{ boot: true, autoDelete: true, initializeParams: {
      sourceImage: "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64", diskSizeGb: "20",
      diskType: `zones/${zone}/diskTypes/pd-balanced` } }],
    networkInterfaces: [{ subnetwork: `regions/${region}/subnetworks/sub`,
                          accessConfigs: [{ type: "ONE_TO_ONE_NAT", name: "External NAT" }] }],
    metadata: { items: [{ key: "ssh-keys", value: `ops:${env.TEST_SSH_KEY}` },
                        { key: "user-data", value: "#cloud-config\n{}" }] },
    ...more,
  };
}

const insert = (name, more = {}, requestId) =>
  instances.insert({ project, zone, instanceResource: order(name, more), ...(requestId ? { requestId } : {}) });
const of = (instance) => ({ project, zone, instance });

async function oneMachine() {
  await refused("an unknown machine type", 400, "does not exist in zone",
                insert("n1", { machineType: `zones/${zone}/machineTypes/e2-huge` }));
  await refused("a machine type without its zone", 400, "malformed", insert("n1", { machineType: "e2-medium" }));
  await refused("a bad name", 400, "regex", insert("N_1"));
  await refused("a bad label", 400, "Label values", insert("n1", { labels: { role: "Web" } }));
  await refused("a disk smaller than the image", 400, "smaller than the image", insert("n1", {
    disks: [{ boot: true, initializeParams: { diskSizeGb: "5",
              sourceImage: "projects/debian-cloud/global/images/family/debian-12" } }] }));
  await refused("an unknown image", 400, "cannot be found", insert("n1", {
    disks: [{ boot: true, initializeParams: { sourceImage: "projects/debian-cloud/global/images/family/debian-99" } }] }));
  const id = crypto.randomUUID();
  const made = await worked("machine", insert("n1", {}, id));
  check("its request id", made.clientOperationId === id, made);
  const [again] = await insert("n1", {}, id);
  check("the same request id is the same operation", (again.latestResponse ?? again).name === made.name, again);
  await refused("the same name with another", 409, "already exists", insert("n1", {}, crypto.randomUUID()));
  await refused("a request id that is none", 400, "requestId", insert("n2", {}, "abc"));
  const [seen] = await instances.get(of("n1"));
  check("it runs", seen.status === "RUNNING" && String(seen.id) === String(made.targetId), seen);
  check("its addresses", seen.networkInterfaces[0].networkIP === "10.7.0.2" &&
        /^\d+\./.test(seen.networkInterfaces[0].accessConfigs[0].natIP), seen.networkInterfaces);
  check("its disk", String(seen.disks[0].diskSizeGb) === "20" && seen.disks[0].boot, seen.disks);
  await failedWith("a foreign service account fails in the operation", "SERVICE_ACCOUNT_ACCESS_DENIED", insert("n3", {
    serviceAccounts: [{ email: `x@${project}.iam.gserviceaccount.com`, scopes: ["https://www.googleapis.com/auth/cloud-platform"] }] }));
  const [console_] = await instances.getSerialPortOutput({ ...of("n1"), port: 1 });
  check("serial port", console_.contents.length > 0 && Number(console_.next) === console_.contents.length, console_);
}

async function changes() {
  const [seen] = await instances.get(of("n1"));
  await worked("labels", instances.setLabels({ ...of("n1"), instancesSetLabelsRequestResource: {
    labels: { role: "db", extra: "1" }, labelFingerprint: seen.labelFingerprint } }));
  await refused("an old fingerprint", 412, "fingerprint", instances.setLabels({ ...of("n1"),
    instancesSetLabelsRequestResource: { labels: {}, labelFingerprint: seen.labelFingerprint } }));
  await worked("metadata", instances.setMetadata({ ...of("n1"), metadataResource: {
    fingerprint: seen.metadata.fingerprint, items: [{ key: "a", value: "b" }] } }));
  await worked("network tags", instances.setTags({ ...of("n1"), tagsResource: {
    fingerprint: seen.tags.fingerprint, items: ["node", "db"] } }));
  const machineType = { instancesSetMachineTypeRequestResource: { machineType: `zones/${zone}/machineTypes/e2-small` } };
  await refused("a running one keeps its type", 400, "must be stopped", instances.setMachineType({ ...of("n1"), ...machineType }));
  await worked("stop", instances.stop(of("n1")));
  const [off] = await instances.get(of("n1"));
  check("TERMINATED is stopped", off.status === "TERMINATED" && !off.networkInterfaces[0].accessConfigs[0].natIP, off);
  await worked("another type", instances.setMachineType({ ...of("n1"), ...machineType }));
  await worked("start", instances.start(of("n1")));
  await worked("start again", instances.start(of("n1")));
  await worked("reset", instances.reset(of("n1")));
  const [now] = await instances.get(of("n1"));
  check("all of it is seen", now.status === "RUNNING" && now.labels.extra === "1" && now.tags.items.join() === "node,db" &&
        now.metadata.items[0].key === "a" && now.machineType.endsWith("/e2-small"), now);
  await worked("a larger disk", disks.resize({ project, zone, disk: "n1", disksResizeRequestResource: { sizeGb: "40" } }));
  await refused("a smaller one", 400, "must be larger", disks.resize({ project, zone, disk: "n1",
    disksResizeRequestResource: { sizeGb: "30" } }));
  await worked("protected", instances.setDeletionProtection({ project, zone, resource: "n1", deletionProtection: true }));
  await refused("a protected one stays", 400, "protected against deletion", instances.delete(of("n1")));
  await worked("no longer", instances.setDeletionProtection({ project, zone, resource: "n1", deletionProtection: false }));
}

async function staticAddress() {
  await worked("address", addresses.insert({ project, region, addressResource: { name: "ip", labels: { role: "web" } } }));
  const [address] = await addresses.get({ project, region, address: "ip" });
  await worked("access config away", instances.deleteAccessConfig({ ...of("n1"), accessConfig: "External NAT", networkInterface: "nic0" }));
  await worked("access config with the address", instances.addAccessConfig({ ...of("n1"), networkInterface: "nic0",
    accessConfigResource: { type: "ONE_TO_ONE_NAT", name: "fixed", natIP: address.address } }));
  const [used] = await addresses.get({ project, region, address: "ip" });
  check("it is in use", used.status === "IN_USE" && used.users[0].endsWith("/n1"), used);
  await refused("an address in use stays", 400, "already being used", addresses.delete({ project, region, address: "ip" }));
}

async function many() {
  const wanted = Array.from({ length: 59 }, (_, index) => `m${String(index + 1).padStart(2, "0")}`);
  await Promise.all(wanted.map((name) => done(insert(name))));
  const listed = await all(instances.listAsync({ project, zone, maxResults: 25 }));
  check("60 machines over pages", new Set(names(listed)).size === 60 && listed.length === 60, names(listed));
  const [page, , response] = await instances.list({ project, zone, maxResults: 25 }, { autoPaginate: false });
  check("a page and a token", page.length === 25 && response.nextPageToken.length > 0, response);
  await refused("a token of another list", 400, "pageToken", instances.list(
    { project, zone: "us-central1-b", pageToken: response.nextPageToken }, { autoPaginate: false }));
  const some = await all(instances.listAsync({ project, zone, filter: '(labels.role = "db") (status = RUNNING)' }));
  check("a filter", names(some).join() === "n1", names(some));
  const regular = await all(instances.listAsync({ project, zone, filter: "name eq m0.*" }));
  check("a regular expression", regular.length === 9, names(regular));
  const newest = await all(instances.listAsync({ project, zone, orderBy: "creationTimestamp desc" }));
  check("the newest first", newest.at(-1).name === "n1" && newest.length === 60, names(newest));
  const scopes = await all(instances.aggregatedListAsync({ project, maxResults: 25, returnPartialSuccess: true }));
  const counted = scopes.flatMap(([, scope]) => scope.instances ?? []);
  check("aggregated over pages", counted.length === 60, counted.length);
  check("a warning where nothing is", scopes.some(([scope, it]) => scope === "zones/us-central1-b" && it.warning?.code === "NO_RESULTS_ON_PAGE"));
  const operations = await all(zoneOperations.listAsync({ project, zone, filter: "operationType = insert" }));
  check("operations are listed", operations.length >= 60, operations.length);
}

async function catalogue() {
  const [it] = await client(compute.ProjectsClient).get({ project });
  check("project", it.name === project && it.defaultServiceAccount.endsWith("developer.gserviceaccount.com"), it);
  const [there] = await client(compute.RegionsClient).get({ project, region });
  check("region with its quotas", there.quotas.find((one) => one.metric === "INSTANCES").usage === 60, there.quotas);
  const types = await all(client(compute.MachineTypesClient).listAsync({ project, zone, filter: "guestCpus = 2" }));
  check("machine types", types.some((one) => one.name === "e2-standard-2" && one.memoryMb === 8192), types.length);
  const [image] = await client(compute.ImagesClient).getFromFamily({ project: "debian-cloud", family: "debian-12" });
  check("image of a family", image.name.startsWith("debian-12-bookworm-v") && image.status === "READY", image);
  check("zones", (await all(client(compute.ZonesClient).listAsync({ project }))).length > 100);
}

async function wrongLogins() {
  await refused("another project", 404, "not found", instances.get({ project: "another-project", zone, instance: "n1" }));
  await refused("an unknown zone", 400, "Unknown zone", instances.get({ project, zone: "us-central1-x", instance: "n1" }));
  const scoped = new GoogleAuth({ scopes: ["https://www.googleapis.com/auth/compute.readonly"] });
  scoped.useJWTAccessWithScope = true;
  const reader = client(compute.InstancesClient, { auth: scoped });
  check("a reader reads", (await reader.get(of("n1")))[0].name === "n1");
  await refused("a reader changes nothing", 403, "insufficient", reader.stop(of("n1")));
  const file = JSON.parse(readFileSync(env.GOOGLE_APPLICATION_CREDENTIALS.replace("service-account", "authorized-user")));
  const login = (refreshToken) => new GoogleAuth({ authClient: new UserRefreshClient({
    clientId: file.client_id, clientSecret: file.client_secret, refreshToken,
    endpoints: { oauth2TokenUrl: file.token_uri } }) });
  const user = client(compute.InstancesClient, { auth: login(file.refresh_token) });
  check("an authorised user's refresh token", (await user.get(of("n1")))[0].name === "n1");
  const revoked = client(compute.InstancesClient, { auth: login("1//revoked") });
  await refused("one that was revoked", "", "invalid_grant", revoked.get(of("n1")));
  const foreign = new UserRefreshClient();
  foreign.setCredentials({ access_token: "ya29.stale", expiry_date: Date.now() + 3.6e6 });
  const stale = client(compute.InstancesClient, { auth: new GoogleAuth({ authClient: foreign }) });
  await refused("a token of others", 401, "authentication credential", stale.get(of("n1")));
}

async function theEnd() {
  const listed = await all(instances.listAsync({ project, zone }));
  await refused("a subnetwork in use stays", 400, "already being used", subnetworks.delete({ project, region, subnetwork: "sub" }));
  await Promise.all(listed.map((one) => done(instances.delete(of(one.name)))));
  await refused("a deleted machine is not found", 404, "not found", instances.get(of("n1")));
  check("their disks went along", (await all(disks.listAsync({ project, zone }))).length === 0);
  await failedWith("a network in use fails in the operation", "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", networks.delete({ project, network: "net" }));
  await worked("address away", addresses.delete({ project, region, address: "ip" }));
  await worked("firewall away", firewalls.delete({ project, firewall: "ssh" }));
  await worked("subnetwork away", subnetworks.delete({ project, region, subnetwork: "sub" }));
  await worked("network away", networks.delete({ project, network: "net" }));
  check("only the default network is left", names(await all(networks.listAsync({ project }))).join() === "default");
}

try {
  for (const part of [makeNetwork, oneMachine, changes, staticAddress, many, catalogue, wrongLogins, theEnd]) await part();
} catch (error) {
  check("no surprise", false, error.stack ?? error);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
