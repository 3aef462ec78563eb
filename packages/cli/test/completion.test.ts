import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { aCli } from "./a-cli.ts";
import { aFakeRoot } from "./fake-root.ts";
import { run } from "./oak-process.ts";

const program = new URL("../dist/main.js", import.meta.url).pathname;

const service = (name: string, application: string) => ({
  microserviceID: `${application}-${name}`,
  microservice_name: name,
  microservice_namespace: "test",
  application_name: application,
  application_namespace: "test",
  instance_list: [{ instance_number: 0 }, { instance_number: 2 }],
});

/** A home folder with a session at a root that knows some services, and `oak` on its path. */
async function aHome() {
  const cli = await aCli();
  const root = await aFakeRoot({
    "GET /api/services/": [
      service("nginx", "shop"),
      service("web", "shop"),
      service("web", "blog"),
    ],
    "GET /api/clusters/": [
      { _id: "1", cluster_name: "garage" },
      { _id: "2", cluster_name: "a b" },
    ],
  });
  await cli.remember({ contexts: { default: { server: root.url, apiToken: "oak_t" } } });
  const folder = join(cli.home, "bin");
  await mkdir(folder);
  const call = `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`;
  await writeFile(join(folder, "oak"), call, { mode: 0o755 });
  const env = { HOME: cli.home, PATH: `${folder}:${process.env["PATH"]}` };
  return { ...cli, root, env };
}

test.each([
  ["", expect.stringContaining("\nservice\n")],
  ["app cre", "create\n"],
  ["s scale ", "down\nup\n"],
  ["service inspect n", "nginx\n"],
  ["s i ", "blog.web\nnginx\nshop.web\n"],
  ["s i nginx ", "0\n2\n"],
  ["s ls -o ", "json\ntable\nwide\nyaml\n"],
  ["s ls --output=j", "--output=json\n"],
  ["s ls --con", "--context\n"],
  ["cl i ", "garage\n"],
  ["a c -f ", "__oak_files__\n"],
  ["--context ", "default\n"],
  ["nonsense ", ""],
])("after %j come the words that fit", async (line, words) => {
  const { oak } = await aHome();
  const said = await oak(["__complete", ...line.split(" ")]);
  expect(said).toEqual({ code: 0, out: words, err: "" });
});

test("a root that does not answer costs a second, and says nothing", async () => {
  const { oak, root } = await aHome();
  root.replies["GET /api/services/"] = () => undefined;
  const startedAt = Date.now();
  expect(await oak(["__complete", "s", "i", ""])).toEqual({ code: 0, out: "", err: "" });
  expect(Date.now() - startedAt).toBeLessThan(5_000);
});

test.each([
  ["oak app cre", "create"],
  ["oak s i ngi", "nginx"],
  ["oak s i nginx ", "0 2"],
  ["oak s ls --output=ya", "yaml"],
  ["oak s ls -o=", ""],
])("bash completes %j with %j", async (line, words) => {
  const { env } = await aHome();
  const script = `source <(oak completion bash)
    complete -p oak >/dev/null || exit 9
    COMP_LINE=$1 COMP_POINT=\${#1}
    COMP_WORDS=($2) COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    _oak
    echo "\${COMPREPLY[*]}"`;
  // As bash itself parts a line: = is a word.
  const parts = line.replace("=", " = ");
  const said = await run(["bash", "--norc", "-c", script, "bash", line, parts], env);
  expect(said).toEqual({ code: 0, stdout: `${words}\n`, stderr: "" });
});

test.skipIf(!existsSync("/usr/bin/zsh"))("zsh completes names, too", async () => {
  const { env } = await aHome();
  const script = `autoload -U compinit && compinit -u -D
    source <(oak completion zsh)
    compadd() { print -r -- "$@[2]: $found" }
    words=(oak s i ngi) CURRENT=4
    _oak`;
  const said = await run(["zsh", "-f", "-c", script], env);
  expect(said).toEqual({ code: 0, stdout: "found: nginx\n", stderr: "" });
});
