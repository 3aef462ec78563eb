import type { OptionSpecs } from "../command.ts";

/** What `oak doctor` takes, in the order of its help. */
export const optionSpecs = {
  address: {
    short: "a",
    value: "HOST",
    help: "the root or the cluster to look at; of a worker: its cluster (default: 127.0.0.1, or what the worker was told)",
  },
  port: { short: "p", value: "PORT", help: "of the manager (10000 of a root, 10100 of a cluster)" },
  "network-port": {
    value: "PORT",
    help: "of the network-manager (10099 of a root, 10110 of a cluster)",
  },
  "broker-port": { value: "PORT", help: "of the MQTT broker (10003)" },
  root: { value: "HOST", help: "of a cluster: its root, looked at from here too" },
  "root-port": { value: "PORT", help: "of that root's manager (10000)" },
  "root-network-port": { value: "PORT", help: "of that root's network-manager (10099)" },
  "no-network": { help: "the part of the network is not meant to be there" },
  outside: { help: "only what can be seen over the network, also of this machine" },
  docker: { value: "SOCKET", help: "of the Docker engine (/var/run/docker.sock)" },
  config: { value: "FILE", help: "of a worker (/etc/oakestra/worker.env)" },
  timeout: { value: "SECONDS", help: "for one answer (3)" },
  output: {
    short: "o",
    value: "FORMAT",
    complete: ["lines", "json"],
    help: "lines, or json for programs",
  },
} satisfies OptionSpecs;
