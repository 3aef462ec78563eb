import type { CommandNode } from "./command.ts";
import { login, logout, whoami } from "./commands/account/account.ts";
import { app } from "./commands/app/app.ts";
import { cluster } from "./commands/cluster/cluster.ts";
import { complete, completion } from "./commands/completion/completion.ts";
import { config } from "./commands/config/config.ts";
import { install, uninstall, worker } from "./commands/install/install.ts";
import { apiDocs, dashboardLink } from "./commands/links/links.ts";
import { service } from "./commands/service/service.ts";
import { version } from "./commands/version.ts";
import { doctor } from "./doctor/doctor.ts";

/** All that can follow `oak`, in the order of its help. */
export const commands: readonly CommandNode[] = [
  app,
  service,
  cluster,
  login,
  logout,
  whoami,
  config,
  install,
  uninstall,
  worker,
  doctor,
  completion,
  complete,
  apiDocs,
  dashboardLink,
  version,
];
