import { createCrowd } from "./crowd.ts";
import { CrowdCommand, type CrowdEvent, CrowdSettings } from "./messages.ts";

const tell = (event: CrowdEvent): void => {
  // The parent may have gone; then this process ends as well.
  if (process.connected) process.send?.(event);
};

const crowd = createCrowd({
  ...CrowdSettings.parse(JSON.parse(process.argv[2] ?? "")),
  random: Math.random,
  tell,
});

async function obey(command: CrowdCommand): Promise<void> {
  if (command.kind === "stop") {
    crowd.stop();
    process.exit(0);
  }
  if (command.kind === "grow") await crowd.grow(command.to, command.atOnce);
  tell({ kind: "state", state: crowd.state() });
}

process.on("message", (message) => {
  obey(CrowdCommand.parse(message)).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
});
process.on("disconnect", () => process.exit(0));
// A Ctrl-C at the terminal is for the parent, which stops this process in order.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
