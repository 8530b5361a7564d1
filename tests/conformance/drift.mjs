// What drift.py does to a node or a firewall with the vendors' clients, unchanged: drift.mjs DRIVER DEED RESOURCE [MORE],
// where RESOURCE is one of /_sim/resources as JSON, DEED one of stop, delete, untag (MORE: the key), open (MORE: the port).
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const env = process.env;
const [driver, deed, json, more] = process.argv.slice(2);
const thing = JSON.parse(json);

/// Resource group and name of an id.
function azureParts(id) {
  const parts = id.split("/");
  return [parts[4], parts.at(-1)];
}

async function azure() {
  const { ClientSecretCredential } = require("@azure/identity");
  const { ComputeManagementClient } = require("@azure/arm-compute");
  const { NetworkManagementClient } = require("@azure/arm-network");
  const { ResourceManagementClient } = require("@azure/arm-resources");
  const endpoint = env.AZURE_AUTHORITY_HOST;
  const login = new ClientSecretCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, env.AZURE_CLIENT_SECRET,
                                           { authorityHost: endpoint, disableInstanceDiscovery: true });
  const options = { endpoint, credentialScopes: ["https://management.azure.com/.default"] };
  const make = (kind) => new kind(login, env.AZURE_SUBSCRIPTION_ID, options);
  const quick = { updateIntervalInMs: 20 };
  const [group, name] = azureParts(thing.id);
  const machines = new ComputeManagementClient(login, env.AZURE_SUBSCRIPTION_ID, { endpoint }).virtualMachines;
  const deeds = {
    stop: () => machines.deallocate(group, name, quick),
    delete: () => machines.delete(group, name, quick),
    untag: () => make(ResourceManagementClient).tagsOperations.beginUpdateAtScopeAndWait(
      thing.id, { operation: "Delete", properties: { tags: { [more]: thing.tags[more] } } }, quick),
    open: () => make(NetworkManagementClient).securityRules.beginCreateOrUpdateAndWait(group, name, "extra", {
      priority: 4000, direction: "Inbound", access: "Allow", protocol: "Tcp", sourceAddressPrefix: "0.0.0.0/0",
      sourcePortRange: "*", destinationAddressPrefix: "*", destinationPortRange: more }, quick),
  };
  await deeds[deed]();
}

async function gcp() {
  const compute = require("@google-cloud/compute");
  const { GoogleAuth } = require("google-auth-library");
  const front = new URL(env.CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE);
  const make = (kind) => new kind({ fallback: true, protocol: "http", apiEndpoint: front.hostname,
                                    port: Number(front.port), auth: new GoogleAuth() });
  const project = env.GOOGLE_CLOUD_PROJECT;
  const instances = make(compute.InstancesClient);
  const firewalls = make(compute.FirewallsClient);
  const at = { project, zone: thing.zone, instance: thing.name };
  const deeds = {
    stop: () => instances.stop(at),
    delete: () => instances.delete(at),
    untag: async () => {
      const [now] = await instances.get(at);
      const { [more]: _, ...labels } = now.labels;
      return instances.setLabels({ ...at, instancesSetLabelsRequestResource: { labels, labelFingerprint: now.labelFingerprint } });
    },
    open: async () => {
      const [now] = await firewalls.get({ project, firewall: thing.name });
      return firewalls.insert({ project, firewallResource: {
        name: "extra", network: now.network, direction: "INGRESS", sourceRanges: ["0.0.0.0/0"],
        targetTags: now.targetTags, allowed: [{ IPProtocol: "tcp", ports: [more] }] } });
    },
  };
  const [begun] = await deeds[deed]();
  const waited = begun.latestResponse ?? begun;
  if (waited.status === "DONE") return;
  const client = make(waited.zone ? compute.ZoneOperationsClient : compute.GlobalOperationsClient);
  const [end] = await client.wait({ project, operation: waited.name, ...(waited.zone ? { zone: thing.zone } : {}) });
  if (end.status !== "DONE" || end.error) throw new Error(JSON.stringify(end.error ?? end.status));
}

async function alibaba() {
  const ecs = require("@alicloud/ecs20140526");
  const { Config } = require("@alicloud/openapi-client");
  const regionId = thing.region;
  const client = new ecs.default(new Config({
    accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID, accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    endpoint: new URL(env.CCLOUD_ALIBABA_ENDPOINT).host, protocol: "HTTP", regionId }));
  const deeds = {
    stop: () => client.stopInstance(new ecs.StopInstanceRequest({ instanceId: thing.id })),
    delete: () => client.deleteInstance(new ecs.DeleteInstanceRequest({ instanceId: thing.id, force: true })),
    untag: () => client.untagResources(new ecs.UntagResourcesRequest({
      regionId, resourceType: "instance", resourceId: [thing.id], tagKey: [more] })),
    open: () => client.authorizeSecurityGroup(new ecs.AuthorizeSecurityGroupRequest({
      regionId, securityGroupId: thing.id, permissions: [new ecs.AuthorizeSecurityGroupRequestPermissions({
        ipProtocol: "tcp", policy: "accept", portRange: `${more}/${more}`, sourceCidrIp: "0.0.0.0/0" })] })),
  };
  await deeds[deed]();
}

await { azure, gcp, alibaba }[driver]();
