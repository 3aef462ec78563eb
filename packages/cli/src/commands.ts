import type { CommandNode } from "./command.ts";
import { login, logout, whoami } from "./commands/account/account.ts";
import { addon } from "./commands/addon/addon.ts";
import { app } from "./commands/app/app.ts";
import { apply, diff } from "./commands/apply/apply.ts";
import { cluster } from "./commands/cluster/cluster.ts";
import { complete, completion } from "./commands/completion/completion.ts";
import { config } from "./commands/config/config.ts";
import { events } from "./commands/events/events.ts";
import { explain } from "./commands/explain/explain.ts";
import { hook } from "./commands/hook/hook.ts";
import { install, uninstall, worker } from "./commands/install/install.ts";
import { apiDocs, dashboardLink } from "./commands/links/links.ts";
import { logs } from "./commands/logs/logs.ts";
import { node } from "./commands/node/node.ts";
import { org } from "./commands/org/org.ts";
import { resource } from "./commands/resource/resource.ts";
import { rollout } from "./commands/rollout/rollout.ts";
import { scale } from "./commands/scale/scale.ts";
import { service } from "./commands/service/service.ts";
import { token } from "./commands/token/token.ts";
import { top } from "./commands/top/top.ts";
import { update } from "./commands/update/update.ts";
import { user } from "./commands/user/user.ts";
import { version } from "./commands/version.ts";
import { doctor } from "./doctor/doctor.ts";

/** All that can follow `oak`, in the order of its help. */
export const commands: readonly CommandNode[] = [
  app,
  service,
  cluster,
  apply,
  diff,
  scale,
  update,
  rollout,
  logs,
  events,
  explain,
  top,
  node,
  user,
  org,
  token,
  hook,
  resource,
  login,
  logout,
  whoami,
  config,
  install,
  uninstall,
  worker,
  doctor,
  addon,
  completion,
  complete,
  apiDocs,
  dashboardLink,
  version,
];
