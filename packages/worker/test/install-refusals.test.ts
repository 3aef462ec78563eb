import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../kit/test/eventually.ts";
import type { Machine } from "./machine.ts";
import {
  bootWithWorker,
  goodOptions,
  installer,
  joinSecret,
  type MadeWorker,
  makeWorker,
  testFolder,
} from "./made-worker.ts";

let worker: MadeWorker;
let machine: Machine;
let bare: string[];

beforeAll(async () => {
  worker = await makeWorker();
  machine = await bootWithWorker(worker);
  bare = await machine.files();
}, 60_000);

afterAll(async () => {
  await machine?.close();
  await worker?.remove();
});

const shell = (line: string) => machine.run(["bash", "-ec", line]);

interface Refused {
  /** What is wrong with the machine, and how that is taken back. */
  before?: string;
  after?: string;
  options?: readonly string[];
  env?: Record<string, string>;
  says: string;
}

const arch = process.arch === "arm64" ? "amd64" : "arm64";

const refusals: Record<string, Refused> = {
  "no systemd": {
    before: "rmdir /run/systemd/system",
    after: "mkdir /run/systemd/system",
    says: "There is no systemd here",
  },
  "another system": {
    before: "cp /etc/os-release /tmp/kept; echo ID=fedora >/etc/os-release",
    after: "mv /tmp/kept /etc/os-release",
    says: "neither Debian nor Ubuntu",
  },
  "an old Node": {
    before: `mkdir ${testFolder}/old; printf '#!/bin/sh\n[ "$1" = --version ] && echo v18.20.4\n' >${testFolder}/old/node; chmod +x ${testFolder}/old/node`,
    env: { PATH: `${testFolder}/old:/usr/sbin:/usr/bin` },
    says: "Node 18.20.4 is too old: Node 20.19 or newer is needed.",
  },
  "no space": {
    before: "mount -t tmpfs -o size=20m full /opt",
    after: "umount /opt",
    says: "There is no space: /opt has 20 MB free, and 250 MB are needed.",
  },
  "an archive for other machines": {
    before: `cp -r ${testFolder}/worker ${testFolder}/other; echo ${arch} >${testFolder}/other/ARCHITECTURE`,
    options: [...goodOptions, "--from", `${testFolder}/other`],
    says: `This is the worker for ${arch}`,
  },
  "no archive at all": {
    options: [...goodOptions, "--from", "/etc/passwd"],
    says: "/etc/passwd is no archive of a worker.",
  },
  "no cluster": { options: [], says: "Which cluster?" },
  "no join secret": {
    options: ["--cluster", "10.0.0.7"],
    says: "The cluster's join secret is missing",
  },
  "this machine as the cluster, by mistake": {
    options: ["--cluster", "localhost", "--join-secret", joinSecret],
    says: "localhost is this machine itself",
  },
  "a URL for an address": {
    options: ["--cluster", "http://10.0.0.7:10100", "--join-secret", joinSecret],
    says: "«http://10.0.0.7:10100» is no address",
  },
  "a port that is none": { options: [...goodOptions, "--port", "http"], says: "is no port" },
  "a cluster that does not answer": {
    options: [...goodOptions, "--port", "9"],
    says: "No cluster answers at 127.0.0.1:9 (ECONNREFUSED)",
  },
  "packages that cannot be installed": {
    before: "mount -t tmpfs empty /usr/sbin",
    after: "/usr/bin/umount /usr/sbin",
    says: "nftables could not be installed: mend what apt-get says above",
  },
  "no Docker": {
    before: "mv /run/docker.sock /run/away.sock",
    after: "mv /run/away.sock /run/docker.sock",
    says: "Docker does not answer",
  },
  "another installation at the same time": {
    before:
      "(exec 8>/run/oak-install.lock; flock 8; exec sleep 60) >/dev/null 2>&1 & echo $! >/tmp/holder; until ! flock -n /run/oak-install.lock true; do sleep 0.01; done",
    after: "kill $(cat /tmp/holder); rm -f /tmp/holder /run/oak-install.lock",
    says: "Another installation runs just now",
  },
  "a wrong join secret": {
    options: ["--cluster", "127.0.0.1", "--allow-loopback", "--join-secret", "not-that-one"],
    says: "is not the join secret of the cluster at 127.0.0.1:10100",
  },
};

test.each(Object.keys(refusals))(
  "%s: one sentence, and nothing is left behind",
  async (name) => {
    const {
      before = "true",
      after = "true",
      options = goodOptions,
      env,
      says,
    } = refusals[name] as Refused;
    expect(await shell(before)).toMatchObject({ code: 0, stderr: "" });
    try {
      const { code, stderr } = await machine.run(
        [installer, ...options],
        env === undefined ? {} : { env },
      );
      expect(stderr).toContain(says);
      const sentences = stderr
        .trim()
        .split("\n")
        .filter((line) => !/put back as it was|^E: /.test(line));
      expect({ code, sentences: sentences.length }).toEqual({ code: 1, sentences: 1 });
    } finally {
      await shell(after);
    }
    expect(await machine.files()).toEqual(bare);
  },
  60_000,
);

test("a UDP port that another program uses is named", async () => {
  await machine.launch([
    ...["node", "--eval"],
    'const s = require("dgram").createSocket("udp4"); s.bind(50104, () => { require("fs").writeFileSync("/tmp/holder", String(process.pid)); console.log("ready"); })',
  ]);
  const { code, stderr } = await machine.run([installer, ...goodOptions]);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringContaining("UDP port 50104 is in use by another program"),
  });
  await shell("kill $(cat /tmp/holder); rm /tmp/holder");
  expect(await machine.files()).toEqual(bare);
});

test("whoever is not root is told so", async () => {
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const { code, stderr } = await machine.run([...nobody, installer, ...goodOptions]);
  expect({ code, stderr: stderr.slice(0, 30) }).toEqual({
    code: 1,
    stderr: "[worker] Only root may do this",
  });
});

test.each([["--fly"], ["--cluster"], ["--keep-data"], ["--network", "maybe"]])(
  "%s: usage, exit code 2",
  async (...options) => {
    const { code, stderr } = await machine.run([installer, ...options]);
    expect(code).toBe(2);
    expect(stderr).toContain("install-worker.sh --uninstall");
  },
);

test("an installation that is ended in the middle puts everything back", async () => {
  const running = shell(`echo $$ >/tmp/installer; exec ${[installer, ...goodOptions].join(" ")}`);
  await eventually(async () => (await machine.files()).includes("/opt/oak>"), 30_000);
  await shell("kill $(cat /tmp/installer); rm /tmp/installer");
  expect((await running).code).not.toBe(0);
  expect(await machine.files()).toEqual(bare);
}, 60_000);

test("an engine that is too old is refused", async () => {
  const old = await bootWithWorker(worker, { apiVersion: "1.40" });
  try {
    const { code, stderr } = await old.run([installer, ...goodOptions]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      "[worker] Docker Engine is too old (API 1.40): version 20.10 or newer is needed.\n",
    );
  } finally {
    await old.close();
  }
}, 30_000);
