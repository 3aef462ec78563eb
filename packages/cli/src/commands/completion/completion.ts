import type { Command } from "../../command.ts";

export const completion: Command = {
  name: "completion",
  summary: "Prints what a shell needs to complete words of oak",
  usage: "bash|zsh",
  args: [["bash", "zsh"]],
  options: {},
  isLocal: true,
  notes: [
    "bash: add  source <(oak completion bash)  to ~/.bashrc",
    "zsh:  add  source <(oak completion zsh)  to ~/.zshrc, after compinit",
    "Names of applications and the like are asked of the root, for a second at most.",
  ],
  examples: [
    "oak completion bash > /etc/bash_completion.d/oak",
    "source <(oak completion bash)",
    "source <(oak completion zsh)",
  ],
  run: async (input, context) => (await import("./scripts.ts")).printScript(input, context),
};

/** What the scripts of the shells call: `oak __complete WORD… LAST`, where the last word is being typed. */
export const complete: Command = {
  name: "__complete",
  summary: "Answers what a word may become, one a line",
  usage: "WORD…",
  options: {},
  isLocal: true,
  isHidden: true,
  isPassedOn: true,
  examples: ["oak __complete app cre"],
  run: async ({ args }, { io, commands }) => {
    const { candidatesFor } = await import("./candidates.ts");
    const found = await candidatesFor(args, commands, io);
    io.out(found.map((one) => `${one}\n`).join(""));
    return 0;
  },
};
