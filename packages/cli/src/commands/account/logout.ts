import { createSession } from "../../api/session.ts";
import { createTransport } from "../../api/transport.ts";
import type { CommandContext, CommandInput } from "../../command.ts";
import { withContext } from "../../config/config.ts";
import { CliError } from "../../errors.ts";
import { exitCodes } from "../../exit-codes.ts";
import { argumentsOf } from "../../input.ts";

export async function logOut(input: CommandInput, context: CommandContext): Promise<number> {
  argumentsOf(input, {});
  const settings = await context.settings();
  const { contextName: name, config, file, server } = settings;
  const kept = name === undefined ? undefined : config.contexts[name];
  if (name === undefined || kept === undefined) {
    await context.out.done(`nobody is logged in to ${server}`, { server, ended: false });
    return exitCodes.fine;
  }
  const token = kept.refreshToken ?? kept.accessToken;
  // Forgotten here whatever the root says.
  await file.update((now) =>
    withContext(now, name, {
      server: kept.server,
      accessToken: undefined,
      refreshToken: undefined,
      apiToken: undefined,
      password: undefined,
    }),
  );
  if (token !== undefined) {
    const transport = await createTransport(settings);
    try {
      await createSession(settings, transport).logout(token);
    } catch (error) {
      // A session that has ended already, and a root that knows no such thing, are as good.
      const reason = error instanceof CliError ? error.message : String(error);
      context.out.note(`forgotten here, but not ended at ${server}: ${reason}`);
    } finally {
      transport.close();
    }
  }
  await context.out.done(`logged out of ${server}`, { server, ended: true });
  return exitCodes.fine;
}
