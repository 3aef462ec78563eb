import type { CommandGroup } from "../../command.ts";
import { yesOption } from "../../confirm.ts";
import { roles } from "../../roles.ts";
import { limitOption } from "../app/app.ts";

const member: CommandGroup = {
  name: "member",
  aliases: ["members", "m"],
  summary: "Members of an organization",
  commands: [
    {
      name: "add",
      aliases: ["set"],
      summary: "Makes a user a member, or sets the roles of a member",
      usage: "ORGANIZATION USER [--role ROLE]",
      args: ["organization", "user"],
      options: {
        role: {
          value: "ROLE",
          isMultiple: true,
          complete: roles,
          help: `${roles.join(", ")}; several with commas`,
        },
      },
      examples: ["oak org member add lab eve --role Application_Provider"],
      run: async (input, context) => (await import("./members.ts")).addMember(input, context),
    },
    {
      name: "remove",
      aliases: ["rm", "delete"],
      summary: "Takes a user out of an organization; the account stays",
      usage: "ORGANIZATION USER",
      args: ["organization", "user"],
      options: {},
      examples: ["oak org member remove lab eve"],
      run: async (input, context) => (await import("./members.ts")).removeMember(input, context),
    },
  ],
};

export const org: CommandGroup = {
  name: "org",
  aliases: ["organization", "organizations", "orgs"],
  summary: "Organizations: users who share their applications",
  commands: [
    {
      name: "ls",
      aliases: ["list", "show", "s"],
      summary: "Lists organizations",
      usage: "[options]",
      args: [],
      options: { limit: limitOption },
      examples: ["oak org ls"],
      run: async (input, context) => (await import("./list.ts")).listOrganizations(input, context),
    },
    {
      name: "inspect",
      aliases: ["i"],
      summary: "Shows one organization with its members",
      usage: "ID|NAME",
      args: ["organization"],
      options: {},
      examples: ["oak org inspect lab"],
      run: async (input, context) =>
        (await import("./inspect.ts")).inspectOrganization(input, context),
    },
    {
      name: "create",
      aliases: ["add"],
      summary: "Makes an organization",
      usage: "NAME",
      args: [[]],
      options: {},
      examples: ["oak org create lab"],
      run: async (input, context) =>
        (await import("./create.ts")).createOrganization(input, context),
    },
    {
      name: "delete",
      aliases: ["rm", "d"],
      summary: "Deletes an organization that has no applications",
      usage: "ID|NAME [-y]",
      args: ["organization"],
      options: { yes: yesOption },
      examples: ["oak org delete lab -y"],
      run: async (input, context) =>
        (await import("./create.ts")).deleteOrganization(input, context),
    },
    member,
  ],
};
