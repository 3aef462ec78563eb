import type { Command, CommandGroup } from "../../command.ts";
import { yesOption } from "../../confirm.ts";
import { passwordOptions } from "../../new-password.ts";
import { roles } from "../../roles.ts";
import { limitOption } from "../app/app.ts";

const role = {
  value: "ROLE",
  isMultiple: true,
  complete: roles,
  help: `${roles.join(", ")}; several with commas`,
} as const;

const show: Command[] = [
  {
    name: "ls",
    aliases: ["list", "show", "s"],
    summary: "Lists users",
    usage: "[--organization NAME] [options]",
    args: [],
    options: {
      organization: { value: "NAME", complete: "organization", help: "its members" },
      limit: limitOption,
    },
    examples: ["oak user ls", "oak user ls --organization lab -o wide"],
    run: async (input, context) => (await import("./list.ts")).listUsers(input, context),
  },
  {
    name: "inspect",
    aliases: ["i"],
    summary: "Shows one user",
    usage: "NAME",
    args: ["user"],
    options: {},
    examples: ["oak user inspect eve", "oak user i eve -o yaml"],
    run: async (input, context) => (await import("./inspect.ts")).inspectUser(input, context),
  },
];

const change: Command[] = [
  {
    name: "create",
    aliases: ["add", "register"],
    summary: "Makes an account",
    usage: "NAME [--email ADDRESS] [--role ROLE]",
    args: [[]],
    options: {
      email: { value: "ADDRESS", help: "of mail, for a password that was forgotten" },
      role,
      ...passwordOptions,
    },
    notes: ["The password is asked for; without a terminal --password-stdin reads it."],
    examples: [
      "oak user create eve --email eve@example.org --role Application_Provider",
      "oak user create eve --password-stdin < password.txt",
    ],
    run: async (input, context) => (await import("./create.ts")).createUser(input, context),
  },
  {
    name: "update",
    summary: "Changes the address of a user",
    usage: "NAME --email ADDRESS",
    args: ["user"],
    options: { email: { value: "ADDRESS", help: "of mail; empty: none" } },
    examples: ["oak user update eve --email eve@example.com"],
    run: async (input, context) => (await import("./update.ts")).updateUser(input, context),
  },
  {
    name: "roles",
    aliases: ["role"],
    summary: "Tells the roles of a user, or sets them",
    usage: "NAME [ROLE…] [--none]",
    args: ["user", roles],
    options: { none: { help: "take all roles away" } },
    notes: [
      `Roles are ${roles.join(", ")}, each in one organization: yours. \`oak org member\` sets those of others.`,
    ],
    examples: ["oak user roles eve", "oak user roles eve Application_Provider"],
    run: async (input, context) => (await import("./roles.ts")).userRoles(input, context),
  },
  {
    name: "password",
    aliases: ["passwd"],
    summary: "Changes a password: your own, or that of another user",
    usage: "[NAME]",
    args: ["user"],
    options: passwordOptions,
    notes: [
      "All sessions of the user end. For your own the old one is asked for first; with --password-stdin the first line is the old one and the second the new one.",
    ],
    examples: ["oak user password", "oak user password eve --password-stdin < password.txt"],
    run: async (input, context) => (await import("./password.ts")).changePassword(input, context),
  },
  {
    name: "delete",
    aliases: ["rm", "d"],
    summary: "Deletes accounts, with their sessions and tokens",
    usage: "NAME… [-y]",
    args: ["user"],
    options: { yes: yesOption },
    notes: ["What they have deployed stays."],
    examples: ["oak user delete eve", "oak user rm eve mallory -y"],
    run: async (input, context) => (await import("./delete.ts")).deleteUsers(input, context),
  },
];

export const user: CommandGroup = {
  name: "user",
  aliases: ["users"],
  summary: "Accounts: list, make, change, roles and passwords",
  commands: [...show, ...change],
};
