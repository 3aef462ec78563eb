import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import { createSilentLogger, systemClock } from "@oak/kit";
import Docker from "dockerode";
import { createTinyImage } from "../../packages/testkit/src/tiny-image.ts";
import { createDockerRuntime } from "../src/adapters/docker/docker-runtime.ts";
import { createCgroupReader } from "../src/host/cgroup.ts";
import { describeRuntime } from "./runtime-conformance.ts";

describeRuntime("Docker", async () => {
  const docker = new Docker();
  const image = await createTinyImage({ docker });
  return {
    createRuntime: (engineId) =>
      createDockerRuntime({
        engineId,
        clock: systemClock,
        random: Math.random,
        logger: createSilentLogger(),
        cgroups: createCgroupReader(),
        cores: availableParallelism(),
      }),
    running: { image: image.name },
    printing: {
      job: {
        image: image.name,
        cmd: [
          "sh",
          "-c",
          "echo one; echo two; echo three >&2; trap 'exit 0' TERM; sleep 3600 & wait",
        ],
      },
      lines: ["one", "two", "three"],
      inOrder: ["one", "two"],
    },
    exiting: { image: image.name, cmd: ["sh", "-c", "exit 3"] },
    unstartable: { image: image.name, cmd: ["/no/such/command"] },
    missing: { image: "127.0.0.1:1/oak/missing:1" },
    kill: (handle) => docker.getContainer(handle).kill({ signal: "SIGKILL" }),
    freePort,
    close: image.remove,
  };
});

/** Free at this moment; only Docker and this test ask for it in the next ones. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "0.0.0.0", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
