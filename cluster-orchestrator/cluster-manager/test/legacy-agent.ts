import { connectAsync } from "mqtt";
import { onTestFinished } from "vitest";

/**
 * An agent of an older version, as it shows itself on the wire: no credential, no numbers, a list of its
 * tasks every now and then. upstream: NodeEngine, its registration and its topics.
 */
export async function startLegacyAgent(managerUrl: string) {
  const response = await fetch(`${managerUrl}/api/node/register`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...{ id: "", host: "raspberry", ip: "192.168.1.30", port: "3000", vcpus: 4 },
      ...{ cpu_percent: 3.2, memory_percent: 50, memory: 2_000, architecture: "arm64" },
      ...{ virtualization: ["docker"], csi_drivers: null, vgpus: 0, NetManagerPort: 0 },
    }),
  });
  if (response.status !== 200) throw new Error(await response.text());
  const { id, MQTT_BROKER_PORT: port } = (await response.json()) as Record<string, string>;
  const tasks = new Set<string>();
  const deploys: { job_name: string; instance_number: number }[] = [];
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: `${id}-ne` });
  client.on("error", () => undefined);

  const publish = (suffix: string, message: object): void => {
    client.publish(`nodes/${id}/${suffix}`, JSON.stringify(message), { qos: 1 });
  };
  const tell = (name: string, instance: number, status: string, status_detail = ""): void =>
    publish("job", { sname: name, status, status_detail, instance, publicip: "192.168.1.30" });
  client.on("message", (topic, payload) => {
    const { job_name: name, instance_number: number } = JSON.parse(payload.toString());
    const task = `${name}/${number}`;
    if (topic.endsWith("control/deploy")) {
      deploys.push({ job_name: name, instance_number: number });
      if (tasks.has(task)) tell(name, number, "FAILED", "task already deployed");
      else tell(name, number, "CREATED");
      tasks.add(task);
    } else if (topic.endsWith("control/delete")) {
      if (tasks.delete(task)) tell(name, number, "DEAD");
      tell(name, number, "UNDEPLOYED");
    }
  });
  await client.subscribeAsync(`nodes/${id}/control/+`, { qos: 1 });
  const timer = setInterval(() => {
    publish("information", { ip: "192.168.1.30", cpu_percent: 4, memory: 2_000, host: "" });
    publish("jobs/resources", {
      services: [...tasks].map((task) => ({
        ...{ cpu_percent: "1.25", memory_percent: "0.01", disk: "4096", logs: "hello" },
        ...{ job_name: task.split("/")[0], virtualization: "docker" },
        instance: Number(task.split("/")[1]),
      })),
    });
  }, 100);
  onTestFinished(async () => {
    clearInterval(timer);
    await client.endAsync(true);
  });
  return { id: String(id), tasks, deploys };
}
